//! A small API server: named answers by path, and all that was asked of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ironhull_kube::{ClusterOptions, KubeError, Listed, list};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

/// One answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) delay: Duration,
    pub(crate) headers: &'static str,
}

/// 200 with JSON.
pub(crate) fn ok(body: impl Into<String>) -> Answer {
    Answer { status: 200, body: body.into(), delay: Duration::ZERO, headers: "" }
}

/// A refusal with a `Status`.
pub(crate) fn refuse(status: u16, message: &str) -> Answer {
    let body = format!(r#"{{"kind":"Status","apiVersion":"v1","message":"{message}","code":{status}}}"#);
    Answer { status, ..ok(body) }
}

/// A request: path, decoded query, headers.
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: String,
}

type Handler = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A running server. Its threads end with the process.
pub(crate) struct Server {
    pub(crate) url: String,
    directory: TempDir,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server that answers by `handler`.
    pub(crate) fn start(handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::with_tls(None, handler)
    }

    /// The same over TLS.
    pub(crate) fn with_tls(
        tls: Option<Arc<ServerConfig>>,
        handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let (handler, own_log): (Arc<Handler>, _) = (Arc::new(handler), log.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log, tls) = (handler.clone(), own_log.clone(), tls.clone());
                std::thread::spawn(move || {
                    if let Some(tls) = tls {
                        let connection = ServerConnection::new(tls).unwrap();
                        serve(StreamOwned::new(connection, stream), &*handler, &log);
                    } else {
                        serve::<TcpStream>(stream, &*handler, &log);
                    }
                });
            }
        });
        Self { url, directory: tempfile::tempdir().unwrap(), log }
    }

    /// Paths with queries, in the order they were asked for.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// A kubeconfig with this text in place of the defaults for cluster and user.
    pub(crate) fn kubeconfig(&self, cluster: &str, user: &str) -> PathBuf {
        let path = self.directory.path().join("config");
        std::fs::write(&path, kubeconfig(&self.url, cluster, user)).unwrap();
        path
    }

    /// Options for these kinds.
    pub(crate) fn options(&self, kinds: &[(&str, &str)]) -> ClusterOptions {
        ClusterOptions {
            kubeconfig: Some(self.kubeconfig("", "{token: the-token}")),
            kinds: kinds.iter().map(|(group, kind)| ((*group).into(), (*kind).into())).collect(),
            timeout: Duration::from_secs(10),
            ..ClusterOptions::default()
        }
    }

    /// Lists these kinds.
    pub(crate) fn list(&self, kinds: &[(&str, &str)]) -> Result<Listed, KubeError> {
        list(&self.options(kinds), &|_, _| {})
    }
}

/// A kubeconfig with the contexts `test` (current) and `other`.
pub(crate) fn kubeconfig(url: &str, cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\ncontexts:\n\
         - {{name: test, context: {{cluster: c, user: u}}}}\n\
         - {{name: other, context: {{cluster: gone, user: u}}}}\n\
         clusters: [{{name: c, cluster: {{server: '{url}'{cluster}}}}}]\nusers: [{{name: u, user: {user}}}]\n"
    )
}

/// Answers one request; every connection is closed after it.
fn serve<S: Read + Write>(mut stream: S, handler: &Handler, log: &Mutex<Vec<String>>) {
    let mut head = String::new();
    let mut reader = BufReader::new(&mut stream);
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let line = head.lines().next().unwrap();
    let target = line.split(' ').nth(1).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = query.replace("%3D", "=").replace("%2C", ",");
    log.lock().unwrap().push(format!("{path}?{query}").trim_end_matches('?').to_owned());
    let asked = Asked { path: path.to_owned(), query, headers: head.to_ascii_lowercase() };
    let answer = handler(&asked);
    std::thread::sleep(answer.delay);
    let length = answer.body.len();
    let head = format!(
        "HTTP/1.1 {} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{}\r\n",
        answer.status, answer.headers
    );
    // A client that has given up is no failure of the test.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(answer.body.as_bytes()));
    let _ = stream.flush();
}

/// A healthy server of Kubernetes 1.33 with pods, secrets, namespaces and deployments; `special` may answer
/// first.
pub(crate) fn healthy(
    special: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
) -> impl Fn(&Asked) -> Answer + Send + Sync {
    move |asked| special(asked).unwrap_or_else(|| usual(asked))
}

fn usual(asked: &Asked) -> Answer {
    match asked.path.as_str() {
        "/version" => ok(r#"{"gitVersion":"v1.33.1"}"#),
        "/api" => ok(discovery(&[("", &[("v1", CORE)])])),
        "/apis" => ok(discovery(&[("apps", &[("v1", APPS)]), ("authentication.k8s.io", &[("v1", REVIEW)])])),
        "/api/v1/pods" => {
            ok(items(&[r#"{"metadata":{"name":"a","namespace":"shop","uid":"u1","resourceVersion":"7"}}"#]))
        }
        "/api/v1/namespaces" => ok(items(&[r#"{"metadata":{"name":"shop"}}"#])),
        "/apis/apps/v1/deployments" => {
            ok(items(&[r#"{"metadata":{"name":"web","namespace":"shop"},"spec":{"replicas":2}}"#]))
        }
        "/api/v1/namespaces/shop" => ok(r#"{"metadata":{"name":"shop"}}"#),
        "/api/v1/namespaces/shop/pods" => ok(items(&[])),
        _ => refuse(404, "the server could not find the requested resource"),
    }
}

const CORE: &[(&str, &str, &str, &str)] = &[
    ("pods", "Pod", "Namespaced", "list"),
    ("secrets", "Secret", "Namespaced", "list"),
    ("namespaces", "Namespace", "Cluster", "list"),
];
const APPS: &[(&str, &str, &str, &str)] = &[("deployments", "Deployment", "Namespaced", "list")];
const REVIEW: &[(&str, &str, &str, &str)] = &[("tokenreviews", "TokenReview", "Cluster", "create")];

/// A version with plural, kind, scope and verb of its resources.
pub(crate) type Rows<'a> = (&'a str, &'a [(&'a str, &'a str, &'a str, &'a str)]);

/// An aggregated discovery document.
pub(crate) fn discovery(groups: &[(&str, &[Rows<'_>])]) -> String {
    let row = |(plural, kind, scope, verb): &(&str, &str, &str, &str)| {
        format!(
            r#"{{"resource":"{plural}","responseKind":{{"group":"","version":"","kind":"{kind}"}},"scope":"{scope}","verbs":["get","{verb}"]}}"#
        )
    };
    let version = |(name, rows): &Rows<'_>| {
        let rows: Vec<_> = rows.iter().map(row).collect();
        format!(r#"{{"version":"{name}","freshness":"Current","resources":[{}]}}"#, rows.join(","))
    };
    let group = |(name, versions): &(&str, &[Rows<'_>])| {
        let versions: Vec<_> = versions.iter().map(version).collect();
        format!(r#"{{"metadata":{{"name":"{name}"}},"versions":[{}]}}"#, versions.join(","))
    };
    let groups: Vec<_> = groups.iter().map(group).collect();
    format!(
        r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{}]}}"#,
        groups.join(",")
    )
}

/// A list of these items, as the last page.
pub(crate) fn items(items: &[&str]) -> String {
    page(items, "")
}

/// A page, with where the next one starts.
pub(crate) fn page(items: &[&str], next: &str) -> String {
    format!(
        r#"{{"kind":"List","apiVersion":"v1","metadata":{{"continue":"{next}"}},"items":[{}]}}"#,
        items.join(",")
    )
}
