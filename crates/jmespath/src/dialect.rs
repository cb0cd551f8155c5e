//! Which JMESPath.

/// The two languages that this crate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The language of jmespath.org, as its compliance suite has it. A missing key is `null`. Function
    /// names, the number of arguments and the types of constant arguments are checked by
    /// [`Expression::parse`](crate::Expression::parse).
    Standard,
    /// The language of Kyverno's policies (`kyverno/go-jmespath` 0.4.1-0.20231124 with the functions of
    /// `kyverno/kyverno:pkg/engine/jmespath`, release 1.19). A missing key is an error at the positions
    /// where it is one there, all numbers are Go's `float64`, and messages are upstream's.
    ///
    /// # Where it differs from upstream on purpose
    ///
    /// - Maps are visited in the order of their keys; Go's order is random.
    /// - Where upstream panics (`contains` on lists of lists, `merge` of something that is not an object,
    ///   `sort_by` on what `items` returns), there is an answer or an error.
    /// - `sort_by` does not reorder its input.
    /// - The list that `items` returns is a list like any other.
    /// - Expressions and data nested beyond the limits are refused.
    /// - Whole numbers within 64 bits that an expression only passes on keep all their digits.
    Kyverno,
}
