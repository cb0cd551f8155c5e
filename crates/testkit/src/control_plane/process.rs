//! One child process with its log.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::error::{ControlPlaneError, Tried as _};

/// Lines of a log that a message shows.
const TAIL: usize = 40;

/// A program that runs until this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it with standard output and error appended to `<program>.log` in `dir`, in a process group of
    /// its own: a Ctrl-C is for the test, and the guard ends the children after it.
    pub(super) fn spawn(mut command: Command, dir: &Path) -> Result<Self, ControlPlaneError> {
        let program = Path::new(command.get_program());
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let what = format!("cannot start {}", program.display());
        let log = dir.join(format!("{name}.log"));
        let open =
            || File::options().create(true).append(true).open(&log).tried(|| log.display().to_string());
        let (out, err) = (open()?, open()?);
        command.stdin(Stdio::null()).stdout(out).stderr(err).current_dir(dir).process_group(0);
        let child = command.spawn().tried(|| what)?;
        Ok(Self { name, child, log })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// An error when the process has ended.
    pub(super) fn check(&mut self) -> Result<(), ControlPlaneError> {
        match self.child.try_wait().tried(|| self.name.clone())? {
            None => Ok(()),
            Some(_) => Err(ControlPlaneError::Ended { program: self.name.clone(), tail: self.tail() }),
        }
    }

    /// The end of the log, under a line with its name.
    pub(super) fn tail(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(TAIL)..];
        format!("--- {}.log\n{}\n", self.name, last.join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
