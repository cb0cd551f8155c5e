//! What a test may choose.

use std::time::Duration;

/// How a control plane is started. The defaults are those of Kubernetes, with controllers.
#[derive(Clone, Debug)]
pub struct Options {
    /// Run kube-controller-manager: ReplicaSets, Jobs, garbage collection, namespaces, service accounts.
    /// Without it the admission plugin `ServiceAccount` is off, because nobody makes the accounts it needs.
    pub controllers: bool,
    /// The content of `--admission-control-config-file`: an `AdmissionConfiguration`.
    pub admission_configuration: Option<String>,
    /// Admission plugins beyond the default ones and `NodeRestriction`.
    pub enable_admission_plugins: Vec<String>,
    /// Default admission plugins to leave out, such as `PodSecurity`.
    pub disable_admission_plugins: Vec<String>,
    /// Feature gates of both servers.
    pub feature_gates: Vec<(String, bool)>,
    /// Values of `--runtime-config`, such as `admissionregistration.k8s.io/v1beta1=true`.
    pub runtime_config: Vec<String>,
    /// `--watch-cache`; `None` leaves the default, which is on.
    pub watch_cache: Option<bool>,
    /// How long Events are kept; `None` leaves the default of one hour. Whole seconds.
    pub event_ttl: Option<Duration>,
    /// The audit policy; `None` takes the one that `docs/control-plane.md` describes.
    pub audit_policy: Option<String>,
    /// More flags of kube-apiserver, after ours.
    pub api_server_flags: Vec<String>,
    /// More flags of kube-controller-manager, after ours.
    pub controller_manager_flags: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            controllers: true,
            admission_configuration: None,
            enable_admission_plugins: Vec::new(),
            disable_admission_plugins: Vec::new(),
            feature_gates: Vec::new(),
            runtime_config: Vec::new(),
            watch_cache: None,
            event_ttl: None,
            audit_policy: None,
            api_server_flags: Vec::new(),
            controller_manager_flags: Vec::new(),
        }
    }
}

impl Options {
    /// Only etcd and kube-apiserver, which start in less time.
    pub fn without_controllers() -> Self {
        Self { controllers: false, ..Self::default() }
    }
}
