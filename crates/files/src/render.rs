//! Rendering by the tools that people use.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A tool that renders Kustomize directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renderer {
    /// `kubectl kustomize DIR`
    Kubectl,
    /// `kustomize build DIR`
    Kustomize,
}

/// Why a directory was not rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The tool could not be started.
    #[error("{tool} could not be started: {error}")]
    Start {
        /// Its name.
        tool: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
    /// The tool failed.
    #[error("{tool} failed: {message}")]
    Failed {
        /// Its name.
        tool: &'static str,
        /// The last line that it wrote to standard error.
        message: String,
    },
    /// The tool ran too long, or wrote too much.
    #[error("{tool} was stopped: {reason}")]
    Stopped {
        /// Its name.
        tool: &'static str,
        /// Which limit.
        reason: &'static str,
    },
}

impl Renderer {
    const DEADLINE: Duration = Duration::from_mins(1);

    /// The first tool that is installed.
    pub fn installed() -> Option<Self> {
        [Self::Kubectl, Self::Kustomize].into_iter().find(|renderer| {
            let mut command = Command::new(renderer.program());
            command.arg("version");
            if *renderer == Self::Kubectl {
                command.arg("--client");
            }
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })
    }

    /// What a user would type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kubectl => "kubectl kustomize",
            Self::Kustomize => "kustomize build",
        }
    }

    /// Renders a directory. The caller has made sure that nothing in it is remote.
    ///
    /// # Errors
    /// When the tool fails, takes longer than a minute, or writes more than `limit` bytes.
    pub fn render(&self, directory: &Path, limit: usize) -> Result<Vec<u8>, RenderError> {
        let tool = self.name();
        let argument = if *self == Self::Kubectl { "kustomize" } else { "build" };
        let mut child = Command::new(self.program())
            .arg(argument)
            .arg(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| RenderError::Start { tool, error })?;
        let output = drain(child.stdout.take(), limit);
        let errors = drain(child.stderr.take(), 1 << 20);
        let started = Instant::now();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if started.elapsed() > Self::DEADLINE => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(RenderError::Stopped { tool, reason: "it ran longer than a minute" });
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Err(error) => return Err(RenderError::Start { tool, error }),
            }
        };
        let (output, errors) = (output.join().unwrap_or_default(), errors.join().unwrap_or_default());
        if !status.success() {
            let text = String::from_utf8_lossy(&errors).into_owned();
            let message = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
            return Err(RenderError::Failed { tool, message: message.trim().to_owned() });
        }
        if output.len() > limit {
            return Err(RenderError::Stopped { tool, reason: "it wrote more than one input may have" });
        }
        Ok(output)
    }

    fn program(&self) -> &'static str {
        match self {
            Self::Kubectl => "kubectl",
            Self::Kustomize => "kustomize",
        }
    }
}

/// Reads a pipe to its end in a thread of its own, so that the tool never waits for us. One byte more than
/// the limit is kept, which tells that there was more.
fn drain(pipe: Option<impl Read + Send + 'static>, limit: usize) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = (&mut pipe).take(limit as u64 + 1).read_to_end(&mut kept);
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
        kept
    })
}
