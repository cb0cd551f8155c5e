//! The rules of the lint: their examples, their form, and what they say of the policies that people use.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ironhull_finding::Severity;
use ironhull_manifest::{Document, Limits, read};
use ironhull_policy::kyverno::lint::{ALL, lint, rule};
use ironhull_testkit::literate::Expectation;
use ironhull_testkit::rules::{Rules, expectations};
use ironhull_testkit::world_of;
use ironhull_value::Interner;
use ironhull_world::{Carriers, Catalog, World, objects_of};

fn results(id: &str, name: &str, text: &str) -> Vec<Expectation> {
    let linted = lint(&world_of(name, text), &[rule(id).expect("a rule")]);
    linted.results.iter().flat_map(|result| expectations(&result.outcome)).collect()
}

fn rules() -> Rules {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    Rules { folder, metas: ALL.iter().map(|rule| &rule.meta).collect(), judge: results }
}

#[test]
fn every_case_holds() {
    rules().every_case_holds();
}

#[test]
fn the_examples_of_the_documentation_are_true() {
    rules().every_example_is_true();
}

#[test]
fn a_good_example_is_good_in_every_respect() {
    let mut report = String::new();
    for own in ALL {
        let example = own.meta.section("Example").expect("an example");
        let blocks = ironhull_testkit::literate::cases(&example);
        let good = &blocks.last().expect("a block").text;
        for finding in lint(&world_of(&own.meta.id, good), ALL).findings() {
            // The page about exceptions has no policy beside the exception, and some pages keep an old form.
            if finding.severity() > Severity::Low && finding.rule.id != own.meta.id {
                let _ = writeln!(report, "{}: {} {}", own.meta.id, finding.rule.id, finding.message);
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn the_metadata_has_its_form() {
    assert!(ALL.is_sorted_by(|a, b| a.meta.id < b.meta.id));
    let names: BTreeSet<_> = ALL.iter().map(|rule| &rule.meta.name).collect();
    assert_eq!(names.len(), ALL.len());
    for rule in ALL {
        let meta = &rule.meta;
        assert!(meta.id.strip_prefix("PO").is_some_and(|number| number.len() == 3), "{}", meta.id);
        assert!(meta.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", meta.name);
        assert!(!meta.title.ends_with('.'), "{}", meta.id);
        for heading in ["What it does", "Why it matters", "Example", "How to fix", "References"] {
            assert!(meta.section(heading).is_some_and(|text| !text.is_empty()), "{}: {heading}", meta.id);
        }
        let why = meta.section("Why it matters").unwrap_or_default().to_lowercase();
        assert!(why.contains(meta.severity.name()), "{} does not say why it is {}", meta.id, meta.severity);
    }
}

#[test]
fn the_document_has_every_rule() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policy-lint.md");
    let text = std::fs::read_to_string(file).expect("the document");
    for rule in ALL {
        let meta = &rule.meta;
        let row = format!("| [{0}](rules/{0}.md) `{1}` | {2} | ", meta.id, meta.name, meta.severity);
        assert!(text.contains(&row), "no row that begins with {row}");
    }
}

/// What is found in the policies that people use stays what it is: a finding more is a false alarm until
/// somebody has looked at it, and one less a check that went blind.
#[test]
fn the_policies_that_people_use_have_these_findings() {
    let Some(root) = super::fixtures::root() else { return };
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let (mut counts, mut policies) = (BTreeMap::<String, usize>::new(), 0);
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        if !text.contains("kyverno.io/v") {
            continue;
        }
        let name = file.strip_prefix(&root).unwrap_or(file).display().to_string();
        let world = whatever_is_in(&name, &text);
        policies += world.objects().filter(|object| object.key.group == "kyverno.io").count();
        for finding in lint(&world, ALL).findings() {
            *counts.entry(finding.rule.id.to_string()).or_default() += 1;
            if std::env::var_os("SHOW").is_some() {
                let line = finding.place().map_or(0, |place| place.start.line);
                say!("{name}:{line}: {} {}", finding.rule.id, finding.message);
            }
        }
    }
    let found: String = counts.iter().map(|(id, count)| format!("{id} {count}\n")).collect();
    say!("{policies} policies and exceptions, findings:\n{found}");
    assert!(policies > 100, "{policies}");
    let wanted = include_str!("../fixtures/lint.txt");
    let wanted: String =
        wanted.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    assert_eq!(found, wanted);
}

/// The world of a text, of which some are broken on purpose.
fn whatever_is_in(name: &str, text: &str) -> World {
    let parsed = read(name, text.as_bytes(), &Limits::default(), &mut Interner::new());
    let documents: Vec<Arc<Document>> = parsed.documents.into_iter().map(Arc::new).collect();
    let catalog = Catalog::new();
    let objects = documents.iter().flat_map(|document| objects_of(document, None, "", &catalog).objects);
    World::from_files(objects, Carriers::default())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            // What stands there are parts of policies that are waited for.
            if entry.file_name().to_string_lossy().starts_with(".chainsaw") {
                continue;
            }
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
}
