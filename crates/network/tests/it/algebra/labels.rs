//! Conditions on labels against the selectors of the API, on random labels.

use std::collections::BTreeMap;

use ironhull_network::policy::LabelMatch;
use ironhull_value::{Selector, Value};
use proptest::prelude::*;

type Labels = BTreeMap<String, String>;

fn text(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

fn key() -> impl Strategy<Value = String> {
    text(&["app", "tier", "example.com/x", "n"])
}

fn value() -> impl Strategy<Value = String> {
    text(&["", "a", "b", "web", "3", "7", "12", "07", "x1"])
}

fn labels() -> impl Strategy<Value = Labels> {
    prop::collection::btree_map(key(), value(), 0..4)
}

fn selector() -> impl Strategy<Value = String> {
    let expression =
        (key(), 0..4, prop::collection::vec(value(), 1..3)).prop_map(|(key, operator, values)| {
            let values = values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(",");
            match operator {
                0 => format!(r#"{{"key":"{key}","operator":"In","values":[{values}]}}"#),
                1 => format!(r#"{{"key":"{key}","operator":"NotIn","values":[{values}]}}"#),
                2 => format!(r#"{{"key":"{key}","operator":"Exists"}}"#),
                _ => format!(r#"{{"key":"{key}","operator":"DoesNotExist"}}"#),
            }
        });
    (labels(), prop::collection::vec(expression, 0..4)).prop_map(|(labels, expressions)| {
        let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key:?}:{value:?}")).collect();
        format!(
            r#"{{"matchLabels":{{{}}},"matchExpressions":[{}]}}"#,
            labels.join(","),
            expressions.join(",")
        )
    })
}

/// A `kubectl -l` text with the operators that an object cannot have.
fn selector_text() -> impl Strategy<Value = String> {
    let part = (key(), 0..3, value(), any::<i8>()).prop_map(|(key, operator, value, bound)| match operator {
        0 => format!("{key}!={value}"),
        1 => format!("{key}>{bound}"),
        _ => format!("{key}<{bound}"),
    });
    prop::collection::vec(part, 1..3).prop_map(|parts| parts.join(","))
}

fn any_match() -> impl Strategy<Value = LabelMatch> {
    let leaf = prop_oneof![
        key().prop_map(|key| LabelMatch::Has(key.into())),
        (key(), prop::collection::vec(value(), 0..3)).prop_map(|(key, values)| {
            LabelMatch::In(key.into(), values.into_iter().map(Into::into).collect())
        }),
        (key(), value()).prop_map(|(key, value)| LabelMatch::Contains(key.into(), value.into())),
        (key(), value()).prop_map(|(key, value)| LabelMatch::StartsWith(key.into(), value.into())),
        (key(), value()).prop_map(|(key, value)| LabelMatch::EndsWith(key.into(), value.into())),
        (key(), -5i64..9).prop_map(|(key, bound)| LabelMatch::Above(key.into(), bound)),
        (key(), -5i64..9).prop_map(|(key, bound)| LabelMatch::Below(key.into(), bound)),
        Just(LabelMatch::Nothing),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(LabelMatch::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(LabelMatch::Any),
            inner.prop_map(|part| LabelMatch::Not(Box::new(part))),
        ]
    })
}

fn holds(condition: &LabelMatch, labels: &Labels) -> bool {
    condition.matches(&|key| labels.get(key).map(String::as_str))
}

/// The labels as a value.
fn as_map(labels: &Labels) -> Value {
    let written: Vec<String> = labels.iter().map(|(key, value)| format!("{key:?}:{value:?}")).collect();
    crate::worlds::value(&format!("{{{}}}", written.join(",")))
}

proptest! {
    #[test]
    fn a_condition_selects_what_its_selector_does(selector in selector(), labels in labels()) {
        let selector = Selector::compile(&crate::worlds::value(&selector)).unwrap();
        let condition = LabelMatch::of_selector(&selector);
        let map = as_map(&labels);
        prop_assert_eq!(holds(&condition, &labels), selector.matches(map.as_map().unwrap()), "{}", condition);
        prop_assert_eq!(condition.is_everything(), selector.is_empty());
    }

    #[test]
    fn comparisons_select_what_kubectl_does(text in selector_text(), labels in labels()) {
        let Ok(selector) = Selector::parse(&text) else { return Ok(()) };
        let condition = LabelMatch::of_selector(&selector);
        let map = as_map(&labels);
        prop_assert_eq!(holds(&condition, &labels), selector.matches(map.as_map().unwrap()), "{}", text);
    }

    #[test]
    fn what_is_required_is_there_in_all_that_match(condition in any_match(), labels in labels()) {
        if let Some((key, values)) = condition.required()
            && holds(&condition, &labels)
        {
            let own = labels.get(key.as_str());
            prop_assert!(own.is_some_and(|own| values.iter().any(|value| value == own)), "{}", condition);
        }
    }

    #[test]
    fn only_keys_it_names_matter(condition in any_match(), labels in labels()) {
        let mut keys = Vec::new();
        condition.keys(&mut keys);
        let named: Labels = labels
            .iter()
            .filter(|(key, _)| keys.iter().any(|named| named == key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        prop_assert_eq!(holds(&condition, &labels), holds(&condition, &named), "{}", condition);
        prop_assert_ne!(holds(&LabelMatch::Not(Box::new(condition.clone())), &labels), holds(&condition, &labels));
    }

    #[test]
    fn what_selects_everything_selects_these(condition in any_match(), labels in labels()) {
        prop_assert!(!condition.is_everything() || holds(&condition, &labels));
    }
}
