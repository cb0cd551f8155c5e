//! Conditions, as they are written.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::reader::{At, Reader};
use crate::kyverno::condition::Operator;
use crate::kyverno::json::floats;
use crate::kyverno::variables::Template;

/// Conditions.
#[derive(Clone, Debug)]
pub enum Conditions {
    /// One of the first, if there is any, and all of the second.
    AnyAll(Vec<Condition>, bool, Vec<Condition>),
    /// The old form: all of them.
    List(Vec<Condition>),
}

/// A key, an operator and a value.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Where it is written.
    pub path: Path,
    /// What is compared.
    pub key: Template,
    /// How; `None` for one that is none, which makes the rule an error.
    pub operator: Option<Operator>,
    /// With what.
    pub value: Template,
    /// What to say.
    pub message: CompactString,
}

pub(in crate::kyverno) fn conditions(reader: &mut Reader, at: &At<'_>) -> Conditions {
    let mut list = |at: &At<'_>| -> Vec<Condition> {
        reader.list(at);
        at.items().map(|item| condition(reader, &item)).collect()
    };
    if at.value.as_array().is_some() {
        return Conditions::List(list(at));
    }
    let (any, all) = (at.get("any"), at.get("all"));
    let has_any = any.is_some();
    let any = any.map(|at| list(&at)).unwrap_or_default();
    let all = all.map(|at| list(&at)).unwrap_or_default();
    reader.only(at, &["any", "all"]);
    Conditions::AnyAll(any, has_any, all)
}

fn condition(reader: &mut Reader, at: &At<'_>) -> Condition {
    reader.only(at, &["key", "operator", "value", "message"]);
    let written = reader.text(at, "operator").unwrap_or_default();
    let operator = Operator::parse(&written);
    if operator.is_none() {
        reader.wrong(
            &at.path.child("operator"),
            format!("`{written}` is no operator; there are Equals, NotEquals, AnyIn, AllIn, AnyNotIn, AllNotIn, GreaterThan, GreaterThanOrEquals, LessThan and LessThanOrEquals"),
        );
    }
    let template = |key: &str| {
        let value = at.get(key).map_or(Value::Null, |at| floats(at.value));
        Template::compile(&value)
    };
    Condition {
        path: at.path.clone(),
        key: template("key"),
        operator,
        value: template("value"),
        message: reader.text(at, "message").unwrap_or_default(),
    }
}
