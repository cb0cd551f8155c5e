//! Bodies that are too large, memory that is used up, connections that are too many.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Channel};
use ironhull_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{Body, One, Trust, Two, whole};
use crate::tester::{NAME, Running, start, within};

/// A body of which nobody knows the length beforehand.
fn streamed(bytes: usize) -> Body {
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    tokio::spawn(async move {
        let mut left = bytes;
        while left > 0 {
            let piece = left.min(64 << 10);
            // The server stops reading when it is too much.
            if sender.send_data(Bytes::from(vec![b'x'; piece])).await.is_err() {
                return;
            }
            left -= piece;
        }
    });
    body.boxed()
}

#[tokio::test]
async fn seven_mebibytes_pass_and_one_more_byte_does_not() {
    const MOST: usize = 7 << 20;
    let running = start(Limits::default()).await;
    let two = Two::open(&running).await;
    for body in [whole(vec![b'x'; MOST]), streamed(MOST)] {
        let answer = within(20, two.post("/length", body)).await.unwrap();
        assert_eq!((answer.status, answer.text()), (200, MOST.to_string().as_str()));
    }
    for body in [whole(vec![b'x'; MOST]), streamed(MOST)] {
        let answer = within(20, One::open(&running).await.post("/length", body)).await.unwrap();
        assert_eq!((answer.status, answer.text()), (200, MOST.to_string().as_str()));
    }
    for body in [whole(vec![b'x'; MOST + 1]), streamed(MOST + 1)] {
        let answer = within(20, two.post("/large", body)).await.unwrap();
        assert_eq!(answer.status, 413, "{}", answer.text());
        assert!(answer.text().contains("7340032"));
    }
    assert_eq!(*running.tester.refused.lock().unwrap(), vec![("/large".to_owned(), 413); 2]);
    assert_eq!(two.post("/", whole("fine")).await.unwrap().text(), "fine", "the connection goes on");
}

/// A client that writes all before it reads: the answer must still be there then.
async fn written_first(running: &Running, head: &str, body: &[u8]) -> String {
    let trust = Trust::new(&running.authority.certificate).http1();
    let mut stream = trust.connect(running.address, NAME).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // Whether all of it is taken is the server's choice.
    let _ = stream.write_all(body).await;
    let _ = stream.flush().await;
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap_or(0);
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_over_http_1_reads_why_its_body_was_refused() {
    let running = start(Limits { body: 1 << 20, ..Limits::default() }).await;
    let body = vec![b'x'; 2 << 20];
    for _ in 0..5 {
        let head = format!("POST /large HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        let answer = within(20, written_first(&running, &head, &body)).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer:?}");
        let head = "POST /large HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n200000\r\n";
        let answer = within(20, written_first(&running, head, &[&body[..], b"\r\n0\r\n\r\n"].concat())).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer:?}");
    }
}

/// Room for two bodies of a MiB.
fn narrow() -> Limits {
    Limits { body: 1 << 20, bodies: 2 << 20, ..Limits::default() }
}

#[tokio::test]
async fn without_room_a_request_waits_and_is_then_refused() {
    let running = start(narrow()).await;
    let two = Two::open(&running).await;
    let held: Vec<_> = (0..2)
        .map(|_| {
            let two = two.clone();
            tokio::spawn(async move { two.post("/wait?timeout=20s", whole(vec![b'x'; 1 << 20])).await })
        })
        .collect();
    running.until_waiting(2).await;
    let begin = Instant::now();
    let answer = within(5, two.post("/next?timeout=1s", whole("x"))).await.unwrap();
    let waited = begin.elapsed();
    assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (503, "1"));
    assert!(waited > Duration::from_millis(850) && waited < Duration::from_secs(2), "{waited:?}");
    assert_eq!(*running.tester.refused.lock().unwrap(), [("/next".to_owned(), 503)]);
    // What has no body needs no room.
    assert_eq!(two.post("/next", whole("")).await.unwrap().status, 200);
    running.tester.gate.add_permits(2);
    for held in held {
        assert_eq!(held.await.unwrap().unwrap().body.len(), 1 << 20);
    }
}

