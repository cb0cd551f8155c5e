//! `ironhull serve --demo`: everything on one machine, without a cluster.
//!
//! Lives here: the files that are built in, the requests that are sent to the server's own port as an API server would
//! send them, and what is told about it. Never lives here: another way to decide; the server is the real one.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use ironhull_manifest::{Limits, read};
use ironhull_server::Client;
use ironhull_value::{Interner, JsonPatch, PatchDialect, Value};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::live::random_key;

/// What is built in; the files are those of `examples/demo`.
const FILES: [(&str, &str); 4] = [
    ("policies/policies.yaml", include_str!("../../../../examples/demo/policies/policies.yaml")),
    ("policies/exception.yaml", include_str!("../../../../examples/demo/policies/exception.yaml")),
    ("world/namespaces.yaml", include_str!("../../../../examples/demo/world/namespaces.yaml")),
    ("stricter/policies.yaml", include_str!("../../../../examples/demo/stricter/policies.yaml")),
];

const REQUESTS: &str = include_str!("../../../../examples/demo/requests.yaml");

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A directory that is gone at the end, and the token that opens the API.
pub(crate) struct Demo {
    dir: TempDir,
    token: String,
}

/// Where the server of the demo is.
pub(crate) struct Address {
    pub(crate) reviews: SocketAddr,
    pub(crate) probes: SocketAddr,
    /// The certificates that it is trusted by, as PEM.
    pub(crate) authorities: String,
}

/// What became of one request.
struct Answer {
    about: String,
    outcome: &'static str,
    /// The id of the decision that says most.
    id: Option<String>,
    why: String,
}

impl Demo {
    /// Writes its files. Only their owner may read them: the token is among them.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("ironhull-demo-").tempdir();
        let dir = dir.context("making a directory for the demo")?;
        let token = random_key()?.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let demo = Self { dir, token };
        for (name, text) in FILES {
            demo.write(name, text)?;
        }
        demo.write("token", &demo.token)?;
        Ok(demo)
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.place(name);
        let told = || path.display().to_string();
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).with_context(told)?;
        std::fs::write(&path, text).with_context(told)
    }

    fn place(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What is decided by.
    pub(crate) fn policies(&self) -> Vec<PathBuf> {
        vec![self.place("policies"), self.place("world")]
    }

    /// The file with the token of the API.
    pub(crate) fn token_file(&self) -> PathBuf {
        self.place("token")
    }

    /// Sends the requests, and tells what came of them and what to try next.
    ///
    /// # Errors
    /// When the server does not answer as it should: then there is nothing to be shown.
    pub(crate) async fn play(&self, address: &Address) -> anyhow::Result<String> {
        self.write("ca.crt", &address.authorities)?;
        let url = format!("https://{}", address.reviews);
        let authorities = address.authorities.as_bytes();
        let client = Client::new(&url, authorities, None, PATIENCE).context("asking our own server")?;
        let parsed = read("requests.yaml", REQUESTS.as_bytes(), &Limits::default(), &mut Interner::new());
        let mut answers = Vec::new();
        for (number, document) in parsed.documents.iter().enumerate() {
            answers.push(request(&client, number, &document.value).await?);
        }
        Ok(self.told(&url, address.probes, &answers))
    }

    fn told(&self, url: &str, probes: SocketAddr, answers: &[Answer]) -> String {
        let mut out = format!(
            "Ironhull answers admission reviews on {url}, without a cluster. Ctrl-C ends it and leaves nothing.\n\n\
             {} requests came in, as an API server sends them:\n\n",
            answers.len()
        );
        let widest = answers.iter().map(|answer| answer.about.len()).max().unwrap_or_default();
        for answer in answers {
            let Answer { about, outcome, id, why } = answer;
            let id = id.as_deref().unwrap_or("            ");
            let line = format!("  {outcome:<8}  {about:<widest$}  {id}  {why}");
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let refused = answers.iter().filter(|answer| answer.outcome == "refused");
        let ids: Vec<&str> = refused.filter_map(|answer| answer.id.as_deref()).collect();
        let place = |name: &str| self.place(name).display().to_string();
        let _ = write!(
            out,
            "\nTry this in another terminal:\n\n  \
             export IRONHULL_SERVER={url}\n  \
             export IRONHULL_CA={}\n  \
             export IRONHULL_TOKEN={}\n",
            place("ca.crt"),
            self.token
        );
        out.push_str("  ironhull status\n");
        if let Some(id) = ids.first() {
            let _ = writeln!(out, "  ironhull why {id}");
            let _ = writeln!(out, "  ironhull except {id} --for 4h --owner me --reason \"a trial\"");
        }
        if let Some(id) = ids.last().filter(|_| ids.len() > 1) {
            let _ = writeln!(out, "  ironhull why {id}");
        }
        let _ = writeln!(out, "  ironhull replay --policy {} --since 1h", place("stricter"));
        let _ = writeln!(
            out,
            "  curl --cacert $IRONHULL_CA -H \"Authorization: Bearer $IRONHULL_TOKEN\" \
             \"$IRONHULL_SERVER/api/v1/decisions?outcome=denied\"\n  \
             curl http://{probes}/metrics"
        );
        let _ = writeln!(
            out,
            "\nThe policies are in {}. Yours can be tried the same way: ironhull serve --demo --policy DIR",
            place("policies")
        );
        out
    }
}

/// An address of this machine alone: the usual port if it is free, else any.
pub(crate) fn loopback(usual: u16) -> SocketAddr {
    let own = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let is_free = TcpListener::bind((own, usual)).is_ok();
    SocketAddr::new(own, if is_free { usual } else { 0 })
}

/// One request, on the way that it takes through an API server: it is changed, and then judged.
async fn request(client: &Client, number: usize, object: &Value) -> anyhow::Result<Answer> {
    let text = |path: &[&str]| object.dig_str(path).unwrap_or_default();
    let (namespace, name) = (text(&["metadata", "namespace"]), text(&["metadata", "name"]));
    let about = format!("{} {namespace}/{name}", text(&["kind"]));
    let mut answer = Answer { about, outcome: "allowed", id: None, why: String::new() };
    let mut object = object.clone();
    for path in ["/mutate", "/validate", "/pod-security"] {
        let body = review(&format!("demo-{number}-{}", &path[1..]), &object);
        let (code, body) = client.ask(path, Some(body.to_string().into_bytes())).await?;
        ensure!(code == 200, "our own server answered {code}: {}", String::from_utf8_lossy(&body));
        let found: Json = serde_json::from_slice(&body).context("the answer of our own server")?;
        let found = &found["response"];
        let annotation = |key: &str| found["auditAnnotations"][key].as_str().map(ToOwned::to_owned);
        if found["allowed"] != Json::Bool(true) {
            answer.outcome = "refused";
            answer.id = annotation("decision");
            answer.why = short(found["status"]["message"].as_str().unwrap_or_default());
            break;
        }
        if let Some(patch) = found["patch"].as_str() {
            object = changed(&object, patch)?;
            answer = Answer { outcome: "changed", id: annotation("decision"), ..answer };
            "by a policy that mutates".clone_into(&mut answer.why);
        }
        if let Some(exceptions) = annotation("exceptions") {
            answer = Answer { id: annotation("decision"), ..answer };
            answer.why = format!("let through by the exception {exceptions}");
        }
    }
    Ok(answer)
}

/// What an API server sends when an object is created.
fn review(uid: &str, object: &Value) -> Json {
    let text = |path: &[&str]| object.dig_str(path).unwrap_or_default();
    let version = text(&["apiVersion"]);
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let plural = format!("{}s", text(&["kind"]).to_lowercase());
    let kind = json!({ "group": group, "version": version, "kind": text(&["kind"]) });
    let resource = json!({ "group": group, "version": version, "resource": plural });
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": uid,
            "operation": "CREATE",
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "namespace": text(&["metadata", "namespace"]),
            "name": text(&["metadata", "name"]),
            "userInfo": { "username": "jane", "groups": ["developers", "system:authenticated"] },
            "object": object,
        },
    })
}

