//! `kyverno-test.yaml`: tests of policies, as Kyverno's command line runs them.
//!
//! - `case`: the test document, `values`: the file of variables, `fields`: how both are read
//! - `files`: the port through which files come in, `load`: everything that a test names
//! - `ports`: what the context of a rule finds in a test, `api`: the API server that a test
//!   pretends to have, `cluster`: the objects that rules change and copy
//! - `evaluate`: the resources through the policies, in upstream's order
//! - `judge`: what came out beside what is expected, `compare`: objects, `outcome`: the rows
//!
//! Never lives here: opening files, a clock, and how rows are shown.
//!
//! Strict unless asked for the opposite: upstream counts a row that no rule answered as a pass ("Excluded").
//!
//! Source: `cmd/cli/kubectl-kyverno` of Kyverno 1.19, mostly `commands/test` and `processor`.

mod api;
mod case;
mod cluster;
mod compare;
mod evaluate;
mod fields;
mod files;
mod judge;
mod load;
mod outcome;
mod ports;
mod values;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ironhull_jmespath::Now;
use ironhull_manifest::Document;

pub use self::case::{ApiCallResponse, Case, Expectation, GlobalEntry, ResourceSpec};
pub use self::cluster::Objects;
pub use self::files::Files;
pub use self::outcome::{Gap, Got, Outcome, Reason, Row, Totals};

/// How tests are run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Count as upstream does: a row that no rule answered is a pass, and an object that the expected file
    /// does not have is not compared.
    pub compat: bool,
    /// What expressions take for now.
    pub now: Option<Now>,
}

/// Runs all tests of one file. A file that cannot be read is one row that says so.
pub fn run(path: &str, files: &dyn Files, options: Options) -> Vec<Row> {
    let documents = match files::documents(files, path) {
        Ok(documents) => documents,
        Err(why) => return vec![Row::of_file(path, why)],
    };
    documents.iter().flat_map(|document| run_document(path, document, files, options)).collect()
}

/// Runs one test.
fn run_document(path: &str, document: &Arc<Document>, files: &dyn Files, options: Options) -> Vec<Row> {
    let case = match Case::read(path, &document.value) {
        Ok(case) => case,
        Err(why) => return vec![Row::of_file(path, why)],
    };
    match load::load(&case, files) {
        Ok(inputs) => {
            let evaluated = evaluate::evaluate(&case, &inputs, options);
            judge::judge(&case, &inputs, &evaluated, files, options)
        }
        Err(why) => case.results.iter().map(|wanted| judge::not_run(&case, wanted, &why)).collect(),
    }
}
