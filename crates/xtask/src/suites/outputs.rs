//! What we write is read by the tools that people read it with: SARIF, JUnit, and JSON against its schema.

use super::{
    smoke,
    suite::{Outcome, Session},
};
use crate::{context::Context, corpus, tools};
use anyhow::{Context as _, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

const SARIF_PACKAGE: &str = "@microsoft/sarif-multitool-linux@5.7.0";
const SARIF_PROGRAM: &str = "@microsoft/sarif-multitool-linux/Sarif.Multitool";
const PYTHON: &[&str] = &["junitparser==5.0.3", "jsonschema==4.26.0"];
/// The published schema of `scan -o json`.
const SCHEMA: &str = "schemas/report.json";

/// Scans a corpus that has findings of every kind and hands each output to its validator.
pub(crate) fn formats(session: &mut Session) -> Result<Outcome> {
    let context = &session.context;
    if !smoke::binary(context).is_file() {
        bail!("there is no release binary; the suite `release` builds it");
    }
    let dir = context.target.join("outputs");
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir_all(&dir)?;
    let corpus = corpus::small(context)?;
    let files = write_reports(context, &corpus, &dir)?;

    let python = match tools::python(context, "validators", PYTHON) {
        Ok(bin) => bin.join("python"),
        Err(error) => return Ok(session.without("JUnit and JSON validation", &error)),
    };
    let sarif_tool = match tools::npm(context, "sarif", SARIF_PACKAGE, SARIF_PROGRAM) {
        Ok(program) => program,
        Err(error) => return Ok(session.without("SARIF validation", &error)),
    };
    let checks = [
        check_junit(context, &python, &files.junit),
        check_json(context, &python, &files.json),
        check_sarif(context, &sarif_tool, &files.sarif),
    ];
    let failures: Vec<String> =
        checks.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    if !failures.is_empty() {
        bail!("{}", failures.join("; "));
    }
    Ok(Outcome::Passed("SARIF, JUnit, JSON".to_owned()))
}

struct Reports {
    sarif: PathBuf,
    junit: PathBuf,
    json: PathBuf,
}

fn write_reports(context: &Context, corpus: &Path, dir: &Path) -> Result<Reports> {
    let reports =
        Reports { sarif: dir.join("a.sarif"), junit: dir.join("a.junit.xml"), json: dir.join("a.json") };
    let output = |format: &str, path: &Path| format!("{format}={}", path.display());
    context
        .cmd(smoke::binary(context))
        .arg("scan")
        .arg(corpus)
        .args(["--exit-zero", "-o", &output("sarif", &reports.sarif)])
        .args(["-o", &output("junit", &reports.junit), "-o", &output("json", &reports.json)])
        .run()?;
    Ok(reports)
}

/// The validator exits with 0 whatever it finds, so its words decide.
fn check_sarif(context: &Context, tool: &Path, file: &Path) -> Result<()> {
    let output = context
        .cmd(tool)
        .arg("validate")
        .arg(file)
        // The tool is a .NET program; without this it wants ICU libraries that a bare machine lacks.
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .output_text()?;
    let found = sarif_errors(&output)?;
    if !found.is_empty() {
        bail!("SARIF has {} errors, first: {}", found.len(), found[0]);
    }
    println!("sarif: no errors");
    Ok(())
}

fn sarif_errors(output: &str) -> Result<Vec<&str>> {
    if !output.contains("Analysis completed successfully") {
        bail!("the SARIF validator did not finish:\n{output}");
    }
    Ok(output.lines().filter(|line| line.contains("): error ")).collect())
}

fn check_junit(context: &Context, python: &Path, file: &Path) -> Result<()> {
    let script = file.with_file_name("check_junit.py");
    fs::write(&script, include_str!("check_junit.py"))?;
    context.cmd(python).arg(script).arg(file).run().context("JUnit")
}

fn check_json(context: &Context, python: &Path, file: &Path) -> Result<()> {
    let schema = context.root.join(SCHEMA);
    if !schema.is_file() {
        bail!("there is no {SCHEMA}");
    }
    let script = file.with_file_name("check_json.py");
    fs::write(&script, include_str!("check_json.py"))?;
    context.cmd(python).arg(script).arg(schema).arg(file).run().context("JSON against its schema")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sarif_validators_words_decide() {
        let good = "a.sarif(1,1): warning SARIF2004: x\nAnalysis completed successfully.\n";
        let bad = "a.sarif(1,1): error JSON1002: root: required\nAnalysis completed successfully.\n";
        assert!(sarif_errors(good).unwrap().is_empty());
        assert_eq!(sarif_errors(bad).unwrap().len(), 1);
        assert!(sarif_errors("crashed").is_err());
    }
}
