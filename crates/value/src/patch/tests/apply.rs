use super::{json, patched};
use crate::{PatchCause as Cause, PatchDialect as Dialect};

/// Document, patch, result: what RFC 6902 says, and both dialects do.
const BOTH: &[(&str, &str, &str)] = &[
    ("{}", "[]", "{}"),
    (r#"{"a": 1}"#, r#"[{"op": "add", "path": "/b", "value": 2}]"#, r#"{"a": 1, "b": 2}"#),
    (r#"{"a": 1}"#, r#"[{"op": "add", "path": "/a", "value": null}]"#, r#"{"a": null}"#),
    (r#"{"a": [1, 3]}"#, r#"[{"op": "add", "path": "/a/1", "value": 2}]"#, r#"{"a": [1, 2, 3]}"#),
    (r#"{"a": [1]}"#, r#"[{"op": "add", "path": "/a/1", "value": 2}]"#, r#"{"a": [1, 2]}"#),
    (r#"{"a": [1]}"#, r#"[{"op": "add", "path": "/a/0", "value": 0}]"#, r#"{"a": [0, 1]}"#),
    (r#"{"a": [1]}"#, r#"[{"op": "add", "path": "/a/-", "value": [2]}]"#, r#"{"a": [1, [2]]}"#),
    (r#"{"a": [1, [2]]}"#, r#"[{"op": "add", "path": "/a/1/0", "value": 9}]"#, r#"{"a": [1, [9, 2]]}"#),
    (r#"["a"]"#, r#"[{"op": "add", "path": "/1", "value": "b"}]"#, r#"["a", "b"]"#),
    (r#"{"a": {}}"#, r#"[{"op": "add", "path": "/a/0", "value": 1}]"#, r#"{"a": {"0": 1}}"#),
    (r#"{"a": 1}"#, r#"[{"op": "add", "path": "/a~1b~0", "value": 2}]"#, r#"{"a": 1, "a/b~": 2}"#),
    (r#"{"a": 1}"#, r#"[{"op": "add", "path": "", "value": {"b": 2}}]"#, r#"{"b": 2}"#),
    (r#"{"a": 1}"#, r#"[{"op": "add", "path": "", "value": [2]}]"#, "[2]"),
    (r#"{"a": 1, "b": 2}"#, r#"[{"op": "remove", "path": "/a"}]"#, r#"{"b": 2}"#),
    (r#"{"a": [1, 2, 3]}"#, r#"[{"op": "remove", "path": "/a/1"}]"#, r#"{"a": [1, 3]}"#),
    (r#"{"a": null}"#, r#"[{"op": "remove", "path": "/a"}]"#, "{}"),
    (r#"{"a": 1}"#, r#"[{"op": "replace", "path": "/a", "value": {"b": []}}]"#, r#"{"a": {"b": []}}"#),
    (r#"{"a": null}"#, r#"[{"op": "replace", "path": "/a", "value": 1}]"#, r#"{"a": 1}"#),
    (r#"{"a": [1, 2]}"#, r#"[{"op": "replace", "path": "/a/1", "value": 3}]"#, r#"{"a": [1, 3]}"#),
    (r#"{"a": 1}"#, r#"[{"op": "replace", "path": "", "value": {"b": 1}}]"#, r#"{"b": 1}"#),
    (
        r#"{"a": {"b": 1}, "c": {}}"#,
        r#"[{"op": "move", "from": "/a/b", "path": "/c/d"}]"#,
        r#"{"a": {}, "c": {"d": 1}}"#,
    ),
    (r#"{"a": [1, 2, 3]}"#, r#"[{"op": "move", "from": "/a/0", "path": "/a/2"}]"#, r#"{"a": [2, 3, 1]}"#),
    (r#"{"a": [1, 2, 3]}"#, r#"[{"op": "move", "from": "/a/2", "path": "/a/0"}]"#, r#"{"a": [3, 1, 2]}"#),
    (r#"{"a": null}"#, r#"[{"op": "move", "from": "/a", "path": "/b"}]"#, r#"{"b": null}"#),
    (r#"{"a": 1}"#, r#"[{"op": "move", "from": "/a", "path": "/a"}]"#, r#"{"a": 1}"#),
    (r#"{"a": [1]}"#, r#"[{"op": "copy", "from": "/a", "path": "/a/-"}]"#, r#"{"a": [1, [1]]}"#),
    (r#"{"a": 1}"#, r#"[{"op": "copy", "from": "", "path": "/b"}]"#, r#"{"a": 1, "b": {"a": 1}}"#),
    (r#"{"a": null}"#, r#"[{"op": "copy", "from": "/a", "path": "/b"}]"#, r#"{"a": null, "b": null}"#),
    (
        r#"{"a": [1, {"b": "ü"}]}"#,
        r#"[{"op": "test", "path": "/a", "value": [1, {"b": "\u00fc"}]}]"#,
        r#"{"a": [1, {"b": "ü"}]}"#,
    ),
    (
        r#"{"a": {"x": 1, "y": 2}}"#,
        r#"[{"op": "test", "path": "/a", "value": {"y": 2, "x": 1}}]"#,
        r#"{"a": {"x": 1, "y": 2}}"#,
    ),
    (r#"{"a": null}"#, r#"[{"op": "test", "path": "/a", "value": null}]"#, r#"{"a": null}"#),
    (r#"{"a": 1}"#, r#"[{"op": "test", "path": "", "value": {"a": 1}}]"#, r#"{"a": 1}"#),
    (r#"{"a": 10}"#, r#"[{"op": "test", "path": "/a", "value": 1e1}]"#, r#"{"a": 10}"#),
    // What an operation does not know it does not mind.
    (r#"{"a": 1}"#, r#"[{"op": "remove", "path": "/a", "value": 1, "from": 3, "x": {}}]"#, "{}"),
    // One operation sees what those before it did.
    (
        r#"{"a": []}"#,
        r#"[{"op": "add", "path": "/a/0", "value": {"b": 1}}, {"op": "replace", "path": "/a/0/b", "value": 2},
            {"op": "copy", "from": "/a/0", "path": "/c"}, {"op": "remove", "path": "/a/0"}]"#,
        r#"{"a": [], "c": {"b": 2}}"#,
    ),
];

#[test]
fn both_dialects_do_what_the_rfc_says() {
    for (document, patch, wanted) in BOTH {
        for dialect in [Dialect::Rfc6902, Dialect::Lenient] {
            let result = patched(document, patch, dialect);
            assert_eq!(result, Ok(json(wanted)), "{document} {patch} {dialect:?}");
        }
    }
}

#[test]
fn a_document_may_be_a_scalar() {
    let cases = [
        (r#""a""#, r#"[{"op": "replace", "path": "", "value": "b"}]"#, r#""b""#),
        ("1", r#"[{"op": "test", "path": "", "value": 1}]"#, "1"),
        ("{}", r#"[{"op": "add", "path": "", "value": null}]"#, "null"),
        (r#"{"a": 1}"#, r#"[{"op": "copy", "from": "/a", "path": ""}]"#, "1"),
        (r#"{"a": 1}"#, r#"[{"op": "move", "from": "/a", "path": ""}]"#, "1"),
        (r#"{"": 1}"#, r#"[{"op": "replace", "path": "/", "value": 2}]"#, r#"{"": 2}"#),
    ];
    for (document, patch, wanted) in cases {
        assert_eq!(patched(document, patch, Dialect::Rfc6902), Ok(json(wanted)), "{document} {patch}");
    }
}

#[test]
fn what_the_rfc_forbids_fails() {
    let cases = [
        (r#"{"a": 1}"#, r#"{"op": "add", "path": "/b/c", "value": 1}"#, Cause::Missing),
        (r#"{"a": 1}"#, r#"{"op": "add", "path": "/a/b", "value": 1}"#, Cause::Missing),
        (r#"{"a": []}"#, r#"{"op": "add", "path": "/a/1", "value": 1}"#, Cause::InvalidIndex),
        (r#"{"a": []}"#, r#"{"op": "add", "path": "/a/x", "value": 1}"#, Cause::InvalidIndex),
        (r#"{"a": [1]}"#, r#"{"op": "add", "path": "/a/-1", "value": 1}"#, Cause::InvalidIndex),
        (r#"{"a": [1]}"#, r#"{"op": "add", "path": "/a/00", "value": 1}"#, Cause::InvalidIndex),
        (r#"{"a": [1]}"#, r#"{"op": "add", "path": "/a/1e0", "value": 1}"#, Cause::InvalidIndex),
        (r#"{"a": [1]}"#, r#"{"op": "replace", "path": "/a/-", "value": 1}"#, Cause::Missing),
        ("1", r#"{"op": "add", "path": "/a", "value": 1}"#, Cause::NotAContainer),
        ("{}", r#"{"op": "remove", "path": "/a"}"#, Cause::Missing),
        ("{}", r#"{"op": "remove", "path": "/a/b"}"#, Cause::Missing),
        ("{}", r#"{"op": "remove", "path": ""}"#, Cause::Impossible),
        ("[1]", r#"{"op": "remove", "path": "/1"}"#, Cause::InvalidIndex),
        ("[1]", r#"{"op": "remove", "path": "/-"}"#, Cause::InvalidIndex),
        ("{}", r#"{"op": "replace", "path": "/a", "value": 1}"#, Cause::Missing),
        ("{}", r#"{"op": "move", "from": "/a", "path": "/b"}"#, Cause::Missing),
        ("{}", r#"{"op": "move", "from": "/a", "path": "/a"}"#, Cause::Missing),
        (r#"{"a": {"b": 1}}"#, r#"{"op": "move", "from": "/a", "path": "/a/b"}"#, Cause::Impossible),
        (r#"{"a": 1}"#, r#"{"op": "move", "from": "", "path": "/a"}"#, Cause::Impossible),
        (r#"{"a": 1}"#, r#"{"op": "copy", "from": "/b", "path": "/c"}"#, Cause::Missing),
        (r#"{"a": 1}"#, r#"{"op": "copy", "from": "/a", "path": "/c/d"}"#, Cause::Missing),
        (r#"{"a": 1}"#, r#"{"op": "test", "path": "/a", "value": "1"}"#, Cause::TestFailed),
        (r#"{"a": 1}"#, r#"{"op": "test", "path": "/a", "value": null}"#, Cause::TestFailed),
        (r#"{"a": [1, 2]}"#, r#"{"op": "test", "path": "/a", "value": [2, 1]}"#, Cause::TestFailed),
        (r#"{"a": {}}"#, r#"{"op": "test", "path": "/a", "value": []}"#, Cause::TestFailed),
        (r#"{"a": {"b": 1}}"#, r#"{"op": "test", "path": "/a", "value": {"c": 1}}"#, Cause::TestFailed),
        (r#"{"a": 1}"#, r#"{"op": "test", "path": "/b", "value": null}"#, Cause::Missing),
        ("{}", r#"{"op": "test", "path": "/a"}"#, Cause::Malformed),
        ("{}", r#"{"op": "add", "path": "/a"}"#, Cause::Malformed),
        ("{}", r#"{"op": "replace", "path": "/a"}"#, Cause::Malformed),
        ("{}", r#"{"op": "copy", "path": "/a"}"#, Cause::Malformed),
        ("{}", r#"{"op": "move", "from": null, "path": "/a"}"#, Cause::Malformed),
        ("{}", r#"{"op": "add", "value": 1}"#, Cause::Malformed),
        ("{}", r#"{"op": "add", "path": "a", "value": 1}"#, Cause::Malformed),
        ("{}", r#"{"op": "add", "path": "/~a", "value": 1}"#, Cause::Malformed),
        ("{}", r#"{"op": "add", "path": 1, "value": 1}"#, Cause::Malformed),
        ("{}", r#"{"op": "Add", "path": "/a", "value": 1}"#, Cause::Malformed),
        ("{}", r#"{"path": "/a", "value": 1}"#, Cause::Malformed),
        ("{}", "null", Cause::Malformed),
        ("{}", "[]", Cause::Malformed),
    ];
    for (document, operation, cause) in cases {
        // A test that holds goes before it, so that the position says something.
        let patch = format!(r#"[{{"op": "test", "path": "", "value": {document}}}, {operation}]"#);
        let error = patched(document, &patch, Dialect::Rfc6902).expect_err(operation);
        assert_eq!(error.cause(), cause, "{document} {operation}: {error}");
        assert_eq!(error.operation(), Some(1), "{document} {operation}");
    }
}

#[test]
fn a_patch_that_grows_without_bounds_fails() {
    let double = r#"{"op": "copy", "from": "", "path": "/a"}"#;
    let patch = format!("[{}]", vec![double; 40].join(","));
    let error = patched("{}", &patch, Dialect::Rfc6902);
    // Each copy is one level deeper and only one value more.
    assert!(error.is_ok());
    let double = r#"{"op": "copy", "from": "", "path": "/a"}, {"op": "copy", "from": "/a", "path": "/b"}"#;
    let patch = format!("[{}]", vec![double; 40].join(","));
    for dialect in [Dialect::Rfc6902, Dialect::Lenient] {
        assert_eq!(patched("{}", &patch, dialect).unwrap_err().cause(), Cause::TooLarge);
        let deep = format!(r#"[{{"op": "add", "path": "{}", "value": 1}}]"#, "/a".repeat(100_000));
        assert_eq!(patched("{}", &deep, dialect).unwrap_err().cause(), Cause::TooLarge);
        let deeper = format!("[{}]", vec![r#"{"op": "copy", "from": "", "path": "/a"}"#; 600].join(","));
        assert_eq!(patched("{}", &deeper, dialect).unwrap_err().cause(), Cause::TooLarge);
    }
    let far = r#"[{"op": "add", "path": "/a/999999999/b", "value": 1}]"#;
    assert_eq!(patched("{}", far, Dialect::Lenient).unwrap_err().cause(), Cause::TooLarge);
}

#[test]
fn what_is_not_reached_is_shared() {
    let document = json(r#"{"a": {"x": [1]}, "b": {"c": 2}}"#);
    let patch = crate::JsonPatch::parse(
        &json(r#"[{"op": "replace", "path": "/b/c", "value": 3}]"#),
        Dialect::Rfc6902,
    )
    .unwrap();
    let result = patch.apply(&document, Dialect::Rfc6902).unwrap();
    let before = document.get("a").and_then(crate::Value::as_map).unwrap();
    assert!(result.get("a").and_then(crate::Value::as_map).unwrap().is_same(before));
}
