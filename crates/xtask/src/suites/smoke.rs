//! The release binary, built once, does what the README says.

use super::suite::{Outcome, Session};
use crate::{context::Context, run::Cmd};
use anyhow::{Context as _, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn release(session: &mut Session) -> Result<Outcome> {
    let binary = build(&session.context)?;
    let size = fs::metadata(&binary)?.len();
    Ok(Outcome::Passed(format!("{}.{} MB", size / 1_000_000, size / 100_000 % 10)))
}

/// Builds the release binary and says where it is.
pub(crate) fn build(context: &Context) -> Result<PathBuf> {
    context.cargo().args(["build", "--quiet", "--release", "--locked", "-p", "ironhull"]).run()?;
    Ok(binary(context))
}

pub(crate) fn binary(context: &Context) -> PathBuf {
    context.target.join("release").join("ironhull")
}

/// Runs every `ironhull` command of the README's shell blocks in a copy of `examples/`.
pub(crate) fn smoke(session: &mut Session) -> Result<Outcome> {
    let context = &session.context;
    let release = binary(context);
    if !release.is_file() {
        bail!("there is no release binary; the suite `release` builds it");
    }
    context.cmd(&release).arg("--version").run()?;
    let readme = fs::read_to_string(context.root.join("README.md")).context("cannot read README.md")?;
    let commands = commands(&readme);
    if commands.is_empty() {
        bail!("README.md has no shell block with an `ironhull` command");
    }
    let dir = scratch(context)?;
    for command in &commands {
        run_one(&dir, &release, command)?;
    }
    Ok(Outcome::Passed(format!("{} commands of the README", commands.len())))
}

/// Exit code 1 is a gate that tripped, as it should on bad examples; 2 and above, and signals, are failures.
fn run_one(dir: &Path, release: &Path, command: &str) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = release.parent().map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).context("a folder of the search path has a colon")?;
    println!("$ {command}");
    let output =
        Cmd::new("bash").args(["-euo", "pipefail", "-c", command]).cwd(dir).env("PATH", path).output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0 | 1) if output.stdout.is_empty() && stderr.is_empty() && !command.contains('>') => {
            // `-o FORMAT=FILE` may be silent; anything else that says nothing is suspect.
            if !command.contains('=') {
                bail!("`{command}` said nothing");
            }
        }
        Some(0 | 1) => {}
        _ => bail!("`{command}`: {}\n{}", output.status, stderr.trim_end()),
    }
    if stderr.contains("panicked at") {
        bail!("`{command}` panicked:\n{stderr}");
    }
    Ok(())
}

/// Lines of `sh`, `bash` and `console` blocks that run the binary. A line whose comment says `needs` (a
/// cluster, a registry) is left to the tests that have one.
fn commands(readme: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut shell = false;
    let mut open = false;
    let mut carried = String::new();
    for line in readme.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            shell = !open && matches!(info.trim(), "sh" | "bash" | "console" | "shell");
            open = !open;
            continue;
        }
        if !shell {
            continue;
        }
        let text = line.trim().trim_start_matches("$ ");
        if let Some(part) = text.strip_suffix('\\') {
            carried.push_str(part);
            continue;
        }
        let whole = format!("{}{text}", std::mem::take(&mut carried));
        let (command, comment) = whole.split_once(" #").unwrap_or((&whole, ""));
        if (command.starts_with("ironhull ") || command.contains("| ironhull ")) && !comment.contains("needs")
        {
            commands.push(command.trim().to_owned());
        }
    }
    commands
}

/// A fresh folder that holds a copy of `examples/`.
fn scratch(context: &Context) -> Result<PathBuf> {
    let dir = context.target.join("smoke");
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir_all(&dir)?;
    let examples = context.root.join("examples");
    if examples.is_dir() {
        copy(&examples, &dir.join("examples"))?;
    }
    Ok(dir)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_come_from_shell_blocks_only() {
        let readme = "ironhull prose\n```sh\nironhull scan examples # all of it\ncargo build\n\
                      kubectl get -A -o json | ironhull scan -   # needs a cluster\n\
                      cat a.yaml | ironhull scan -\n```\n```yaml\nironhull scan no\n```\n\
                      ```console\n$ ironhull rule list \\\n    -o json\nsome output\n```\n";
        assert_eq!(
            commands(readme),
            ["ironhull scan examples", "cat a.yaml | ironhull scan -", "ironhull rule list -o json"]
        );
    }
}
