//! A request and its answer, as a handler sees them.

use std::future::Future;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method};

/// The longest time that Kubernetes waits for a webhook.
const LONGEST: Duration = Duration::from_secs(30);

/// What the API server waits where a registration does not say.
const USUAL: Duration = Duration::from_secs(10);

/// A request that was read whole.
#[derive(Debug)]
pub struct Exchange {
    /// How it asks.
    pub method: Method,
    /// For what, `/validate/fail`.
    pub path: String,
    /// What stands behind the question mark.
    pub query: String,
    /// The header.
    pub headers: HeaderMap,
    /// The body; empty if there is none.
    pub body: Bytes,
    /// When it must be answered.
    pub deadline: Instant,
    /// Whether TLS protects it.
    pub is_protected: bool,
    /// Whether whoever asks showed a certificate of an authority by which clients are known.
    pub is_known: bool,
}

/// The answer.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP code.
    pub status: u16,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
    /// For how many seconds one should not ask again, for 429 and 503.
    pub retry_after: Option<u32>,
}

impl Reply {
    /// JSON.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, content_type: "application/json", body: body.into(), retry_after: None }
    }

    /// Text.
    pub fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: body.into(), retry_after: None }
    }
}

/// Who answers.
pub trait Handler: Send + Sync + 'static {
    /// Answers. The body was read, within the limits.
    fn handle(&self, exchange: Exchange) -> impl Future<Output = Reply> + Send;

    /// Whether the server is about to end, so that clients had better ask another one from now on.
    fn is_leaving(&self) -> bool {
        false
    }

    /// Told of a request that was not handled: too large, no room, broken off.
    fn refused(&self, path: &str, status: u16) {
        let _ = (path, status);
    }
}

/// The time that a caller gives: `?timeout=10s`, as the API server writes it; a tenth is kept for the way back.
pub(crate) fn patience(query: &str) -> Duration {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("timeout="));
    let given = value.and_then(duration).unwrap_or(USUAL).min(LONGEST);
    given.mul_f64(0.9)
}

/// `10s`, `500ms`, `1m0s`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let number: f64 = number.parse().ok()?;
        let unit = tail.find(|letter: char| letter.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit)?;
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
        rest = tail;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_patience_is_read_as_go_writes_it() {
        for (query, milliseconds) in [
            ("timeout=10s", 9000),
            ("timeout=500ms", 450),
            ("timeout=1s", 900),
            ("a=b&timeout=2.5s", 2250),
            ("timeout=1m0s", 27_000),
            ("", 9000),
            ("timeout=", 9000),
            ("timeout=soon", 9000),
            ("timeout=99999999999999999999h", 9000),
            ("timeout=18000000000000000000s18000000000000000000s", 9000),
        ] {
            assert_eq!(patience(query), Duration::from_millis(milliseconds), "{query}");
        }
    }
}