#[tokio::test]
async fn a_request_goes_on_when_room_comes_free() {
    let running = start(narrow()).await;
    let two = Two::open(&running).await;
    let post = |path: &'static str, body: Body| {
        let two = two.clone();
        tokio::spawn(async move { two.post(path, body).await })
    };
    let held = [post("/wait", whole(vec![b'x'; 1 << 20])), post("/wait", whole(vec![b'x'; 1 << 20]))];
    running.until_waiting(2).await;
    let next = [post("/", whole("x")), post("/", streamed(1 << 19))];
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(next.iter().all(|next| !next.is_finished()));
    running.tester.gate.add_permits(2);
    for task in held.into_iter().chain(next) {
        assert_eq!(within(5, task).await.unwrap().unwrap().status, 200);
    }
}

/// Bodies that wait for room must not fill the connection and so stop the ones that have it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_bodies_on_one_connection_do_not_stop_each_other() {
    let running = start(Limits { bodies: 14 << 20, ..Limits::default() }).await;
    let two = Two::open(&running).await;
    let all: Vec<_> = (0..30)
        .map(|_| {
            let two = two.clone();
            tokio::spawn(async move { two.post("/length?timeout=20s", whole(vec![b'x'; 6 << 20])).await })
        })
        .collect();
    for task in all {
        assert_eq!(within(30, task).await.unwrap().unwrap().text(), (6 << 20).to_string());
    }
}

/// What waits has sent its first 64 KiB already: not any number of them may wait.
#[tokio::test]
async fn those_that_wait_take_room_as_well() {
    let running = start(narrow()).await;
    let two = Two::open(&running).await;
    let post = |path: &'static str, bytes: usize| {
        let two = two.clone();
        tokio::spawn(async move { two.post(path, whole(vec![b'x'; bytes])).await })
    };
    let held = [post("/wait", 1 << 20), post("/wait", 1 << 20)];
    running.until_waiting(2).await;
    // Half a MiB, a quarter of the room, is for those that wait.
    let begin = Instant::now();
    let large: Vec<_> = (0..20).map(|_| post("/length?timeout=20s", 1 << 18)).collect();
    running.until_refused(503).await;
    assert!(begin.elapsed() < Duration::from_secs(5), "at once, and not at the deadline");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let waiting = large.iter().filter(|one| !one.is_finished()).count();
    assert_eq!(waiting, 8, "of 64 KiB each");
    running.tester.gate.add_permits(2);
    let mut answers = Vec::new();
    for one in held.into_iter().chain(large) {
        answers.push(within(5, one).await.unwrap().unwrap().status);
    }
    assert_eq!(answers.iter().filter(|code| **code == 200).count(), 10, "{answers:?}");
    assert_eq!(answers.iter().filter(|code| **code == 503).count(), 12, "{answers:?}");
    assert_eq!(post("/length", 1 << 20).await.unwrap().unwrap().status, 200, "all of it is free again");
}

#[tokio::test]
async fn a_body_larger_than_all_room_comes_through_alone() {
    let running = start(Limits { body: 4 << 20, bodies: 1 << 20, ..Limits::default() }).await;
    let two = Two::open(&running).await;
    let answer = within(5, two.post("/length", whole(vec![b'x'; 3 << 20]))).await.unwrap();
    assert_eq!(answer.text(), (3 << 20).to_string());
}

#[tokio::test]
async fn one_connection_more_than_allowed_waits() {
    let running = start(Limits { connections: 2, ..Limits::default() }).await;
    let one = One::open(&running).await;
    let two = Two::open(&running).await;
    assert_eq!(two.post("/", whole("x")).await.unwrap().status, 200);
    let waits = Trust::new(&running.authority.certificate);
    let mut third = Box::pin(waits.connect(running.address, NAME));
    assert!(tokio::time::timeout(Duration::from_millis(300), &mut third).await.is_err());
    assert_eq!(two.post("/", whole("x")).await.unwrap().status, 200, "open ones go on");
    drop(one);
    within(5, third).await.unwrap();
}
