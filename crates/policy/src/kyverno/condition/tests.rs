//! What Kyverno's own code answers (`oracles/kyverno` compares many more), and what must hold for any input.

use ironhull_value::Value;
use proptest::prelude::*;

use super::*;

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn check(rows: &[(&str, &str, &str, bool)]) {
    for (key, operator, operand, expected) in rows {
        let parsed = Operator::parse(operator).unwrap();
        assert_eq!(parsed.holds(&value(key), &value(operand)), *expected, "{key} {operator} {operand}");
    }
}

#[test]
fn names_of_operators() {
    for (text, expected) in [
        ("Equals", Some(Operator::Equals)),
        ("equal", Some(Operator::Equals)),
        ("NOTEQUALS", Some(Operator::NotEquals)),
        ("NotEqual", Some(Operator::NotEquals)),
        ("anyIN", Some(Operator::AnyIn)),
        ("AllIn", Some(Operator::AllIn)),
        ("AnyNotIn", Some(Operator::AnyNotIn)),
        ("allnotin", Some(Operator::AllNotIn)),
        ("in", Some(Operator::In)),
        ("NotIn", Some(Operator::NotIn)),
        ("GreaterThanOrEquals", Some(Operator::Ordered(Order::GreaterThanOrEquals))),
        ("GreaterThan", Some(Operator::Ordered(Order::GreaterThan))),
        ("LessThanOrEquals", Some(Operator::Ordered(Order::LessThanOrEquals))),
        ("LessThan", Some(Operator::Ordered(Order::LessThan))),
        ("DurationGreaterThanOrEquals", Some(Operator::OrderedDuration(Order::GreaterThanOrEquals))),
        ("DurationGreaterThan", Some(Operator::OrderedDuration(Order::GreaterThan))),
        ("DurationLessThanOrEquals", Some(Operator::OrderedDuration(Order::LessThanOrEquals))),
        ("DurationLessThan", Some(Operator::OrderedDuration(Order::LessThan))),
        // Upstream finds the handler in any case of letters, but that one looks at them.
        ("greaterThan", Some(Operator::NeverHolds)),
        ("durationLessThan", Some(Operator::NeverHolds)),
        ("DurationLessthan", Some(Operator::NeverHolds)),
        ("Duration", None),
        ("DurationEquals", None),
        ("Contains", None),
        (" Equals", None),
        ("", None),
    ] {
        assert_eq!(Operator::parse(text), expected, "{text}");
    }
}

