//! Processes of ours in the two roles that `ironhull install` gives to Deployments, each with its own account.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use ironhull_testkit::control_plane::ControlPlane;

use crate::world::wait_for;

/// The namespace that is installed into.
pub(crate) const NAMESPACE: &str = "ironhull-system";

/// A process of ours with the account of its role; it ends with this.
pub(crate) struct Role {
    child: Child,
    pub(crate) probes: u16,
    log: tempfile::TempDir,
}

impl Role {
    /// Starts `serve --role ROLE` as the service account `ironhull-ROLE`.
    pub(crate) fn start(plane: &ControlPlane, role: &str, arguments: &[&str]) -> Self {
        let log = tempfile::tempdir().expect("a folder");
        let probes = free_port();
        let account = plane.service_account_kubeconfig(NAMESPACE, &format!("ironhull-{role}"));
        let child = Command::new(env!("CARGO_BIN_EXE_ironhull"))
            .args(["serve", "--role", role, "--mode", "auto", "--kubeconfig"])
            .arg(account.expect("an account"))
            .args(["--probe-address", &format!("127.0.0.1:{probes}")])
            .args(arguments)
            .current_dir(log.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(log.path().join("log")).expect("a log"))
            .spawn()
            .expect("ironhull");
        Self { child, probes, log }
    }

    /// Whether it says that it is ready.
    pub(crate) fn is_ready(&self) -> bool {
        is_ready(self.probes)
    }

    #[track_caller]
    pub(crate) fn wait_ready(&self) {
        wait_for("the role is ready", Duration::from_secs(30), || self.is_ready().then_some(()));
    }

    /// Ends it as the kubelet does, and waits until it is gone.
    pub(crate) fn terminate(mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            tell(&format!("--- log of a role\n{}", self.log()));
        }
    }
}

/// Whether whoever answers probes on a port says that it is ready.
pub(crate) fn is_ready(probes: u16) -> bool {
    let answer = || {
        let mut stream = TcpStream::connect(("127.0.0.1", probes)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    };
    answer().is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// For whoever runs the test.
#[expect(clippy::print_stderr, reason = "figures, and the log of what failed")]
pub(crate) fn tell(text: &str) {
    eprintln!("{text}");
}

/// Runs a command of ours that ends by itself.
pub(crate) fn ironhull(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ironhull")).args(arguments).output().expect("ironhull")
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

/// What the kubelet does with a mounted Secret: writes its data into files. Says whether there were any.
pub(crate) fn mount(plane: &ControlPlane, secret: &str, dir: &Path) -> bool {
    let path = format!("/api/v1/namespaces/{NAMESPACE}/secrets/{secret}");
    let found = plane.client_admin().expect("a client").get(&path).expect("an answer");
    let Some(data) = found.body["data"].as_object() else { return false };
    for name in ["tls.key", "tls.crt"] {
        let Some(text) = data.get(name).and_then(serde_json::Value::as_str) else { return false };
        let next = dir.join(format!("{name}.next"));
        fs::write(&next, decoded(text)).expect("a file");
        fs::rename(next, dir.join(name)).expect("a file");
    }
    true
}

fn decoded(text: &str) -> Vec<u8> {
    let mut child = Command::new("base64")
        .arg("-d")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("base64");
    child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("written");
    child.wait_with_output().expect("base64").stdout
}
