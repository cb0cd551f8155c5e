//! The dialect of the Go library. Every line was asked of `evanphx/json-patch` 5.9.11 with Kyverno's options.

use super::{json, patched};
use crate::PatchDialect::Lenient;

#[test]
fn is_generous() {
    let cases = [
        // Parents are made: lists where a number or `-` follows, with nulls up to it.
        ("{}", r#"{"op": "add", "path": "/a/b/c", "value": 1}"#, r#"{"a": {"b": {"c": 1}}}"#),
        ("{}", r#"{"op": "add", "path": "/a/-", "value": 1}"#, r#"{"a": [1]}"#),
        ("{}", r#"{"op": "add", "path": "/a/-1", "value": 1}"#, r#"{"a": [1]}"#),
        ("{}", r#"{"op": "add", "path": "/a/2", "value": 1}"#, r#"{"a": [null, null, 1]}"#),
        ("{}", r#"{"op": "add", "path": "/a/1/b", "value": 1}"#, r#"{"a": [null, {"b": 1}]}"#),
        (
            r#"{"a": [1]}"#,
            r#"{"op": "add", "path": "/a/3/b", "value": 1}"#,
            r#"{"a": [1, null, null, {"b": 1}]}"#,
        ),
        // Null is a gap.
        (r#"{"a": null}"#, r#"{"op": "add", "path": "/a/b", "value": 1}"#, r#"{"a": {"b": 1}}"#),
        (r#"{"a": [null]}"#, r#"{"op": "add", "path": "/a/0/b", "value": 1}"#, r#"{"a": [{"b": 1}, null]}"#),
        // Indices may count from the end, and have signs and zeros.
        (r#"{"a": [1, 2]}"#, r#"{"op": "add", "path": "/a/-1", "value": 3}"#, r#"{"a": [1, 2, 3]}"#),
        (r#"{"a": [1, 2]}"#, r#"{"op": "add", "path": "/a/-2", "value": 3}"#, r#"{"a": [1, 3, 2]}"#),
        (r#"{"a": [1, 2]}"#, r#"{"op": "replace", "path": "/a/-1", "value": 3}"#, r#"{"a": [1, 3]}"#),
        (r#"{"a": [1, 2]}"#, r#"{"op": "remove", "path": "/a/-1"}"#, r#"{"a": [1]}"#),
        (r#"{"a": [1, 2]}"#, r#"{"op": "remove", "path": "/a/+01"}"#, r#"{"a": [1]}"#),
        // What is not there needs no removal.
        ("{}", r#"{"op": "remove", "path": "/a"}"#, "{}"),
        ("{}", r#"{"op": "remove", "path": "/a/b/c"}"#, "{}"),
        ("{}", r#"{"op": "remove", "path": "a"}"#, "{}"),
        (r#"{"a": [1]}"#, r#"{"op": "remove", "path": "/a/1"}"#, r#"{"a": [1]}"#),
        (r#"{"a": [1]}"#, r#"{"op": "remove", "path": "/a/-2"}"#, r#"{"a": [1]}"#),
        // A test asks for nothing without a value, and null is nothing.
        ("{}", r#"{"op": "test", "path": "/a"}"#, "{}"),
        ("{}", r#"{"op": "test", "path": "/a", "value": null}"#, "{}"),
        // What stands before the first slash is no step.
        (r#"{"b": 1}"#, r#"{"op": "replace", "path": "a/b", "value": 2}"#, r#"{"b": 2}"#),
    ];
    for (document, operation, wanted) in cases {
        let result = patched(document, &format!("[{operation}]"), Lenient);
        assert_eq!(result, Ok(json(wanted)), "{document} {operation}");
    }
    assert_eq!(patched("{}", "null", Lenient), Ok(json("{}")));
}

#[test]
fn says_what_the_library_says() {
    let document = r#"{"a": 1, "l": [1]}"#;
    let cases = [
        (r#"{"op": "add", "path": "/a/9", "value": 1}"#, "invalid state detected"),
        (r#"{"op": "add", "path": "/a/b/c", "value": 1}"#, "invalid state detected"),
        (
            r#"{"op": "add", "path": "/l/-5", "value": 1}"#,
            "error in add for path: '/l/-5': Unable to access invalid index: -5: invalid index referenced",
        ),
        (
            r#"{"op": "add", "path": "/l/x/y", "value": 1}"#,
            r#"add operation does not apply: doc is missing path: "/l/x/y": missing value"#,
        ),
        (
            r#"{"op": "add", "path": "/l/x", "value": 1}"#,
            "error in add for path: '/l/x': value was not a proper array index: 'x': strconv.Atoi: parsing \
             \"x\": invalid syntax",
        ),
        (
            r#"{"op": "add", "path": "/new/-2", "value": 1}"#,
            "Unable to ensure path for negative index other than -1: -2: invalid index referenced",
        ),
        (
            r#"{"op": "add", "path": "", "value": "x"}"#,
            "json: cannot unmarshal string into Go value of type map[string]*jsonpatch.lazyNode",
        ),
        (
            r#"{"op": "replace", "path": "", "value": 1}"#,
            "replace operation value must be object or array: %!w(<nil>)",
        ),
        (
            r#"{"op": "replace", "path": "/l/-3", "value": 1}"#,
            "replace operation does not apply: doc is missing key: /l/-3: missing value",
        ),
        (
            r#"{"op": "replace", "path": "/x/y", "value": 1}"#,
            "replace operation does not apply: doc is missing path: /x/y: missing value",
        ),
        (
            r#"{"op": "remove", "path": "/l/x"}"#,
            "error in remove for path: '/l/x': strconv.Atoi: parsing \"x\": invalid syntax",
        ),
        (
            r#"{"op": "move", "from": "/a", "path": "/l/5"}"#,
            "error in move for path: '/l/5': Unable to access invalid index: 5: invalid index referenced",
        ),
        (
            r#"{"op": "move", "from": "/x", "path": "/y"}"#,
            "error in move for path: 'x': unable to get nonexistent key: x: missing value",
        ),
        (
            r#"{"op": "copy", "from": "/a", "path": "/b/c"}"#,
            "copy operation does not apply: doc is missing destination path: /b/c: missing value",
        ),
        (
            r#"{"op": "copy", "from": "/x", "path": "/y"}"#,
            "error in copy for from: '/x': unable to get nonexistent key: x: missing value",
        ),
        (
            r#"{"op": "test", "path": "/l/9", "value": 1}"#,
            "error in test for path: '/l/9': Unable to access invalid index: 9: invalid index referenced",
        ),
        (r#"{"op": "test", "path": "/a", "value": 2}"#, "testing value /a failed: test failed"),
        (
            r#"{"op": "add", "path": "/a"}"#,
            r#"invalid operation {"op":"add","path":"/a"}: failed to decode 'value': operation, missing value field: missing value"#,
        ),
        (
            r#"{"op": "add", "value": 1}"#,
            r#"invalid operation {"op":"add","value":1}: failed to decode 'path': operation missing path field: missing value"#,
        ),
        (
            r#"{"op": "move", "path": "/a"}"#,
            r#"invalid operation {"op":"move","path":"/a"}: failed to decode 'from': operation, missing from field: missing value"#,
        ),
        (r#"{"op": "x", "path": ""}"#, r#"invalid operation {"op":"x","path":""}: unsupported operation"#),
        (r#""x""#, "json: cannot unmarshal string into Go value of type jsonpatch.Operation"),
    ];
    for (operation, wanted) in cases {
        let error = patched(document, &format!("[{operation}]"), Lenient).expect_err(operation);
        assert_eq!(error.to_string(), wanted, "{operation}");
    }
    let error = patched("{}", r#"{"op": "add"}"#, Lenient).unwrap_err();
    assert_eq!(error.to_string(), "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
}
