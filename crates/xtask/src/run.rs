//! Running other programs: what is run is shown, how long it took is shown, failure says which it was.

use anyhow::{Context as _, Result, anyhow, bail};
use std::{
    ffi::{OsStr, OsString},
    io::{self, BufRead as _, BufReader, Read},
    path::Path,
    process::{Command, ExitStatus, Output, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Instant,
};

/// A program and its arguments.
#[derive(Debug)]
pub(crate) struct Cmd {
    inner: Command,
}

impl Cmd {
    pub(crate) fn new(program: impl Into<OsString>) -> Self {
        let mut inner = Command::new(program.into());
        inner.stdin(Stdio::null());
        Self { inner }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.inner.arg(arg);
        self
    }

    pub(crate) fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, args: I) -> Self {
        self.inner.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    pub(crate) fn cwd(mut self, dir: &Path) -> Self {
        self.inner.current_dir(dir);
        self
    }

    /// Shows the command, lets it write to the terminal, and fails when it does.
    pub(crate) fn run(mut self) -> Result<()> {
        let shown = self.shown();
        println!("$ {shown}");
        let start = Instant::now();
        let status = self.inner.status().with_context(|| format!("cannot start {shown}"))?;
        println!("  {:.1} s", start.elapsed().as_secs_f64());
        check(status, &shown)
    }

    /// Shows the command and gives each line it writes, to standard output or error, to `line`.
    pub(crate) fn stream(mut self, mut line: impl FnMut(&str)) -> Result<ExitStatus> {
        let shown = self.shown();
        println!("$ {shown}");
        let start = Instant::now();
        self.inner.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.inner.spawn().with_context(|| format!("cannot start {shown}"))?;
        let (sender, lines) = mpsc::channel();
        let readers = [
            child.stdout.take().map(|pipe| forward(pipe, sender.clone())),
            child.stderr.take().map(|pipe| forward(pipe, sender)),
        ];
        for text in lines {
            line(&text);
        }
        for reader in readers.into_iter().flatten() {
            reader.join().map_err(|_| anyhow!("reading the output of {shown} failed"))??;
        }
        let status = child.wait()?;
        println!("  {:.1} s", start.elapsed().as_secs_f64());
        Ok(status)
    }

    /// Runs without showing anything and hands back what it wrote, whatever its exit code.
    pub(crate) fn output(mut self) -> Result<Output> {
        let shown = self.shown();
        self.inner.output().with_context(|| format!("cannot start {shown}"))
    }

    /// Runs without showing anything; standard output as text, or the failure with standard error.
    pub(crate) fn output_text(mut self) -> Result<String> {
        let shown = self.shown();
        let output = self.inner.output().with_context(|| format!("cannot start {shown}"))?;
        if !output.status.success() {
            bail!("{shown}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
        }
        String::from_utf8(output.stdout).with_context(|| format!("{shown}: the output is not UTF-8"))
    }

    /// The command line, for people.
    pub(crate) fn shown(&self) -> String {
        let program = Path::new(self.inner.get_program());
        let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
        std::iter::once(name)
            .chain(self.inner.get_args().map(|arg| quote(&arg.to_string_lossy())))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Whether a program of this name is on the search path.
pub(crate) fn is_on_path(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// Sends each line of a pipe to the channel; ends with the pipe.
fn forward(pipe: impl Read + Send + 'static, lines: mpsc::Sender<String>) -> JoinHandle<io::Result<()>> {
    thread::spawn(move || {
        for bytes in BufReader::new(pipe).split(b'\n') {
            let text = String::from_utf8_lossy(&bytes?).trim_end_matches('\r').to_owned();
            if lines.send(text).is_err() {
                break;
            }
        }
        Ok(())
    })
}

fn check(status: ExitStatus, shown: &str) -> Result<()> {
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

fn quote(arg: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+%*".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) {
        arg.to_owned()
    } else {
        format!("'{}'", arg.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_can_be_pasted() {
        let cmd = Cmd::new("/usr/bin/tool").args(["a b", "", "it's", "--x=y"]);
        assert_eq!(cmd.shown(), r"tool 'a b' '' 'it'\''s' --x=y");
    }

    #[test]
    fn failure_names_the_command() {
        let error = Cmd::new("sh").args(["-c", "echo why >&2; exit 3"]).output_text().unwrap_err();
        let text = error.to_string();
        assert!(text.contains("sh -c") && text.contains("why"), "{text}");
    }

    #[test]
    fn a_stream_gives_every_line() {
        let mut lines = Vec::new();
        let status = Cmd::new("sh")
            .args(["-c", "printf 'a\\nb'; sleep 0.1; echo c >&2"])
            .stream(|line| lines.push(line.to_owned()))
            .unwrap();
        assert!(status.success());
        lines.sort();
        assert_eq!(lines, ["a", "b", "c"]);
    }
}
