//! One rule, one file.

mod assertion_failed;
mod assertion_undecided;
mod cluster_policy_selects_nothing;
mod dns_cut_off;
mod ip_family_hole;
mod named_port_matches_nothing;
mod no_default_deny_egress;
mod policy_in_missing_namespace;
mod policy_invalid;
mod policy_not_modelled;
mod priority_overlap;
mod redundant_policy_rule;
mod shadowed_policy_rule;

pub(crate) use assertion_failed::ASSERTION_FAILED;
pub(crate) use assertion_undecided::ASSERTION_UNDECIDED;
pub(crate) use cluster_policy_selects_nothing::CLUSTER_POLICY_SELECTS_NOTHING;
pub(crate) use dns_cut_off::DNS_CUT_OFF;
pub(crate) use ip_family_hole::IP_FAMILY_HOLE;
pub(crate) use named_port_matches_nothing::NAMED_PORT_MATCHES_NOTHING;
pub(crate) use no_default_deny_egress::NO_DEFAULT_DENY_EGRESS;
pub(crate) use policy_in_missing_namespace::POLICY_IN_MISSING_NAMESPACE;
pub(crate) use policy_invalid::POLICY_INVALID;
pub(crate) use policy_not_modelled::POLICY_NOT_MODELLED;
pub(crate) use priority_overlap::PRIORITY_OVERLAP;
pub(crate) use redundant_policy_rule::REDUNDANT_POLICY_RULE;
pub(crate) use shadowed_policy_rule::SHADOWED_POLICY_RULE;
