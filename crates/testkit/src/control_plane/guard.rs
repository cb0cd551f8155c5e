//! What ends the children when the test's process ends without dropping anything.
//!
//! A shell waits on a pipe whose other end only this process holds. Each line it reads is the list of
//! process ids that run now. When the pipe closes, for whatever reason, it kills what the last line named
//! and removes the folder, which holds keys.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::error::{ControlPlaneError, Tried as _};

const SCRIPT: &str = r#"
pids=
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -9 $pids
rm -rf -- "$1"
"#;

#[derive(Debug)]
pub(super) struct Guard {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    pub(super) fn new(dir: &Path) -> Result<Self, ControlPlaneError> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .tried(|| "cannot start sh".to_owned())?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// From now on these are to be killed, and none that was named before.
    pub(super) fn watch(&mut self, ids: &[u32]) -> Result<(), ControlPlaneError> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        let line: Vec<String> = ids.iter().map(u32::to_string).collect();
        writeln!(pipe, "{}", line.join(" ")).tried(|| "the guard is gone".to_owned())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The processes were killed and waited for before; their ids may be somebody else's by now.
        let _ = self.watch(&[]);
        self.pipe = None;
        let _ = self.shell.wait();
    }
}
