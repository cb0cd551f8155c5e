//! Listening, and what every connection and request is held to.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::exchange::patience;
use crate::first::First;
use crate::{Budget, Certificates, Exchange, Handler, Reply, ServeError};

/// Requests at once on one connection over HTTP/2; a client opens another connection for more.
const STREAMS: u32 = 256;

/// What a body may have under way before it is read.
const WINDOW: u32 = 64 << 10;

/// What a server puts up with.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections; the next ones wait.
    pub connections: usize,
    /// Bytes of one body. The API server sends an object of 3 MiB twice, and what goes with it.
    pub body: usize,
    /// Bytes of all bodies that are being handled. A quarter more is for the begins of those that wait.
    pub bodies: usize,
    /// How long a handshake and the first header may take.
    pub handshake: Duration,
    /// How long a connection over HTTP/1 may be idle. Longer than clients keep one that is idle, or they send a request
    /// into a connection that is just being closed, and must not send it again: a request failed for nothing.
    pub idle: Duration,
    /// How long requests may go on when the server ends.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            body: 7 << 20,
            bodies: 64 << 20,
            handshake: Duration::from_secs(10),
            // The API server, as every client made with Go, closes after 90 seconds.
            idle: Duration::from_mins(3),
            drain: Duration::from_secs(25),
        }
    }
}

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: Limits,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Server {
    /// Listens, with TLS where there are certificates to be shown.
    ///
    /// # Errors
    /// When the address is in use or none of this machine.
    pub async fn bind(
        address: SocketAddr,
        certificates: Option<&Certificates>,
        limits: Limits,
    ) -> Result<Self, ServeError> {
        let listener =
            TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
        let tls = certificates.map(Certificates::config).transpose()?.map(TlsAcceptor::from);
        Ok(Self { listener, tls, limits })
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers until it is told to end, then finishes what it began: connections are told to go elsewhere, and
    /// requests that are under way are answered.
    pub async fn run<H: Handler>(self, handler: Arc<H>, mut end: watch::Receiver<bool>) {
        let shared = Arc::new(Shared {
            handler,
            budget: Budget::new(self.limits.bodies),
            waiting: Budget::new(self.limits.bodies / 4),
            body: self.limits.body,
            is_protected: self.tls.is_some(),
        });
        let slots = Arc::new(Semaphore::new(self.limits.connections));
        let graceful = GracefulShutdown::new();
        // Closed when the time to drain is over: what is still open then is cut off.
        let (drained, over) = watch::channel(());
        let mut builder = Builder::new(TokioExecutor::new());
        // Without a limit each connection keeps the 400 KiB that a large body once made its buffer grow to.
        builder.http1().max_buf_size(WINDOW as usize);
        builder.http1().timer(TokioTimer::new()).header_read_timeout(self.limits.idle).keep_alive(true);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .initial_stream_window_size(WINDOW)
            // Room for all of them: else bodies that wait for the budget fill the connection, and the one that has
            // its room, and would give it back, cannot be read.
            .initial_connection_window_size(STREAMS * WINDOW)
            // A peer that went away without a word is noticed within a minute.
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20));
        let builder = Arc::new(builder);
        loop {
            let slot = tokio::select! {
                slot = Arc::clone(&slots).acquire_owned() => slot,
                () = told(&mut end) => break,
            };
            let Ok(slot) = slot else { break };
            let stream = tokio::select! {
                accepted = self.listener.accept() => {
                    let Ok((stream, _)) = accepted else {
                        // Out of file descriptors, most likely: others end in a moment.
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    };
                    stream
                }
                () = told(&mut end) => break,
            };
            let (shared, tls, builder) = (Arc::clone(&shared), self.tls.clone(), Arc::clone(&builder));
            let (watcher, handshake, mut over) = (graceful.watcher(), self.limits.handshake, over.clone());
            let connection = async move {
                let _ = stream.set_nodelay(true);
                let service = |is_known: bool| {
                    service_fn(move |request| {
                        let shared = Arc::clone(&shared);
                        async move { Ok::<_, Infallible>(shared.respond(request, is_known).await) }
                    })
                };
                match tls {
                    None => {
                        let io = TokioIo::new(First::new(stream, handshake));
                        let connection = builder.serve_connection(io, service(false));
                        let _ = watcher.watch(connection.into_owned()).await;
                    }
                    Some(tls) => {
                        let Some(stream) = shake_hands(&tls, stream, handshake).await else { return };
                        let is_known = stream.get_ref().1.peer_certificates().is_some();
                        let io = TokioIo::new(First::new(stream, handshake));
                        let connection = builder.serve_connection(io, service(is_known));
                        let _ = watcher.watch(connection.into_owned()).await;
                    }
                }
            };
            tokio::spawn(async move {
                let _slot = slot;
                tokio::select! {
                    () = connection => {}
                    _ = over.changed() => {}
                }
            });
        }
        drop(self.listener);
        let _ = tokio::time::timeout(self.limits.drain, graceful.shutdown()).await;
        drop(drained);
    }
}

