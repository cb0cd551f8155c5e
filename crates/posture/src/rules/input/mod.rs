//! Rules of the area `input`.

mod broken_document;

pub(crate) use broken_document::BROKEN_DOCUMENT;
