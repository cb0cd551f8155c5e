//! Running `ip` and `nft`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::Error;

/// What every namespace is called by, with the process that made it behind.
const PREFIX: &str = "ironhull-";

/// The beginning of the names of the namespaces that this process makes for its `lab`th lab.
pub(crate) fn prefix(lab: u32) -> String {
    format!("{PREFIX}{}-{lab}-", std::process::id())
}

/// Runs a program with this input and gives what it printed.
pub(crate) fn run(words: &[&str], input: &str) -> Result<String, Error> {
    let failed = |message: String| Error::Command { command: words.join(" "), message };
    let (program, arguments) = words.split_first().ok_or_else(|| failed("nothing to run".to_owned()))?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    // `ip -batch` and `nft -f` read all of it before they print much.
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said.trim().lines().take(6).collect();
        return Err(failed(said.join("; ")));
    }
    written.map_err(|error| failed(error.to_string()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The namespaces whose name begins so.
fn namespaces(prefix: &str) -> Vec<String> {
    let listed = run(&["ip", "netns", "list"], "").unwrap_or_default();
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| name.starts_with(prefix)).map(ToOwned::to_owned).collect()
}

/// Removes every namespace whose name begins so. A device goes with the namespace that it is in.
pub(crate) fn remove(prefix: &str) {
    for name in namespaces(prefix) {
        // One that another janitor removed meanwhile is gone as well.
        let _ = run(&["ip", "netns", "del", &name], "");
    }
}

/// Removes what processes left behind that are gone.
pub(crate) fn sweep() {
    for name in namespaces(PREFIX) {
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if process.is_some_and(|process| !std::path::Path::new(&format!("/proc/{process}")).exists()) {
            let _ = run(&["ip", "netns", "del", &name], "");
        }
    }
}
