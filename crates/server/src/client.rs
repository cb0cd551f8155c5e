//! Asking a server of our own kind: one request on one connection, over TLS.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, version};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::tls::provider;

/// The longest answer that is read.
const LARGEST: usize = 64 << 20;

/// A server that is asked.
#[derive(Clone)]
pub struct Client {
    authority: String,
    host: String,
    port: u16,
    connector: TlsConnector,
    authorization: Option<HeaderValue>,
    further: HeaderMap,
    timeout: Duration,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The address is none.
    #[error("{0}: write https://host:port")]
    Url(String),
    /// The authority's certificates cannot be used.
    #[error("the authority's certificates: {0}")]
    Authority(String),
    /// The token cannot be sent.
    #[error("the token has letters in it that no header may have")]
    Token,
    /// Nobody was reached, or not whom we trust.
    #[error("{0}")]
    Connection(String),
    /// No answer came in time.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
}

impl Client {
    /// A server at `https://host:port`, which shows a certificate of these authorities (PEM). The token goes with
    /// every request.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn new(
        url: &str,
        authorities: &[u8],
        token: Option<&str>,
        timeout: Duration,
    ) -> Result<Self, ClientError> {
        let wrong = || ClientError::Url(url.to_owned());
        let parsed: Uri = url.parse().map_err(|_| wrong())?;
        if parsed.scheme_str() != Some("https") || !matches!(parsed.path(), "" | "/") {
            return Err(wrong());
        }
        let authority = parsed.authority().ok_or_else(wrong)?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let mut roots = RootCertStore::empty();
        let mut count = 0;
        for certificate in CertificateDer::pem_slice_iter(authorities) {
            let certificate = certificate.map_err(|error| ClientError::Authority(error.to_string()))?;
            roots.add(certificate).map_err(|error| ClientError::Authority(error.to_string()))?;
            count += 1;
        }
        if count == 0 {
            return Err(ClientError::Authority("there is none in it".to_owned()));
        }
        let config = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&version::TLS13])
            .map_err(|error| ClientError::Authority(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let authorization = token
            .map(|token| {
                let mut value =
                    HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| ClientError::Token)?;
                value.set_sensitive(true);
                Ok(value)
            })
            .transpose()?;
        Ok(Self {
            authority: authority.to_string(),
            host,
            port: authority.port_u16().unwrap_or(443),
            connector: TlsConnector::from(Arc::new(config)),
            authorization,
            further: HeaderMap::new(),
            timeout,
        })
    }

    /// The same, with a further header in every request.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.further.insert(name, value);
        self
    }

    /// Asks: a path with its query, and a body of JSON if there is one. The answer is the code and the body.
    ///
    /// # Errors
    /// When there is no answer. One that refuses is one.
    pub async fn ask(&self, path: &str, body: Option<Vec<u8>>) -> Result<(u16, Bytes), ClientError> {
        match tokio::time::timeout(self.timeout, self.exchange(path, body)).await {
            Ok(answer) => answer,
            Err(_) => Err(ClientError::Timeout(self.timeout)),
        }
    }

    async fn exchange(&self, path: &str, body: Option<Vec<u8>>) -> Result<(u16, Bytes), ClientError> {
        let failed = |error: &dyn std::fmt::Display| {
            ClientError::Connection(format!("https://{}: {error}", self.authority))
        };
        let stream =
            TcpStream::connect((self.host.as_str(), self.port)).await.map_err(|error| failed(&error))?;
        let name = ServerName::try_from(self.host.clone()).map_err(|error| failed(&error))?;
        let stream = self.connector.connect(name, stream).await.map_err(|error| failed(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| failed(&error))?;
        let driver = tokio::spawn(connection);
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.authority)
            .header(USER_AGENT, concat!("ironhull/", env!("CARGO_PKG_VERSION")));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        for (name, value) in &self.further {
            request = request.header(name, value);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request =
            request.body(Full::new(Bytes::from(body.unwrap_or_default()))).map_err(|error| failed(&error))?;
        let answer = sender.send_request(request).await.map_err(|error| failed(&error))?;
        let code = answer.status().as_u16();
        let body =
            Limited::new(answer.into_body(), LARGEST).collect().await.map_err(|error| failed(&error))?;
        driver.abort();
        Ok((code, body.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authority, Certificates, Exchange, Handler, Lifetimes, Limits, Reply, Server};

    struct Echo;

    impl Handler for Echo {
        async fn handle(&self, exchange: Exchange) -> Reply {
            let token =
                exchange.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
            Reply::text(418, format!("{} {} {token} {}", exchange.method, exchange.path, exchange.body.len()))
        }
    }

    const HOUR: Lifetimes = Lifetimes { authority: Duration::from_hours(1), server: Duration::from_hours(1) };

    fn authority() -> Authority {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        Authority::new(i64::try_from(now).unwrap(), HOUR).unwrap()
    }

    #[tokio::test]
    async fn a_server_is_asked_if_its_authority_is_ours() {
        let own = authority();
        let certificates = Certificates::none();
        certificates.set(own.issue(&["127.0.0.1".to_owned()], own.not_before + 60, HOUR).unwrap().identity);
        let address = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(address, Some(&certificates), Limits::default()).await.unwrap();
        let url = format!("https://{}", server.address().unwrap());
        let (_end, end) = tokio::sync::watch::channel(false);
        tokio::spawn(server.run(Arc::new(Echo), end));
        let second = Duration::from_secs(10);
        let client = Client::new(&url, own.certificate.as_bytes(), Some("secret"), second).unwrap();
        assert_eq!(client.ask("/a?b=c", None).await, Ok((418, Bytes::from("GET /a Bearer secret 0"))));
        assert_eq!(
            client.ask("/a", Some(vec![0; 3])).await,
            Ok((418, Bytes::from("POST /a Bearer secret 3")))
        );
        let other = Client::new(&url, authority().certificate.as_bytes(), None, second).unwrap();
        assert!(matches!(other.ask("/a", None).await, Err(ClientError::Connection(_))));
    }

    #[test]
    fn what_cannot_be_asked_is_told() {
        let own = authority().certificate;
        let made = |url: &str, authority: &str, token: Option<&str>| {
            Client::new(url, authority.as_bytes(), token, Duration::from_secs(1)).err()
        };
        assert_eq!(made("https://localhost:9443/", &own, Some("a")), None);
        for url in ["http://localhost", "localhost:9443", "https://localhost/x", ""] {
            assert_eq!(made(url, &own, None), Some(ClientError::Url(url.to_owned())));
        }
        assert!(matches!(made("https://localhost", "", None), Some(ClientError::Authority(_))));
        assert_eq!(made("https://localhost", &own, Some("a\nb")), Some(ClientError::Token));
    }
}
