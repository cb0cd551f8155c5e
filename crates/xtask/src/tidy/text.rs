//! Text files hold no trailing spaces and no paths of somebody's machine.

use super::{Problem, tree::TextFile};

/// Folders whose files keep every byte because bytes are what they test.
const VERBATIM: &[&str] = &["/testdata/", "/fixtures/", "/snapshots/", "/proptest-regressions/"];

/// Checks one file line by line.
pub(crate) fn check(file: &TextFile, machine_paths: &[String]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let verbatim = VERBATIM.iter().any(|part| file.path.contains(part));
    for (number, line) in (1..).zip(file.text.split('\n')) {
        let mut report = |what: String, remedy: &str| {
            problems.push(Problem {
                file: file.path.clone(),
                line: Some(number),
                what,
                remedy: remedy.to_owned(),
            });
        };
        if !verbatim && line.ends_with([' ', '\t', '\r']) {
            report("trailing space".to_owned(), "take it out (`cargo fmt` does for Rust)");
        }
        if let Some(path) = machine_paths.iter().find(|path| line.contains(path.as_str())) {
            report(format!("`{path}` is a path of one machine"), "write it relative to the checkout");
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Vec<Option<usize>> {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check(&file, &["/home/someone/".to_owned()]).iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn trailing_space_is_found_but_not_where_bytes_matter() {
        assert_eq!(problems("a.md", "ok\nbad \nbad\t\nok"), [Some(2), Some(3)]);
        assert_eq!(problems("crates/a/tests/testdata/a.yaml", "bad \n"), []);
    }

    #[test]
    fn a_machine_path_is_found_everywhere() {
        assert_eq!(problems("crates/a/tests/testdata/a.yaml", "x\n# see /home/someone/x"), [Some(2)]);
        assert_eq!(problems("a.yaml", "path: /home"), []);
    }
}
