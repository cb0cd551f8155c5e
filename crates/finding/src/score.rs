//! Counts and scores.

use std::collections::BTreeMap;

use ironhull_value::CompactString;

use crate::{Framework, Outcome, RuleMeta};

/// How often a rule came to which result; an object counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleTally {
    /// Objects without fault.
    pub passed: usize,
    /// Objects with findings that are not suppressed.
    pub failed: usize,
    /// Objects whose findings are all suppressed.
    pub suppressed: usize,
    /// Objects that the rule does not apply to.
    pub skipped: usize,
    /// Objects that could not be judged, because something is not in the input.
    pub unknown: usize,
    /// Objects that could not be judged, because something went wrong.
    pub errors: usize,
}

impl RuleTally {
    /// Counts one outcome. Suppression comes later and moves counts.
    pub fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Pass => self.passed += 1,
            Outcome::Fail(_) | Outcome::Warn(_) => self.failed += 1,
            Outcome::Skip(_) => self.skipped += 1,
            Outcome::Unknown(_) => self.unknown += 1,
            Outcome::Error(_) => self.errors += 1,
        }
    }

    /// Objects that the rule came to a verdict on.
    pub fn judged(&self) -> usize {
        self.passed + self.failed + self.suppressed
    }

    /// Objects that the rule should have come to a verdict on and did not.
    pub fn undecided(&self) -> usize {
        self.unknown + self.errors
    }
}

/// The counts of all rules, by id.
pub type Tally = BTreeMap<CompactString, RuleTally>;

/// The score of one control.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlScore {
    /// The control's id.
    pub id: &'static str,
    /// Verdicts without fault over all rules of the control.
    pub passed: usize,
    /// Verdicts with fault. A suppressed finding is still a fault to an auditor.
    pub failed: usize,
    /// Objects without verdict. They lower the coverage and never raise the score.
    pub undecided: usize,
}

impl ControlScore {
    /// passed / (passed + failed), in percent; none when nothing was judged.
    pub fn percent(&self) -> Option<f64> {
        percent(self.passed, self.passed + self.failed)
    }
}

/// The score of a framework.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameworkScore {
    /// Which one.
    pub framework: Framework,
    /// The controls that any rule checks, by id.
    pub controls: Vec<ControlScore>,
}

impl FrameworkScore {
    /// The mean over the controls that were judged, in percent.
    #[expect(clippy::cast_precision_loss, reason = "a few dozen controls")]
    pub fn percent(&self) -> Option<f64> {
        let judged: Vec<f64> = self.controls.iter().filter_map(ControlScore::percent).collect();
        (!judged.is_empty()).then(|| judged.iter().sum::<f64>() / judged.len() as f64)
    }

    /// The share of objects that got a verdict, in percent.
    pub fn coverage(&self) -> Option<f64> {
        let judged: usize = self.controls.iter().map(|control| control.passed + control.failed).sum();
        let undecided: usize = self.controls.iter().map(|control| control.undecided).sum();
        percent(judged, judged + undecided)
    }
}

/// The scores of every framework that `rules` check.
pub fn scores<'r>(rules: impl IntoIterator<Item = &'r RuleMeta>, tally: &Tally) -> Vec<FrameworkScore> {
    let mut frameworks: BTreeMap<Framework, BTreeMap<Vec<u32>, ControlScore>> = BTreeMap::new();
    for rule in rules {
        let counts = tally.get(&*rule.id).copied().unwrap_or_default();
        for control in rule.controls {
            let controls = frameworks.entry(control.framework).or_default();
            let score = controls.entry(order(control.id)).or_insert(ControlScore {
                id: control.id,
                passed: 0,
                failed: 0,
                undecided: 0,
            });
            score.passed += counts.passed;
            score.failed += counts.failed + counts.suppressed;
            score.undecided += counts.undecided();
        }
    }
    frameworks
        .into_iter()
        .map(|(framework, controls)| FrameworkScore { framework, controls: controls.into_values().collect() })
        .collect()
}

/// `5.1.10` comes after `5.1.9`; ids without numbers sort as text.
fn order(id: &str) -> Vec<u32> {
    let numbers: Option<Vec<u32>> = id.split('.').map(|part| part.parse().ok()).collect();
    numbers.unwrap_or_else(|| id.chars().map(u32::from).collect())
}

#[expect(clippy::cast_precision_loss, reason = "counts of objects")]
fn percent(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::{Control, Severity};

    static RULE: RuleMeta = RuleMeta {
        id: Cow::Borrowed("XX001"),
        name: Cow::Borrowed("x"),
        title: Cow::Borrowed("x"),
        severity: Severity::Low,
        controls: &[
            Control { framework: Framework::Cis, id: "5.2.2" },
            Control { framework: Framework::Cis, id: "5.2.10" },
        ],
        aliases: &[],
        since: Cow::Borrowed("0.1.0"),
        doc_comment: Cow::Borrowed(""),
    };

    #[test]
    fn what_was_not_judged_lowers_coverage_only() {
        let counts = RuleTally { passed: 1, failed: 1, suppressed: 2, unknown: 4, ..RuleTally::default() };
        let scores = scores([&RULE], &Tally::from([("XX001".into(), counts)]));
        assert_eq!(scores[0].controls.iter().map(|c| c.id).collect::<Vec<_>>(), ["5.2.2", "5.2.10"]);
        assert_eq!(scores[0].percent(), Some(25.0));
        assert_eq!(scores[0].coverage(), Some(50.0));
    }
}
