//! What can happen.

use std::sync::Arc;

use ironhull_value::{Path, Value};
use ironhull_world::Object;

use crate::kyverno::engine::{RuleResponse, Status};
use crate::kyverno::model::Rule;
use crate::kyverno::pattern::{Event, PatternError};
use crate::kyverno::request::Request;

/// One thing that happened. Paths are from the root of the policy, as it is written, unless they say other.
#[derive(Clone, Debug)]
pub enum Step {
    /// A rule was asked.
    Rule {
        /// Its name.
        rule: String,
        /// Whether it is about the resource.
        is_about: bool,
        /// Each filter of `match` and `exclude`.
        filters: Filters,
        /// What it said.
        said: Vec<RuleResponse>,
        /// What happened.
        steps: Vec<Step>,
    },
    /// Conditions that decide whether the rule says anything.
    Preconditions {
        /// Whether they hold.
        held: Result<bool, String>,
        /// Each of them.
        steps: Vec<Step>,
    },
    /// Conditions that deny.
    Deny {
        /// Whether they hold, which is a failure.
        held: Result<bool, String>,
        /// Each of them.
        steps: Vec<Step>,
    },
    /// One condition.
    Condition {
        /// Where it is written; in an exception from the root of that.
        path: Path,
        /// The key, once its variables are replaced.
        key: Option<Value>,
        /// The same for the value.
        value: Option<Value>,
        /// Whether it holds.
        held: Result<bool, String>,
        /// Its variables.
        steps: Vec<Step>,
    },
    /// An entry of a `context` was loaded.
    Entry {
        /// Its name.
        name: String,
        /// Where it is written.
        path: Path,
        /// Its value; `None` where entries of its kind are not available.
        found: Result<Option<Value>, String>,
        /// Its variables.
        steps: Vec<Step>,
    },
    /// An expression between braces, or that of a list.
    Variable {
        /// The expression; variables within are replaced.
        expression: String,
        /// Its value.
        found: Result<Value, String>,
    },
    /// A resource, or an element, was held against a pattern.
    Pattern {
        /// Where it is written.
        path: Path,
        /// The pattern's place in `anyPattern`.
        place: Option<usize>,
        /// The pattern, once its variables are replaced.
        pattern: Value,
        /// What decided, in order.
        events: Vec<Event>,
        /// What came out.
        found: Result<(), PatternError>,
        /// What was held against it.
        subject: Value,
    },
    /// The elements of a list.
    Foreach {
        /// Where it is written.
        path: Path,
        /// The list, as an expression.
        list: String,
        /// Each element; before them what the list is made of.
        steps: Vec<Step>,
    },
    /// One element of a list.
    Element {
        /// Its place in the list.
        index: usize,
        /// What it is.
        value: Value,
        /// What became of it; `None` where nothing is said of elements.
        said: Option<(Status, String)>,
        /// What happened.
        steps: Vec<Step>,
    },
    /// The checks of Pod Security.
    Checks {
        /// The level.
        level: String,
        /// The version.
        version: String,
        /// Each check.
        checks: Vec<Check>,
    },
    /// An exception from the rule was looked at.
    Exception {
        /// The exception.
        object: Arc<Object>,
        /// Whether the resource falls under it.
        applies: bool,
        /// Its conditions.
        steps: Vec<Step>,
    },
    /// An object as it was, and as the rule makes it.
    Change {
        /// Before.
        before: Value,
        /// After.
        after: Value,
    },
    /// An object that the rule would make, or make so.
    Made {
        /// Whether it is there already.
        is_there: bool,
        /// The object, as it would be.
        object: Value,
    },
    /// The old object was judged as well: who failed before is let through.
    Before {
        /// Whether it failed.
        failed: bool,
        /// What happened.
        steps: Vec<Step>,
    },
}

/// The filters of a rule beside a resource.
#[derive(Clone, Debug, Default)]
pub struct Filters(pub(crate) Vec<Filter>);

/// A filter of `match` or `exclude` beside a resource.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) is_exclude: bool,
    /// Where it is written.
    pub(crate) path: Path,
    pub(crate) is_met: bool,
    pub(crate) parts: Vec<Part>,
}

/// A part of a filter, such as its kinds.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// Where it is written.
    pub(crate) path: Path,
    pub(crate) is_met: bool,
    /// What the request has there.
    pub(crate) found: Value,
    /// Where the resource has it.
    pub(crate) field: Option<Path>,
}

/// A check of Pod Security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its id, as Kubernetes has it.
    pub id: &'static str,
    /// Whether the policy or an exception leaves out what is against it.
    pub is_left_out: bool,
    /// What is against the pod; empty for a check that it passes.
    pub errors: Vec<String>,
}

impl Filters {
    /// Asks every filter of a rule about a resource.
    pub(crate) fn new(rule: &Rule, request: &Request<'_>, resource: &Value) -> Self {
        Self(super::filters::of(rule, request, resource))
    }
}
