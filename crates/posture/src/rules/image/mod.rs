//! Rules about the images that containers name. What is inside an image is not looked at here.

mod image_not_pinned;
mod invalid_image_reference;
mod mutable_image_tag;
mod reference;
mod stale_pull_policy;

pub(crate) use image_not_pinned::IMAGE_NOT_PINNED;
pub(crate) use invalid_image_reference::INVALID_IMAGE_REFERENCE;
pub(crate) use mutable_image_tag::MUTABLE_IMAGE_TAG;
pub(crate) use stale_pull_policy::STALE_PULL_POLICY;
