//! What a rule consists of.

use ironhull_finding::RuleMeta;

use super::{Facts, Judge};

/// A rule: metadata and its check.
#[derive(Debug)]
pub struct Rule {
    /// Id, name, severity, documentation.
    pub meta: RuleMeta,
    /// The check.
    pub check: fn(&Facts<'_>, &mut Judge),
}

/// Declares a rule. Its doc comment is its documentation.
macro_rules! rule {
    (
        $(#[doc = $doc:literal])*
        pub static $name:ident = {
            id: $id:literal,
            name: $rule:literal,
            title: $title:literal,
            severity: $severity:ident,
            check: $check:expr $(,)?
        };
    ) => {
        $(#[doc = $doc])*
        pub(crate) static $name: $crate::kyverno::lint::Rule = $crate::kyverno::lint::Rule {
            meta: ironhull_finding::rule_meta! {
                docs: [$($doc),*],
                id: $id,
                name: $rule,
                title: $title,
                severity: $severity,
                controls: [],
                aliases: [],
                since: "0.1.0",
            },
            check: $check,
        };
    };
}
