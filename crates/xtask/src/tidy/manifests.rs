//! Every member takes its lints and its dependencies' versions from the workspace.

use super::{Problem, tree::Crate};

/// Reads a member's `Cargo.toml` line by line.
pub(crate) fn check(krate: &Crate, text: Option<&str>) -> Vec<Problem> {
    let text = text.unwrap_or_default();
    let mut problems = Vec::new();
    let mut section = "";
    let mut lints = false;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if section == "lints" && line.replace(' ', "") == "workspace=true" {
            lints = true;
        } else if is_dependencies(section) && line.contains('=') && !line.starts_with('#') && !inherits(line)
        {
            let name = line.split(['=', '.']).next().unwrap_or_default().trim();
            problems.push(Problem {
                file: krate.manifest.clone(),
                line: Some(number),
                what: format!("`{name}` does not come from the workspace"),
                remedy: "put the version into [workspace.dependencies] and write `workspace = true` here"
                    .to_owned(),
            });
        }
    }
    if !lints {
        problems.push(Problem {
            file: krate.manifest.clone(),
            line: None,
            what: "the workspace's lints do not apply".to_owned(),
            remedy: "add `[lints]` with `workspace = true`".to_owned(),
        });
    }
    problems
}

fn is_dependencies(section: &str) -> bool {
    section.rsplit('.').next().is_some_and(|last| last.ends_with("dependencies"))
}

fn inherits(line: &str) -> bool {
    line.replace(' ', "").contains("workspace=true")
}

#[cfg(test)]
mod tests {
    use super::super::tree::krate;
    use super::*;

    #[test]
    fn a_good_manifest_passes() {
        let text = "[package]\nname = \"a\"\n[dependencies]\nserde.workspace = true\n\
                    clap = { workspace = true, features = [\"x\"] }\n# note = 1\n[lints]\nworkspace = true\n";
        assert_eq!(check(&krate("a", &[]), Some(text)), []);
    }

    #[test]
    fn missing_lints_are_found() {
        let problems =
            check(&krate("a", &[]), Some("[package]\nname = \"a\"\n[lints.rust]\nunsafe_code = \"allow\"\n"));
        assert!(problems[0].what.contains("lints"));
        assert_eq!(check(&krate("a", &[]), None).len(), 1);
    }

    #[test]
    fn an_own_version_is_found() {
        let text = "[target.'cfg(unix)'.dependencies]\nserde = \"1\"\n[lints]\nworkspace = true";
        let problems = check(&krate("a", &[]), Some(text));
        assert_eq!(problems.len(), 1);
        assert_eq!((problems[0].line, problems[0].what.contains("`serde`")), (Some(2), true));
    }
}
