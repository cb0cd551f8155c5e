//! The functions that Kyverno adds, a file for each group. Semantics and messages are those of
//! `kyverno/kyverno:pkg/engine/jmespath`.

pub(super) mod arithmetic;
pub(super) mod encoding;
mod fail;
pub(super) mod image;
pub(super) mod matching;
pub(super) mod objects;
mod operand;
pub(super) mod random;
pub(super) mod semver;
pub(super) mod strings;
pub(super) mod times;
pub(super) mod url;
mod version;
pub(super) mod x509;
