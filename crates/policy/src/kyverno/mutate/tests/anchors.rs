use super::{check, check_pods};

#[test]
fn add_if_absent() {
    check(&[
        (r#"{"a": 1}"#, r#"{"+(a)": 2, "+(b)": 3}"#, r#"{"a": 1, "b": 3}"#),
        (r#"{"a": null}"#, r#"{"+(a)": 2}"#, r#"{"a": null}"#),
        (r#"{"m": {"x": 1}}"#, r#"{"m": {"+(x)": 2, "+(y)": 3}}"#, r#"{"m": {"x": 1, "y": 3}}"#),
        (r#"{"m": {"x": 1}}"#, r#"{"+(m)": {"y": 2}}"#, r#"{"m": {"x": 1}}"#),
        ("{}", r#"{"m": {"+(x)": {"+(y)": 1}}}"#, r#"{"m": {"x": {"y": 1}}}"#),
        ("{}", r#"{"+(a)": null}"#, "{}"),
    ]);
}

#[test]
fn conditions_outside_of_lists_decide_on_the_rule() {
    check(&[
        (r#"{"a": "x"}"#, r#"{"(a)": "x*", "b": 1}"#, r#"{"a": "x", "b": 1}"#),
        (r#"{"a": "y"}"#, r#"{"(a)": "x*", "b": 1}"#, r#"{"a": "y"}"#),
        ("{}", r#"{"(a)": "*", "b": 1}"#, "{}"),
        (r#"{"a": "y"}"#, r#"{"<(a)": "x*", "b": 1}"#, r#"{"a": "y"}"#),
        (r#"{"m": {"x": "1"}}"#, r#"{"m": {"(x)": "2", "y": "3"}, "b": 1}"#, r#"{"m": {"x": "1"}}"#),
        // Scalars are compared as texts.
        (
            r#"{"n": 5, "t": true}"#,
            r#"{"(n)": "5", "(t)": "true", "b": 1}"#,
            r#"{"n": 5, "t": true, "b": 1}"#,
        ),
        (r#"{"n": 5}"#, r#"{"(n)": 5, "b": 1}"#, r#"{"n": 5, "b": 1}"#),
        (r#"{"n": "5"}"#, r#"{"(n)": 5, "b": 1}"#, r#"{"n": "5", "b": 1}"#),
        (r#"{"n": null}"#, r#"{"(n)": "null", "b": 1}"#, r#"{"n": null, "b": 1}"#),
        // Objects are matched as patterns. At the root Kyverno then leaves the anchor in the patch. An object
        // with an add-if-absent anchor holds anyway.
        (
            r#"{"m": {"x": "1"}}"#,
            r#"{"(m)": {"x": "1"}, "b": 1}"#,
            r#"{"m": {"x": "1"}, "(m)": {"x": "1"}, "b": 1}"#,
        ),
        (
            r#"{"a": {"m": {"x": "1"}}}"#,
            r#"{"a": {"(m)": {"x": "1"}, "b": 1}}"#,
            r#"{"a": {"m": {"x": "1"}, "b": 1}}"#,
        ),
        (r#"{"m": {"x": "1"}}"#, r#"{"(m)": {"x": "2"}, "b": 1}"#, r#"{"m": {"x": "1"}}"#),
        (r#"{"m": {"x": "1"}}"#, r#"{"(m)": {"+(y)": "2"}}"#, r#"{"m": {"x": "1"}, "(m)": {"y": "2"}}"#),
    ]);
}

#[test]
fn conditions_in_lists_choose_items() {
    check_pods(&[
        (
            r#"{"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:1"}]}"#,
            r#"{"containers": [{"(image)": "x:*", "tty": true}]}"#,
            r#"{"containers": [{"name": "a", "image": "x:1", "tty": true}, {"name": "b", "image": "y:1"}]}"#,
        ),
        (
            r#"{"containers": [{"name": "a"}, {"name": "b"}]}"#,
            r#"{"containers": [{"(name)": "*", "securityContext": {"+(privileged)": false}}]}"#,
            r#"{"containers": [{"name": "a", "securityContext": {"privileged": false}},
                {"name": "b", "securityContext": {"privileged": false}}]}"#,
        ),
        // Nothing but a condition changes nothing in the list.
        (
            r#"{"containers": [{"name": "a", "image": "x"}]}"#,
            r#"{"containers": [{"(image)": "*"}], "imagePullSecrets": [{"name": "s"}]}"#,
            r#"{"containers": [{"name": "a", "image": "x"}], "imagePullSecrets": [{"name": "s"}]}"#,
        ),
        // No item matches: the rest of the patch applies all the same.
        (
            r#"{"containers": [{"name": "a", "image": "x"}]}"#,
            r#"{"containers": [{"(image)": "y", "tty": true}], "hostNetwork": false}"#,
            r#"{"containers": [{"name": "a", "image": "x"}], "hostNetwork": false}"#,
        ),
        // Items without a name cannot be found again.
        (
            r#"{"containers": [{"image": "x"}]}"#,
            r#"{"containers": [{"(image)": "x", "tty": true}]}"#,
            r#"{"containers": [{"image": "x"}]}"#,
        ),
        // What add-if-absent did for the first item stays done for the second.
        (
            r#"{"containers": [{"name": "a", "tty": false}, {"name": "b"}]}"#,
            r#"{"containers": [{"(name)": "*", "+(tty)": true, "stdin": true}]}"#,
            r#"{"containers": [{"name": "a", "tty": false, "stdin": true}, {"name": "b", "stdin": true}]}"#,
        ),
    ]);
}

#[test]
fn global_conditions_decide_on_the_rule_from_within_lists() {
    check_pods(&[
        (
            r#"{"volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "secret": {}}]}"#,
            r#"{"volumes": [{"<(emptyDir)": {}}], "hostNetwork": false}"#,
            r#"{"volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "secret": {}}], "hostNetwork": false}"#,
        ),
        (
            r#"{"volumes": [{"name": "w", "secret": {}}]}"#,
            r#"{"volumes": [{"<(emptyDir)": {}}], "hostNetwork": false}"#,
            r#"{"volumes": [{"name": "w", "secret": {}}]}"#,
        ),
        ("{}", r#"{"volumes": [{"<(emptyDir)": {}}], "hostNetwork": false}"#, "{}"),
        // Without items nothing contradicts.
        (
            r#"{"volumes": []}"#,
            r#"{"volumes": [{"<(emptyDir)": {}}], "hostNetwork": false}"#,
            r#"{"volumes": [], "hostNetwork": false}"#,
        ),
        (
            r#"{"containers": [{"name": "a", "image": "reg.local/x"}]}"#,
            r#"{"containers": [{"<(image)": "reg.local/*"}], "imagePullSecrets": [{"name": "s"}]}"#,
            r#"{"containers": [{"name": "a", "image": "reg.local/x"}], "imagePullSecrets": [{"name": "s"}]}"#,
        ),
    ]);
}

#[test]
fn anchors_of_validation_are_names() {
    check(&[(r#"{"a": 1}"#, r#"{"=(a)": 2, "X(b)": 3}"#, r#"{"a": 1, "=(a)": 2, "X(b)": 3}"#)]);
}
