//! What a reader of files relies on.
#![expect(clippy::format_push_string, reason = "short texts of tests")]

use ironhull_value::{Interner, Path};

use crate::{Code, Level, Limits, Parsed, read};

fn parse(text: &str) -> Parsed {
    read("test.yaml", text.as_bytes(), &Limits::default(), &mut Interner::new())
}

fn json(text: &str) -> Vec<String> {
    parse(text).documents.iter().map(|document| serde_json::to_string(&document.value).unwrap()).collect()
}

fn codes(parsed: &Parsed) -> Vec<Code> {
    parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn documents_and_their_separators() {
    assert_eq!(
        json("# only a comment\n---\na: 1\n--- # c\n\n---\nb: [x, 2]\n"),
        [r#"{"a":1}"#, r#"{"b":["x",2]}"#]
    );
    assert_eq!(json("\u{feff}---\na: 1\n"), [r#"{"a":1}"#]);
    assert_eq!(json("a: |\n  x\n  ---\n  y\n"), [r#"{"a":"x\n---\ny\n"}"#]);
}

#[test]
fn what_kubectl_ignores_is_named() {
    let parsed = parse("a: 1\n...\nb: 2\n");
    assert_eq!(parsed.documents.len(), 2);
    assert_eq!(codes(&parsed), [Code::IgnoredByKubectl]);
    assert_eq!(codes(&parse("a: 1\n--- {b: 2}\n")), [Code::BadSeparator]);
}

#[test]
fn a_broken_document_hides_no_other() {
    let parsed = parse("a: 1\n---\nb: [1\n---\nc: 3\n");
    assert_eq!(parsed.documents.len(), 2);
    assert_eq!(codes(&parsed), [Code::Syntax]);
    let position = parsed.source.position(parsed.diagnostics[0].span.start);
    assert!((3..=4).contains(&position.line), "{position:?}");
}

#[test]
fn keys_become_text() {
    assert_eq!(json("1: a\ntrue: b\n1.5: c\nyes: d\n"), [r#"{"1":"a","1.5":"c","true":"d"}"#]);
    assert_eq!(codes(&parse("~: a\n")), [Code::NotJson]);
    assert_eq!(codes(&parse("[a]: b\n")), [Code::NotJson]);
    assert_eq!(codes(&parse("a: .nan\n")), [Code::NotJson]);
}

#[test]
fn merge_keys_follow_go_yaml() {
    // Later keys win over merged ones; merged ones win over earlier keys.
    assert_eq!(
        json("base: &b {x: 1, z: 2}\nafter: {<<: *b, x: 3}\nbefore: {x: 3, <<: *b}\n"),
        [r#"{"after":{"x":3,"z":2},"base":{"x":1,"z":2},"before":{"x":1,"z":2}}"#]
    );
    assert_eq!(
        json("a: &a {x: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b]}\n")[0],
        r#"{"a":{"x":1},"b":{"x":2,"z":2},"c":{"x":1,"z":2}}"#
    );
    assert_eq!(codes(&parse("a: {<<: 1}\n")), [Code::Syntax]);
}

#[test]
fn duplicate_keys_are_reported() {
    let parsed = parse("b: 1\na: 2\nb: 3\n");
    assert_eq!(codes(&parsed), [Code::DuplicateKey]);
    assert_eq!(parsed.diagnostics[0].level, Level::Warning);
    assert_eq!(parsed.source.position(parsed.diagnostics[0].span.start).line, 3);
    assert_eq!(json("b: 1\na: 2\nb: 3\n"), [r#"{"a":2,"b":3}"#]);
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..9 {
        let list = vec![format!("*a{}", level - 1); 10].join(",");
        text.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    assert_eq!(codes(&parse(&text)), [Code::Limit]);
    assert_eq!(codes(&parse("a: &a [*a]\n")), [Code::Syntax]);
}

#[test]
fn depth_is_bounded() {
    for text in ["[".repeat(100_000), format!("a: {}", "{a: ".repeat(100_000)), "- ".repeat(100_000)] {
        assert!(!parse(&text).diagnostics.is_empty());
    }
    let object = format!("{}1{}", r#"{"a":"#.repeat(600), "}".repeat(600));
    assert_eq!(codes(&parse(&object)), [Code::Limit]);
}

#[test]
fn json_streams() {
    assert_eq!(
        json(r#"{"a": 1} {"b": [true, null, "x\u00e9\n", 1.0, 18446744073709551615]}"#),
        [r#"{"a":1}"#, r#"{"b":[true,null,"xé\n",1.0,1.8446744073709552e+19]}"#]
    );
    assert_eq!(json("{a: b}\n"), [r#"{"a":"b"}"#]);
    assert_eq!(json("{}"), ["{}"]);
    assert_eq!(json(r#"{"a": [], "b": {}, "c": [[], {}]}"#), [r#"{"a":[],"b":{},"c":[[],{}]}"#]);
    for broken in [r#"{"a": [1,]}"#, r#"{"a" 1}"#, r#"{"a": "\x"}"#, r#"{"a": 01}"#] {
        let text = format!(r#"{{"x": 1}} {{"y": 1}} {broken}"#);
        let parsed = parse(&text);
        assert_eq!((parsed.documents.len(), codes(&parsed)), (2, vec![Code::Syntax]), "{broken}");
    }
}

#[test]
fn every_field_has_a_place() {
    let parsed = parse("spec:\n  containers:\n  - name: a\n    image: x:1\n\n# end\n");
    let document = &parsed.documents[0];
    let image = Path::root().keys(&["spec", "containers"]).child(0).child("image");
    let at = document.locate(&image);
    assert_eq!(parsed.source.slice(at.value), "x:1");
    assert_eq!(parsed.source.slice(at.key.unwrap()), "image");
    let absent =
        document.locate(&Path::root().keys(&["spec", "containers"]).child(0).keys(&["securityContext", "x"]));
    assert_eq!(absent.depth, 3);
    assert_eq!(parsed.source.slice(absent.value), "name: a\n    image: x:1");
    assert_eq!(document.comments.len(), 1);
    assert!(!document.comments[0].trailing);
}

#[test]
fn merged_fields_point_at_the_anchor() {
    let parsed = parse("base: &b {x: 1}\nuse: {<<: *b}\n");
    let document = &parsed.documents[0];
    let at = document.locate(&Path::root().keys(&["use", "x"]));
    assert_eq!(parsed.source.position(at.value.start).line, 1);
}

#[test]
fn bytes_that_are_no_text() {
    let read = |bytes: &[u8]| codes(&read("x", bytes, &Limits::default(), &mut Interner::new()));
    assert_eq!(read(b"\x7fELF\0\0"), [Code::Binary]);
    assert_eq!(read(b"a: \xff\xfe\n---\nb: 1\n"), [Code::NotUtf8]);
    assert_eq!(read(b"a: \x01\n"), [Code::Syntax]);
    assert_eq!(read(b"\xff\xfea\0:\0 \x001\0"), []);
    let small = Limits { bytes: 3, ..Limits::default() };
    assert_eq!(codes(&crate::read("x", b"a: 1", &small, &mut Interner::new())), [Code::Limit]);
}

#[test]
fn a_long_licence_is_read() {
    let text = format!("{}a: 1\n", "# words\n".repeat(5000));
    assert_eq!(json(&text), [r#"{"a":1}"#]);
}

proptest::proptest! {
    #[test]
    fn nothing_panics(text in "[-:{}\\[\\]a\"'&*#!|>\\n 0-9.,?%\\\\]{0,60}") {
        let parsed = parse(&text);
        for document in &parsed.documents {
            let _ = document.locate(&Path::root().child("a"));
        }
    }
}
