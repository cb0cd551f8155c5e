//! Checks of the source tree that the compiler and clippy cannot make.
//!
//! Each file here is one check: a pure function from text or metadata to problems, with tests that prove it
//! fails on bad input. Reading files and asking cargo and git is done in `tree` alone.

mod arrows;
mod ceiling;
mod dependencies;
mod layers;
mod manifests;
mod module_docs;
mod purity;
mod source;
mod text;
mod tree;

use crate::context::Context;
use anyhow::Result;
use std::fmt;
use tree::Tree;

/// Something that is wrong with the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Path from the checkout's root.
    pub(crate) file: String,
    /// First line is 1; `None` when it is about the whole file.
    pub(crate) line: Option<usize>,
    pub(crate) what: String,
    pub(crate) remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}\n    remedy: {}", self.what, self.remedy)
    }
}

/// Prints every problem. `true` when there is none.
pub(crate) fn run(context: &Context) -> Result<bool> {
    let tree = Tree::read(context)?;
    let problems = check(&tree);
    for problem in &problems {
        println!("{problem}");
    }
    println!(
        "tidy: {} crates, {} Rust files, {} text files, {} problems",
        tree.crates.len(),
        tree.files.iter().filter(|file| file.is_rust()).count(),
        tree.files.len(),
        problems.len()
    );
    Ok(problems.is_empty())
}

fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = arrows::check(&tree.crates);
    problems.extend(arrows::cycles(&tree.crates));
    problems.extend(dependencies::check(&tree.crates, tree.text("docs/dependencies.md")));
    problems.extend(ceiling::unused(&tree.files));
    for krate in &tree.crates {
        problems.extend(manifests::check(krate, tree.text(&krate.manifest)));
        problems.extend(module_docs::check(krate, tree.text(&krate.main_file)));
        if layers::of(&krate.name).is_some_and(layers::Layer::is_pure) {
            problems.extend(purity::check_dependencies(krate));
            problems.extend(purity::check_sources(krate, &tree.files));
        }
    }
    for file in &tree.files {
        problems.extend(ceiling::check(file));
        problems.extend(text::check(file, &tree.machine_paths));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_where_what_and_what_to_do() {
        let problem =
            Problem { file: "a.rs".into(), line: Some(3), what: "bad".into(), remedy: "mend it".into() };
        assert_eq!(problem.to_string(), "a.rs:3: bad\n    remedy: mend it");
    }
}
