//! Connections that are opened again when they are lost.

use std::io;

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use crate::Target;
use crate::tally::Failure;

enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Sender {
    fn is_closed(&self) -> bool {
        match self {
            Self::One(sender) => sender.is_closed(),
            Self::Two(sender) => sender.is_closed(),
        }
    }
}

/// A number of connections to one place.
pub(crate) struct Connections {
    target: Target,
    slots: Vec<Mutex<Option<Sender>>>,
}

impl Connections {
    /// Opens all of them.
    pub(crate) async fn open(target: Target, count: usize) -> io::Result<Self> {
        let mut slots = Vec::new();
        for _ in 0..count.max(1) {
            slots.push(Mutex::new(Some(connect(&target).await?)));
        }
        Ok(Self { target, slots })
    }

    /// Sends one request. Over HTTP/2 a connection carries many at once; over HTTP/1.1 one, and the next wait.
    pub(crate) async fn send(&self, number: u64, body: Bytes) -> Result<Response<Incoming>, Failure> {
        let count = self.slots.len() as u64;
        let first = usize::try_from(number % count.max(1)).unwrap_or(0);
        let turns = self.slots.iter().cycle().skip(first).take(self.slots.len());
        let free =
            if self.target.is_http1 { turns.clone().find_map(|slot| slot.try_lock().ok()) } else { None };
        let mut slot = match (free, turns.clone().next()) {
            (Some(slot), _) => slot,
            (None, Some(slot)) => slot.lock().await,
            (None, None) => return Err(Failure::Connect),
        };
        if slot.as_ref().is_none_or(Sender::is_closed) {
            *slot = None;
            *slot = Some(connect(&self.target).await.map_err(|_| Failure::Connect)?);
        }
        match slot.as_mut().ok_or(Failure::Connect)? {
            Sender::One(sender) => {
                sender.ready().await.map_err(|_| Failure::Broken)?;
                let answer = sender.send_request(self.request(body)?).await;
                // The slot is held until the header of the answer is there; `ready` waits for its body.
                answer.map_err(|_| Failure::Broken)
            }
            Sender::Two(sender) => {
                let mut sender = sender.clone();
                drop(slot);
                sender.ready().await.map_err(|_| Failure::Broken)?;
                sender.send_request(self.request(body)?).await.map_err(|_| Failure::Broken)
            }
        }
    }

    fn request(&self, body: Bytes) -> Result<Request<Full<Bytes>>, Failure> {
        let uri = &self.target.uri;
        let mut request = Request::post(uri.clone()).header(header::CONTENT_TYPE, "application/json");
        if self.target.is_http1 {
            let host = uri.authority().map_or("", |authority| authority.as_str());
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            request = request.uri(path).header(header::HOST, host);
        }
        request.body(Full::new(body)).map_err(|_| Failure::Broken)
    }
}

async fn connect(target: &Target) -> io::Result<Sender> {
    let stream = TcpStream::connect(target.address).await?;
    stream.set_nodelay(true)?;
    match &target.tls {
        None => begin(stream, target.is_http1).await,
        Some((config, name)) => {
            let stream = TlsConnector::from(config.clone()).connect(name.clone(), stream).await?;
            begin(stream, target.is_http1).await
        }
    }
}

async fn begin<S>(stream: S, is_http1: bool) -> io::Result<Sender>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let io = TokioIo::new(stream);
    if is_http1 {
        let (sender, connection) = http1::handshake(io).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Sender::One(sender))
    } else {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        let (sender, connection) =
            builder.timer(TokioTimer::new()).handshake(io).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Sender::Two(sender))
    }
}
