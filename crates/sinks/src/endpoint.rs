//! A collector that takes OTLP over HTTP.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The longest answer that is read; it is thrown away.
const LARGEST: usize = 64 << 10;

/// A collector.
#[derive(Clone, Debug)]
pub struct Endpoint {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: Uri,
    headers: HeaderMap,
    timeout: Duration,
}

/// Why a collector cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The address is none.
    #[error("{0}: write http://host:4318 or https://host:4318")]
    Url(String),
    /// A header cannot be sent. Its value may be secret.
    #[error("the header {0} cannot be sent")]
    Header(String),
    /// No authority is known by which a collector could be trusted.
    #[error("the authorities for https: {0}")]
    Authority(String),
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Taken,
    /// It may be taken later.
    Later(String),
    /// It will not be taken.
    Never(String),
}

impl Endpoint {
    /// A collector at this URL, which is used as it is. `headers` go with every request; `authorities` (PEM) stand for
    /// those of the system.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn new(
        url: &str,
        headers: &[(String, String)],
        authorities: Option<&[u8]>,
        timeout: Duration,
    ) -> Result<Self, EndpointError> {
        let wrong = || EndpointError::Url(url.to_owned());
        let parsed: Uri = url.parse().map_err(|_| wrong())?;
        let is_secure = parsed.scheme_str() == Some("https");
        if parsed.host().is_none() || !(is_secure || parsed.scheme_str() == Some("http")) {
            return Err(wrong());
        }
        let mut map = HeaderMap::new();
        map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        map.insert(USER_AGENT, HeaderValue::from_static(concat!("ironhull/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in headers {
            let refused = || EndpointError::Header(name.clone());
            let key: HeaderName = name.parse().map_err(|_| refused())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
            value.set_sensitive(true);
            map.insert(key, value);
        }
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(timeout));
        let tls = tls(is_secure, authorities).map_err(EndpointError::Authority)?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(1)
            .build(connector);
        Ok(Self { client, url: parsed, headers: map, timeout })
    }

    /// Sends a body. Which answers mean that it may be tried again says the specification of OTLP over HTTP.
    pub(crate) async fn send(&self, body: Vec<u8>) -> Sent {
        let mut request = Request::post(self.url.clone());
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
        }
        let Ok(request) = request.body(Full::new(Bytes::from(body))) else {
            return Sent::Never("the request cannot be written".to_owned());
        };
        let exchange = async {
            let answer = self.client.request(request).await.map_err(|error| chain(&error))?;
            let status = answer.status();
            // Read to its end, so that the connection can be used again.
            let _ = Limited::new(answer.into_body(), LARGEST).collect().await;
            Ok::<StatusCode, String>(status)
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Err(_) => Sent::Later(format!("no answer within {} ms", self.timeout.as_millis())),
            Ok(Err(why)) => Sent::Later(why),
            Ok(Ok(status)) if status.is_success() => Sent::Taken,
            Ok(Ok(status)) if [429, 502, 503, 504].contains(&status.as_u16()) => {
                Sent::Later(format!("it answered {status}"))
            }
            Ok(Ok(status)) => Sent::Never(format!("it answered {status}")),
        }
    }
}

fn tls(is_secure: bool, authorities: Option<&[u8]>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut roots = RootCertStore::empty();
    match authorities {
        // Those of the system are many files; without https nobody needs them.
        None if is_secure => {
            let builder = builder.with_native_roots().map_err(|error| error.to_string())?;
            return Ok(builder.with_no_client_auth());
        }
        None => {}
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| error.to_string())?;
                roots.add(certificate).map_err(|error| error.to_string())?;
            }
            if roots.is_empty() {
                return Err("there is none in the file".to_owned());
            }
        }
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// An error with its causes: the first says little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_told() {
        let made = |url: &str, header: (&str, &str), authorities: Option<&[u8]>| {
            let headers = [(header.0.to_owned(), header.1.to_owned())];
            Endpoint::new(url, &headers, authorities, Duration::from_secs(1)).err()
        };
        assert_eq!(made("http://127.0.0.1:4318/v1/traces", ("a", "b"), None), None);
        for url in ["127.0.0.1:4318", "ftp://a", "", "http://"] {
            assert_eq!(made(url, ("a", "b"), None), Some(EndpointError::Url(url.to_owned())), "{url}");
        }
        let refused = made("http://a", ("x", "sec\nret"), None).unwrap();
        assert_eq!(refused, EndpointError::Header("x".to_owned()));
        assert!(matches!(made("https://a", ("a", "b"), Some(b"x")), Some(EndpointError::Authority(_))));
    }
}
