//! The table of all rules, by id.

use super::Rule;
use super::rules::{
    ASSERTION_FAILED, ASSERTION_UNDECIDED, CLUSTER_POLICY_SELECTS_NOTHING, DNS_CUT_OFF, IP_FAMILY_HOLE,
    NAMED_PORT_MATCHES_NOTHING, NO_DEFAULT_DENY_EGRESS, POLICY_IN_MISSING_NAMESPACE, POLICY_INVALID,
    POLICY_NOT_MODELLED, PRIORITY_OVERLAP, REDUNDANT_POLICY_RULE, SHADOWED_POLICY_RULE,
};

/// Every rule, sorted by id. An id is never used again for something else; `NW001` to `NW008` belong to
/// other domains.
pub static ALL: &[&Rule] = &[
    &POLICY_INVALID,
    &POLICY_NOT_MODELLED,
    &POLICY_IN_MISSING_NAMESPACE,
    &CLUSTER_POLICY_SELECTS_NOTHING,
    &REDUNDANT_POLICY_RULE,
    &SHADOWED_POLICY_RULE,
    &NAMED_PORT_MATCHES_NOTHING,
    &DNS_CUT_OFF,
    &PRIORITY_OVERLAP,
    &NO_DEFAULT_DENY_EGRESS,
    &IP_FAMILY_HOLE,
    &ASSERTION_FAILED,
    &ASSERTION_UNDECIDED,
];

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.meta.id == id).copied()
}

/// The rule that `text` names: by id or by name.
pub fn find(text: &str) -> Option<&'static Rule> {
    let named = ALL.iter().find(|rule| rule.meta.is_named(text));
    let by_alias = || ALL.iter().find(|rule| rule.meta.aliases.iter().any(|alias| alias.id == text));
    named.or_else(by_alias).copied()
}
