//! The JSON API: decisions, why, how we are doing. An OpenAPI document describes it (`openapi`).
//!
//! Lives here: questions over HTTP and who may ask them (`access`). Never lives here: a decision; what is decided
//! again is decided by the engine.

pub(crate) mod access;
mod away;
pub(crate) mod change;
pub(crate) mod decisions;
pub(crate) mod explain;
pub(crate) mod model;
pub(crate) mod openapi;
mod shadow;
mod status;

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use ironhull_server::{Certificates, Exchange, Reply};
use serde::Serialize;
use tokio::sync::{Semaphore, watch};

use self::access::{Guard, Wish};
use super::engine::Engine;
use super::web::problem;

/// How long a question waits for others to be answered.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many are answered at once.
pub(crate) const AT_ONCE: usize = 4;

/// Where everything is.
pub(crate) const ROOT: &str = "/api/v1/";

/// Who answers.
pub(crate) struct Api {
    pub(crate) engine: Arc<Engine>,
    pub(crate) guard: Guard,
    pub(crate) certificates: Certificates,
    pub(crate) ready: watch::Receiver<bool>,
    /// Answers that are being worked out. Reviews go first: who asks too much at once is told to come again.
    pub(crate) threads: Arc<Semaphore>,
}

impl Api {
    /// Answers what is below [`ROOT`].
    pub(crate) async fn answer(self: &Arc<Self>, exchange: &Exchange) -> Reply {
        match self.found(exchange).await {
            Ok(reply) | Err(reply) => reply,
        }
    }

    /// Does on a thread of its own what may take a while.
    async fn work<T: Send + 'static>(
        &self,
        exchange: &Exchange,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Reply> {
        let busy =
            || Reply { retry_after: Some(1), ..problem(429, "too much is being asked at once; try again") };
        let waiting = Arc::clone(&self.threads).acquire_owned();
        let thread = tokio::time::timeout(PATIENCE, waiting).await;
        let thread = thread.map_err(|_| busy())?.map_err(|_| busy())?;
        // It is held until the work is done, even if nobody waits for it any more.
        let task = tokio::task::spawn_blocking(move || {
            let _thread = thread;
            task()
        });
        match tokio::time::timeout_at(exchange.deadline.into(), task).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => Err(problem(500, "the answer could not be worked out")),
            Err(_) => Err(problem(504, "the answer took too long; ask for less, or with a longer ?timeout=")),
        }
    }

    async fn found(self: &Arc<Self>, exchange: &Exchange) -> Result<Reply, Reply> {
        let path = exchange.path.as_str();
        let rest = path.strip_prefix(ROOT).unwrap_or_default();
        if rest == "openapi.json" {
            // Everything that it says is in the documents, too.
            return Ok(Reply::json(200, openapi::text()));
        }
        let caller = self.guard.caller(&exchange.headers).await?;
        let parts: Vec<&str> = rest.split('/').collect();
        let is_get = exchange.method == Method::GET;
        match parts.as_slice() {
            ["status"] if is_get => {
                self.guard.may(&caller, &[Wish::Path(path)]).await?;
                Ok(self.status().await)
            }
            ["shadow"] if is_get => {
                self.guard.may(&caller, &[Wish::Path(path)]).await?;
                self.shadow(exchange).await
            }
            ["decisions"] if is_get => self.decisions(&caller, exchange).await,
            ["decisions", id] if is_get => self.decision(&caller, exchange, id).await,
            ["decisions", id, "evaluate"] if exchange.method == Method::POST => {
                self.evaluate(&caller, exchange, id).await
            }
            ["status" | "shadow" | "decisions"] | ["decisions", _] => {
                Err(problem(405, "this is asked with GET"))
            }
            ["decisions", _, "evaluate"] => Err(problem(405, "this is asked with POST")),
            _ => Err(problem(404, "there is no such path; /api/v1/openapi.json has all")),
        }
    }
}

/// An answer.
fn json(body: &impl Serialize) -> Reply {
    match serde_json::to_vec(body) {
        Ok(body) => Reply::json(200, body),
        Err(_) => problem(500, "the answer cannot be written"),
    }
}

/// What stands behind the question mark.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads it; a name that is not known is an error, as it may be a filter that would not be applied.
    fn read(text: &str, known: &[&str]) -> Result<Self, Reply> {
        let mut pairs = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
                return Err(problem(400, "the query is not percent-encoded UTF-8"));
            };
            if name == "timeout" {
                continue;
            }
            if !known.contains(&name.as_str()) {
                return Err(problem(400, &format!("there is no {name}; there are {}", known.join(", "))));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn is_set(&self, name: &str) -> bool {
        matches!(self.get(name), Some("1" | "true"))
    }
}

/// Without percent-encoding.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit =
                    |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// With percent-encoding, as a part of a query.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// From `7d`, `4h30m` or a time such as `2026-12-24T18:00:00Z`: milliseconds since 1970.
pub(crate) fn since(text: &str, now: i64) -> Result<i64, String> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.as_millisecond());
    }
    span(text).map(|seconds| now.saturating_sub(seconds.saturating_mul(1000))).ok_or_else(|| {
        format!("{text:?} is no time; write how long ago (7d, 4h30m) or when (2026-12-24T18:00:00Z)")
    })
}

/// `7d`, `4h30m`: seconds. More than a hundred years is none.
pub(crate) fn span(text: &str) -> Option<i64> {
    const MOST: i64 = 36_500 * 86_400;
    let mut total: i64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).filter(|end| *end > 0)?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit = match tail.chars().next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        rest = tail.get(1..)?;
    }
    (total <= MOST).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_and_unknown_names_refused() {
        let query = Query::read("namespace=a%2Fb+c&x=&timeout=10s", &["namespace", "x"]).unwrap();
        assert_eq!((query.get("namespace"), query.get("x")), (Some("a/b c"), None));
        assert_eq!(Query::read("namespce=a", &["namespace"]).err().unwrap().status, 400);
        assert_eq!(Query::read("namespace=%zz", &["namespace"]).err().unwrap().status, 400);
        assert_eq!(decoded(&encoded("ä b/c&d")).as_deref(), Some("ä b/c&d"));
    }

    #[test]
    fn times_are_read() {
        assert_eq!(since("7d", 700_000_000), Ok(700_000_000 - 604_800_000));
        assert_eq!(since("4h30m", 0), Ok(-16_200_000));
        assert_eq!(since("1970-01-01T00:00:01Z", 5), Ok(1000));
        for bad in ["", "7", "d", "7x", "-1d", "99999999999d", "9999999999999999999s", "7 d", "soon"] {
            assert!(since(bad, 0).is_err(), "{bad}");
        }
    }
}
