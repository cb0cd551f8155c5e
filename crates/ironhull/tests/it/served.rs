//! A server of ours without a cluster.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ironhull_server::{Authority, Client, Lifetimes};

use crate::run::{Ran, Tree};

/// The token that opens the API.
pub(crate) const TOKEN: &str = "a-token-of-this-test";

/// A server; it ends with this.
pub(crate) struct Served {
    child: Child,
    pub(crate) tree: Tree,
    port: u16,
    pub(crate) probes: u16,
    /// The trace that requests are part of.
    pub(crate) parent: Option<String>,
    runtime: tokio::runtime::Runtime,
}

impl Served {
    /// Starts one that decides by `policies.yaml`, and keeps its record in `record`.
    pub(crate) fn start(files: &[(&str, &str)], arguments: &str) -> Self {
        Self::start_in(files, arguments, &[])
    }

    /// The same, with variables of the environment.
    pub(crate) fn start_in(files: &[(&str, &str)], arguments: &str, variables: &[(&str, &str)]) -> Self {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let tree = Tree::new(&files);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let now = i64::try_from(now).unwrap();
        let day = Duration::from_hours(24);
        let authority = Authority::new(now, Lifetimes { authority: day, server: day }).unwrap();
        let issued =
            authority.issue(&["127.0.0.1".to_owned()], now, Lifetimes { authority: day, server: day });
        let issued = issued.unwrap();
        tree.write("tls/tls.crt", issued.certificate.as_bytes());
        tree.write("tls/tls.key", issued.key.as_bytes());
        tree.write("tls/ca.crt", authority.certificate.as_bytes());
        tree.write("token", TOKEN.as_bytes());
        let (port, probes) = (free_port(), free_port());
        let log = fs::File::create(tree.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_ironhull"))
            .args(["serve", "--offline", "--tls-dir", "tls", "--record", "record", "-p", "policies.yaml"])
            .args(["--address", &format!("127.0.0.1:{port}")])
            .args(["--probe-address", &format!("127.0.0.1:{probes}")])
            .args(arguments.split_whitespace())
            .envs(variables.iter().copied())
            .current_dir(tree.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let served = Self { child, tree, port, probes, parent: None, runtime };
        let begin = Instant::now();
        while !ready(probes) {
            assert!(begin.elapsed() < Duration::from_secs(30), "not ready: {}", served.log());
            std::thread::sleep(Duration::from_millis(30));
        }
        served
    }

    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.tree.path().join("log")).unwrap_or_default()
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks as whoever has the token.
    pub(crate) fn ask(
        &self,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> (u16, serde_json::Value) {
        let authority = fs::read(self.tree.path().join("tls/ca.crt")).unwrap();
        let mut client = Client::new(&self.url(), &authority, token, Duration::from_secs(20)).unwrap();
        if let Some(parent) = &self.parent {
            client = client.with_header("traceparent".parse().unwrap(), parent.parse().unwrap());
        }
        let body = body.map(|body| body.as_bytes().to_vec());
        let (code, answer) = self.runtime.block_on(client.ask(path, body)).unwrap();
        let text = String::from_utf8_lossy(&answer).into_owned();
        (code, serde_json::from_slice(&answer).unwrap_or(serde_json::Value::String(text)))
    }

    /// Sends a review of a creation; the answer is the text of the refusal, if it was refused.
    pub(crate) fn create(&self, path: &str, uid: &str, kind: &str, object: &str) -> Option<String> {
        let (group, version, plural) = match kind {
            "Deployment" => ("apps", "v1", "deployments"),
            _ => ("", "v1", "pods"),
        };
        let object: serde_json::Value = serde_json::from_str(object).unwrap();
        let namespace = object["metadata"]["namespace"].clone();
        let review = serde_json::json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {
                "uid": uid, "operation": "CREATE", "namespace": namespace, "name": object["metadata"]["name"],
                "kind": {"group": group, "version": version, "kind": kind},
                "resource": {"group": group, "version": version, "resource": plural},
                "userInfo": {"username": "jane", "groups": ["developers"]}, "object": object,
            },
        });
        let (code, answer) = self.ask(path, None, Some(&review.to_string()));
        assert_eq!(code, 200, "{answer}");
        let response = &answer["response"];
        (response["allowed"] == false).then(|| response["status"]["message"].as_str().unwrap().to_owned())
    }

    /// Runs a command against this server.
    pub(crate) fn run(&self, words: &str) -> Ran {
        self.tree.run(&format!("{words} --server {} --ca tls/ca.crt --token-file token", self.url()))
    }

    /// Waits until a decision is in the record.
    pub(crate) fn recorded(&self, id: &str) {
        let begin = Instant::now();
        while self.ask(&format!("/api/v1/decisions/{id}"), Some(TOKEN), None).0 != 200 {
            assert!(begin.elapsed() < Duration::from_secs(20), "{id} is not recorded: {}", self.log());
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Ends it, and leaves what it wrote.
    pub(crate) fn end(mut self) -> Tree {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
        std::mem::replace(&mut self.tree, Tree::new(&[]))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The id that a refusal ends with.
pub(crate) fn id(refusal: &str) -> String {
    refusal.rsplit(' ').next().unwrap().to_owned()
}

/// What is at `/metrics`.
pub(crate) fn scrape(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let _ = write!(stream, "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.starts_with("HTTP/1.1 200")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
