//! What expressions about a request came to, for all policies that ask the same.
//!
//! Most policies of a cluster begin with the same question (`request.operation || 'BACKGROUND'`), and many ask
//! for the same lists. An answer is kept only if it depends on nothing but the request.

use std::cell::RefCell;

use compact_str::CompactString;
use ironhull_value::Value;
use rustc_hash::FxHashMap;

use super::Variables;
use crate::kyverno::request::Request;

/// Beyond so many answers nothing more is kept.
const MOST: usize = 256;

/// The answers for one request. A copy of a request begins without any, as it is copied to be changed.
#[derive(Debug, Default)]
pub struct Memo(RefCell<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// What the request was about when it was first asked.
    about: Option<(Option<Value>, Option<Value>, CompactString)>,
    answers: FxHashMap<Box<str>, Result<Value, String>>,
    /// The variables, as every policy finds them at first.
    variables: Option<Variables>,
}

impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Memo {
    /// Whether its answers are for this request; answers for another one are of no use.
    pub(super) fn is_for(&self, request: &Request<'_>) -> bool {
        let is_same = |one: &Option<Value>, other: &Option<Value>| match (one, other) {
            (Some(Value::Map(one)), Some(Value::Map(other))) => one.is_same(other),
            (None, None) => true,
            _ => false,
        };
        let mut kept = self.0.borrow_mut();
        let new = || (request.object.clone(), request.old_object.clone(), request.operation.into());
        let (object, old, operation) = kept.about.get_or_insert_with(new);
        is_same(object, &request.object)
            && is_same(old, &request.old_object)
            && operation == request.operation
    }

    pub(super) fn variables(&self) -> Option<Variables> {
        self.0.borrow().variables.clone()
    }

    pub(super) fn keep_variables(&self, variables: &Variables) {
        self.0.borrow_mut().variables = Some(Variables::clone(variables));
    }

    pub(super) fn answer(&self, expression: &str) -> Option<Result<Value, String>> {
        self.0.borrow().answers.get(expression).cloned()
    }

    pub(super) fn keep(&self, expression: &str, answer: &Result<Value, String>) {
        let mut kept = self.0.borrow_mut();
        if kept.answers.len() < MOST {
            kept.answers.insert(expression.into(), answer.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kyverno::context::{Context, Expressions, Nothing};
    use crate::kyverno::variables::Lookup as _;

    #[test]
    fn answers_are_kept_for_one_request_and_as_long_as_it_is_the_same() {
        let object: Value = serde_json::from_str(r#"{"kind": "Pod", "metadata": {"name": "a"}}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"kind": "Pod", "metadata": {"name": "b"}}"#).unwrap();
        let (first, second) = (Expressions::default(), Expressions::default());
        let request = Request::create(&object);
        let of = |request: &Request<'_>, expressions: &Expressions, text: &str| {
            Context::of_request(request, expressions, &Nothing, "").query(text)
        };
        let name = "request.object.metadata.name";
        assert_eq!(of(&request, &first, name), Ok("a".into()));
        assert!(request.memo.answer(name).is_some(), "for the next policy");
        assert_eq!(of(&request, &second, name), Ok("a".into()));
        // Neither what depends on something else nor what changes by itself.
        for text in ["request.object.metadata.name || element", "[request.operation, random('[a]')]", "@"] {
            let _ = of(&request, &first, text);
            assert!(request.memo.answer(text).is_none(), "{text}");
        }
        let changed = Request { object: Some(other.clone()), ..request.clone() };
        assert_eq!(of(&changed, &first, name), Ok("b".into()), "a copy begins anew");
        let moved = Request { object: Some(other.clone()), ..request };
        assert_eq!(of(&moved, &first, name), Ok("b".into()), "nor are answers taken along");
        let context = Context::of_request(&changed, &first, &Nothing, "");
        context.replace(&["request", "object"], object.clone());
        assert_eq!(context.query(name), Ok("a".into()), "after a change");
    }
}
