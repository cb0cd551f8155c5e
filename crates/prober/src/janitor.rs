//! Who cleans up, however the prober ends.
//!
//! A process of its own group holds one end of a pipe. When the other end is closed, because the prober is
//! done, was interrupted or was killed, it removes the namespaces. No signal has to be caught for that.

use std::io::{Read as _, stdin};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use crate::lab::Program;
use crate::{Error, tools};

/// The janitor: waits for the end of standard input, then removes every namespace that begins so. The
/// program's hidden command calls it.
pub fn run(prefix: &str) {
    let mut rest = Vec::new();
    let _ = stdin().lock().read_to_end(&mut rest);
    tools::remove(prefix);
}

/// The janitor as its employer sees it.
pub(crate) struct Janitor(Child);

impl Janitor {
    pub(crate) fn hire(program: &Program, prefix: &str) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::Command {
            command: program.janitor.join(" "),
            message: error.to_string(),
        };
        let mut command = Command::new(&program.executable);
        command.args(&program.janitor).arg(prefix);
        // Not the group that the terminal interrupts.
        command.process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self).map_err(failed)
    }
}

impl Drop for Janitor {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
