//! A real control plane for tests: etcd, kube-apiserver and kube-controller-manager on loopback.
//!
//! Lives here: starting, stopping and asking them; their certificates; the audit log; a hollow node.
//! Never lives here: what a test does with them. `docs/control-plane.md` is the page of this harness.

mod audit;
mod certificate;
mod client;
mod commands;
mod connection;
mod error;
mod guard;
mod hollow_node;
mod kubeconfig;
mod kubectl;
mod options;
mod pki;
mod pod_status;
mod process;
mod start;

pub use client::{Answer, Client, JSON, MERGE_PATCH};
pub use connection::Connection;
pub use error::ControlPlaneError;
pub use hollow_node::HollowNode;
pub use options::Options;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use guard::Guard;
use pki::Pki;
use process::Process;
use tempfile::TempDir;

/// The variable that names the folder with `etcd`, `kube-apiserver` and `kube-controller-manager`.
pub const PROGRAMS: &str = "IRONHULL_CONTROL_PLANE";
/// The variable that names the `kubectl` that tests run.
pub const KUBECTL: &str = "IRONHULL_KUBECTL";

/// A running control plane. Everything it started ends with it, also when the test's process is killed.
#[derive(Debug)]
pub struct ControlPlane {
    options: Options,
    programs: PathBuf,
    etcd: SocketAddr,
    address: SocketAddr,
    // Dropped in this order: the controllers and the API server stop before their store.
    controller_manager: Option<Process>,
    api_server: Option<Process>,
    store: Process,
    guard: Guard,
    pki: Pki,
    dir: TempDir,
}

impl ControlPlane {
    /// Starts a control plane and waits until it is ready: the API server answers `/readyz` with 200, and with
    /// controllers the ServiceAccount `default` of the namespace `default` is there.
    ///
    /// `None`, and a line `SKIPPED: …`, when [`PROGRAMS`] is not set or the folder lacks a program that
    /// `options` ask for. Everything else that goes wrong is an error with the ends of the logs.
    pub fn start(options: &Options) -> Result<Option<Self>, ControlPlaneError> {
        start::start(options)
    }

    /// Where the API server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address with its scheme, as `kubectl --server` takes it.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The folder of this control plane: logs, keys, kubeconfigs. Gone after drop.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The certificate of the authority that signed the API server's and every client's certificate, as PEM.
    pub fn authority(&self) -> PathBuf {
        self.pki.authority_file(self.dir())
    }

    /// Kills the API server as `kill -9` does. What asks it gets refused connections.
    pub fn kill_api_server(&mut self) -> Result<(), ControlPlaneError> {
        self.api_server = None;
        self.tell_guard()
    }

    /// Starts the API server at the same address and on the same data, after killing it if it runs.
    pub fn restart_api_server(&mut self) -> Result<(), ControlPlaneError> {
        self.kill_api_server()?;
        self.api_server = Some(Process::spawn(commands::api_server(self), self.dir())?);
        self.tell_guard()?;
        start::wait_for_api_server(self)
    }

    /// Kills the controllers: nothing is reconciled or collected any more.
    pub fn stop_controller_manager(&mut self) -> Result<(), ControlPlaneError> {
        self.controller_manager = None;
        self.tell_guard()
    }

    /// Starts the controllers unless they run.
    pub fn start_controller_manager(&mut self) -> Result<(), ControlPlaneError> {
        if self.controller_manager.is_none() {
            self.controller_manager = Some(Process::spawn(commands::controller_manager(self)?, self.dir())?);
        }
        self.tell_guard()
    }

    /// The process ids of what runs: store, API server, controllers.
    pub fn process_ids(&self) -> Vec<u32> {
        self.processes().map(Process::id).collect()
    }

    /// The ends of the logs, for the message of a failed test.
    pub fn log_tails(&self) -> String {
        self.processes().map(Process::tail).collect()
    }

    fn processes(&self) -> impl Iterator<Item = &Process> {
        [Some(&self.store), self.api_server.as_ref(), self.controller_manager.as_ref()].into_iter().flatten()
    }

    fn tell_guard(&mut self) -> Result<(), ControlPlaneError> {
        let ids = self.process_ids();
        self.guard.watch(&ids)
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if std::thread::panicking() {
            use std::io::Write as _;
            let _ = std::io::stderr().write_all(self.log_tails().as_bytes());
        }
    }
}
