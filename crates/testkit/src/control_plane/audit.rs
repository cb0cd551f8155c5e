//! The audit log of the API server.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::ControlPlane;
use super::error::{ControlPlaneError, Tried as _};

/// File names in the control plane's folder.
pub(super) const LOG: &str = "audit.log";
pub(super) const POLICY: &str = "audit-policy.yaml";

/// Bodies of what is written to workloads, namespaces and registrations; of all else who did what, with the
/// annotations of admission. Bodies of Secrets and tokens are never there.
pub(super) const DEFAULT_POLICY: &str = r#"
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    nonResourceURLs: ["/readyz*", "/livez*", "/healthz*", "/openapi*", "/version"]
  - level: None
    resources: [{group: coordination.k8s.io, resources: [leases]}]
  - level: RequestResponse
    verbs: [create, update, patch, delete, deletecollection]
    resources:
      - {group: "", resources: [pods, pods/ephemeralcontainers, pods/exec, namespaces]}
      - {group: apps}
      - {group: batch}
      - {group: admissionregistration.k8s.io}
  - level: Metadata
"#;

impl ControlPlane {
    /// Every event of the audit log so far, oldest first (`audit.k8s.io/v1`, `Event`).
    ///
    /// An event is written when its answer has been sent, so one that was just caused may not be there yet:
    /// see [`Self::wait_for_audit_event`].
    pub fn audit_events(&self) -> Result<Vec<Value>, ControlPlaneError> {
        let path = self.dir().join(LOG);
        let text = std::fs::read_to_string(&path).tried(|| path.display().to_string())?;
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let event = |(line, text)| {
            serde_json::from_str(text).map_err(|_| ControlPlaneError::Audit { path: path.clone(), line })
        };
        (1..).zip(whole.lines()).map(event).collect()
    }

    /// Waits until an event is there that `wanted` accepts; `None` when there is none within `patience`.
    pub fn wait_for_audit_event(
        &self,
        patience: Duration,
        mut wanted: impl FnMut(&Value) -> bool,
    ) -> Result<Option<Value>, ControlPlaneError> {
        let begin = Instant::now();
        loop {
            if let Some(event) = self.audit_events()?.into_iter().find(&mut wanted) {
                return Ok(Some(event));
            }
            if begin.elapsed() > patience {
                return Ok(None);
            }
            sleep(Duration::from_millis(50));
        }
    }
}
