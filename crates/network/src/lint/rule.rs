//! What a rule consists of.

use ironhull_finding::RuleMeta;

use super::{Facts, Judge};

/// A rule: metadata and its check.
#[derive(Debug)]
pub struct Rule {
    /// Id, name, severity, frameworks, documentation.
    pub meta: RuleMeta,
    /// The check.
    pub check: Check,
}

/// When a rule is asked.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Of a whole world, with a lint or a scan.
    World(fn(&mut Facts<'_>, &mut Judge)),
    /// Only when somebody brings assertions to check.
    Assertion,
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
            controls: [$($framework:ident $control:literal),* $(,)?],
            aliases: [$($tool:ident $alias:literal),* $(,)?],
            since: $since:literal,
            check: $check:expr $(,)?
        };
    ) => {
        $(#[doc = $doc])*
        pub(crate) static $name: $crate::lint::Rule = $crate::lint::Rule {
            meta: ironhull_finding::rule_meta! {
                docs: [$($doc),*],
                id: $id,
                name: $rule,
                title: $title,
                severity: $severity,
                controls: [$($framework $control),*],
                aliases: [$($tool $alias),*],
                since: $since,
            },
            check: $check,
        };
    };
}
