//! Which checks run at which level and version, and in which order.

use std::sync::LazyLock;

use crate::check::CheckFn;
use crate::{CHECKS, Check, CheckId, LATEST_MINOR, Level, LevelVersion};

/// The checks that run at a level and version, in the order of their messages.
pub fn checks_at(level: LevelVersion) -> impl Iterator<Item = &'static Check> {
    steps(level).iter().map(|step| step.check)
}

/// One check at one version.
pub(crate) struct Step {
    pub(crate) check: &'static Check,
    pub(crate) run: CheckFn,
}

/// What to run at a level and version.
pub(crate) fn steps(level: LevelVersion) -> &'static [Step] {
    let by_minor = match level.level {
        Level::Privileged => return &[],
        Level::Baseline => &PLANS.baseline,
        Level::Restricted => &PLANS.restricted,
    };
    let minor = level.version.effective_minor() as usize;
    // The index is at most LATEST_MINOR and the lists are that long; running nothing would be a pass.
    by_minor.get(minor).or(by_minor.last()).map_or(&[], Vec::as_slice)
}

struct Plans {
    baseline: Vec<Vec<Step>>,
    restricted: Vec<Vec<Step>>,
}

static PLANS: LazyLock<Plans> = LazyLock::new(|| Plans {
    baseline: (0..=LATEST_MINOR).map(|minor| plan(Level::Baseline, minor)).collect(),
    restricted: (0..=LATEST_MINOR).map(|minor| plan(Level::Restricted, minor)).collect(),
});

fn plan(level: Level, minor: u32) -> Vec<Step> {
    let present = || {
        CHECKS
            .iter()
            .filter(move |check| check.level <= level)
            .filter_map(move |check| check.revision_at(minor).map(|revision| (*check, revision)))
    };
    let overridden: Vec<CheckId> =
        present().flat_map(|(_, revision)| revision.overrides.iter().copied()).collect();
    present()
        .filter(|(check, _)| !overridden.contains(&check.id))
        .map(|(check, revision)| Step { check, run: revision.run })
        .collect()
}
