use std::time::Duration;

use super::*;

const HOUR: i64 = 3600;
const START: i64 = 1_800_000_000;

fn plan() -> Plan {
    let hours = Duration::from_hours;
    let lifetimes = Lifetimes { authority: hours(400), server: hours(100) };
    Plan { names: vec!["ironhull.ironhull-system.svc".to_owned()], lifetimes, told: None }
}

fn count(content: &Content) -> usize {
    content.authorities.matches(BEGIN).count()
}

#[test]
fn what_is_good_stays() {
    let plan = plan();
    let first = plan.next(&Content::default(), START).unwrap().unwrap();
    assert_eq!(count(&first), 1);
    assert!(plan.next(&first, START + 60 * HOUR).unwrap().is_none());
}

#[test]
fn a_certificate_is_renewed_only_by_an_authority_that_is_told() {
    let mut plan = plan();
    let first = plan.next(&Content::default(), START).unwrap().unwrap();
    let due = START + 70 * HOUR;
    assert!(plan.next(&first, due).unwrap().is_none(), "nobody registered the authority");
    plan.told = Some(Told { authorities: first.authorities.clone(), since: due });
    assert!(plan.next(&first, due).unwrap().is_none(), "the API server has to learn of it");
    let second = plan.next(&first, due + LEARNING).unwrap().unwrap();
    assert_ne!(second.certificate, first.certificate);
    assert_eq!(second.authorities, first.authorities);
}

#[test]
fn one_authority_takes_over_the_other_in_a_bundle() {
    let mut plan = plan();
    let old = plan.next(&Content::default(), START).unwrap().unwrap();
    plan.told = Some(Told { authorities: old.authorities.clone(), since: START });
    // The certificate is as young as it can be when the authority is two thirds through.
    let late = plan.next(&old, START + 265 * HOUR).unwrap().unwrap();
    let both = plan.next(&late, START + 270 * HOUR).unwrap().unwrap();
    assert_eq!(count(&both), 2);
    assert_eq!(both.certificate, late.certificate, "the certificate stays until the new one is known");
    assert_ne!(both.authority_key, late.authority_key);
    plan.told = Some(Told { authorities: both.authorities.clone(), since: START + 270 * HOUR });
    let next = plan.next(&both, START + 335 * HOUR).unwrap().unwrap();
    assert_ne!(next.certificate, both.certificate);
    assert_eq!(count(&next), 2, "what the old one issued is still trusted");
    let last = plan.next(&next, START + 401 * HOUR).unwrap().unwrap();
    assert_eq!(count(&last), 1, "an authority that ended goes");
}

#[test]
fn what_is_lost_is_made_anew() {
    let plan = plan();
    let first = plan.next(&Content::default(), START).unwrap().unwrap();
    let now = START + HOUR;
    let without = |change: fn(&mut Content)| {
        let mut content = first.clone();
        change(&mut content);
        plan.next(&content, now).unwrap().unwrap()
    };
    assert_ne!(without(|content| content.key.clear()).certificate, first.certificate);
    assert_ne!(without(|content| content.authorities.clear()).certificate, first.certificate);
    assert_ne!(without(|content| content.names = "other".to_owned()).certificate, first.certificate);
    let keyless = without(|content| content.authority_key.clear());
    assert_eq!(count(&keyless), 2);
    assert_ne!(keyless.certificate, first.certificate);
    assert_ne!(without(|content| content.authorities = "garbage".to_owned()).certificate, first.certificate);
}

#[test]
fn a_clock_that_jumps_leaves_no_certificate_that_nobody_takes() {
    for jump in [HOUR, -HOUR, 2 * HOUR, -2 * HOUR, 10 * 365 * 24 * HOUR, -10 * 365 * 24 * HOUR] {
        let mut plan = plan();
        let mut content = plan.next(&Content::default(), START).unwrap().unwrap();
        plan.told = Some(Told { authorities: content.authorities.clone(), since: START });
        // Away, some time there, and back again.
        for now in [START + jump, START + jump + HOUR, START] {
            content = plan.next(&content, now).unwrap().unwrap_or(content);
            let (begin, end) = lifetime_of(&content.certificate).unwrap();
            assert!(begin <= now && now < end, "{jump}");
            let first = authorities_at(&content.authorities, now).first().cloned().unwrap_or_default();
            let (begin, end) = lifetime_of(&first).unwrap();
            assert!(begin <= now && now < end, "{jump}: the authority");
            plan.told = Some(Told { authorities: content.authorities.clone(), since: now });
        }
        assert!(count(&content) <= 3, "{jump}: they do not pile up");
    }
}
