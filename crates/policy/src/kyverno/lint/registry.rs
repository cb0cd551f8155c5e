//! The table of all rules, by id.

use super::Rule;
use super::rules::ALL_RULES;

/// Every rule, sorted by id. An id is never used again for something else.
pub static ALL: &[&Rule] = ALL_RULES;

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.meta.id == id).copied()
}

/// The rule that `text` names: by id or by name.
pub fn find(text: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.meta.is_named(text)).copied()
}
