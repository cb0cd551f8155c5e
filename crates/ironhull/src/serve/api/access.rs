//! Who may ask: the cluster says who a token belongs to, and what they may see.
//!
//! Paths are asked for with `/ironhull` before them. The API server's own `/api/…` may be read by every account that
//! there is (the ClusterRole system:discovery), and that must not open ours.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use ironhull_kube::{Cluster, ResourcePath, Write};
use ironhull_server::Reply;
use ironhull_value::Value;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::serve::web::problem;

/// How long an answer of the cluster counts.
const FRESH: Duration = Duration::from_secs(10);

/// How many answers are remembered.
const MOST: usize = 1024;

/// How many questions wait for the cluster at once; more are sent away.
const WAITING: usize = 16;

type Key = [u8; 32];

/// Who decides about it.
pub(crate) enum Guard {
    /// The cluster.
    Cluster(Box<Asked>),
    /// One token opens everything: there is no cluster.
    Token(Key),
    /// Nobody may ask.
    Off,
}

/// A cluster that is asked, and what it said lately.
pub(crate) struct Asked {
    cluster: Cluster,
    room: Semaphore,
    known: Mutex<HashMap<(Key, String), (Instant, Json)>>,
}

/// Whoever asks.
pub(crate) struct Caller {
    key: Key,
    /// `username`, `uid`, `groups` and `extra`; null where a token is enough.
    user: Json,
}

/// What somebody wants to see.
#[derive(Clone, Debug)]
pub(crate) enum Wish<'a> {
    /// A path.
    Path(&'a str),
    /// The decisions about a namespace.
    Namespace(&'a str),
}

impl Guard {
    /// The cluster.
    pub(crate) fn cluster(cluster: Cluster) -> Self {
        let known = Mutex::new(HashMap::new());
        Self::Cluster(Box::new(Asked { cluster, room: Semaphore::new(WAITING), known }))
    }

    /// The token of a file.
    pub(crate) fn file(path: &Path) -> anyhow::Result<Self> {
        use anyhow::Context as _;
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let token = text.trim();
        anyhow::ensure!(token.len() >= 16, "{}: a token needs at least 16 letters", path.display());
        Ok(Self::Token(hash(token)))
    }

    /// Who asks. An error is the answer.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Reply> {
        if matches!(self, Self::Off) {
            return Err(problem(404, "the API is off: without a cluster it needs --api-token-file"));
        }
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim())
        });
        let Some(token) = token else {
            return Err(problem(401, "a token is needed: `Authorization: Bearer …`"));
        };
        let key = hash(token);
        match self {
            Self::Off => Err(problem(404, "the API is off")),
            Self::Token(own) if *own == key => Ok(Caller { key, user: Json::Null }),
            Self::Token(_) => Err(problem(401, "the token is not the one of --api-token-file")),
            Self::Cluster(asked) => {
                let review = json!({
                    "apiVersion": "authentication.k8s.io/v1",
                    "kind": "TokenReview",
                    "spec": { "token": token },
                });
                let status = asked.status(key, "", "authentication.k8s.io", "tokenreviews", &review).await?;
                if status["authenticated"] != Json::Bool(true) {
                    return Err(problem(401, "the cluster does not know the token"));
                }
                Ok(Caller { key, user: status["user"].clone() })
            }
        }
    }

    /// Whether somebody may see any of this. An error is the answer.
    pub(crate) async fn may(&self, caller: &Caller, wishes: &[Wish<'_>]) -> Result<(), Reply> {
        let Self::Cluster(asked) = self else { return Ok(()) };
        for wish in wishes {
            if asked.allows(caller, wish).await? {
                return Ok(());
            }
        }
        let who = caller.user["username"].as_str().unwrap_or_default();
        let wanted: Vec<String> = wishes.iter().map(Wish::right).collect();
        Err(problem(403, &format!("{who} may not see this: it takes {}", wanted.join(", or "))))
    }
}

impl Wish<'_> {
    /// The right that it takes.
    fn right(&self) -> String {
        match self {
            Self::Path(path) => format!("`get` on the nonResourceURL /ironhull{path}"),
            Self::Namespace(name) => format!("`get` on decisions.ironhull.dev in the namespace {name}"),
        }
    }

    fn attributes(&self) -> (&'static str, Json) {
        match self {
            Self::Path(path) => {
                ("nonResourceAttributes", json!({ "path": format!("/ironhull{path}"), "verb": "get" }))
            }
            Self::Namespace(name) => (
                "resourceAttributes",
                json!({ "group": "ironhull.dev", "resource": "decisions", "verb": "get", "namespace": name }),
            ),
        }
    }
}

impl Asked {
    async fn allows(&self, caller: &Caller, wish: &Wish<'_>) -> Result<bool, Reply> {
        let (field, attributes) = wish.attributes();
        let user = &caller.user;
        let mut spec = json!({ "user": user["username"], "groups": user["groups"] });
        for key in ["uid", "extra"] {
            if !user[key].is_null() {
                spec[key] = user[key].clone();
            }
        }
        spec[field] = attributes;
        let what = spec[field].to_string();
        let review =
            json!({ "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec });
        let status =
            self.status(caller.key, &what, "authorization.k8s.io", "subjectaccessreviews", &review).await?;
        Ok(status["allowed"] == Json::Bool(true) && status["denied"] != Json::Bool(true))
    }

    /// The status that the cluster gives a review, from memory if it gave it a moment ago.
    async fn status(
        &self,
        key: Key,
        what: &str,
        group: &str,
        plural: &str,
        review: &Json,
    ) -> Result<Json, Reply> {
        let place = (key, what.to_owned());
        let known = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&place).filter(|(at, _)| at.elapsed() < FRESH).map(|(_, status)| status.clone())
        };
        if let Some(status) = known {
            return Ok(status);
        }
        let Ok(_room) = self.room.try_acquire() else {
            return Err(Reply { retry_after: Some(1), ..problem(429, "too many ask at once") });
        };
        let failed = |why: &str| {
            problem(
                503,
                &format!("whether you may see this cannot be told: the API server was asked and {why}"),
            )
        };
        let path = ResourcePath::new(group, "v1", plural);
        let value: Value =
            serde_json::from_value(review.clone()).map_err(|_| failed("the question is none"))?;
        let answer = self.cluster.create(&path, &value, Write::default()).await;
        let answer = answer.map_err(|failure| failed(&failure.to_string()))?;
        let status = answer.get("status").map(|status| json!(status)).unwrap_or_default();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (at, _)| at.elapsed() < FRESH);
            if known.len() >= MOST {
                known.clear();
            }
        }
        known.insert(place, (Instant::now(), status.clone()));
        Ok(status)
    }
}

fn hash(token: &str) -> Key {
    Sha256::digest(token.as_bytes()).into()
}
