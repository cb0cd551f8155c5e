//! What Kyverno's own code answers (`oracles/kyverno` compares many more), and what must hold for any input.

use ironhull_value::Value;
use proptest::prelude::*;

use super::*;

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn leafs() {
    for (found, wanted, expected) in [
        // Of one type.
        ("true", "true", true),
        ("false", "true", false),
        ("7", "7", true),
        ("7.0", "7", true),
        ("7.5", "7", false),
        (r#""7""#, "7", true),
        (r#""7.0""#, "7", false),
        ("7", "7.0", true),
        ("7", "7.5", false),
        (r#""7.5""#, "7.5", true),
        ("true", r#""true""#, true),
        // What is like nothing.
        ("null", "null", true),
        ("0", "null", true),
        ("false", "null", true),
        (r#""""#, "null", true),
        ("1", "null", false),
        ("[]", "null", false),
        ("{}", "null", false),
        // Structures.
        (r#"{"a": 1}"#, "{}", true),
        ("1", "{}", false),
        ("[]", "[]", false),
        // Texts.
        (r#""nginx:1.2""#, r#""nginx:*""#, true),
        (r#""nginx""#, r#""ngin?""#, true),
        (r#""nginx""#, r#""!nginx""#, false),
        (r#""a|b""#, r#""a|b""#, true),
        (r#""b""#, r#""a | b""#, true),
        (r#""ab""#, r#""a* & !*c""#, true),
        (r#""ac""#, r#""a* & !*c""#, false),
        (r#""""#, r#""""#, true),
        (r#""""#, r#""?*""#, false),
        // What has no text is neither equal nor different.
        ("null", r#""!a""#, false),
        ("[]", r#""*""#, false),
        // Numbers, quantities, durations.
        ("5", r#"">4""#, true),
        ("4", r#"">4""#, false),
        (r#""1Gi""#, r#"">1000Mi""#, true),
        (r#""1024Mi""#, r#""1Gi""#, true),
        (r#""90s""#, r#""<= 1m30s""#, true),
        (r#""1h""#, r#"">61m""#, false),
        ("null", r#""<1""#, true),
        (r#""a""#, r#"">b""#, false),
        ("1.5", r#""1.5""#, true),
        ("1000000.0", r#""*E+06""#, true),
        // Ranges.
        ("5", r#""1-5""#, true),
        ("6", r#""1-5""#, false),
        ("6", r#""1!-5""#, true),
        (r#""512Mi""#, r#""256Mi-1Gi""#, true),
        ("-3", r#""-5--1""#, true),
    ] {
        assert_eq!(leaf_matches(&value(found), &value(wanted)), expected, "{found} against {wanted}");
    }
}

const PASS: Option<(&str, &str, bool)> = None;

#[test]
fn trees() {
    let fails = |message, path| Some((message, path, false));
    let skips = |message| Some((message, "", true));
    for (resource, pattern, expected) in [
        (r#"{"a": {"b": 1}}"#, r#"{"a": {"b": 1}}"#, PASS),
        (
            r#"{"a": {"b": [2, {"x": null}]}}"#,
            r#"{"a": {"b": 1}}"#,
            fails("resource value '[2 map[x:<nil>]]' does not match '1' at path /a/b/", "/a/b/"),
        ),
        (
            r"{}",
            r#"{"a": {"b": 1}}"#,
            fails(
                "pattern and resource have different structures. Path: /a/. Expected map[string]interface {}, found <nil>",
                "/a/",
            ),
        ),
        (
            r#"{"a": 1}"#,
            r#"{"a": ["x"]}"#,
            fails(
                "validation rule failed at path /a/, resource does not satisfy the expected overlay pattern",
                "/a/",
            ),
        ),
        (r#"{"a": []}"#, r#"{"a": []}"#, fails("pattern Array empty", "/a/")),
        // A star wants the key, whatever is there.
        (r#"{"a": {}}"#, r#"{"a": "*"}"#, PASS),
        (r#"{"a": null}"#, r#"{"a": "*"}"#, fails("//a not found", "/")),
        (r"{}", r#"{"a": "?*"}"#, fails("resource value '<nil>' does not match '?*' at path /a/", "/a/")),
        // Lists: one map for all items, one scalar for all items, or lists one by one.
        (r#"{"a": [{"b": 1}, {"b": 2}]}"#, r#"{"a": [{"b": ">0"}, {"b": 7}]}"#, PASS),
        (
            r#"{"a": [{"b": 1}, {"b": 0}]}"#,
            r#"{"a": [{"b": ">0"}]}"#,
            fails("resource value '0' does not match '>0' at path /a/1/b/", "/a/1/b/"),
        ),
        (r#"{"a": ["x", "y"]}"#, r#"{"a": ["?"]}"#, PASS),
        (r#"{"a": ["x", "y"]}"#, r#"{"a": "?"}"#, PASS),
        (
            r#"{"a": ["x", "yy"]}"#,
            r#"{"a": ["?"]}"#,
            fails("resource value '[x yy]' does not match '?' at path /a/", "/a/"),
        ),
        (
            r#"{"a": [["x"]]}"#,
            r#"{"a": [["x"], ["y"]]}"#,
            fails(
                "validate Array failed, array length mismatch, resource Array len is 1 and pattern Array len is 2",
                "",
            ),
        ),
        // Conditions.
        (r#"{"a": 1, "b": 1}"#, r#"{"(a)": 1, "b": 1}"#, PASS),
        (
            r#"{"a": 2, "b": 1}"#,
            r#"{"(a)": 1, "b": 2}"#,
            skips("conditional anchor mismatch: resource value '2' does not match '1' at path /a/"),
        ),
        (
            r"{}",
            r#"{"(a)": 1}"#,
            skips("conditional anchor mismatch: conditional anchor key doesn't exist in the resource"),
        ),
        (
            r#"{"a": 1, "b": 1}"#,
            r#"{"(a)": 1, "b": 2}"#,
            fails("resource value '1' does not match '2' at path /b/", "/b/"),
        ),
        // Items that are not meant are left out, until none is left.
        (r#"{"c": [{"n": "x", "i": 1}, {"n": "y", "i": 2}]}"#, r#"{"c": [{"(n)": "y", "i": 2}]}"#, PASS),
        (
            r#"{"c": [{"n": "x"}, {}]}"#,
            r#"{"c": [{"(n)": "y", "i": 2}]}"#,
            skips(
                "conditional anchor mismatch: resource value 'x' does not match 'y' at path /c/0/n/; \
             conditional anchor mismatch: conditional anchor key doesn't exist in the resource",
            ),
        ),
        // A condition that does not hold takes a failure beside it away, whichever comes first.
        (
            r#"{"a": 2, "b": 2}"#,
            r#"{"(a)": 1, "=(b)": 1}"#,
            skips("conditional anchor mismatch: resource value '2' does not match '1' at path /a/"),
        ),
        (
            r#"{"a": 2, "b": 2}"#,
            r#"{"(b)": 1, "=(a)": 1}"#,
            skips("conditional anchor mismatch: resource value '2' does not match '1' at path /b/"),
        ),
        // Global anchors.
        (
            r#"{"a": 2, "b": 2}"#,
            r#"{"<(a)": 1, "b": 1}"#,
            skips("global anchor mismatch: resource value '2' does not match '1' at path /a/"),
        ),
        (r#"{"b": 1}"#, r#"{"<(a)": 1, "b": 1}"#, PASS),
        // Equality and negation.
        (r"{}", r#"{"=(a)": 1}"#, PASS),
        (r#"{"a": 2}"#, r#"{"=(a)": 1}"#, fails("resource value '2' does not match '1' at path /a/", "/a/")),
        (
            r#"{"s": {"a": null}}"#,
            r#"{"s": {"X(a)": "null"}}"#,
            fails("negation anchor matched in resource: /s/a/ is not allowed", "/s/a/"),
        ),
        (r#"{"s": {}}"#, r#"{"s": {"X(a)": "null"}}"#, PASS),
        // Existence.
        (r#"{"c": [{"n": 1}, {"n": 2}]}"#, r#"{"^(c)": [{"n": 2}, {"n": 1}]}"#, PASS),
        (
            r#"{"c": [{"n": 1}]}"#,
            r#"{"^(c)": [{"n": 2}]}"#,
            fails("existence anchor validation failed at path /c/", "/c/"),
        ),
        (
            r#"{"c": 1}"#,
            r#"{"^(c)": [{"n": 2}]}"#,
            fails(
                "invalid resource type int64: Existence ^ () anchor can be used only on list/array type resource",
                "/c/",
            ),
        ),
        (
            r#"{"c": []}"#,
            r#"{"^(c)": {"n": 2}}"#,
            fails(
                "invalid pattern type map[string]interface {}: Pattern has to be of list to compare against resource",
                "/c/",
            ),
        ),
        (
            r#"{"c": []}"#,
            r#"{"^(c)": [2]}"#,
            fails(
                "invalid pattern type []interface {}: Pattern has to be of type map to compare against items in resource",
                "/c/",
            ),
        ),
        // An anchor whose key is nowhere takes the path away: to the callers that is an error.
        (
            r#"{"a": 2}"#,
            r#"{"a": 1, "^(c)": [{"n": 2}]}"#,
            fails("resource value '2' does not match '1' at path /a/", ""),
        ),
        // Only mutation knows this one.
        (
            r#"{"a": 1}"#,
            r#"{"+(a)": 1}"#,
            fails("resource value '<nil>' does not match '1' at path /+(a)/", "/+(a)/"),
        ),
        // Words that upstream searches errors for count wherever they come from.
        (
            r#"{"a": "global anchor mismatch"}"#,
            r#"{"a": "b"}"#,
            skips("resource value 'global anchor mismatch' does not match 'b' at path /a/"),
        ),
    ] {
        let found = Pattern::compile(&value(pattern)).matches(&value(resource));
        let found =
            found.as_ref().err().map(|error| (error.message.as_str(), error.path.as_str(), error.skip));
        assert_eq!(found, expected, "{resource} against {pattern}");
    }
}

#[test]
fn fields_with_anchors_below_them_come_first() {
    let pattern = Pattern::compile(&value(r#"{"a": 1, "b": {"(x)": 1}, "c": {"=(y)": 1}, "d": 1}"#));
    let mut order = Vec::new();
    let resource = value(r#"{"a": 1, "b": {"x": 1}, "c": {"y": 1}, "d": 1}"#);
    let mut note = |event: Event| order.push(event.pattern);
    pattern.matches_observed(&resource, &mut note).unwrap();
    assert_eq!(order, ["/c/=(y)/", "/c/=(y)/", "/b/(x)/", "/b/(x)/", "/a/", "/d/"]);
}

#[test]
fn keys_of_labels_and_annotations_may_have_wildcards() {
    let pattern =
        Pattern::compile(&value(r#"{"metadata": {"=(labels)": {"=(app.*/name)": "a?", "team": 7}}}"#));
    let matches = |resource: &str| pattern.matches(&value(resource)).map_err(|error| error.message);
    // A wanted value that is no text is dropped as soon as there are labels.
    assert_eq!(matches(r#"{"metadata": {"labels": {"app.x/name": "ab"}}}"#), Ok(()));
    assert_eq!(matches(r#"{"metadata": {"labels": {"other": "ab"}}}"#), Ok(()));
    assert_eq!(matches(r#"{"metadata": {}}"#), Ok(()));
    assert_eq!(
        matches(r#"{"metadata": {"labels": {"app.x/name": "b"}}}"#),
        Err("resource value 'b' does not match 'a?' at path /metadata/labels/app.x/name/".into())
    );
    // Elsewhere they are ordinary characters.
    let elsewhere = Pattern::compile(&value(r#"{"spec": {"a*": "1"}}"#));
    assert!(elsewhere.matches(&value(r#"{"spec": {"ab": "1"}}"#)).is_err());
}

#[test]
fn the_first_element_decides_the_keys_of_labels() {
    let pattern = Pattern::compile(&value(r#"{"items": [{"metadata": {"labels": {"app*": "?*"}}}]}"#));
    let resource = value(
        r#"{"items": [{"metadata": {"labels": {"app1": "x"}}}, {"metadata": {"labels": {"app2": "x"}}}]}"#,
    );
    let error = pattern.matches(&resource).unwrap_err();
    assert_eq!(error.path, "/items/1/metadata/labels/app1/");
    // But the next resource starts afresh.
    assert_eq!(pattern.matches(&value(r#"{"items": [{"metadata": {"labels": {"app2": "x"}}}]}"#)), Ok(()));
}

#[test]
fn an_observer_hears_what_decided() {
    let pattern = Pattern::compile(&value(r#"{"c": [{"(n)": "y", "=(i)": 2, "m": "*"}]}"#));
    let mut events = Vec::new();
    let resource = value(r#"{"c": [{"n": "x"}, {"n": "y", "i": 2, "m": 0}]}"#);
    pattern.matches_observed(&resource, &mut |event: Event| events.push(event)).unwrap();
    let heard: Vec<_> = events
        .iter()
        .map(|event| (event.decision, event.held, event.pattern.as_str(), event.resource.as_str()))
        .collect();
    assert_eq!(
        heard,
        [
            // The keys of a map go by their text as written, and `(` comes before `=`.
            (Decision::Leaf, false, "/c/0/(n)/", "/c/0/n/"),
            (Decision::Anchor(AnchorKind::Condition), false, "/c/0/(n)/", "/c/0/n/"),
            (Decision::Anchor(AnchorKind::Equality), true, "/c/0/=(i)/", "/c/0/i/"),
            (Decision::Leaf, true, "/c/0/(n)/", "/c/1/n/"),
            (Decision::Anchor(AnchorKind::Condition), true, "/c/0/(n)/", "/c/1/n/"),
            (Decision::Leaf, true, "/c/0/=(i)/", "/c/1/i/"),
            (Decision::Anchor(AnchorKind::Equality), true, "/c/0/=(i)/", "/c/1/i/"),
            (Decision::Present, true, "/c/0/m/", "/c/1/m/"),
        ]
    );
}

#[test]
fn members_of_any_pattern_hold_floats() {
    let pattern = value(r#"{"a": [1000000, "1", true]}"#);
    assert_eq!(floats(&pattern), value(r#"{"a": [1000000.0, "1", true]}"#));
    let error = Pattern::compile(&floats(&value(r#"{"a": 1000000}"#))).matches(&value("{}")).unwrap_err();
    assert_eq!(error.message, "resource value '<nil>' does not match '1e+06' at path /a/");
}

/// Trees of few keys and values, so that two of them often fit.
fn trees_of(anchors: bool) -> impl Strategy<Value = Value> {
    let keys = if anchors { "[+<=X^]?\\([ab]\\)|[ab]|metadata" } else { "[ab]|metadata" };
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-2_i64..3).prop_map(Value::Int),
        (-2_i32..3).prop_map(|number| Value::Float(f64::from(number) / 2.0)),
        "[ab*?<>!=|&0-9. -]{0,5}".prop_map(|text| Value::from(text.as_str())),
    ];
    scalar.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec((keys, inner), 0..4).prop_map(|entries| {
                entries.into_iter().map(|(key, value)| (key.as_str().into(), value)).collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn matching_ends_in_the_same_answer(pattern in trees_of(true), resource in trees_of(false)) {
        let compiled = Pattern::compile(&pattern);
        let mut events = 0;
        let watched = compiled.matches_observed(&resource, &mut |_: Event| events += 1);
        prop_assert_eq!(compiled.matches(&resource), watched);
        prop_assert_eq!(Pattern::compile(&pattern).matches(&resource), compiled.matches(&resource));
    }

    #[test]
    fn a_skip_has_no_path_and_a_path_has_slashes(pattern in trees_of(true), resource in trees_of(false)) {
        if let Err(error) = Pattern::compile(&pattern).matches(&resource) {
            prop_assert!(!error.message.is_empty());
            let path = error.path.as_str();
            prop_assert!(!error.skip || path.is_empty());
            prop_assert!(path.is_empty() || (path.starts_with('/') && path.ends_with('/')));
        }
    }

    #[test]
    fn a_text_matches_itself(text in "\\PC{0,12}") {
        let text = Value::from(text.as_str());
        prop_assert!(leaf_matches(&text, &text));
    }

    #[test]
    fn a_range_is_two_bounds(low in -20_i64..20, high in -20_i64..20, found in -25_i64..25) {
        let (found, leaf) = (Value::Int(found), |text: String| Value::from(text.as_str()));
        let both = leaf(format!(">= {low} & <= {high}"));
        let range = leaf(format!("{low}-{high}"));
        prop_assert_eq!(leaf_matches(&found, &range), leaf_matches(&found, &both));
        let outside = leaf(format!("{low}!-{high}"));
        prop_assert_eq!(leaf_matches(&found, &outside), !leaf_matches(&found, &range));
    }
}
