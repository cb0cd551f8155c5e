//! Groups, fingerprints and suppressions.

use std::sync::Arc;

use ironhull_testkit::{read_documents, world_of};
use ironhull_value::Path;
use ironhull_world::{Object, World, kinds};

use crate::*;

static ONE: RuleMeta = meta("XX001", "one", Severity::High);
static TWO: RuleMeta = meta("XX002", "two", Severity::Low);

const fn meta(id: &'static str, name: &'static str, severity: Severity) -> RuleMeta {
    RuleMeta { id, name, title: "t", severity, controls: &[], aliases: &[], since: "0.1.0", doc_comment: "" }
}

fn finding(rule: &'static RuleMeta, object: &Arc<Object>, container: &str, path: Path) -> Finding {
    Finding {
        rule,
        subject: Subject::Object { object: object.clone(), container: Some(container.into()) },
        message: "m".into(),
        evidence: vec![Evidence::new(object, path)],
        fix: None,
        cause: None,
    }
}

fn field(keys: &[&str]) -> Path {
    Path::root().keys(&["spec", "containers"]).child(0).keys(keys)
}

const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: p, namespace: x}
spec:
  containers:
  - name: c
    image: a
    securityContext:
      privileged: true
";

fn pod(world: &World) -> &Arc<Object> {
    world.of_kind(kinds::POD).next().unwrap()
}

#[test]
fn checks_of_one_missing_block_are_one_group() {
    let world = world_of(
        "a.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}]}\n",
    );
    let object = pod(&world);
    let findings = [
        finding(&TWO, object, "c", field(&["securityContext", "readOnlyRootFilesystem"])),
        finding(&ONE, object, "c", field(&["securityContext", "capabilities", "drop"])),
        finding(&ONE, object, "c", field(&["resources", "limits"])),
        finding(&ONE, object, "other", field(&["securityContext", "x"])),
    ];
    let groups = group(&findings);
    assert_eq!(
        groups.iter().map(|group| group.members.clone()).collect::<Vec<_>>(),
        [vec![1, 0], vec![2], vec![3]]
    );
    assert_eq!(groups[0].missing.as_ref().unwrap().to_string(), "spec.containers[0].securityContext");
    assert_eq!((groups[0].severity, groups[1].missing.is_none()), (Severity::High, true));
}

#[test]
fn written_fields_stand_for_themselves_and_copies_go_together() {
    let world = world_of("a.yaml", &format!("{POD}---\n{POD}"));
    let objects: Vec<_> = world.of_kind(kinds::POD).collect();
    let privileged = field(&["securityContext", "privileged"]);
    let findings = [
        finding(&ONE, objects[0], "c", privileged.clone()),
        finding(&ONE, objects[0], "c", field(&["securityContext", "runAsUser"])),
        finding(&ONE, objects[1], "c", privileged),
    ];
    assert_eq!(
        group(&findings).iter().map(|group| group.members.clone()).collect::<Vec<_>>(),
        [vec![0, 2], vec![1]]
    );
}

#[test]
fn a_named_cause_joins_different_objects() {
    let world = world_of("a.yaml", &format!("{POD}---\n{}", POD.replace("name: p", "name: q")));
    let mut findings: Vec<_> =
        world.of_kind(kinds::POD).map(|object| finding(&ONE, object, "c", field(&["image"]))).collect();
    assert_eq!(group(&findings).len(), 2);
    for finding in &mut findings {
        finding.with_cause("they are alike");
    }
    assert_eq!(group(&findings)[0].shared.as_deref(), Some("they are alike"));
}

#[test]
fn a_fingerprint_survives_indentation_moves_and_order() {
    let print = |name: &str, text: &str, index: usize| {
        let world = world_of(name, text);
        let path = Path::root().keys(&["spec", "containers"]).child(index).child("image");
        finding(&ONE, pod(&world), "c", path).fingerprint()
    };
    let first = print("a.yaml", POD, 0);
    assert_eq!(first.len(), 32);
    let moved = POD
        .replace("  - name: c", "    - name: other\n    - name: c")
        .replace("    image", "      image")
        .replace("    securityContext:\n      privileged: true\n", "");
    assert_eq!(first, print("b/other.yaml", &moved, 1));
    assert_ne!(first, print("a.yaml", &POD.replace("name: p", "name: q"), 0));
    assert_ne!(first, print("a.yaml", &POD.replace("- name: c", "- name: d"), 0));
}

