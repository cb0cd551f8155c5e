//! Upstream's fixtures: `pod-security/<level>/<version>/{pass,fail}/<check><number>.yaml`.
//!
//! The folders decide what is expected. Where the name of a file is that of a check, that check, or the one
//! that overrides it, must be among those that refuse the pod. `IRONHULL_FIXTURES` names the folder that
//! has `pod-security`; by default it is `shared/fixtures` beside the checkout.

use std::path::{Path, PathBuf};

use ironhull_manifest::{Limits, read};
use ironhull_podsecurity::{CHECKS, Decision, LevelVersion, PodRef, evaluate};
use ironhull_value::Interner;

#[test]
fn fixtures_are_decided_as_their_folders_say() {
    let Some(root) = root() else { return };
    let summary = run(&root, false);
    say!("pod-security fixtures: ran {}, failed {}", summary.ran, summary.failures.len());
    assert!(summary.failures.is_empty(), "{}", summary.failures.join("\n"));
    assert!(summary.ran > 0, "{} has no case", root.display());
}

#[test]
fn every_flipped_expectation_is_noticed() {
    let Some(root) = root() else { return };
    let summary = run(&root, true);
    assert_eq!(summary.failures.len(), summary.ran);
}

#[test]
fn files_that_are_no_case_are_failures() {
    for path in ["strict/v1.0/pass/a.yaml", "baseline/1.0/pass/a.yaml", "baseline/v1.0/passed/a.yaml"] {
        assert!(Case::of(Path::new(path)).is_err(), "{path}");
    }
    let path = std::env::temp_dir().join(format!("ironhull-pod-security-{}", std::process::id()));
    let case = Case::of(Path::new("baseline/v1.0/pass/a.yaml")).unwrap();
    for (text, problem) in [
        ("a: [", "1:"),
        ("---\n", "0 documents"),
        ("kind: Pod\n---\nkind: Pod\n", "2 documents"),
        ("kind: Pod\nspec: {containers: 1}\n", "spec.containers must be a list"),
    ] {
        std::fs::write(&path, text).unwrap();
        let outcome = case.judge(&path, false);
        std::fs::remove_file(&path).unwrap();
        let error = outcome.unwrap_err();
        assert!(error.contains(problem), "{text:?}: {error}");
    }
}

/// Where the fixtures are, or nothing, said aloud.
fn root() -> Option<PathBuf> {
    let fixtures = std::env::var_os("IRONHULL_FIXTURES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"),
        PathBuf::from,
    );
    let root = fixtures.join("pod-security");
    if !root.is_dir() {
        say!("SKIPPED: pod-security fixtures: {} is not there", root.display());
        return None;
    }
    Some(root)
}

/// The pods of all fixtures as JSON, each with the level and version of its folder; none without fixtures.
pub(crate) fn pods() -> Vec<(LevelVersion, String)> {
    let Some(root) = root() else { return Vec::new() };
    let mut files = Vec::new();
    list(&root, &mut files);
    files.sort();
    let pod = |file: &PathBuf| {
        let case = Case::of(file.strip_prefix(&root).ok()?).ok()?;
        let bytes = std::fs::read(file).ok()?;
        let parsed = read(file.to_string_lossy(), &bytes, &Limits::default(), &mut Interner::new());
        Some((case.level, serde_json::to_string(&parsed.documents.first()?.value).ok()?))
    };
    files.iter().map(|file| pod(file).unwrap_or_else(|| panic!("{} is no case", file.display()))).collect()
}

/// What a run gave.
struct Summary {
    ran: usize,
    /// One line for each case that failed.
    failures: Vec<String>,
}

/// Runs every file below `root`. With `flip`, a pod that must pass is expected to be refused and the other
/// way round, which every case must then fail.
fn run(root: &Path, flip: bool) -> Summary {
    let mut files = Vec::new();
    list(root, &mut files);
    files.sort();
    let mut failures = Vec::new();
    for file in &files {
        let relative = file.strip_prefix(root).unwrap_or(file);
        let outcome = Case::of(relative).and_then(|case| case.judge(file, flip));
        if let Err(problem) = outcome {
            failures.push(format!("{}: {problem}", relative.display()));
        }
    }
    Summary { ran: files.len(), failures }
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
}

/// What the path of a file says.
struct Case {
    level: LevelVersion,
    passes: bool,
    /// The file's name without its number.
    name: String,
}

impl Case {
    fn of(path: &Path) -> Result<Self, String> {
        let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
        let [level, version, expectation, file] = parts.as_slice() else {
            return Err("is not <level>/<version>/<pass or fail>/<file>".into());
        };
        let level = format!("{level}:{version}").parse().map_err(|error| format!("{error}"))?;
        let passes = match *expectation {
            "pass" => true,
            "fail" => false,
            other => return Err(format!("{other} is neither pass nor fail")),
        };
        let name = file.trim_end_matches(".yaml").trim_end_matches(|last: char| last.is_ascii_digit());
        Ok(Self { level, passes, name: name.into() })
    }

    fn judge(&self, file: &Path, flip: bool) -> Result<(), String> {
        let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
        let parsed = read(file.to_string_lossy(), &bytes, &Limits::default(), &mut Interner::new());
        if let Some(diagnostic) = parsed.diagnostics.first() {
            let position = parsed.source.position(diagnostic.span.start);
            return Err(format!("{}:{}: {}", position.line, position.column, diagnostic.message));
        }
        let [document] = parsed.documents.as_slice() else {
            return Err(format!("{} documents", parsed.documents.len()));
        };
        let pod = PodRef::of(&document.value).map_err(|error| error.to_string())?;
        let decision = evaluate(self.level, pod).map_err(|error| error.to_string())?;
        match (decision.is_allowed(), self.passes != flip) {
            (true, false) => Err("is allowed".into()),
            (false, true) => Err(format!("is refused: {}", decision.message())),
            (true, true) => Ok(()),
            (false, false) => self.named_check_refuses(&decision),
        }
    }

    fn named_check_refuses(&self, decision: &Decision) -> Result<(), String> {
        let Some(named) = CHECKS.iter().find(|check| check.id.as_str().eq_ignore_ascii_case(&self.name))
        else {
            return Ok(());
        };
        let minor = self.level.version.effective_minor();
        let reports =
            decision.violations.iter().filter_map(|violation| ironhull_podsecurity::find(violation.check));
        let refuses = reports.into_iter().any(|check| {
            let overrides = check.revision_at(minor).map_or(&[][..], |revision| revision.overrides);
            check.id == named.id || overrides.contains(&named.id)
        });
        if refuses {
            Ok(())
        } else {
            Err(format!("is refused, but not by {}: {}", named.id, decision.message()))
        }
    }
}
