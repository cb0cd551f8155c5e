use std::sync::Arc;

use ironhull_finding::Place;
use ironhull_manifest::{Source, Span};

use super::*;
use crate::testing::{PASSWORD, finding, objects, report_of};

const EXTENT: Extent = Extent { before: 1, after: 1, columns: 40 };

/// The excerpt of the first `needle`, marks as `[ ]`.
fn shown(text: &str, needle: &str) -> String {
    let source = Arc::new(Source::new("a.yaml", text));
    let at = text.find(needle).unwrap();
    let place = Place::new(source, Span::new(at, at + needle.len()));
    marked(&excerpt(&place, None, &HiddenText::default(), EXTENT))
}

fn marked(excerpt: &Excerpt) -> String {
    let line = |line: &Line| {
        let part = |part: &Part| if part.marked { format!("[{}]", part.text) } else { part.text.clone() };
        format!("{}|{}\n", line.number, line.parts.iter().map(part).collect::<String>())
    };
    excerpt.lines.iter().map(line).collect()
}

#[test]
fn lines_around_the_mark() {
    assert_eq!(shown("a: 1\nb: 2\nc: 3\nd: 4\n", "c: 3"), "2|b: 2\n3|[c: 3]\n4|d: 4\n");
    assert_eq!(shown("a: 1\n\n---\nc: 3\n\nd: 4\n", "c: 3"), "4|[c: 3]\n");
    assert_eq!(shown("a: 1", "a: 1"), "1|[a: 1]\n");
}

#[test]
fn a_mark_over_many_lines_is_cut() {
    let text = (1..=20).map(|n| format!("  k{n}: v\n")).collect::<String>();
    let out = shown(&text, text.trim());
    assert_eq!(out.lines().count(), 7);
    assert!(out.starts_with("1|  [k1: v]\n2|  [k2: v]\n"), "{out}");
    assert!(out.ends_with("6|  [k6: v]\n7|  [k7: v]\n"), "{out}");
}

#[test]
fn an_empty_mark_still_marks() {
    let source = Arc::new(Source::new("a.yaml", "a:\n"));
    let place = Place::new(source, Span::new(2, 2));
    assert_eq!(marked(&excerpt(&place, None, &HiddenText::default(), EXTENT)), "1|a:[ ]\n");
    let place = Place::new(Arc::new(Source::new("a.yaml", "")), Span::new(0, 0));
    assert_eq!(marked(&excerpt(&place, None, &HiddenText::default(), EXTENT)), "");
}

#[test]
fn tabs_and_wide_characters_keep_the_mark_in_place() {
    let text = "\t名前: x\n";
    let source = Arc::new(Source::new("a.yaml", text));
    let at = text.find('x').unwrap();
    let place = Place::new(source, Span::new(at, at + 1));
    let excerpt = excerpt(&place, None, &HiddenText::default(), EXTENT);
    assert_eq!(marked(&excerpt), "1|    名前: [x]\n");
    assert_eq!(excerpt.lines[0].mark(), Some((10, 1)));
}

#[test]
fn control_characters_are_shown() {
    assert_eq!(shown("a: \u{1b}[2J\u{202e}b\r\n", "b"), "1|a: ␛[2J�[b]\n");
}

#[test]
fn a_line_of_a_hundred_megabytes_is_cut_around_its_mark() {
    let mut text = "x".repeat(50_000_000);
    text.push_str("MARK");
    text.push_str(&"y".repeat(50_000_000));
    let out = shown(&text, "MARK");
    assert_eq!(out, format!("1|…{}[MARK]{}…\n", "x".repeat(10), "y".repeat(26)));
    let wide = "名".repeat(200) + "MARK";
    assert_eq!(shown(&wide, "MARK"), format!("1|…{}[MARK]\n", "名".repeat(5)));
}

fn of_secrets(text: &str, kind: &str, at: &str) -> String {
    let objects = objects("s.yaml", text);
    let object = objects.iter().find(|object| object.key.kind == kind).unwrap();
    let report = report_of(vec![finding(&PASSWORD, object, None, at, "x")]);
    let place = report.findings[0].place().unwrap();
    let extent = Extent { before: 20, after: 20, columns: 200 };
    marked(&excerpt(&place, Some(object.document().unwrap().0), &HiddenText::of(&report), extent))
}

#[test]
fn data_of_secrets_is_hidden_in_every_style() {
    let text = "\
apiVersion: v1
kind: Secret
metadata: {name: a}
data:
  plain: aHVudGVyMg==
  # was hunter2
  quoted: \"hunter2\"
  block: |
    hunter2
    hunter2
  folded: >-
    hunter2 and
    more
type: Opaque
";
    let expected = "\
1|apiVersion: v1
2|kind: Secret
3|metadata: {name: a}
4|data:
5|  plain: •••
6|  •••
7|  quoted: •••
8|  block: •••
9|    •••
10|    •••
11|  folded: •••
12|    •••
13|    •••
14|[type: •••]
";
    assert_eq!(of_secrets(text, "Secret", "type"), expected);
}

#[test]
fn data_in_flow_style_and_in_lists_is_hidden() {
    let text = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {p: hunter2, \"q\": 'hunter3'}}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: b}
  data:
    key: hunter4
";
    let out = of_secrets(text, "ConfigMap", "metadata/name");
    assert!(!out.contains("hunter"), "{out}");
    assert!(out.contains("stringData: {p: •••, \"q\": •••}}"), "{out}");
    assert!(out.contains("key: •••"), "{out}");
}

#[test]
fn what_a_rule_about_secrets_points_at_is_hidden() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: c
    args:
    - --password=hunter2
    - --verbose
    env:
    - {name: A, value: hunter3}
";
    let out = of_secrets(text, "Pod", "spec/containers/0/args/0");
    assert!(out.contains("8|    - [•••]\n9|    - --verbose\n"), "{out}");
    assert!(out.contains("11|    - {name: A, value: •••}\n"), "{out}");
    let out = of_secrets(text, "Pod", "spec/containers/0/env/0/name");
    assert!(out.contains("[name: A]"), "{out}");
}

#[test]
fn where_no_text_is_kept_none_is_shown() {
    let start = ironhull_manifest::Position { line: 5428, column: 1 };
    let source = Arc::new(Source::new("dump.json", ""));
    let place = Place { source, span: Span::default(), start, end: start };
    assert!(excerpt(&place, None, &HiddenText::default(), EXTENT).lines.is_empty());
}
