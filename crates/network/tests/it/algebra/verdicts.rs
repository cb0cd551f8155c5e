//! What both ends say together: three values, of which unknown may turn out either way.

use ironhull_network::algebra::{Conns, PortSet, Protocol};
use ironhull_network::engine::Verdict;
use proptest::prelude::*;

/// Every port says denied, unknown or allowed; here eight of them.
const PORTS: u16 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Denied,
    Unknown,
    Allowed,
}

fn verdict(answers: &[Answer]) -> Verdict {
    let those = |wanted: Answer| {
        (1..).zip(answers).filter(|(_, answer)| **answer == wanted).fold(Conns::none(), |conns, (port, _)| {
            conns.union(&Conns::of(Protocol::Tcp, PortSet::one(port)))
        })
    };
    Verdict { allowed: those(Answer::Allowed), unknown: those(Answer::Unknown) }
}

fn answers(verdict: &Verdict) -> Vec<Answer> {
    let at = |port| match (
        verdict.allowed.contains(Protocol::Tcp, port),
        verdict.unknown.contains(Protocol::Tcp, port),
    ) {
        (true, false) => Answer::Allowed,
        (false, true) => Answer::Unknown,
        (false, false) => Answer::Denied,
        (true, true) => panic!("both allowed and unknown: {verdict:?}"),
    };
    (1..=PORTS).map(at).collect()
}

fn any_answers() -> impl Strategy<Value = Vec<Answer>> {
    let one = prop::sample::select(vec![Answer::Denied, Answer::Unknown, Answer::Allowed]);
    prop::collection::vec(one, usize::from(PORTS))
}

fn combined(a: &[Answer], b: &[Answer], with: fn(Answer, Answer) -> Answer) -> Vec<Answer> {
    a.iter().zip(b).map(|(a, b)| with(*a, *b)).collect()
}

proptest! {
    #[test]
    fn a_connection_needs_both(a in any_answers(), b in any_answers()) {
        let met = verdict(&a).meet(&verdict(&b));
        prop_assert_eq!(answers(&met), combined(&a, &b, Ord::min));
        prop_assert_eq!(&met, &verdict(&b).meet(&verdict(&a)));
        prop_assert!(!met.is_denied() || answers(&met).iter().all(|answer| *answer == Answer::Denied));
    }

    #[test]
    fn for_several_pods_either_counts(a in any_answers(), b in any_answers()) {
        let joined = verdict(&a).join(&verdict(&b));
        prop_assert_eq!(answers(&joined), combined(&a, &b, Ord::max));
        prop_assert_eq!(joined, verdict(&b).join(&verdict(&a)));
    }

    #[test]
    fn laws(a in any_answers(), b in any_answers(), c in any_answers()) {
        let (a, b, c) = (verdict(&a), verdict(&b), verdict(&c));
        prop_assert_eq!(a.meet(&b).meet(&c), a.meet(&b.meet(&c)));
        prop_assert_eq!(a.join(&b).join(&c), a.join(&b.join(&c)));
        prop_assert_eq!(&a.meet(&a), &a);
        prop_assert_eq!(&a.meet(&Verdict::all()), &a);
        prop_assert!(a.meet(&Verdict::default()).is_denied());
        prop_assert_eq!(&a.meet(&a.join(&b)), &a);
        prop_assert_eq!(a.meet(&b.join(&c)), a.meet(&b).join(&a.meet(&c)));
    }

    /// Whatever the unknown turns out to be, the answer was not a false one.
    #[test]
    fn unknown_covers_every_outcome(a in any_answers(), b in any_answers(), decided in any::<(u8, u8)>()) {
        let settle = |answers: &[Answer], bits: u8| -> Vec<Answer> {
            let settled = |(place, answer): (usize, &Answer)| match answer {
                Answer::Unknown if bits >> place & 1 == 1 => Answer::Allowed,
                Answer::Unknown => Answer::Denied,
                known => *known,
            };
            answers.iter().enumerate().map(settled).collect()
        };
        let before = verdict(&a).meet(&verdict(&b));
        let after = verdict(&settle(&a, decided.0)).meet(&verdict(&settle(&b, decided.1)));
        prop_assert!(after.allowed.includes(&before.allowed));
        prop_assert!(before.allowed.union(&before.unknown).includes(&after.allowed));
    }
}
