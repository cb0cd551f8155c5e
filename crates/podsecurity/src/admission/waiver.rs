//! What somebody accepted: checks that a pod need not pass, for all of its containers or some.

use ironhull_value::{CompactString, Map, Value, wildcard_match};

use crate::{CHECKS, CheckId, Decision, Invalid, LevelVersion, PodRef, Violation, evaluate, evaluate_check};

/// The lists of containers in a pod.
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Checks that are waived. Whether it is for this pod was asked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Whose it is, `namespace/name` of the exception.
    pub id: CompactString,
    /// The checks; `None` for all.
    pub checks: Option<Vec<CheckId>>,
    /// Names of containers, with wildcards; empty for the whole pod.
    pub containers: Vec<CompactString>,
}

/// A waiver that let something through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// The exception.
    pub id: CompactString,
    /// What it let through.
    pub check: CheckId,
}

impl Waiver {
    fn is_about(&self, check: CheckId) -> bool {
        self.checks.as_ref().is_none_or(|checks| checks.contains(&check))
    }
}

/// Judges a pod, but for what is waived. A stricter check that is waived leaves the one that it stands for: who
/// may drop fewer capabilities may not add any.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_with(
    level: LevelVersion,
    pod: PodRef<'_>,
    waivers: &[Waiver],
) -> Result<(Decision, Vec<Waived>), Invalid> {
    let decision = evaluate(level, pod)?;
    if decision.is_allowed() || waivers.is_empty() {
        return Ok((decision, Vec::new()));
    }
    let (mut left, mut waived) = (Vec::new(), Vec::new());
    for violation in decision.violations {
        waive(level, pod, waivers, violation, &mut left, &mut waived)?;
    }
    // In the order of the standards, as what was overridden comes last.
    left.sort_by_key(|violation: &Violation| CHECKS.iter().position(|check| check.id == violation.check));
    Ok((Decision { violations: left }, waived))
}

fn waive(
    level: LevelVersion,
    pod: PodRef<'_>,
    waivers: &[Waiver],
    violation: Violation,
    left: &mut Vec<Violation>,
    waived: &mut Vec<Waived>,
) -> Result<(), Invalid> {
    let check = violation.check;
    let own: Vec<&Waiver> = waivers.iter().filter(|waiver| waiver.is_about(check)).collect();
    if own.is_empty() {
        left.push(violation);
        return Ok(());
    }
    let Some(found) = CHECKS.iter().find(|one| one.id == check) else {
        left.push(violation);
        return Ok(());
    };
    let judged = |waivers: &[&Waiver]| {
        if waivers.iter().any(|waiver| waiver.containers.is_empty()) {
            return Ok(None);
        }
        let spec = without(pod.spec, waivers);
        evaluate_check(found, level.version, PodRef { metadata: pod.metadata, spec: &spec })
    };
    let rest = judged(&own)?;
    // Who has no part in it is not named.
    for waiver in &own {
        let alone = judged(&[waiver])?;
        if alone.as_ref().map(|alone| &alone.detail) != Some(&violation.detail) {
            waived.push(Waived { id: waiver.id.clone(), check });
        }
    }
    let Some(rest) = rest else {
        let revision = found.revision_at(level.version.effective_minor());
        for id in revision.map_or(&[][..], |revision| revision.overrides) {
            let Some(check) = CHECKS.iter().find(|one| one.id == *id) else { continue };
            if let Some(violation) = evaluate_check(check, level.version, pod)? {
                waive(level, pod, waivers, violation, left, waived)?;
            }
        }
        return Ok(());
    };
    left.push(rest);
    Ok(())
}

/// A pod without the containers that are named.
fn without(spec: &Value, waivers: &[&Waiver]) -> Value {
    let Some(spec) = spec.as_map() else { return spec.clone() };
    let is_named = |container: &Value| {
        let name = container.dig_str(&["name"]).unwrap_or_default();
        waivers.iter().flat_map(|waiver| &waiver.containers).any(|own| wildcard_match(own, name))
    };
    let left = spec.iter().map(|(key, value)| match value.as_array() {
        Some(list) if LISTS.contains(&key.as_str()) => {
            (key.clone(), Value::Array(list.iter().filter(|one| !is_named(one)).cloned().collect()))
        }
        _ => (key.clone(), value.clone()),
    });
    Value::Map(left.collect::<Map>())
}
