//! Every dependency from outside is explained in `docs/dependencies.md`.

use super::{Problem, tree::Crate};
use std::collections::BTreeMap;

const FILE: &str = "docs/dependencies.md";

/// Names each outside dependency of any crate that the document does not hold in backticks.
pub(crate) fn check(crates: &[Crate], document: Option<&str>) -> Vec<Problem> {
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for krate in crates {
        for used in krate.dependencies.iter().filter(|used| !used.internal) {
            users.entry(&used.name).or_default().push(&krate.name);
        }
    }
    let text = document.unwrap_or_default();
    users
        .into_iter()
        .filter(|(name, _)| !text.contains(&format!("`{name}`")))
        .map(|(name, users)| Problem {
            file: FILE.to_owned(),
            line: None,
            what: format!("`{name}` is not explained (used by {})", users.join(", ")),
            remedy: "add a row: what it is for, and why it and not another".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::krate;
    use super::*;

    #[test]
    fn an_unexplained_dependency_is_named_with_its_users() {
        let crates = [krate("ironhull-value", &["serde", "dev:proptest"]), krate("xtask", &["serde"])];
        let problems = check(&crates, Some("| `proptest` | algebra |"));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].what, "`serde` is not explained (used by ironhull-value, xtask)");
        assert_eq!(check(&crates, Some("`serde` `proptest`")), []);
    }

    #[test]
    fn a_name_inside_another_does_not_count() {
        assert_eq!(check(&[krate("xtask", &["serde"])], Some("`serde_json`")).len(), 1);
    }

    #[test]
    fn without_the_document_nothing_is_explained() {
        assert_eq!(check(&[krate("xtask", &["serde"])], None).len(), 1);
    }

    #[test]
    fn our_own_crates_need_no_row() {
        assert_eq!(check(&[krate("ironhull-world", &["ironhull-value"])], None), []);
    }
}
