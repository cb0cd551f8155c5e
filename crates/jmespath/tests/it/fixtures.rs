//! The compliance suite of jmespath.org: files of groups of cases, each an input and expressions with a
//! result or the kind of an error. `IRONHULL_FIXTURES` names the folder that has `jmespath`; by default it is
//! `shared/fixtures` beside the checkout.
//!
//! All cases pass in the standard dialect. In Kyverno's, those of [`DIFFERENCES`] do not, and no others.

use std::path::{Path, PathBuf};
use std::{env, fs};

use ironhull_jmespath::{Dialect, Env, Error, Expression, Mistake};
use ironhull_value::Value;
use serde::Deserialize;

use crate::differences::DIFFERENCES;

#[derive(Deserialize)]
struct Group {
    given: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    expression: String,
    #[serde(default)]
    result: Option<Value>,
    #[serde(default)]
    error: Option<String>,
    /// Only to be measured.
    #[serde(default)]
    bench: Option<String>,
}

#[test]
fn fixtures_pass_in_the_standard_dialect() {
    let Some(suite) = suite() else { return };
    let mut failures = Vec::new();
    let mut ran = 0_usize;
    for (file, group, case) in cases(&suite) {
        ran += 1;
        if let Err(difference) = judge(Dialect::Standard, &group.given, case, false) {
            failures.push(format!("{file}: {}: {difference}", case.expression));
        }
    }
    say!("jmespath-standard fixtures: ran {ran}, failed {}", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(ran > 800, "only {ran} cases");
}

#[test]
fn fixtures_pass_in_kyverno_s_dialect_but_for_its_differences() {
    let Some(suite) = suite() else { return };
    let mut failures = Vec::new();
    let mut ran = 0_usize;
    let mut unused: Vec<_> = DIFFERENCES.iter().collect();
    for (file, group, case) in cases(&suite) {
        ran += 1;
        let outcome = judge(Dialect::Kyverno, &group.given, case, false);
        let listed =
            DIFFERENCES.iter().find(|listed| listed.file == file && listed.expression == case.expression);
        unused.retain(|other| listed.is_none_or(|listed| !std::ptr::eq(*other, listed)));
        match (outcome, listed) {
            (Ok(()), None) => {}
            (Ok(()), Some(_)) => failures.push(format!("{file}: {}: passes, but is listed", case.expression)),
            (Err(difference), None) => failures.push(format!("{file}: {}: {difference}", case.expression)),
            (Err(difference), Some(listed)) => {
                if !difference.contains(listed.says) {
                    failures
                        .push(format!("{file}: {}: {difference}, not {}", case.expression, listed.reason));
                }
            }
        }
    }
    failures
        .extend(unused.iter().map(|listed| format!("no such case: {} {}", listed.file, listed.expression)));
    say!(
        "jmespath-kyverno fixtures: ran {ran}, failed {}, of which {} differ as upstream does",
        failures.len(),
        DIFFERENCES.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_flipped_expectation_is_noticed() {
    let Some(suite) = suite() else { return };
    for (file, group, case) in cases(&suite) {
        assert!(judge(Dialect::Standard, &group.given, case, true).is_err(), "{file}: {}", case.expression);
    }
}

/// Whether the case ends as it should; `flipped` expects something else.
fn judge(dialect: Dialect, given: &Value, case: &Case, flipped: bool) -> Result<(), String> {
    let wanted = match (&case.error, flipped) {
        (Some(error), false) => Err(error.clone()),
        (None, false) => Ok(case.result.clone().unwrap_or_default()),
        (Some(_), true) => Ok(Value::Null),
        (None, true) => Ok(Value::from(vec![case.result.clone().unwrap_or_default()])),
    };
    let (kind, text) = match Expression::parse(&case.expression, dialect) {
        Err(error) => (kind_of_mistake(error.kind), error.to_string()),
        Ok(expression) => match expression.search(given, &mut Env::default()) {
            Ok(found) if wanted.as_ref().is_ok_and(|wanted| is_equal(wanted, &found)) => return Ok(()),
            Ok(found) => return Err(format!("wanted {wanted:?}, found {found:?}")),
            Err(error) => (kind_of_error(&error), error.to_string()),
        },
    };
    if wanted == Err(kind.into()) { Ok(()) } else { Err(format!("wanted {wanted:?}, found {kind}: {text}")) }
}

fn kind_of_mistake(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::Syntax => "syntax",
        Mistake::UnknownFunction => "unknown-function",
        Mistake::InvalidArity => "invalid-arity",
        Mistake::InvalidType => "invalid-type",
        Mistake::InvalidValue => "invalid-value",
        Mistake::TooLarge => "too-large",
    }
}

fn kind_of_error(error: &Error) -> &'static str {
    match error {
        Error::UnknownFunction(_) => "unknown-function",
        Error::InvalidArity(_) => "invalid-arity",
        Error::InvalidType(_) => "invalid-type",
        Error::InvalidValue(_) => "invalid-value",
        Error::NotFound(_) => "not-found",
        _ => "other",
    }
}

/// JSON has one kind of number.
fn is_equal(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            wanted.as_f64() == found.as_f64()
        }
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found.iter()).all(|(a, b)| is_equal(a, b))
        }
        (Value::Map(wanted), Value::Map(found)) => {
            wanted.len() == found.len()
                && wanted
                    .iter()
                    .zip(found.iter())
                    .all(|((key, a), (other, b))| key == other && is_equal(a, b))
        }
        _ => wanted == found,
    }
}

fn cases(suite: &[(String, Vec<Group>)]) -> impl Iterator<Item = (&str, &Group, &Case)> {
    suite.iter().flat_map(|(file, groups)| {
        groups.iter().flat_map(move |group| {
            let judged = group.cases.iter().filter(|case| case.bench.is_none());
            judged.map(move |case| (file.as_str(), group, case))
        })
    })
}

/// The files with their groups, or nothing, said aloud.
fn suite() -> Option<Vec<(String, Vec<Group>)>> {
    let fixtures = env::var_os("IRONHULL_FIXTURES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"),
        PathBuf::from,
    );
    let folder = fixtures.join("jmespath");
    if !folder.is_dir() {
        say!("SKIPPED: jmespath fixtures: {} is not there", folder.display());
        return None;
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    };
    Some(paths.iter().map(read).collect())
}