/// The rules that are suppressed of a finding of ONE on the privileged field and one on an absent field,
/// and the problems.
fn apply(text: &str) -> (Vec<&'static str>, Vec<Problem>) {
    let documents = read_documents("a.yaml", text);
    let world = world_of("a.yaml", text);
    // The world's documents are others than ours; suppressions go by the text that an object came from.
    let objects: Vec<_> = world.objects().collect();
    let from_world: Vec<_> =
        objects.iter().filter_map(|object| object.document()).map(|(document, _)| document.clone()).collect();
    assert_eq!(documents.len(), from_world.len());
    let object = pod(&world);
    let findings = vec![
        finding(&ONE, object, "c", field(&["securityContext", "privileged"])),
        finding(&TWO, object, "c", field(&["resources"])),
    ];
    let today = Date::new(2026, 6, 15).unwrap();
    let applied = Suppressions::collect(&from_world, objects)
        .apply(findings, today, |name| [&ONE, &TWO].iter().any(|rule| rule.is_named(name)));
    let suppressed = applied.suppressed.iter().map(|(finding, _)| finding.rule.id).collect();
    (suppressed, applied.problems.into_iter().map(|(_, problem)| problem).collect())
}

#[test]
fn a_comment_covers_what_begins_on_its_line_or_the_next() {
    let cases: [(&str, &str, &[&str]); 7] = [
        ("privileged: true", "privileged: true # ironhull:allow XX001 because", &["XX001"]),
        (
            "      privileged: true",
            "      # ironhull:allow one -- because\n      # more\n      privileged: true",
            &["XX001"],
        ),
        ("    securityContext:", "    securityContext: # ironhull:allow XX001 because", &["XX001"]),
        ("  - name: c", "  # ironhull:allow XX001,XX002 because\n  - name: c", &["XX001", "XX002"]),
        // Behind the first key of an item it speaks of what is reported there: what the item lacks.
        ("  - name: c", "  - name: c # ironhull:allow XX001,XX002 because", &["XX002"]),
        ("apiVersion: v1", "# ironhull:allow XX002 because\napiVersion: v1", &["XX002"]),
        ("    image: a", "    image: a # ironhull:allow XX001 because", &[]),
    ];
    for (from, to, expected) in cases {
        assert_eq!(apply(&POD.replace(from, to)).0, expected, "{to}");
    }
}

#[test]
fn an_annotation_covers_an_object_or_one_container() {
    let with = |annotation: &str| {
        POD.replace("namespace: x", &format!("namespace: x, annotations: {{{annotation}}}"))
    };
    assert_eq!(apply(&with("allow.ironhull.dev/XX001: because")).0, ["XX001"]);
    assert_eq!(apply(&with("allow.ironhull.dev/XX002.c: because")).0, ["XX002"]);
    assert_eq!(apply(&with("allow.ironhull.dev/XX002.d: because")), (vec![], vec![Problem::Unused]));
}

#[test]
fn a_suppression_must_be_in_order_to_count() {
    let with = |words: &str| {
        apply(&POD.replace("privileged: true", &format!("privileged: true # ironhull:allow {words}")))
    };
    assert_eq!(with("XX001 until=2026-06-15 because").0, ["XX001"]);
    for (words, problem) in [
        ("XX001 until=2026-06-14 because", Problem::Expired(Date::new(2026, 6, 14).unwrap())),
        ("XX001", Problem::NoReason),
        ("XX001 until=2026-06-30", Problem::NoReason),
        ("XX001 until=soon because", Problem::BadDate("soon".into())),
        ("XX009 because", Problem::UnknownRule("XX009".into())),
        ("XX002 because", Problem::Unused),
    ] {
        assert_eq!(with(words), (vec![], vec![problem]), "{words}");
    }
}

#[test]
fn dates_have_one_form() {
    for bad in ["2026-6-15", "2026-13-01", "2026-01-32", "26-01-01", "2026-01-01-01", "", "2026-01"] {
        assert!(bad.parse::<Date>().is_err(), "{bad}");
    }
    assert_eq!("2026-06-15".parse::<Date>().unwrap().to_string(), "2026-06-15");
}
