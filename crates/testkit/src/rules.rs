//! What holds for the rules of every domain: each has literate tests, and examples that are true.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use ironhull_finding::{Outcome, RuleMeta};

use crate::literate::{Case, Expectation, cases, differences};

/// The rules of a domain and how one of them judges a text.
#[derive(Debug)]
pub struct Rules {
    /// Where `ID.md` of each rule is.
    pub folder: PathBuf,
    /// The rules that judge objects.
    pub metas: Vec<&'static RuleMeta>,
    /// What the rule with this id says of a text that goes by this name.
    pub judge: fn(&str, &str, &str) -> Vec<Expectation>,
}

/// What an outcome is in the words of a literate test.
pub fn expectations(outcome: &Outcome) -> Vec<Expectation> {
    match outcome {
        Outcome::Pass => Vec::new(),
        Outcome::Fail(findings) | Outcome::Warn(findings) => findings
            .iter()
            .map(|finding| {
                let line = finding.place().map_or(0, |place| place.start.line);
                Expectation { outcome: "fail".into(), line, message: finding.message.clone() }
            })
            .collect(),
        Outcome::Skip(reason) | Outcome::Unknown(reason) | Outcome::Error(reason) => {
            vec![Expectation { outcome: outcome.name().into(), line: 0, message: reason.to_string() }]
        }
    }
}

impl Rules {
    /// Every block of every file comes out as it is marked.
    ///
    /// # Panics
    /// When one does not, with all that differs.
    pub fn every_case_holds(&self) {
        let mut report = String::new();
        let mut files: Vec<_> = fs::read_dir(&self.folder)
            .expect("the folder of tests")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        for file in files {
            let id = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            assert!(self.metas.iter().any(|meta| meta.id == id), "{id}.md names no rule");
            for case in cases(&fs::read_to_string(&file).expect("a text")) {
                let name = format!("{id}.md:{} {}", case.line, case.title);
                let difference = differences(&case, (self.judge)(id, &name, &case.text));
                if !difference.is_empty() {
                    let _ = write!(report, "{name}\n{difference}");
                }
            }
        }
        assert!(report.is_empty(), "\n{report}");
    }

    /// Every rule has its file, with a case that fails, one that does not, and one of a naive reading.
    ///
    /// # Panics
    /// When one has not.
    pub fn every_rule_has_its_cases(&self) {
        for meta in &self.metas {
            let id = &*meta.id;
            let text = fs::read_to_string(self.folder.join(format!("{id}.md")))
                .unwrap_or_else(|_| panic!("{id}.md is missing"));
            assert!(text.starts_with(&format!("# {id} {}\n", meta.name)), "the first line of {id}.md");
            let all = cases(&text);
            let fails = |case: &Case| case.expected.iter().any(|expected| expected.outcome == "fail");
            assert!(
                all.iter().any(fails) && !all.iter().all(fails),
                "{id}.md needs a failing and a passing case"
            );
            assert!(
                text.contains("\n## The naive reading"),
                "{id}.md needs a section `## The naive reading …`"
            );
        }
    }

    /// Of the two examples in the documentation of a rule the first fails and the second does not.
    ///
    /// # Panics
    /// When it is not so.
    pub fn every_example_is_true(&self) {
        for meta in &self.metas {
            let id = &*meta.id;
            let example = meta.section("Example").unwrap_or_else(|| panic!("{id} has no example"));
            let blocks = cases(&example);
            let [bad, good] = blocks.as_slice() else { panic!("{id} needs a bad and a good example") };
            let bad = (self.judge)(id, id, &bad.text);
            assert!(bad.iter().any(|result| result.outcome == "fail"), "{id}: the bad example passes");
            let good = (self.judge)(id, id, &good.text);
            assert!(
                good.iter().all(|result| result.outcome == "skip"),
                "{id}: the good example does not pass: {good:?}"
            );
        }
    }
}
