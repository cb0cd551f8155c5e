//! The functions of both dialects.
//!
//! Lives here: one table of all functions, what they take, and their implementations, a file for each group.
//! Never lives here: what Go's libraries do ([`go`](crate::go)).

mod arguments;
mod describe;
mod kyverno;
mod parameter;
mod signature;
mod standard;
mod table;

pub use parameter::Parameter;
pub(crate) use parameter::Type;
pub use signature::Function;

use crate::Dialect;

/// All functions of a dialect, by name. From this their documentation is made.
pub fn functions(dialect: Dialect) -> impl Iterator<Item = &'static Function> {
    table::all().filter(move |function| function.is_in(dialect))
}

/// The function with that name.
pub(crate) fn find(dialect: Dialect, name: &str) -> Option<&'static Function> {
    table::all().find(|function| function.name() == name && function.is_in(dialect))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_in_a_dialect() {
        for (dialect, count) in [(Dialect::Standard, 26), (Dialect::Kyverno, 25 + 51)] {
            let mut names: Vec<_> = functions(dialect).map(Function::name).collect();
            assert_eq!(names.len(), count, "{dialect:?}");
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{dialect:?}");
        }
    }
}
