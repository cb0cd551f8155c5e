//! The checks of Pod Security.

use ironhull_report::outline::{Line, Mark};
use ironhull_value::Path;

use super::rule::Telling;
use super::values::count;
use crate::kyverno::trace::Check;

impl Telling<'_> {
    pub(super) fn checks(&self, level: &str, version: &str, checks: &[Check]) -> Line {
        let own = self.written.rule.path.keys(&["validate", "podSecurity"]);
        let is_bad = |check: &&Check| !check.errors.is_empty() && !check.is_left_out;
        let bad = checks.iter().filter(is_bad).count();
        let version = if version.is_empty() { "latest" } else { version };
        let text = match bad {
            0 => format!("podSecurity {level}:{version}: {} pass", count(checks.len(), "check")),
            bad => format!("podSecurity {level}:{version}: {bad} of {} fail", count(checks.len(), "check")),
        };
        let sign = if bad == 0 { Mark::Yes } else { Mark::No };
        let lines = checks.iter().map(|check| self.check(check)).collect();
        let line = Line::new("podSecurity", sign, text).fact("level", level).fact("version", version);
        line.at("policy", self.written.place(&own)).with(lines)
    }

    fn check(&self, check: &Check) -> Line {
        let errors: Vec<Line> = check
            .errors
            .iter()
            .map(|error| {
                let field = error.split([':', ' ']).next().unwrap_or_default();
                let mut path = Path::root();
                for step in field.split('.') {
                    let (key, index) = step.split_once('[').unwrap_or((step, ""));
                    path = path.child(key);
                    if let Ok(index) = index.trim_end_matches(']').parse::<usize>() {
                        path = path.child(index);
                    }
                }
                let text = self.question.hidden.text(error);
                let line = Line::new("field", if check.is_left_out { Mark::Aside } else { Mark::No }, &*text);
                line.at("resource", self.in_resource(&path)).deciding(!check.is_left_out)
            })
            .collect();
        let line = match (check.errors.is_empty(), check.is_left_out) {
            (true, _) => Line::new("check", Mark::Yes, format!("{}: pass", check.id)).folded(),
            (false, true) => Line::new("check", Mark::Aside, format!("{}: left out", check.id)),
            (false, false) => Line::new("check", Mark::No, format!("{}: fail", check.id)),
        };
        line.fact("check", check.id).with(errors)
    }
}
