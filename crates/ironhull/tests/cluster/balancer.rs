//! What a Service does, on loopback: one address before several replicas.
//!
//! As kube-proxy does it, connections that are open stay where they are, and new ones go to a replica that says it is
//! ready. It counts what it passed on.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::roles::{is_ready, tell};

/// How often replicas are asked whether they are ready. The kubelet takes longer, but a pod that is deleted leaves its
/// Service at once.
const POLL: Duration = Duration::from_millis(100);

/// One replica.
#[derive(Clone)]
struct Backend {
    port: u16,
    probes: u16,
    is_ready: Arc<AtomicBool>,
    connections: Arc<AtomicUsize>,
}

/// The address before them. Its threads end with the test's process.
pub(crate) struct Balancer {
    pub(crate) port: u16,
    backends: Arc<Mutex<Vec<Backend>>>,
}

impl Balancer {
    /// Listens; there is nobody behind it yet.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let backends: Arc<Mutex<Vec<Backend>>> = Arc::default();
        let (asked, known) = (Arc::clone(&backends), Arc::clone(&backends));
        thread::spawn(move || {
            loop {
                let all = asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for backend in all {
                    backend.is_ready.store(is_ready(backend.probes), Ordering::Relaxed);
                }
                thread::sleep(POLL);
            }
        });
        thread::spawn(move || {
            for (count, client) in listener.incoming().flatten().enumerate() {
                let all = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let ready: Vec<Backend> =
                    all.into_iter().filter(|one| one.is_ready.load(Ordering::Relaxed)).collect();
                let Some(backend) = ready.get(count % ready.len().max(1)) else {
                    tell("balancer: nobody is ready");
                    continue;
                };
                let server = match TcpStream::connect(("127.0.0.1", backend.port)) {
                    Ok(server) => server,
                    Err(error) => {
                        tell(&format!("balancer: {}: {error}", backend.port));
                        continue;
                    }
                };
                backend.connections.fetch_add(1, Ordering::Relaxed);
                pass_on(client, server);
            }
        });
        Self { port, backends }
    }

    /// Puts a replica behind it: where it answers reviews, and where probes.
    pub(crate) fn add(&self, port: u16, probes: u16) {
        self.backends.lock().unwrap_or_else(PoisonError::into_inner).push(Backend {
            port,
            probes,
            is_ready: Arc::default(),
            connections: Arc::default(),
        });
    }

    /// How many connections each replica was given, in the order in which they were added.
    pub(crate) fn connections(&self) -> Vec<usize> {
        let backends = self.backends.lock().unwrap_or_else(PoisonError::into_inner);
        backends.iter().map(|one| one.connections.load(Ordering::Relaxed)).collect()
    }
}

/// Both directions, each until its end.
fn pass_on(client: TcpStream, server: TcpStream) {
    let both = client.try_clone().and_then(|client| Ok((client, server.try_clone()?)));
    let Ok((client_too, server_too)) = both else { return };
    for (mut from, mut to) in [(client, server), (server_too, client_too)] {
        let _ = from.set_nodelay(true);
        thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
}
