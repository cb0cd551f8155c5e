//! A server with a handler that shows what it was given, and one that waits until it is let go on.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ironhull_server::{Authority, Certificates, Exchange, Handler, Lifetimes, Limits, Reply, Server};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// Names that the tester's certificates are made for.
pub(crate) const NAME: &str = "ironhull.ironhull-system.svc";

/// Now, in seconds since 1970.
pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// What tests see of the handler.
pub(crate) struct Tester {
    /// `/wait` takes one before it answers.
    pub(crate) gate: Semaphore,
    /// How many requests came to `/wait`.
    pub(crate) waiting: AtomicUsize,
    /// Whether it is about to end.
    pub(crate) leaving: AtomicBool,
    /// What the server told of requests that it did not hand over.
    pub(crate) refused: Mutex<Vec<(String, u16)>>,
}

impl Handler for Tester {
    async fn handle(&self, exchange: Exchange) -> Reply {
        match exchange.path.as_str() {
            "/about" => {
                let left = exchange.deadline.saturating_duration_since(Instant::now());
                let header = exchange.headers.get("x-test").map(|value| value.to_str().unwrap().to_owned());
                let about =
                    format!("{} {} {:?} {}", exchange.method, exchange.query, header, exchange.is_protected);
                let about = if exchange.is_known { format!("{about} known") } else { about };
                Reply {
                    retry_after: Some(u32::try_from(left.as_millis()).unwrap()),
                    ..Reply::text(200, about)
                }
            }
            "/length" => Reply::text(200, exchange.body.len().to_string()),
            "/wait" => {
                self.waiting.fetch_add(1, Ordering::SeqCst);
                self.gate.acquire().await.unwrap().forget();
                Reply::text(200, exchange.body)
            }
            "/strange" => Reply::text(7, "no such code"),
            _ => Reply::json(200, exchange.body),
        }
    }

    fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::SeqCst)
    }

    fn refused(&self, path: &str, status: u16) {
        self.refused.lock().unwrap().push((path.to_owned(), status));
    }
}

/// A server that runs.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) tester: Arc<Tester>,
    pub(crate) authority: Authority,
    pub(crate) certificates: Certificates,
    pub(crate) end: watch::Sender<bool>,
    pub(crate) task: JoinHandle<()>,
}

/// Starts one with a certificate.
pub(crate) async fn start(limits: Limits) -> Running {
    let running = bare(limits, true).await;
    running.show_a_new_one();
    running
}

/// Starts one without a certificate: `is_protected` says whether with TLS at all.
pub(crate) async fn bare(limits: Limits, is_protected: bool) -> Running {
    with(limits, is_protected, Certificates::none()).await
}

/// The same, with what is known of certificates.
pub(crate) async fn with(limits: Limits, is_protected: bool, certificates: Certificates) -> Running {
    let authority = Authority::new(now(), Lifetimes::default()).unwrap();
    let address = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(address, is_protected.then_some(&certificates), limits).await.unwrap();
    let address = server.address().unwrap();
    let gate = Semaphore::new(0);
    let tester = Arc::new(Tester {
        gate,
        waiting: AtomicUsize::new(0),
        leaving: AtomicBool::default(),
        refused: Mutex::default(),
    });
    let (end, told) = watch::channel(false);
    let task = tokio::spawn(server.run(Arc::clone(&tester), told));
    Running { address, tester, authority, certificates, end, task }
}

impl Running {
    /// Shows a certificate that the authority makes now, and returns it as PEM.
    pub(crate) fn show_a_new_one(&self) -> String {
        let names = [NAME.to_owned(), "127.0.0.1".to_owned()];
        let issued = self.authority.issue(&names, now(), Lifetimes::default()).unwrap();
        self.certificates.set(issued.identity);
        issued.certificate
    }

    /// Waits until so many requests are in `/wait`.
    pub(crate) async fn until_waiting(&self, requests: usize) {
        within(5, async {
            while self.tester.waiting.load(Ordering::SeqCst) < requests {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }

    /// Waits until a refusal with this code was told.
    pub(crate) async fn until_refused(&self, status: u16) {
        within(5, async {
            while !self.tester.refused.lock().unwrap().iter().any(|(_, code)| *code == status) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }
}

/// What must not take longer than so many seconds.
pub(crate) async fn within<F: Future>(seconds: u64, what: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(seconds), what).await.expect("in time")
}
