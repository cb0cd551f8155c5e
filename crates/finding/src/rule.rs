//! What is known of a rule besides its check.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::{Alias, Control, Severity};

/// A rule's metadata, either of a built-in rule, which is a static, or of one that was loaded and is gone
/// with the last finding that speaks of it.
#[derive(Clone)]
pub struct RuleRef(Inner);

#[derive(Clone)]
enum Inner {
    BuiltIn(&'static RuleMeta),
    Loaded(Arc<RuleMeta>),
}

impl Deref for RuleRef {
    type Target = RuleMeta;

    fn deref(&self) -> &RuleMeta {
        match &self.0 {
            Inner::BuiltIn(meta) => meta,
            Inner::Loaded(meta) => meta,
        }
    }
}

impl From<&'static RuleMeta> for RuleRef {
    fn from(meta: &'static RuleMeta) -> Self {
        Self(Inner::BuiltIn(meta))
    }
}

impl From<Arc<RuleMeta>> for RuleRef {
    fn from(meta: Arc<RuleMeta>) -> Self {
        Self(Inner::Loaded(meta))
    }
}

impl fmt::Debug for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

/// Metadata of a rule. A built-in rule's file holds it beside the check.
#[derive(Debug)]
pub struct RuleMeta {
    /// Two letters for the area and a number: `WL001`. Never used again for something else.
    pub id: Cow<'static, str>,
    /// What is wrong, in words for people who type: `privileged-container`.
    pub name: Cow<'static, str>,
    /// One line, without a full stop.
    pub title: Cow<'static, str>,
    /// How bad; the documentation says why.
    pub severity: Severity,
    /// Controls of frameworks that this rule checks.
    pub controls: &'static [Control],
    /// The same check in other tools.
    pub aliases: &'static [Alias],
    /// The first release that has it.
    pub since: Cow<'static, str>,
    /// The lines of the rule's doc comment, each with the space that follows `///`.
    pub doc_comment: Cow<'static, str>,
}

impl RuleMeta {
    /// The documentation as Markdown, with the sections that CONTRIBUTING.md names.
    pub fn docs(&self) -> String {
        let lines = self.doc_comment.lines();
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).flat_map(|line| [line, "\n"]).collect()
    }

    /// A section of the documentation, by its heading, without surrounding blank lines.
    pub fn section(&self, heading: &str) -> Option<String> {
        let docs = format!("\n{}", self.docs());
        let start = docs.find(&format!("\n## {heading}\n"))?;
        let body = docs.get(start + 1..)?.split_once('\n')?.1;
        let end = body.find("\n## ").unwrap_or(body.len());
        Some(body.get(..end)?.trim().to_owned())
    }

    /// Whether `text` names this rule, by id or name, in any case.
    pub fn is_named(&self, text: &str) -> bool {
        self.id.eq_ignore_ascii_case(text) || self.name.eq_ignore_ascii_case(text)
    }
}

/// The [`RuleMeta`] of a built-in rule, from its doc comment and its fields: what the `rule!` of every domain
/// is built on.
#[macro_export]
macro_rules! rule_meta {
    (
        docs: [$($doc:expr),* $(,)?],
        id: $id:expr,
        name: $name:expr,
        title: $title:expr,
        severity: $severity:ident,
        controls: [$($framework:ident $control:expr),* $(,)?],
        aliases: [$($tool:ident $alias:expr),* $(,)?],
        since: $since:expr $(,)?
    ) => {
        $crate::RuleMeta {
            id: std::borrow::Cow::Borrowed($id),
            name: std::borrow::Cow::Borrowed($name),
            title: std::borrow::Cow::Borrowed($title),
            severity: $crate::Severity::$severity,
            controls: &[$($crate::Control { framework: $crate::Framework::$framework, id: $control }),*],
            aliases: &[$($crate::Alias { tool: $crate::Tool::$tool, id: $alias }),*],
            since: std::borrow::Cow::Borrowed($since),
            doc_comment: std::borrow::Cow::Borrowed(concat!($($doc, "\n"),*)),
        }
    };
}