#[test]
fn equality() {
    check(&[
        (r#""a""#, "Equals", r#""a""#, true),
        (r#""nginx""#, "Equals", r#""ngin*""#, true),
        (r#""ngin*""#, "Equals", r#""nginx""#, false),
        (r#""1h""#, "Equals", r#""60m""#, true),
        (r#""1h""#, "Equals", "3600", true),
        ("3600", "Equals", r#""1h""#, false),
        (r#""1Gi""#, "Equals", r#""1024Mi""#, true),
        (r#""1""#, "Equals", r#""1*""#, false),
        // `0` alone is no duration, so it is not a number of seconds.
        (r#""0""#, "Equals", "0", false),
        (r#""0s""#, "Equals", "0", true),
        (r#""1""#, "Equals", "1", false),
        ("1", "Equals", r#""1""#, true),
        ("1", "Equals", "1.0", true),
        ("1.5", "Equals", r#""1.50""#, true),
        ("true", "Equals", "true", true),
        ("true", "Equals", r#""true""#, false),
        (r#"[1, "a"]"#, "Equals", r#"[1, "a"]"#, true),
        ("[1]", "Equals", "[1.0]", false),
        (r#"{"a": {}}"#, "Equals", r#"{"a": {}}"#, true),
        ("null", "Equals", "null", false),
        ("null", "NotEquals", "1", false),
        (r#""a""#, "NotEquals", "1", true),
        ("1", "NotEquals", r#""x""#, true),
        (r#""1h""#, "NotEquals", r#""60m""#, false),
        (r#""5""#, "NotEquals", r#""""#, true),
        (r#""5""#, "NotEquals", r#""x""#, true),
        ("[1]", "NotEquals", "1", true),
    ]);
}

#[test]
fn order() {
    check(&[
        ("2", "GreaterThan", "1", true),
        ("2", "GreaterThan", r#""1.5""#, true),
        (r#""2""#, "GreaterThanOrEquals", r#""2000m""#, true),
        (r#""1Gi""#, "LessThan", r#""1025Mi""#, true),
        (r#""1h""#, "GreaterThan", "3599", true),
        ("3600", "LessThanOrEquals", r#""1h""#, true),
        (r#""1h""#, "LessThan", r#""2h""#, true),
        (r#""0""#, "LessThan", r#""1s""#, true),
        (r#""1.2.10""#, "GreaterThan", r#""1.2.9""#, true),
        (r#""1.2.0-rc.1""#, "LessThan", r#""1.2.0""#, true),
        (r#""1.2.0+a""#, "LessThan", r#""1.2.0+b""#, false),
        (r#""1.2.0-99999999999999999999""#, "LessThan", r#""1.2.0""#, false),
        (r#""v1.2.0""#, "LessThan", r#""v1.3.0""#, false),
        (r#""inf""#, "GreaterThan", "1", true),
        ("1", "GreaterThan", r#""x""#, false),
        (r#""x""#, "GreaterThan", "1", false),
        ("true", "GreaterThan", "0", false),
        ("[2]", "GreaterThan", "1", false),
        ("1", "greaterthan", "0", false),
        (r#""1h""#, "DurationGreaterThan", r#""59m""#, true),
        ("60", "DurationLessThanOrEquals", r#""1m""#, true),
        ("60.9", "DurationGreaterThanOrEquals", "60", true),
        (r#""60""#, "DurationGreaterThanOrEquals", "60", false),
        ("null", "DurationLessThan", "1", false),
    ]);
}

#[test]
fn membership() {
    check(&[
        // Wildcards on both sides.
        (r#""nginx""#, "AnyIn", r#"["a", "ngin*"]"#, true),
        (r#""ngin*""#, "AnyIn", r#"["a", "nginx"]"#, true),
        (r#"["a", "b"]"#, "AnyIn", r#"["b", "c"]"#, true),
        (r#"["a", "b"]"#, "AllIn", r#"["b", "c"]"#, false),
        (r#"["a", "b"]"#, "AllIn", r#"["?"]"#, true),
        (r#"["a", "b"]"#, "AnyNotIn", r#"["b"]"#, true),
        (r#"["a", "b"]"#, "AllNotIn", r#"["b"]"#, false),
        (r#"["a", "b"]"#, "AllNotIn", r#"["c"]"#, true),
        // Numbers by their text.
        ("1", "AnyIn", r#"["1"]"#, true),
        ("1000000.0", "AnyIn", r#"["1000000"]"#, false),
        ("1000000.0", "AnyIn", r#"["1e+06"]"#, true),
        ("[null]", "AnyIn", r#"["<nil>"]"#, true),
        // A text is JSON, or stands for itself.
        (r#""a""#, "AnyIn", r#""[\"a\", \"b\"]""#, true),
        (r#"["a"]"#, "AllIn", r#""[\"a\", \"b\"]""#, true),
        (r#"["a"]"#, "AllIn", r#""a*""#, true),
        (r#""a""#, "AnyIn", r#""{}""#, false),
        (r#""a""#, "AnyNotIn", r#""{}""#, false),
        (r#""a""#, "AllNotIn", r#""b""#, true),
        // Ranges.
        ("5", "AnyIn", r#""1-10""#, true),
        ("[5, 20]", "AnyIn", r#""1-10""#, true),
        ("[5, 20]", "AllIn", r#""1-10""#, false),
        ("[5, 20]", "AnyNotIn", r#""1-10""#, true),
        ("[5, 20]", "AllNotIn", r#""1-10""#, false),
        ("[15, 20]", "AllNotIn", r#""1-10""#, true),
        // Only some take a single number for a list of keys.
        ("[1]", "AnyIn", "1", true),
        ("[1]", "AnyNotIn", "2", true),
        ("[1]", "AllIn", "1", false),
        ("1", "AnyIn", "1", false),
        // Nothing is in or out of what is no list.
        (r#""a""#, "AnyIn", "{}", false),
        (r#""a""#, "AllNotIn", "{}", false),
        (r#"["a"]"#, "AllNotIn", "null", false),
        ("{}", "AllNotIn", r#"["a"]"#, false),
        ("null", "AnyNotIn", r#"["a"]"#, false),
        // No key is in anything.
        ("[]", "AllIn", r#"["a"]"#, true),
        ("[]", "AnyIn", r#"["a"]"#, false),
        ("[]", "AllNotIn", r#"["a"]"#, true),
        ("[]", "AnyNotIn", r#"["a"]"#, false),
    ]);
}

#[test]
fn deprecated_membership() {
    check(&[
        (r#""a""#, "In", r#"["a*"]"#, true),
        (r#"["a"]"#, "In", r#"["a*"]"#, false),
        (r#"["a"]"#, "In", r#"["a", "b"]"#, true),
        (r#"["a", "c"]"#, "NotIn", r#"["a", "b"]"#, true),
        (r#""a""#, "In", r#""b""#, false),
        (r#""a""#, "NotIn", r#""b""#, false),
        (r#""a""#, "NotIn", r#""[\"b\"]""#, true),
        ("5", "In", r#""1-10""#, false),
        (r#"["a"]"#, "In", r#"["a", 1]"#, false),
        (r#"["b"]"#, "NotIn", r#"["a", 1]"#, false),
        // Both at once.
        (r#"["a"]"#, "In", r#""a""#, true),
        (r#"["a"]"#, "NotIn", r#""a""#, true),
        // Here upstream stops; these count by their text.
        ("[1]", "In", r#"["1"]"#, true),
        ("[1]", "NotIn", r#"["1"]"#, false),
        ("[1]", "NotIn", r#"["2"]"#, true),
    ]);
}

#[test]
fn operands_that_stand_alone_are_floats() {
    assert_eq!(operand(&value("1000000")), value("1000000.0"));
    assert_eq!(operand(&value("[1000000]")), value("[1000000]"));
    assert_eq!(operand(&value(r#""1""#)), value(r#""1""#));
}

fn operands() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-4_i32..5).prop_map(|number| Value::Float(f64::from(number) / 2.0)),
        "[ab*?0-9.smhMi\\[\\]\",-]{0,8}".prop_map(|text| Value::from(text.as_str())),
    ];
    scalar.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec(("[ab]", inner), 0..2).prop_map(|entries| {
                entries.into_iter().map(|(key, value)| (key.as_str().into(), value)).collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn opposites_never_hold_both(key in operands(), value in operands()) {
        for (one, other) in [
            (Operator::Equals, Operator::NotEquals),
            (Operator::AnyIn, Operator::AllNotIn),
            (Operator::AllIn, Operator::AllNotIn),
            (Operator::Ordered(Order::GreaterThan), Operator::Ordered(Order::LessThanOrEquals)),
            (Operator::Ordered(Order::LessThan), Operator::Ordered(Order::GreaterThanOrEquals)),
        ] {
            // Every item of an empty list is in and out of anything.
            if key.as_array().is_none_or(|items| !items.is_empty()) {
                prop_assert!(!(one.holds(&key, &value) && other.holds(&key, &value)), "{:?} {:?}", one, other);
            }
        }
    }

    #[test]
    fn what_is_not_null_is_equal_or_different(key in operands(), value in operands()) {
        let decided = Operator::Equals.holds(&key, &value) || Operator::NotEquals.holds(&key, &value);
        prop_assert_eq!(decided, !key.is_null());
    }
}
