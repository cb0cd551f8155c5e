//! `encoding/json`: what it reads, how it complains, what it writes.

mod decode;
mod encode;

pub(crate) use decode::{decode, decode_string};
pub(crate) use encode::encode;
