//! The certificate is changed while clients are busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ironhull_server::Limits;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::client::{One, Trust, Two, whole};
use crate::tester::{NAME, start, within};

/// Asks one question after the other until it is told to stop; long connections keep theirs, short ones make a
/// new one each time.
async fn client(running: Arc<crate::tester::Running>, number: usize, stop: Arc<AtomicBool>) -> usize {
    let text = format!("client {number}");
    let two = Two::open(&running).await;
    let mut one = One::open(&running).await;
    let mut answered = 0;
    while !stop.load(Ordering::SeqCst) {
        let answer = match number % 4 {
            0 => two.post("/", whole(text.clone())).await,
            1 => one.post("/", whole(text.clone())).await,
            2 => Two::open(&running).await.post("/", whole(text.clone())).await,
            _ => One::open(&running).await.post("/", whole(text.clone())).await,
        };
        let answer = answer.expect("no request fails");
        assert_eq!((answer.status, answer.text()), (200, text.as_str()));
        answered += 1;
    }
    answered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_certificates_change() {
    let running = Arc::new(start(Limits::default()).await);
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        (0..20).map(|number| tokio::spawn(client(Arc::clone(&running), number, Arc::clone(&stop)))).collect();
    let trust = Trust::new(&running.authority.certificate);
    let changes = AtomicUsize::new(0);
    for _ in 0..30 {
        let shown = running.show_a_new_one();
        let shown = CertificateDer::from_pem_slice(shown.as_bytes()).unwrap();
        let stream = trust.connect(running.address, NAME).await.unwrap();
        let seen = stream.get_ref().1.peer_certificates().unwrap();
        assert_eq!(seen, [shown], "a new connection sees the new certificate");
        changes.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.store(true, Ordering::SeqCst);
    for client in clients {
        let answered = within(10, client).await.unwrap();
        assert!(answered > 0, "every client was answered");
    }
    assert!(running.tester.refused.lock().unwrap().is_empty());
}