fn changed(object: &Value, patch: &str) -> anyhow::Result<Value> {
    use base64::Engine as _;
    let patch = base64::engine::general_purpose::STANDARD.decode(patch).context("the patch")?;
    let patch: Value = serde_json::from_slice(&patch).context("the patch")?;
    let patch = JsonPatch::parse(&patch, PatchDialect::Rfc6902)?;
    Ok(patch.apply(object, PatchDialect::Rfc6902)?)
}

/// The line of a refusal that says why, as much of it as fits.
fn short(message: &str) -> String {
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // The message of a policy names the rule and what it says; that of Pod Security is one line.
    let line = lines.iter().find(|line| line.contains("validation error:")).or(lines.first());
    let line = line.copied().unwrap_or_default();
    let line = line.split_once("validation error: ").map_or(line, |(_, rest)| rest);
    let line = line.split(". rule ").next().unwrap_or(line).trim_matches('\'');
    if line.chars().count() <= 70 {
        return line.to_owned();
    }
    let cut: String = line.chars().take(69).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read_whole() {
        for (name, text) in FILES.into_iter().chain([("requests.yaml", REQUESTS)]) {
            let parsed = read(name, text.as_bytes(), &Limits::default(), &mut Interner::new());
            assert!(parsed.diagnostics.is_empty() && !parsed.documents.is_empty(), "{name}");
        }
    }

    #[test]
    fn of_a_refusal_the_reason_is_told() {
        let text = "\n\nresource Pod/shop/web was blocked due to the following policies\n\nteam-label:\n  \
                    has-a-team: 'validation error: Say who. rule has-a-team failed at path /metadata/labels/'\n";
        assert_eq!(short(text), "Say who");
        assert_eq!(short(&"a".repeat(80)).chars().count(), 70);
        assert_eq!(short(""), "");
    }
}
