use super::{json, json6902};

#[test]
fn patches_are_json_or_yaml() {
    let pod = json(r#"{"kind": "Pod", "metadata": {"labels": {"a": "1"}}}"#);
    let wanted = json(r#"{"kind": "Pod", "metadata": {"labels": {"a/b": "2"}}}"#);
    let patches = [
        r#"[{"op": "add", "path": "/metadata/labels/a~1b", "value": "2"}, {"op": "remove", "path": "/metadata/labels/a"}]"#,
        "- op: add\n  path: /metadata/labels/a~1b\n  value: \"2\"\n- op: remove\n  path: /metadata/labels/a\n",
        " [{op: remove, path: /metadata/labels/a}, {op: add, path: /metadata/labels/a~1b, value: '2'}]",
        "- {op: add, path: \"/metadata/labels/a~1b\", value: \"2\"}\n- {op: remove, path: \"/metadata/labels/a\"}\n- {op: remove, path: /spec/none}",
    ];
    for patch in patches {
        assert_eq!(json6902(&pod, patch), Ok(wanted.clone()), "{patch}");
    }
}

#[test]
fn parents_are_made() {
    let result = json6902(&json("{}"), "- op: add\n  path: /spec/containers/0/args/-\n  value: x");
    assert_eq!(result, Ok(json(r#"{"spec": {"containers": [{"args": ["x"]}]}}"#)));
}

#[test]
fn errors_have_kyvernos_texts() {
    let cases = [
        ("", "failed to decode patches: invalid state detected"),
        ("[{op: add}]", "failed to decode patches: invalid state detected"),
        (
            "op: add\npath: /a",
            "failed to decode patches: json: cannot unmarshal object into Go value of type jsonpatch.Patch",
        ),
        (
            "- op: add\n  path: /a",
            "failed to decode patches: invalid operation {\"op\":\"add\",\"path\":\"/a\"}: failed to decode \
             'value': operation, missing value field: missing value",
        ),
        (
            "- op: replace\n  path: /x\n  value: 1",
            "replace operation does not apply: doc is missing key: /x: missing value",
        ),
        ("- op: test\n  path: /kind\n  value: x", "testing value /kind failed: test failed"),
    ];
    for (patch, wanted) in cases {
        let error = json6902(&json(r#"{"kind": "Pod"}"#), patch).expect_err(patch);
        assert_eq!(error.to_string(), wanted, "{patch}");
    }
    let error = json6902(&json("{}"), "- op: [").unwrap_err().to_string();
    assert!(error.starts_with("failed to convert patchesJSON6902 to JSON: "), "{error}");
}
