//! A process of ours that serves.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ironhull_testkit::control_plane::ControlPlane;

use crate::world::wait_for;

/// There is one registration in a cluster, so one test serves at a time.
static ONE: Mutex<()> = Mutex::new(());

/// Whoever has this is the only one who serves.
pub(crate) type Alone = MutexGuard<'static, ()>;

/// Waits until nobody serves.
pub(crate) fn alone() -> Alone {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

static TURN: Mutex<()> = Mutex::new(());

/// Tests that have a part of the cluster to themselves take turns.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process of ours; it and its registration end with this.
pub(crate) struct Served {
    child: Child,
    admin: PathBuf,
    _one: Alone,
    pub(crate) port: u16,
    probes: u16,
    pub(crate) dir: tempfile::TempDir,
}

impl Served {
    /// Starts one and waits until it is ready and registered.
    pub(crate) fn start(plane: &ControlPlane, arguments: &[&str]) -> Self {
        let served = Self::begin(plane, arguments);
        served.wait_ready();
        served
    }

    /// Starts one.
    pub(crate) fn begin(plane: &ControlPlane, arguments: &[&str]) -> Self {
        Self::begin_alone(alone(), plane, arguments)
    }

    /// Starts one for whoever kept others from it.
    pub(crate) fn begin_alone(one: Alone, plane: &ControlPlane, arguments: &[&str]) -> Self {
        let admin = plane.kubeconfig_admin().expect("a kubeconfig");
        let dir = tempfile::tempdir().expect("a folder");
        let (port, probes) = (free_port(), free_port());
        let child =
            command(plane, &dir.path().to_owned(), port, probes, arguments).spawn().expect("ironhull");
        Self { child, admin, _one: one, port, probes, dir }
    }

    pub(crate) fn wait_ready(&self) {
        wait_for("ironhull is ready", Duration::from_secs(30), || {
            (self.probe("/readyz")?.starts_with("HTTP/1.1 200")).then_some(())
        });
    }

    /// The answer of the plain port.
    pub(crate) fn probe(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.probes)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Runs `ironhull` against it as a service account.
    pub(crate) fn ask(
        &self,
        plane: &ControlPlane,
        account: (&str, &str),
        words: &[&str],
    ) -> std::process::Output {
        let token = plane.service_account_token(account.0, account.1).expect("a token");
        Command::new(env!("CARGO_BIN_EXE_ironhull"))
            .args(words)
            .current_dir(self.dir.path())
            .env("IRONHULL_TOKEN", token)
            .env("IRONHULL_SERVER", format!("https://127.0.0.1:{}", self.port))
            .env("KUBECONFIG", &self.admin)
            .output()
            .expect("ironhull")
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends it as the kubelet does.
    pub(crate) fn terminate(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }

    /// Starts it again, on the same ports.
    pub(crate) fn again(&mut self, plane: &ControlPlane, arguments: &[&str]) {
        self.child = command(plane, &self.dir.path().to_owned(), self.port, self.probes, arguments)
            .spawn()
            .expect("ironhull");
        self.wait_ready();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
        // What is registered would refuse what the next test does.
        let configurations = "validatingwebhookconfigurations,mutatingwebhookconfigurations";
        if let Ok(kubectl) = std::env::var("IRONHULL_KUBECTL") {
            let _ = Command::new(kubectl)
                .arg("--kubeconfig")
                .arg(&self.admin)
                .args([
                    "delete",
                    configurations,
                    "-l",
                    "app.kubernetes.io/managed-by=ironhull",
                    "--ignore-not-found",
                ])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "--- log of ironhull\n{}", self.log());
        }
    }
}

fn command(plane: &ControlPlane, dir: &PathBuf, port: u16, probes: u16, arguments: &[&str]) -> Command {
    let log = fs::OpenOptions::new().create(true).append(true).open(dir.join("log")).expect("a log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ironhull"));
    command
        .arg("serve")
        .arg("--kubeconfig")
        .arg(plane.kubeconfig_admin().expect("a kubeconfig"))
        .args(["--address", &format!("127.0.0.1:{port}")])
        .args(["--probe-address", &format!("127.0.0.1:{probes}")])
        .args(["--url", &format!("https://127.0.0.1:{port}")])
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}
