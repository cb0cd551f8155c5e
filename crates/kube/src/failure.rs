//! Why one request failed.

use std::error::Error;
use std::time::Duration;

use kube::client::AuthError;

use crate::KubeError;

/// The failure of one request. Holds nothing of an answer but the message of a `Status`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    #[error("{0}")]
    Connection(String),
    #[error("{0}")]
    Credentials(String),
    #[error("{code} {}{message}", reason_phrase(*code))]
    Refused { code: u16, message: String },
    #[error("the answer cannot be used: {0}")]
    Answer(String),
}

impl Failure {
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

    /// The status code of an answer that refuses.
    pub(crate) fn code(&self) -> Option<u16> {
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
        let failure = Failure::Refused { code: 403, message: ": no".to_owned() };
        assert_eq!(failure.to_string(), "403 Forbidden: no");
        assert!(matches!(failure.fatal("a", "b"), KubeError::Discovery { .. }));
    }
}
