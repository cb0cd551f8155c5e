//! Why one request failed.

use std::error::Error;
use std::time::Duration;

use ironhull_value::{CompactString, Value};
use kube::client::AuthError;

use crate::KubeError;

/// The failure of one request. Its text fits on one line and holds nothing of an answer but the message of a
/// `Status`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Failure {
    /// No answer in time. Of a write it is not known whether it was done.
    #[error("no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The server cannot be reached, is not who it should be, or hung up.
    #[error("{0}")]
    Connection(String),
    /// The credentials could not be obtained.
    #[error("{0}")]
    Credentials(String),
    /// The server answered, and said no.
    #[error("{code} {}{}", reason_phrase(*code), with_colon(.message))]
    Refused {
        /// The status code of HTTP.
        code: u16,
        /// `reason` of the `Status`: `AlreadyExists`, `Conflict`, `Expired` …; empty when there is none.
        reason: CompactString,
        /// `message` of the `Status`, on one line and shortened; empty when there is none.
        message: String,
    },
    /// The request cannot be made as it is.
    #[error("the request cannot be made: {0}")]
    Request(String),
    /// The answer is not what was asked for.
    #[error("the answer cannot be used: {0}")]
    Answer(String),
}

impl Failure {
    /// `reason` of the `Status`; empty when there is none.
    pub fn reason(&self) -> &str {
        match self {
            Self::Refused { reason, .. } => reason,
            _ => "",
        }
    }

    /// The message of the server, or the whole text of a failure that has none.
    pub fn message(&self) -> String {
        match self {
            Self::Refused { message, .. } if !message.is_empty() => message.clone(),
            other => other.to_string(),
        }
    }

    /// Whether there was no answer: the server is away, or too slow.
    pub fn is_connection(&self) -> bool {
        matches!(self, Self::Timeout(_) | Self::Connection(_))
    }

    /// Whether the deadline passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }

    /// 401: the credentials are not accepted.
    pub fn is_unauthorized(&self) -> bool {
        self.code() == Some(401)
    }

    /// 403: the account may not do this.
    pub fn is_forbidden(&self) -> bool {
        self.code() == Some(403)
    }

    /// 404: the object, or its kind, does not exist.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// 409 because an object of that name exists.
    pub fn is_already_exists(&self) -> bool {
        self.code() == Some(409) && self.reason() == "AlreadyExists"
    }

    /// 409 for any other cause: the object was changed by someone else, or a field belongs to another.
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409) && self.reason() != "AlreadyExists"
    }

    /// 410: a resource version or a place in a list that the server no longer knows.
    pub fn is_expired(&self) -> bool {
        self.code() == Some(410) || matches!(self.reason(), "Expired" | "Gone")
    }

    /// 422: the object is not valid.
    pub fn is_invalid(&self) -> bool {
        self.code() == Some(422)
    }

    /// A request that got no answer.
    pub(crate) fn of_sending(error: &kube::Error) -> Self {
        match error {
            kube::Error::Auth(error) => Self::Credentials(credentials(error)),
            // The layer that adds the credentials hides them in a box.
            kube::Error::Service(inner) if let Some(error) = inner.downcast_ref::<AuthError>() => {
                Self::Credentials(credentials(error))
            }
            _ => Self::Connection(cause(error)),
        }
    }

    /// A list whose pages do not end.
    pub(crate) fn endless() -> Self {
        Self::Answer("the list does not come to an end".to_owned())
    }

    /// What a `Status` says, in an answer or among the events of a watch.
    pub(crate) fn of_status(code: u16, status: Option<&Value>) -> Self {
        let status = status.filter(|status| status.dig_str(&["kind"]) == Some("Status"));
        let text = |key| status.and_then(|status| status.dig_str(&[key])).map(clean).unwrap_or_default();
        Self::Refused { code, reason: text("reason").into(), message: text("message") }
    }

    /// The status code of an answer that refuses.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// This failure as the end of everything, when it happens before anything was listed.
    pub(crate) fn fatal(self, address: &str, context: &str) -> KubeError {
        let (address, context) = (address.to_owned(), context.to_owned());
        match self {
            Self::Timeout(after) => KubeError::Timeout { address, after },
            Self::Connection(reason) => KubeError::Connect { address, reason },
            Self::Credentials(reason) => KubeError::Credentials { context, reason },
            Self::Refused { code: 401, .. } => KubeError::Unauthorized { address, context },
            other => KubeError::Discovery { address, reason: other.to_string() },
        }
    }
}

/// The innermost cause, which is what the system or TLS said; the layers around it only say that it went
/// through them.
fn cause(error: &kube::Error) -> String {
    let mut inner: &dyn Error = error;
    // A chain of causes is short; the bound is for one that never ends.
    for _ in 0..32 {
        let Some(source) = inner.source() else { break };
        inner = source;
    }
    clean(&inner.to_string())
}

/// What is wrong with credentials, in words that quote none of them. The client's own texts are not used:
/// they hold the output of credential plugins, which is where the token stands.
pub(crate) fn credentials(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecStart(error) => format!("the credential plugin cannot be started: {error}"),
        AuthError::AuthExecRun { out, .. } => format!("the credential plugin failed ({})", out.status),
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            "the credential plugin did not answer with an ExecCredential".to_owned()
        }
        AuthError::MissingCommand => "the credential plugin has no command".to_owned(),
        AuthError::ReadTokenFile(error, path) => format!("{}: {error}", path.display()),
        AuthError::InvalidBearerToken(_) => "the token holds characters that no header can".to_owned(),
        AuthError::InvalidBasicAuth(_) => {
            "the user or password holds characters that no header can".to_owned()
        }
        AuthError::NoValidNativeRootCA(_) => "the system has no certificates of authorities".to_owned(),
        _ => "they are of a kind that is not supported, or incomplete".to_owned(),
    }
}

/// A message of a server, fit for one line of a terminal.
pub(crate) fn clean(text: &str) -> String {
    const LONGEST: usize = 300;
    let words: Vec<&str> =
        text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn with_colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

fn reason_phrase(code: u16) -> &'static str {
    let code = http::StatusCode::from_u16(code).ok();
    code.and_then(|code| code.canonical_reason()).unwrap_or("unknown status")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_message_cannot_steer_a_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\r\n c"), "a [2Jb c");
        assert_eq!(clean(&"x".repeat(400)).chars().count(), 301);
    }

    #[test]
    fn a_refusal_says_code_and_reason() {
        let failure = Failure::Refused { code: 403, reason: "Forbidden".into(), message: "no".to_owned() };
        assert_eq!(failure.to_string(), "403 Forbidden: no");
        assert!(matches!(failure.fatal("a", "b"), KubeError::Discovery { .. }));
    }
}
