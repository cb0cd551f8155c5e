//! How a part of a pattern fails, and what is read out of the text of a failure.

use std::fmt::{self, Display, Formatter};

use ironhull_value::{Key, Type, Value};

use crate::kyverno::go_text::{GoText, type_name};

const CONDITION: &str = "conditional anchor mismatch";
const GLOBAL: &str = "global anchor mismatch";
const NEGATION: &str = "negation anchor matched in resource";

/// An error on its way up.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    /// Where upstream says that it was.
    pub(super) path: String,
    origin: Origin,
}

/// What kind of Go error it is upstream, which decides how it is recognised there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Made of a text; what it is can only be read out of that.
    Text,
    /// Several skips, put together; read in the same way.
    Skips,
    Condition,
    Global,
    Negation,
}

impl Failure {
    pub(super) fn leaf(path: &At<'_>, found: &Value, wanted: &Value) -> Self {
        let path = path.resource();
        let (found, wanted) = (GoText(found), GoText(wanted));
        Self::text(format!("resource value '{found}' does not match '{wanted}' at path {path}"), path)
    }

    pub(super) fn not_a_map(path: &At<'_>, found: Type) -> Self {
        let path = path.resource();
        let (wanted, found) = (type_name(Type::Map), type_name(found));
        let message = format!(
            "pattern and resource have different structures. Path: {path}. Expected {wanted}, found {found}"
        );
        Self::text(message, path)
    }

    pub(super) fn not_an_array(path: &At<'_>) -> Self {
        let path = path.resource();
        let message = format!(
            "validation rule failed at path {path}, resource does not satisfy the expected overlay pattern"
        );
        Self::text(message, path)
    }

    pub(super) fn empty_pattern(path: &At<'_>) -> Self {
        Self::text("pattern Array empty".into(), path.resource())
    }

    pub(super) fn too_short(found: usize, wanted: usize) -> Self {
        let message = format!(
            "validate Array failed, array length mismatch, resource Array len is {found} and pattern Array len is {wanted}"
        );
        Self::text(message, String::new())
    }

    pub(super) fn absent(path: &At<'_>, key: &str) -> Self {
        let path = path.resource();
        Self::text(format!("{path}/{key} not found"), path)
    }

    pub(super) fn existence_pattern(path: &At<'_>, found: Type) -> Self {
        let message = format!(
            "invalid pattern type {}: Pattern has to be of list to compare against resource",
            type_name(found)
        );
        Self::text(message, path.resource())
    }

    pub(super) fn existence_item(path: &At<'_>) -> Self {
        let message = format!(
            "invalid pattern type {}: Pattern has to be of type map to compare against items in resource",
            type_name(Type::Array)
        );
        Self::text(message, path.resource())
    }

    pub(super) fn existence_resource(path: &At<'_>, found: Type) -> Self {
        let message = format!(
            "invalid resource type {}: Existence ^ () anchor can be used only on list/array type resource",
            type_name(found)
        );
        Self::text(message, path.resource())
    }

    pub(super) fn nothing_exists(path: &At<'_>) -> Self {
        let path = path.resource();
        Self::text(format!("existence anchor validation failed at path {path}"), path)
    }

    pub(super) fn negated(path: &At<'_>) -> Self {
        let path = path.resource();
        Self { message: format!("{NEGATION}: {path} is not allowed"), path, origin: Origin::Negation }
    }

    pub(super) fn no_condition_key(path: &At<'_>) -> Self {
        let message = format!("{CONDITION}: conditional anchor key doesn't exist in the resource");
        Self { message, path: path.resource(), origin: Origin::Condition }
    }

    pub(super) fn in_condition(self) -> Self {
        Self { message: format!("{CONDITION}: {}", self.message), origin: Origin::Condition, ..self }
    }

    pub(super) fn in_global(self) -> Self {
        Self { message: format!("{GLOBAL}: {}", self.message), origin: Origin::Global, ..self }
    }

    /// Several skips as one.
    pub(super) fn skips(path: &At<'_>, skips: &[Self]) -> Self {
        let messages: Vec<&str> = skips.iter().map(|skip| skip.message.as_str()).collect();
        Self { message: messages.join("; "), path: path.resource(), origin: Origin::Skips }
    }

    fn text(message: String, path: String) -> Self {
        Self { message, path, origin: Origin::Text }
    }

    /// Whether the pattern does not apply. Where upstream has lost the kind of an error on the way it searches
    /// the text, so a value of the resource with these words in it is a skip there too.
    pub(super) fn is_skip(&self) -> bool {
        match self.origin {
            Origin::Condition | Origin::Global => true,
            Origin::Negation => false,
            Origin::Text | Origin::Skips => self.message.contains(CONDITION) || self.message.contains(GLOBAL),
        }
    }

    /// Whether a negation is the reason, found in the same way.
    pub(super) fn is_negation(&self) -> bool {
        match self.origin {
            Origin::Condition | Origin::Global => false,
            Origin::Negation => true,
            Origin::Text | Origin::Skips => self.message.contains(NEGATION),
        }
    }

    /// Whether this is several skips that were put together further down.
    pub(super) fn is_combined(&self) -> bool {
        self.origin == Origin::Skips
    }
}

/// The way from the root to where evaluation is: a list through the stack, so that nothing is written before
/// something fails.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key { resource: &'a Key, pattern: &'a Key },
    Item { resource: usize, pattern: usize },
}

impl<'a> At<'a> {
    pub(super) const ROOT: Self = At { parent: None, step: Step::Root };

    pub(super) fn key(&'a self, resource: &'a Key, pattern: &'a Key) -> Self {
        At { parent: Some(self), step: Step::Key { resource, pattern } }
    }

    pub(super) fn item(&'a self, resource: usize, pattern: usize) -> Self {
        At { parent: Some(self), step: Step::Item { resource, pattern } }
    }

    /// `/spec/containers/0/`, with an end like that.
    pub(super) fn resource(&self) -> String {
        Written { at: self, pattern: false }.to_string()
    }

    /// The same in the pattern.
    pub(super) fn pattern(&self) -> String {
        Written { at: self, pattern: true }.to_string()
    }
}

struct Written<'a> {
    at: &'a At<'a>,
    pattern: bool,
}

impl Display for Written<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at.parent {
            Written { at, ..*self }.fmt(f)?;
        }
        match self.at.step {
            Step::Root => f.write_str("/"),
            Step::Key { resource, pattern } => {
                write!(f, "{}/", if self.pattern { pattern } else { resource })
            }
            Step::Item { resource, pattern } => {
                write!(f, "{}/", if self.pattern { pattern } else { resource })
            }
        }
    }
}
