//! Regular expressions.
pub(crate) struct Pattern;
impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("p")
    }
}
