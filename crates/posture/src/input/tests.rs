//! Each kind of problem with its rule, message and line.

use ironhull_finding::{Date, EditKind, Suppressions};
use ironhull_manifest::{Limits, Parsed, read};
use ironhull_value::Interner;
use ironhull_world::{Catalog, Object, objects_of};

use super::*;

fn parse(bytes: &[u8], limits: &Limits) -> Parsed {
    read("a.yaml", bytes, limits, &mut Interner::new())
}

/// Rule, line and message of a finding about an input.
fn shown(finding: &Finding) -> (&str, u32, &str) {
    let line = finding.place().map_or(0, |place| place.start.line);
    (&finding.rule.id, line, &finding.message)
}

/// The only diagnostic of an input becomes a finding of `rule` at `line`, with `message` in its text.
#[track_caller]
fn expect(bytes: &[u8], limits: &Limits, code: Code, rule: &str, line: u32, message: &str) {
    let parsed = parse(bytes, limits);
    let [diagnostic] = parsed.diagnostics.as_slice() else { panic!("{:?}", parsed.diagnostics) };
    assert_eq!(diagnostic.code, code);
    let finding = of_diagnostic(&parsed.source, diagnostic);
    let (found_rule, found_line, found_message) = shown(&finding);
    assert_eq!((found_rule, found_line), (rule, line), "{found_message}");
    assert!(found_message.contains(message), "{found_message}");
    assert_eq!(&**finding.source_name().unwrap(), "a.yaml");
    assert!(finding.evidence.is_empty());
}

#[test]
fn what_the_reader_says_becomes_a_finding() {
    let all = Limits::default();
    expect(b"a: 1\nb: c: d\n", &all, Code::Syntax, "CL001", 2, "YAML syntax");
    expect(b"a: 1\nb: .nan\n", &all, Code::NotJson, "CL001", 2, "");
    expect(b"a: 1\nb: \xff\n", &all, Code::NotUtf8, "CL001", 2, "not UTF-8");
    let shallow = Limits { depth: 3, ..Limits::default() };
    expect(b"a: 1\nb: {c: {d: {e: 1}}}\n", &shallow, Code::Limit, "CL001", 2, "");
    expect(b"a: 1\nb: 2\na: 3\n", &all, Code::DuplicateKey, "CL002", 3, "\"a\" is written twice");
    expect(
        b"a: 1\n...\n---\nb: 1\n...\nc: 1\n",
        &all,
        Code::IgnoredByKubectl,
        "CL004",
        6,
        "ignores this one",
    );
    expect(b"a: 1\n--- {b: 1}\n", &all, Code::BadSeparator, "CL004", 2, "next line");
}

#[test]
fn an_input_without_text_is_unreadable() {
    expect(b"\x7fELF\0\0", &Limits::default(), Code::Binary, "CL012", 1, "binary");
    let small = Limits { bytes: 4, ..Limits::default() };
    expect(b"a: 1\nb: 1\n", &small, Code::Limit, "CL012", 1, "limit of 4");
    let finding = unreadable("b.yaml", "permission denied");
    assert_eq!(shown(&finding), ("CL012", 1, "permission denied"));
    assert_eq!(finding.subject.to_string(), "b.yaml");
}

#[test]
fn a_document_that_is_no_object_is_named_with_its_line() {
    let text = b"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- kind: Pod\n  metadata: {name: b}\n";
    let document = Arc::new(parse(text, &Limits::default()).documents.remove(0));
    let malformed = objects_of(&document, None, "", &Catalog::new()).malformed;
    assert!(!malformed[0].foreign);
    assert_eq!(shown(&of_malformed(&malformed[0])), ("CL010", 7, "`apiVersion` is missing"));
}

/// Findings of all problems of the suppressions of a text to which nothing is a finding.
fn problems(text: &str) -> Vec<Finding> {
    let parsed = parse(text.as_bytes(), &Limits::default());
    let documents: Vec<_> = parsed.documents.into_iter().map(Arc::new).collect();
    let catalog = Catalog::new();
    let objects: Vec<Arc<Object>> = documents
        .iter()
        .flat_map(|document| objects_of(document, None, "", &catalog).objects)
        .map(Arc::new)
        .collect();
    let today = Date::new(2026, 6, 1).unwrap();
    let applied = Suppressions::collect(&documents, &objects)
        .apply(Vec::new(), today, |name| crate::find(name).is_some());
    applied
        .problems
        .iter()
        .map(|(suppression, problem)| of_suppression_problem(suppression, problem))
        .collect()
}

#[test]
fn comments_are_reported_where_they_stand() {
    let text = "apiVersion: v1
kind: Pod
# ironhull:allow WL001 until=2026-05-31 it ended
# ironhull:allow WL002
# ironhull:allow WL001 until=soon one day
# ironhull:allow WL777 no such rule
metadata: {name: a} # ironhull:allow WL001,host-pid it is needed
";
    let findings = problems(text);
    let mut found: Vec<_> = findings.iter().map(shown).collect();
    found.sort_by_key(|(_, line, _)| *line);
    assert_eq!(
        found,
        [
            ("CL009", 3, "the suppression of WL001 ended on 2026-05-31"),
            ("CL009", 4, "the suppression of WL002 has no reason"),
            ("CL009", 5, "the suppression of WL001 has until=soon, which is not a date such as 2027-06-30"),
            ("CL009", 6, "the suppression of WL777 names \"WL777\", which is not a rule"),
            ("CL008", 7, "the suppression of WL001, host-pid covers no finding"),
        ]
    );
    assert!(findings.iter().all(|finding| matches!(finding.subject, Subject::Input { .. })));
}

#[test]
fn annotations_are_fields_of_their_object() {
    let text = "apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations:
    allow.ironhull.dev/WL001: it is needed
    allow.ironhull.dev/WL002: ''
";
    let findings = problems(text);
    let mut found: Vec<_> = findings.iter().map(shown).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("CL008", 6, "the suppression of WL001 covers no finding"),
            ("CL009", 7, "the suppression of WL002 has no reason"),
        ]
    );
    let unused = findings.iter().find(|finding| finding.rule.id == "CL008").unwrap();
    assert_eq!(unused.evidence[0].path.to_string(), r#"metadata.annotations["allow.ironhull.dev/WL001"]"#);
    let edits = &unused.fix.as_ref().unwrap().edits;
    assert_eq!((edits[0].kind.clone(), &edits[0].path), (EditKind::Remove, &unused.evidence[0].path));
}
