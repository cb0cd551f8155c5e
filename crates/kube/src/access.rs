//! Which cluster, as whom.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How a cluster is reached.
#[derive(Clone)]
pub struct Access {
    /// The kubeconfig; none for what `KUBECONFIG`, `~/.kube/config` or the pod give.
    pub kubeconfig: Option<PathBuf>,
    /// The context; none for the current one.
    pub context: Option<String>,
    /// How long one request may take, with its retries and the whole answer. Of a watch only until it begins.
    pub timeout: Duration,
    /// The key of the hashes that stay of the values of Secrets. To be drawn at random.
    pub secret_key: [u8; 32],
    /// Who owns the fields that are written.
    pub field_manager: &'static str,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            timeout: Duration::from_mins(1),
            secret_key: [0; 32],
            field_manager: "ironhull",
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("kubeconfig", &self.kubeconfig)
            .field("context", &self.context)
            .field("timeout", &self.timeout)
            .field("field_manager", &self.field_manager)
            .finish_non_exhaustive()
    }
}
