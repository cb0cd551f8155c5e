//! Clients that trust one authority only.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::tester::{NAME, Running};

pub(crate) type Body = BoxBody<Bytes, io::Error>;

/// A body that is there at once.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// How a client speaks TLS.
pub(crate) struct Trust {
    authority: String,
    version: &'static SupportedProtocolVersion,
    protocol: &'static [u8],
    /// What the client shows, as PEM: certificate and key.
    shown: Option<(String, String)>,
}

impl Trust {
    pub(crate) fn new(authority: &str) -> Self {
        Self { authority: authority.to_owned(), version: &version::TLS13, protocol: b"h2", shown: None }
    }

    pub(crate) fn old(self) -> Self {
        Self { version: &version::TLS12, ..self }
    }

    pub(crate) fn http1(self) -> Self {
        Self { protocol: b"http/1.1", ..self }
    }

    pub(crate) fn showing(self, certificate: &str, key: &str) -> Self {
        Self { shown: Some((certificate.to_owned(), key.to_owned())), ..self }
    }

    /// Shakes hands, asking for this name or address.
    pub(crate) async fn connect(&self, address: SocketAddr, name: &str) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.shown {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                config.with_client_auth_cert(vec![certificate], key).unwrap()
            }
        };
        config.alpn_protocols = vec![self.protocol.to_vec()];
        config.resumption = Resumption::disabled();
        let stream = TcpStream::connect(address).await?;
        // As Go's clients do.
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

/// An answer that was read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    async fn of(response: Response<Incoming>) -> Result<Self, hyper::Error> {
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Self { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}

/// A connection over HTTP/2, which any number of tasks may share.
#[derive(Clone)]
pub(crate) struct Two(pub(crate) http2::SendRequest<Body>);

impl Two {
    pub(crate) async fn open(running: &Running) -> Self {
        Self::watched(running).await.0
    }

    /// With the task that ends when the connection does.
    pub(crate) async fn watched(running: &Running) -> (Self, JoinHandle<hyper::Result<()>>) {
        let stream = Trust::new(&running.authority.certificate).connect(running.address, NAME).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let (sender, connection) =
            http2::Builder::new(TokioExecutor::new()).handshake(TokioIo::new(stream)).await.unwrap();
        (Self(sender), tokio::spawn(connection))
    }

    pub(crate) async fn post(&self, path: &str, body: Body) -> Result<Answer, hyper::Error> {
        let request =
            Request::post(format!("https://{NAME}{path}")).header("x-test", "yes").body(body).unwrap();
        let mut sender = self.0.clone();
        sender.ready().await?;
        Answer::of(sender.send_request(request).await?).await
    }
}

/// A connection over HTTP/1.1.
pub(crate) struct One(pub(crate) http1::SendRequest<Body>);

impl One {
    pub(crate) async fn open(running: &Running) -> Self {
        let trust = Trust::new(&running.authority.certificate).http1();
        Self::over(trust.connect(running.address, NAME).await.unwrap()).await.unwrap()
    }

    pub(crate) async fn over<S>(stream: S) -> Result<Self, hyper::Error>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    pub(crate) async fn post(&mut self, path: &str, body: Body) -> Result<Answer, hyper::Error> {
        let request = Request::post(path).header("host", NAME).header("x-test", "yes").body(body).unwrap();
        self.0.ready().await?;
        Answer::of(self.0.send_request(request).await?).await
    }
}
