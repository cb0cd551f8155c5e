use super::{check, check_pods};

#[test]
fn objects_merge_and_null_removes() {
    check(&[
        (r#"{"a": {"b": 1, "c": 2}}"#, r#"{"a": {"b": 3, "d": 4}}"#, r#"{"a": {"b": 3, "c": 2, "d": 4}}"#),
        (r#"{"a": {"b": 1}, "c": 2}"#, r#"{"a": null}"#, r#"{"c": 2}"#),
        // Empty objects of a patch go before it is applied; what is new is merged with itself, so null in it
        // goes, too.
        (r#"{"a": 1}"#, r#"{"b": {}, "c": {"d": null, "e": 1}}"#, r#"{"a": 1, "c": {"e": 1}}"#),
        (r#"{"a": null, "b": {"c": null}}"#, r#"{"d": 1}"#, r#"{"a": null, "b": {"c": null}, "d": 1}"#),
        (r#"{"l": [1, 2]}"#, r#"{"l": [3]}"#, r#"{"l": [3]}"#),
        (r#"{"l": [{"name": "a"}]}"#, r#"{"l": [{"name": "b"}]}"#, r#"{"l": [{"name": "b"}]}"#),
        (r#"{"l": [1]}"#, r#"{"l": []}"#, r#"{"l": []}"#),
    ]);
}

#[test]
fn a_number_in_the_place_of_a_text_becomes_a_text() {
    check(&[
        (r#"{"a": "x"}"#, r#"{"a": 5}"#, r#"{"a": "5"}"#),
        (r#"{"a": "x"}"#, r#"{"a": true}"#, r#"{"a": "true"}"#),
        (r#"{"a": 5}"#, r#"{"a": "7"}"#, r#"{"a": "7"}"#),
        (r#"{"a": 5}"#, r#"{"a": 1.0}"#, r#"{"a": 1}"#),
    ]);
}

#[test]
fn directives() {
    check(&[
        (r#"{"a": {"b": 1}}"#, r#"{"a": {"$patch": "replace", "c": 2}}"#, r#"{"a": {"c": 2}}"#),
        (r#"{"a": {"b": 1}, "c": 1}"#, r#"{"a": {"$patch": "delete"}}"#, r#"{"c": 1}"#),
        (r#"{"a": {"b": 1}}"#, r#"{"a": {"$patch": "merge", "c": 2}}"#, r#"{"a": {"b": 1, "c": 2}}"#),
        (r#"{"a": 1}"#, r#"{"b": {"$patch": "replace", "c": 2}}"#, r#"{"a": 1, "b": {"c": 2}}"#),
    ]);
    check_pods(&[
        (
            r#"{"containers": [{"name": "a"}, {"name": "b"}]}"#,
            r#"{"containers": [{"name": "a", "$patch": "delete"}]}"#,
            r#"{"containers": [{"name": "b"}]}"#,
        ),
        (
            r#"{"containers": [{"name": "a"}, {"name": "b"}]}"#,
            r#"{"containers": [{"$patch": "replace"}, {"name": "c"}]}"#,
            r#"{"containers": [{"name": "c"}]}"#,
        ),
        (
            r#"{"containers": [{"name": "a"}], "x": 1}"#,
            r#"{"containers": [{"$patch": "delete"}]}"#,
            r#"{"x": 1}"#,
        ),
        // kustomize puts the old item back.
        (
            r#"{"containers": [{"name": "a", "image": "i"}]}"#,
            r#"{"containers": [{"name": "a", "$patch": "replace", "tty": true}]}"#,
            r#"{"containers": [{"name": "a", "image": "i"}]}"#,
        ),
    ]);
}

#[test]
fn lists_of_known_types_merge_by_key_and_new_items_come_first() {
    check_pods(&[
        (
            r#"{"containers": [{"name": "a", "image": "1"}, {"name": "b"}]}"#,
            r#"{"containers": [{"name": "c"}, {"name": "b", "image": "2"}]}"#,
            r#"{"containers": [{"name": "c"}, {"name": "b", "image": "2"}, {"name": "a", "image": "1"}]}"#,
        ),
        (
            r#"{"containers": [{"name": "a", "env": [{"name": "X", "value": "1"}], "args": ["x"],
                "volumeMounts": [{"mountPath": "/a", "name": "v"}]}]}"#,
            r#"{"containers": [{"name": "a", "env": [{"name": "Y", "value": "2"}], "args": ["y"],
                "volumeMounts": [{"mountPath": "/a", "readOnly": true}]}]}"#,
            r#"{"containers": [{"name": "a", "env": [{"name": "Y", "value": "2"}, {"name": "X", "value": "1"}],
                "args": ["y"], "volumeMounts": [{"mountPath": "/a", "name": "v", "readOnly": true}]}]}"#,
        ),
        (
            r#"{"volumes": [{"name": "v", "emptyDir": {}}], "tolerations": [{"key": "a"}]}"#,
            r#"{"volumes": [{"name": "w", "hostPath": {"path": "/"}}], "tolerations": [{"key": "b"}]}"#,
            r#"{"volumes": [{"name": "w", "hostPath": {"path": "/"}}, {"name": "v", "emptyDir": {}}],
                "tolerations": [{"key": "b"}]}"#,
        ),
        // A port with a protocol is the same port without.
        (
            r#"{"containers": [{"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}]}"#,
            r#"{"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}"#,
            r#"{"containers": [{"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}]}"#,
        ),
        (
            r#"{"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}"#,
            r#"{"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "UDP"}]}]}"#,
            r#"{"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "UDP"},
                {"containerPort": 80, "protocol": "TCP"}]}]}"#,
        ),
    ]);
    check(&[
        (
            r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"finalizers": ["a", "b"]}}"#,
            r#"{"metadata": {"finalizers": ["c", "b"]}}"#,
            r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"finalizers": ["c", "b", "a"]}}"#,
        ),
        (
            r#"{"apiVersion": "apps/v1", "kind": "Deployment",
                "spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}"#,
            r#"{"spec": {"template": {"spec": {"containers": [{"name": "b"}]}}}}"#,
            r#"{"apiVersion": "apps/v1", "kind": "Deployment",
                "spec": {"template": {"spec": {"containers": [{"name": "b"}, {"name": "a"}]}}}}"#,
        ),
        // Of other types nothing is known, not even the pod in them, unless that says what it is.
        (
            r#"{"apiVersion": "x/v1", "kind": "Y", "spec": {"containers": [{"name": "a"}]}}"#,
            r#"{"spec": {"containers": [{"name": "b"}]}}"#,
            r#"{"apiVersion": "x/v1", "kind": "Y", "spec": {"containers": [{"name": "b"}]}}"#,
        ),
        (
            r#"{"apiVersion": "x/v1", "kind": "Y",
                "pod": {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a"}]}}}"#,
            r#"{"pod": {"spec": {"containers": [{"name": "b"}]}}}"#,
            r#"{"apiVersion": "x/v1", "kind": "Y",
                "pod": {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "b"}, {"name": "a"}]}}}"#,
        ),
    ]);
}

#[test]
fn lists_that_merge_are_put_in_order_by_any_patch() {
    check_pods(&[
        (
            r#"{"containers": [{"name": "a"}, {"name": "b"}, {"name": "a", "image": "2"}]}"#,
            r#"{"x": 1}"#,
            r#"{"containers": [{"name": "a", "image": "2"}, {"name": "b"}], "x": 1}"#,
        ),
        // An item without its key drives out those before it.
        (
            r#"{"containers": [{"name": "a"}, {"image": "x"}]}"#,
            r#"{"x": 1}"#,
            r#"{"containers": [{"image": "x"}], "x": 1}"#,
        ),
        (
            r#"{"containers": [{"name": "a"}, {"name": "b"}]}"#,
            r#"{"containers": [{"image": "x"}]}"#,
            r#"{"containers": []}"#,
        ),
    ]);
}
