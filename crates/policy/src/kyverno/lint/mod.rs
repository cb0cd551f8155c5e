//! What is wrong with policies themselves.
//!
//! A rule looks at every policy and exception of the input ([`Facts`]) and speaks about one object each time, so
//! that suppressions and counts work as for every other rule. One file a rule under `rules/`. What a rule says of
//! the behaviour of a policy it has seen: it evaluates the policy on objects that are made for the purpose.
//!
//! Never lives here: judging resources, and reading files.

#[macro_use]
mod rule;

mod dry_run;
mod facts;
mod judge;
mod kinds;
mod leaf;
mod near;
mod no_controllers;
mod patterns;
mod plain_pod;
mod registry;
mod rules;
mod samples;
mod templates;
mod uses;

use ironhull_world::World;

pub use self::facts::Facts;
pub use self::judge::{Judge, Judged, Lint};
pub use self::registry::{ALL, find, rule};
pub use self::rule::Rule;

/// Judges the policies of a world by rules. Its other objects are samples, and its CRDs are kinds.
pub fn lint(world: &World, rules: &[&'static Rule]) -> Lint {
    let mut lint = Lint::default();
    if rules.is_empty() {
        return lint;
    }
    let facts = Facts::of(world);
    for rule in rules {
        let mut judge = Judge::new(&rule.meta);
        (rule.check)(&facts, &mut judge);
        lint.results.extend(judge.finish());
    }
    lint.results.sort_by(|a, b| (&a.object.key, &a.rule.id).cmp(&(&b.object.key, &b.rule.id)));
    lint
}
