use super::json;
use crate::{Pointer, Value};

#[test]
fn the_examples_of_the_rfc_resolve() {
    let document = json(
        r#"{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6,
            " ": 7, "m~n": 8}"#,
    );
    let cases = [
        ("/foo", r#"["bar", "baz"]"#),
        ("/foo/0", r#""bar""#),
        ("/", "0"),
        ("/a~1b", "1"),
        ("/c%d", "2"),
        ("/e^f", "3"),
        ("/g|h", "4"),
        ("/i\\j", "5"),
        ("/k\"l", "6"),
        ("/ ", "7"),
        ("/m~0n", "8"),
    ];
    for (text, wanted) in cases {
        let pointer = Pointer::parse(text).unwrap();
        assert_eq!(pointer.resolve(&document), Some(&json(wanted)), "{text}");
        assert_eq!(pointer.to_string(), text);
    }
    assert_eq!(Pointer::default().resolve(&document), Some(&document));
}

#[test]
fn what_is_not_there_does_not_resolve() {
    let document = json(r#"{"a": [1, 2], "b": null, "c": "text"}"#);
    for text in ["/x", "/a/2", "/a/-", "/a/-1", "/a/00", "/a/+1", "/a/x", "/a/", "/b/c", "/c/0"] {
        assert_eq!(Pointer::parse(text).unwrap().resolve(&document), None, "{text}");
    }
    assert_eq!(Pointer::parse("/b").unwrap().resolve(&document), Some(&Value::Null));
}

#[test]
fn what_is_no_pointer_is_refused() {
    for text in ["a", "a/b", "#/a", "/~", "/~2", "/a~"] {
        Pointer::parse(text).unwrap_err();
    }
}

#[test]
fn steps_are_escaped() {
    let pointer = Pointer::default().child("a/b").child("~1").child("");
    assert_eq!(pointer.as_str(), "/a~1b/~01/");
    assert_eq!(pointer.tokens().collect::<Vec<_>>(), ["a/b", "~1", ""]);
}
