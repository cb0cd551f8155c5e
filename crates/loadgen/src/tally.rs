//! What came of the requests.

use std::time::Duration;

use serde::Deserialize;

use crate::Histogram;

/// Why a request has no answer that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// No connection.
    Connect,
    /// The connection was lost before the answer.
    Broken,
    /// No answer in time.
    Timeout,
    /// Another HTTP code than 200.
    Status(u16),
    /// Not an `AdmissionReview`.
    NotAReview,
    /// The answer to another review.
    WrongUid,
}

impl Failure {
    /// Its name in reports.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Connect => "connect".to_owned(),
            Self::Broken => "broken".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Status(code) => format!("status-{code}"),
            Self::NotAReview => "not-a-review".to_owned(),
            Self::WrongUid => "wrong-uid".to_owned(),
        }
    }
}

/// An answer, as far as it is looked at.
#[derive(Deserialize)]
struct Review {
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    uid: String,
    allowed: bool,
}

/// Whether the answer with this body allows what the review with this uid asks for.
pub(crate) fn verdict(body: &[u8], uid: &str) -> Result<bool, Failure> {
    let review: Review = serde_json::from_slice(body).map_err(|_| Failure::NotAReview)?;
    if review.response.uid == uid { Ok(review.response.allowed) } else { Err(Failure::WrongUid) }
}

/// Counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    pub(crate) allowed: u64,
    pub(crate) denied: u64,
    pub(crate) failed: std::collections::BTreeMap<Failure, u64>,
    /// From when it was to be sent until the answer, or until it was given up.
    pub(crate) latency: Histogram,
    /// From when it was to be sent until it was: what the generator itself is late.
    pub(crate) lag: Histogram,
}

impl Tally {
    pub(crate) fn add(&mut self, outcome: Result<bool, Failure>, took: Duration) {
        match outcome {
            Ok(true) => self.allowed += 1,
            Ok(false) => self.denied += 1,
            Err(failure) => *self.failed.entry(failure).or_default() += 1,
        }
        // Who is given up waited at least that long; leaving it out would flatter the server.
        if matches!(outcome, Ok(_) | Err(Failure::Timeout)) {
            self.latency.record(took);
        }
    }
}
