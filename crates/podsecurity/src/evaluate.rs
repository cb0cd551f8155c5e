//! The engine.

use crate::plan::steps;
use crate::view::PodView;
use crate::{Check, Decision, Invalid, LevelVersion, PodRef, Version, Violation};

/// Judges a pod at a level and version.
///
/// # Errors
/// If a field that some check reads has the wrong type. That is no pass; see the crate's documentation.
pub fn evaluate(level: LevelVersion, pod: PodRef<'_>) -> Result<Decision, Invalid> {
    let view = PodView::read(pod)?;
    let mut violations = Vec::new();
    for step in steps(level) {
        if let Some(refusal) = (step.run)(&view) {
            violations.push(Violation {
                check: step.check.id,
                reason: refusal.reason,
                detail: refusal.detail,
                fields: refusal.fields,
            });
        }
    }
    Ok(Decision { violations })
}

/// Judges a pod by one check alone, whatever overrides it. None when the check has nothing against the
/// pod, or does not exist at this version.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_check(
    check: &Check,
    version: Version,
    pod: PodRef<'_>,
) -> Result<Option<Violation>, Invalid> {
    let view = PodView::read(pod)?;
    let revision = check.revision_at(version.effective_minor());
    Ok(revision.and_then(|revision| (revision.run)(&view)).map(|refusal| Violation {
        check: check.id,
        reason: refusal.reason,
        detail: refusal.detail,
        fields: refusal.fields,
    }))
}
