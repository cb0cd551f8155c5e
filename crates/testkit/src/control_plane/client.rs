//! Asking the API server directly, without a kubectl for each question.
//!
//! One connection for each request, in HTTP/1.0: the answer ends with the connection, so there is nothing to
//! decode. TLS says whether that end was meant.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use super::error::{ControlPlaneError, Tried as _};
use super::pki::Identity;

/// The content type of objects.
pub const JSON: &str = "application/json";
/// The content type of merge patches (RFC 7396).
pub const MERGE_PATCH: &str = "application/merge-patch+json";

pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who asks the API server.
#[derive(Clone)]
pub struct Client {
    config: Arc<ClientConfig>,
    address: SocketAddr,
    token: Option<String>,
}

/// Never shows the token or the key.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What the API server said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as JSON, null where it is not.
    pub body: Value,
    /// The body.
    pub text: String,
    /// The `Warning` headers, as they stand.
    pub warnings: Vec<String>,
}

impl Client {
    pub(super) fn new(
        address: SocketAddr,
        authority: &CertificateDer<'static>,
        identity: Option<Identity>,
        token: Option<String>,
    ) -> Result<Self, ControlPlaneError> {
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone())?;
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        let config = match identity {
            Some(identity) => builder.with_client_auth_cert(vec![identity.certificate], identity.key)?,
            None => builder.with_no_client_auth(),
        };
        Ok(Self { config: Arc::new(config), address, token })
    }

    /// `GET`; the path with its query.
    pub fn get(&self, path: &str) -> Result<Answer, ControlPlaneError> {
        self.request("GET", path, JSON, None)
    }

    /// `POST` of an object.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer, ControlPlaneError> {
        self.request("POST", path, JSON, Some(body))
    }

    /// `PUT` of an object.
    pub fn put(&self, path: &str, body: &Value) -> Result<Answer, ControlPlaneError> {
        self.request("PUT", path, JSON, Some(body))
    }

    /// A merge patch.
    pub fn patch(&self, path: &str, body: &Value) -> Result<Answer, ControlPlaneError> {
        self.request("PATCH", path, MERGE_PATCH, Some(body))
    }

    /// `DELETE`, with `DeleteOptions` where given.
    pub fn delete(&self, path: &str, options: Option<&Value>) -> Result<Answer, ControlPlaneError> {
        self.request("DELETE", path, JSON, options)
    }

    /// Any request. A refusal is an [`Answer`]; an error means that there was none.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ControlPlaneError> {
        let what = || format!("{method} {path}");
        let body = body.map(Value::to_string).unwrap_or_default();
        let head = self.head(method, path, "1.0", content_type, body.len());
        let mut stream = self.open(&what())?;
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).tried(what)?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).tried(what)?;
        parse(&bytes).ok_or_else(|| ControlPlaneError::Answer(what()))
    }

    /// What stands before the body, without the empty line.
    pub(super) fn head(
        &self,
        method: &str,
        path: &str,
        version: &str,
        content_type: &str,
        length: usize,
    ) -> String {
        let mut head = format!(
            "{method} {path} HTTP/{version}\r\nHost: {}\r\nAccept: {JSON}\r\nUser-Agent: ironhull-testkit\r\n\
             Content-Type: {content_type}\r\nContent-Length: {length}\r\n",
            self.address,
        );
        if let Some(token) = &self.token {
            head += "Authorization: Bearer ";
            head += token;
            head += "\r\n";
        }
        head
    }

    /// A new connection.
    pub(super) fn open(
        &self,
        what: &str,
    ) -> Result<StreamOwned<ClientConnection, TcpStream>, ControlPlaneError> {
        let what = || what.to_owned();
        let socket = TcpStream::connect_timeout(&self.address, PATIENCE).tried(what)?;
        socket.set_read_timeout(Some(PATIENCE)).tried(what)?;
        socket.set_nodelay(true).tried(what)?;
        let name = ServerName::IpAddress(self.address.ip().into());
        let session = ClientConnection::new(Arc::clone(&self.config), name)?;
        Ok(StreamOwned::new(session, socket))
    }
}

/// The answer if its status is a success.
pub(super) fn expect(what: &str, answer: Answer) -> Result<Answer, ControlPlaneError> {
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    let message = answer.body.get("message").and_then(Value::as_str).unwrap_or(&answer.text).to_owned();
    Err(ControlPlaneError::Refused { what: what.to_owned(), status: answer.status, message })
}

pub(super) fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = bytes.split_at_checked(end)?;
    let head = String::from_utf8_lossy(head);
    let text = String::from_utf8_lossy(body.get(4..)?).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let warnings = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("warning"))
        .map(|(_, value)| value.to_owned())
        .collect();
    Some(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), text, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_status_warnings_and_body() {
        let answer = parse(b"HTTP/1.0 201 Created\r\nWarning: 299 - \"old\"\r\n\r\n{\"a\":1}").unwrap();
        assert_eq!((answer.status, answer.body), (201, serde_json::json!({"a": 1})));
        assert_eq!(answer.warnings, ["299 - \"old\""]);
    }

    #[test]
    fn half_an_answer_is_none() {
        assert!(parse(b"HTTP/1.0 200 OK\r\n").is_none() && parse(b"x\r\n\r\n").is_none());
    }
}