/// Waits for the word to end, or for everyone to be gone who could say it.
async fn told(end: &mut watch::Receiver<bool>) {
    let _ = end.wait_for(|end| *end).await;
}

async fn shake_hands(
    tls: &TlsAcceptor,
    stream: TcpStream,
    longest: Duration,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    tokio::time::timeout(longest, tls.accept(stream)).await.ok()?.ok()
}

/// What all connections share.
struct Shared<H> {
    handler: Arc<H>,
    budget: Budget,
    /// For the begins of bodies that wait for the budget: so much of each is here already.
    waiting: Budget,
    body: usize,
    is_protected: bool,
}

impl<H: Handler> Shared<H> {
    /// Answers, and asks a client over HTTP/1 to go elsewhere for its next request when we are about to end. When
    /// the end comes its connections are gone then; one that is closed while a request is on its way into it fails
    /// that request.
    async fn respond(&self, request: Request<Incoming>, is_known: bool) -> Response<Full<Bytes>> {
        let is_old = request.version() < Version::HTTP_2;
        let mut response = self.answer(request, is_known).await;
        if is_old && self.handler.is_leaving() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// Room for a body, for which it may have to wait. What of it came before counts as well, so that not any number can
    /// wait: beyond a quarter of all room who comes is refused at once.
    async fn room(&self, size: usize, deadline: Instant) -> Option<OwnedSemaphorePermit> {
        if let Some(room) = self.budget.take_at_once(size) {
            return Some(room);
        }
        let _begin = self.waiting.take_at_once(size.min(WINDOW as usize))?;
        self.budget.take(size, deadline).await
    }

    async fn answer(&self, request: Request<Incoming>, is_known: bool) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let deadline = Instant::now() + patience(&query);
        let path = parts.uri.path().to_owned();
        let refuse = |reply: Reply| {
            self.handler.refused(&path, reply.status);
            written(reply)
        };
        // What says how long it is takes as much room; what does not takes the most it may have.
        let size = body.size_hint().upper().and_then(|size| usize::try_from(size).ok());
        let size = size.unwrap_or(self.body);
        if size > self.body {
            return refuse(too_large(self.body));
        }
        let _room = if size == 0 {
            None
        } else {
            let Some(room) = self.room(size, deadline).await else {
                let text = "too many requests are being handled; the memory for them is used up\n";
                return refuse(Reply { retry_after: Some(1), ..Reply::text(503, text) });
            };
            Some(room)
        };
        let reading = Limited::new(body, self.body).collect();
        let until = deadline.min(Instant::now() + arrival(size));
        let body = match tokio::time::timeout_at(until.into(), reading).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return refuse(too_large(self.body)),
            Ok(Err(_)) => return refuse(Reply::text(400, "the body broke off\n")),
            Err(_) => return refuse(Reply::text(408, "the body did not come in time\n")),
        };
        let exchange = Exchange {
            method: parts.method,
            path: path.clone(),
            query,
            headers: parts.headers,
            body,
            deadline,
            is_protected: self.is_protected,
            is_known,
        };
        written(self.handler.handle(exchange).await)
    }
}

/// How long a body may take that has its room: others wait for it, and whoever sends chooses the deadline. Two seconds,
/// and a quarter of one for each MiB.
fn arrival(size: usize) -> Duration {
    Duration::from_secs(2) + Duration::from_millis(250) * u32::try_from(size >> 20).unwrap_or(u32::MAX)
}

fn too_large(most: usize) -> Reply {
    Reply::text(413, format!("the body is larger than {most} bytes\n"))
}

fn written(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    if let Some(seconds) = reply.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
