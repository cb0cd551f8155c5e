//! Every command that the documents show is run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The `ironhull …` lines of the `sh` and `console` blocks of a document.
fn commands(text: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut shell = false;
    for line in text.lines() {
        let line = line.trim();
        if let Some(language) = line.strip_prefix("```") {
            shell = !shell && matches!(language, "sh" | "console" | "bash");
        } else if shell {
            let line = line.strip_prefix("$ ").unwrap_or(line);
            if line.starts_with("ironhull ") && !line.contains("# needs") {
                commands.push(line.split(" #").next().unwrap_or(line).trim().to_owned());
            }
        }
    }
    commands
}

#[test]
fn every_command_of_the_documents_runs() {
    let mut files = vec![root().join("README.md")];
    let folders = ["docs", "docs/network"].map(|folder| root().join(folder));
    for entry in folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    let place = tempfile::tempdir().unwrap();
    let copied =
        Command::new("cp").arg("-r").arg(root().join("examples")).arg(place.path()).status().unwrap();
    assert!(copied.success());
    let binary = Path::new(env!("CARGO_BIN_EXE_ironhull"));
    let path =
        format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    let mut ran = 0;
    for file in files {
        for command in commands(&fs::read_to_string(&file).unwrap()) {
            let output = Command::new("sh")
                .arg("-c")
                .arg(&command)
                .current_dir(place.path())
                .env("PATH", &path)
                .output()
                .unwrap();
            let code = output.status.code();
            assert!(
                matches!(code, Some(0 | 1)),
                "{}: `{command}` ended with {code:?}: {}",
                file.display(),
                String::from_utf8_lossy(&output.stderr)
            );
            ran += 1;
        }
    }
    assert!(ran >= 5, "only {ran} commands were found");
}
