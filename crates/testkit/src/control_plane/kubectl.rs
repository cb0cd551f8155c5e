//! Running the real kubectl.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::error::{ControlPlaneError, Tried as _};
use super::{ControlPlane, KUBECTL};

impl ControlPlane {
    /// Runs kubectl as the administrator. A refusal is an [`Output`] with another exit code than 0.
    pub fn kubectl(&self, args: &[&str], stdin: Option<&str>) -> Result<Output, ControlPlaneError> {
        self.kubectl_as(&self.kubeconfig_admin()?, args, stdin)
    }

    /// Runs kubectl with one of the kubeconfigs.
    pub fn kubectl_as(
        &self,
        kubeconfig: &Path,
        args: &[&str],
        stdin: Option<&str>,
    ) -> Result<Output, ControlPlaneError> {
        let program = std::env::var_os(KUBECTL).ok_or(ControlPlaneError::NoKubectl)?;
        let what = || format!("kubectl {}", args.join(" "));
        let mut child = Command::new(program)
            .args(args)
            // Its cache of discovery belongs to this control plane.
            .env("HOME", self.dir())
            .env("KUBECONFIG", kubeconfig)
            .current_dir(self.dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .tried(what)?;
        if let Some(mut pipe) = child.stdin.take() {
            // kubectl may end without reading; what it says then is the answer.
            let _ = pipe.write_all(stdin.unwrap_or_default().as_bytes());
        }
        child.wait_with_output().tried(what)
    }

    /// `kubectl apply -f -` as the administrator; an error when kubectl refuses.
    pub fn apply(&self, manifest: &str) -> Result<(), ControlPlaneError> {
        let output = self.kubectl(&["apply", "-f", "-"], Some(manifest))?;
        if output.status.success() {
            return Ok(());
        }
        Err(ControlPlaneError::Refused {
            what: "kubectl apply".to_owned(),
            status: 0,
            message: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
        })
    }
}
