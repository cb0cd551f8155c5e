use proptest::prelude::*;

use super::*;

fn labels(pairs: &[(&str, &str)]) -> Map {
    pairs.iter().map(|(key, value)| (Key::new(key), Value::from(*value))).collect()
}

fn compile(json: &str) -> Result<Selector, SelectorError> {
    Selector::compile(&serde_json::from_str(json).unwrap())
}

#[test]
fn texts_of_all_forms() {
    let text = "g, !f,e in (y,x),d notin(z, ),c!=1,b==2,a=3,i>4,h<5";
    let selector = Selector::parse(text).unwrap();
    assert_eq!(selector.to_string(), "a=3,b==2,c!=1,d notin (,z),e in (x,y),!f,g,h<5,i>4");
    let mut chosen = vec![("a", "3"), ("b", "2"), ("e", "x"), ("g", ""), ("h", "4"), ("i", "5")];
    assert!(selector.matches(&labels(&chosen)));
    chosen.push(("c", "1"));
    assert!(!selector.matches(&labels(&chosen)));
}

#[test]
fn texts_that_kubectl_rejects() {
    for (text, expected) in [
        ("a,", "found '', expected: identifier after ','"),
        (",a", "found ',', expected: !, identifier, or 'end of string'"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in", "unable to parse requirement: found '' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("!a=b", "found '=', expected: ',' or 'end of string'"),
        (
            "a>b",
            "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the \
             value must be an integer",
        ),
    ] {
        assert_eq!(Selector::parse(text).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn objects() {
    assert!(compile("{}").unwrap().is_empty());
    assert!(compile(r#"{"matchLabels": null, "other": 1}"#).unwrap().matches(&Map::default()));
    let selector = compile(
        r#"{"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "NotIn", "values": ["b", "a"]},
            {"key": "env", "operator": "Exists"}]}"#,
    )
    .unwrap();
    assert_eq!(selector.to_string(), "app=web,env,tier notin (a,b)");
    assert_eq!(selector.exact_value("app"), Some("web"));
    assert_eq!(selector.exact_value("env"), None);
    assert!(selector.matches(&labels(&[("app", "web"), ("env", "x")])));
    assert!(!selector.matches(&labels(&[("app", "web"), ("env", "x"), ("tier", "a")])));
}

#[test]
fn objects_that_the_api_server_rejects() {
    for (json, expected) in [
        ("[]", ": expected object, found array"),
        (r#"{"matchLabels": {"a": 1}}"#, "matchLabels.a: expected string, found integer"),
        (
            r#"{"matchExpressions": [{"key": "a", "operator": "in"}]}"#,
            r#"matchExpressions[0].operator: Invalid value: "in": not a valid selector operator"#,
        ),
        (
            r#"{"matchExpressions": [{"key": "a", "operator": "In"}]}"#,
            "matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            r#"{"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}"#,
            "matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or \
             'DoesNotExist'",
        ),
    ] {
        assert_eq!(compile(json).unwrap_err().to_string(), expected, "{json}");
    }
    assert!(compile(r#"{"matchLabels": {"-a": "b"}}"#).is_err());
    assert!(compile(r#"{"matchLabels": {"a": "b c"}}"#).is_err());
}

#[test]
fn labels_of_other_types() {
    let odd: Value = serde_json::from_str(r#"{"n": null, "i": 1}"#).unwrap();
    let odd = odd.as_map().unwrap();
    let matches = |text: &str| Selector::parse(text).unwrap().matches(odd);
    assert!(matches("n="));
    assert!(matches("i"));
    assert!(!matches("i=1"));
    assert!(matches("i!=1"));
    assert!(!matches("i>0"));
}

#[test]
fn a_service_s_map_is_not_validated() {
    let selector = Selector::from_labels(&labels(&[("-odd-", "a b")])).unwrap();
    assert!(selector.matches(&labels(&[("-odd-", "a b"), ("x", "y")])));
}

fn some_labels() -> impl Strategy<Value = Map> {
    proptest::collection::vec(("[a-d]", "[x-z]|[0-9]{1,2}"), 0..5).prop_map(|pairs| {
        pairs.iter().map(|(key, value)| (Key::new(key), Value::from(value.as_str()))).collect()
    })
}

fn holds(text: &str, labels: &Map) -> bool {
    Selector::parse(text).unwrap().matches(labels)
}

proptest! {
    #[test]
    fn negations_are_complements(key in "[a-d]", value in "[x-z]", labels in some_labels()) {
        prop_assert_ne!(holds(&key, &labels), holds(&format!("!{key}"), &labels));
        let (equal, unequal) = (format!("{key}={value}"), format!("{key}!={value}"));
        prop_assert_ne!(holds(&equal, &labels), holds(&unequal, &labels));
        let (within, without) = (format!("{key} in ({value},q)"), format!("{key} notin ({value},q)"));
        prop_assert_ne!(holds(&within, &labels), holds(&without, &labels));
    }

    #[test]
    fn a_list_is_a_conjunction(a in "!?[a-d]|[a-d]!?=[x-z]", b in "!?[a-d]|[a-d] in \\([x-z],[x-z]\\)",
                               labels in some_labels()) {
        let both = holds(&format!("{a},{b}"), &labels);
        prop_assert_eq!(both, holds(&a, &labels) && holds(&b, &labels));
        prop_assert_eq!(both, holds(&format!("{b},{a}"), &labels));
    }

    #[test]
    fn membership_is_any_of_the_equalities(key in "[a-d]", values in proptest::collection::vec("[x-z]", 1..9),
                                           labels in some_labels()) {
        let any = values.iter().any(|value| holds(&format!("{key}={value}"), &labels));
        prop_assert_eq!(holds(&format!("{key} in ({})", values.join(",")), &labels), any);
    }

    #[test]
    fn the_canonical_form_round_trips(text in "(!?[a-d]|[a-d](=|==|!=)[x-z]?|[a-d] (not)?in \\([x-z]?,[x-z]\\)|[a-d][<>][0-9])(,(!?[a-d]|[a-d]=[x-z])){0,3}") {
        let selector = Selector::parse(&text).unwrap();
        let canonical = selector.to_string();
        let again = Selector::parse(&canonical).unwrap();
        prop_assert_eq!(&again, &selector);
        prop_assert_eq!(again.to_string(), canonical);
    }

    #[test]
    fn never_panics(text in ".{0,20}|[a-c=!<>(), \\x00innot]{0,20}") {
        let _ = Selector::parse(&text);
    }
}
