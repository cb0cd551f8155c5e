//! Rules about the input itself: what could not be read, or is not what its author thinks.

mod broken_document;
mod duplicate_key;
mod duplicate_object;
mod invalid_suppression;
mod missing_name;
mod not_an_object;
mod removed_api_version;
mod shared;
mod unknown_api_version;
mod unread_by_kubectl;
mod unreadable_input;
mod unused_suppression;

pub(crate) use broken_document::BROKEN_DOCUMENT;
pub(crate) use duplicate_key::DUPLICATE_KEY;
pub(crate) use duplicate_object::DUPLICATE_OBJECT;
pub(crate) use invalid_suppression::INVALID_SUPPRESSION;
pub(crate) use missing_name::MISSING_NAME;
pub(crate) use not_an_object::NOT_AN_OBJECT;
pub(crate) use removed_api_version::REMOVED_API_VERSION;
pub(crate) use unknown_api_version::UNKNOWN_API_VERSION;
pub(crate) use unread_by_kubectl::UNREAD_BY_KUBECTL;
pub(crate) use unreadable_input::UNREADABLE_INPUT;
pub(crate) use unused_suppression::UNUSED_SUPPRESSION;
