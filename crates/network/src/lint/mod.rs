//! What is wrong with the policies of a cluster.
//!
//! A rule looks at everything at once ([`Facts`]): the world, what was read from it, and the engine. What it
//! says is about one object each time, so that suppressions and counts work as for every other rule. One
//! file a rule under `rules/`.

#[macro_use]
mod rule;

mod effect;
mod facts;
mod judge;
mod picture;
mod registry;
mod rules;

use self::effect::Effect;
pub use self::facts::Facts;
pub use self::judge::{Judge, Judged, Lint};
pub use self::picture::picture;
pub use self::registry::{ALL, find, rule};
pub use self::rule::{Check, Rule};
pub(crate) use self::rules::{ASSERTION_FAILED, ASSERTION_UNDECIDED};
use crate::Profile;

/// Judges a world by rules.
pub fn lint(world: &ironhull_world::World, profile: Profile, rules: &[&'static Rule]) -> Lint {
    if !rules.iter().any(|rule| matches!(rule.check, Check::World(_))) {
        return Lint::default();
    }
    lint_facts(&mut Facts::of(world, profile), rules)
}

/// Judges a cluster that is built already.
pub fn lint_facts(facts: &mut Facts<'_>, rules: &[&'static Rule]) -> Lint {
    let mut lint = Lint::default();
    for rule in rules {
        let Check::World(check) = rule.check else { continue };
        let mut judge = Judge::new(&rule.meta);
        check(facts, &mut judge);
        lint.results.extend(judge.finish());
    }
    lint.results.sort_by(|a, b| (&a.object.key, &a.rule.id).cmp(&(&b.object.key, &b.rule.id)));
    lint
}
