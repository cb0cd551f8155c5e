//! The rules, one a file.

mod condition_is_constant;
mod context_in_circle;
mod controllers_left_out;
mod deprecated_field;
mod deprecated_match;
mod deprecated_operator;
mod deprecated_version;
mod every_kind_in_background;
mod exception_of_nothing;
mod excludes_everything;
mod expression_invalid;
mod field_lost_in_template;
mod json_patch_invalid;
mod made_name_cut;
mod message_lost_in_template;
mod mutation_not_idempotent;
mod operator_taken_literally;
mod override_never_applies;
mod pattern_always_matches;
mod pattern_never_matches;
mod pattern_of_wrong_type;
mod pattern_part_ignored;
mod pod_pattern_on_subresource;
mod pods_only;
mod policy_invalid;
mod refuses_plain_pod;
mod removed_version;
mod rule_never_acts;
mod unknown_kind;
mod unknown_variable;
mod unused_context_entry;
mod user_in_background;
mod variable_in_match;
mod variable_out_of_place;
mod wildcard_in_key;

use super::Rule;

/// Every rule, sorted by id. An id is never used again for something else.
pub(super) static ALL_RULES: &[&Rule] = &[
    &policy_invalid::POLICY_INVALID,
    &expression_invalid::EXPRESSION_INVALID,
    &unknown_variable::UNKNOWN_VARIABLE,
    &variable_out_of_place::VARIABLE_OUT_OF_PLACE,
    &user_in_background::USER_IN_BACKGROUND,
    &context_in_circle::CONTEXT_IN_CIRCLE,
    &unused_context_entry::UNUSED_CONTEXT_ENTRY,
    &variable_in_match::VARIABLE_IN_MATCH,
    &pattern_never_matches::PATTERN_NEVER_MATCHES,
    &pattern_always_matches::PATTERN_ALWAYS_MATCHES,
    &pattern_part_ignored::PATTERN_PART_IGNORED,
    &wildcard_in_key::WILDCARD_IN_KEY,
    &operator_taken_literally::OPERATOR_TAKEN_LITERALLY,
    &pattern_of_wrong_type::PATTERN_OF_WRONG_TYPE,
    &unknown_kind::UNKNOWN_KIND,
    &removed_version::REMOVED_VERSION,
    &pod_pattern_on_subresource::POD_PATTERN_ON_SUBRESOURCE,
    &deprecated_field::DEPRECATED_FIELD,
    &deprecated_operator::DEPRECATED_OPERATOR,
    &deprecated_match::DEPRECATED_MATCH,
    &deprecated_version::DEPRECATED_VERSION,
    &mutation_not_idempotent::MUTATION_NOT_IDEMPOTENT,
    &json_patch_invalid::JSON_PATCH_INVALID,
    &controllers_left_out::CONTROLLERS_LEFT_OUT,
    &made_name_cut::MADE_NAME_CUT,
    &field_lost_in_template::FIELD_LOST_IN_TEMPLATE,
    &refuses_plain_pod::REFUSES_PLAIN_POD,
    &excludes_everything::EXCLUDES_EVERYTHING,
    &rule_never_acts::RULE_NEVER_ACTS,
    &override_never_applies::OVERRIDE_NEVER_APPLIES,
    &every_kind_in_background::EVERY_KIND_IN_BACKGROUND,
    &exception_of_nothing::EXCEPTION_OF_NOTHING,
    &condition_is_constant::CONDITION_IS_CONSTANT,
    &pods_only::PODS_ONLY,
    &message_lost_in_template::MESSAGE_LOST_IN_TEMPLATE,
];
