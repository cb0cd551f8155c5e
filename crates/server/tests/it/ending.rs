//! The server is told to end.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use http_body_util::{BodyExt, Channel};
use ironhull_server::Limits;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::client::{One, Trust, Two, whole};
use crate::tester::{NAME, start, within};

#[tokio::test]
async fn what_is_under_way_is_answered_and_nothing_new_is_taken() {
    let running = start(Limits::default()).await;
    let (two, connection) = Two::watched(&running).await;
    let mut one = One::open(&running).await;
    let under_way = [
        tokio::spawn(async move { two.post("/wait", whole("two")).await }),
        tokio::spawn(async move { one.post("/wait", whole("one")).await }),
    ];
    running.until_waiting(2).await;
    running.end.send(true).unwrap();
    within(5, async {
        while TcpStream::connect(running.address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(!running.task.is_finished(), "it waits for what is under way");
    running.tester.gate.add_permits(2);
    for (asked, text) in under_way.into_iter().zip(["two", "one"]) {
        assert_eq!(within(5, asked).await.unwrap().unwrap().text(), text);
    }
    within(5, running.task).await.unwrap();
    within(5, connection).await.unwrap().expect("closed in order");
}

#[tokio::test]
async fn idle_connections_are_told_to_go() {
    let running = start(Limits::default()).await;
    let (two, connection) = Two::watched(&running).await;
    assert_eq!(two.post("/", whole("x")).await.unwrap().status, 200);
    let mut one = One::open(&running).await;
    assert_eq!(one.post("/", whole("x")).await.unwrap().status, 200);
    let trust = Trust::new(&running.authority.certificate);
    let mut silent = trust.connect(running.address, NAME).await.unwrap();
    let begin = Instant::now();
    running.end.send(true).unwrap();
    // An end that is announced is no error for the client; one that is not would be.
    within(5, connection).await.unwrap().expect("GOAWAY without an error");
    within(5, running.task).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert!(two.post("/", whole("x")).await.is_err());
    assert!(one.post("/", whole("x")).await.is_err());
    let mut sink = [0; 16];
    assert_eq!(within(5, silent.read(&mut sink)).await.unwrap_or(0), 0);
}

/// Else a request is on its way into a connection of HTTP/1 when that is closed, and fails.
#[tokio::test]
async fn who_leaves_tells_clients_over_http_1_with_each_answer() {
    let running = start(Limits::default()).await;
    let two = Two::open(&running).await;
    let mut one = One::open(&running).await;
    let answer = one.post("/", whole("x")).await.unwrap();
    assert!(!answer.headers.contains_key("connection"), "{:?}", answer.headers);
    running.tester.leaving.store(true, Ordering::SeqCst);
    let answer = one.post("/", whole("x")).await.unwrap();
    assert_eq!((answer.status, &answer.headers["connection"]), (200, &HeaderValue::from_static("close")));
    assert!(within(5, one.post("/", whole("x"))).await.is_err(), "it is closed");
    // New ones are still answered, and HTTP/2 has a way of its own to say it.
    let answer = One::open(&running).await.post("/", whole("x")).await.unwrap();
    assert_eq!(answer.status, 200);
    for _ in 0..2 {
        let answer = two.post("/", whole("x")).await.unwrap();
        assert!(!answer.headers.contains_key("connection"), "{:?}", answer.headers);
    }
}

#[tokio::test]
async fn stuck_clients_do_not_hold_it_longer_than_the_drain_time() {
    let running = start(Limits { drain: Duration::from_millis(700), ..Limits::default() }).await;
    let (two, connection) = Two::watched(&running).await;
    // One whose body never ends, one whose answer never comes, one that never shook hands.
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
    let stuck = {
        let two = two.clone();
        tokio::spawn(async move { two.post("/stuck?timeout=30s", body.boxed()).await })
    };
    let waiting = tokio::spawn(async move { two.post("/wait", whole("x")).await });
    running.until_waiting(1).await;
    let mut silent = TcpStream::connect(running.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begin = Instant::now();
    running.end.send(true).unwrap();
    within(5, running.task).await.unwrap();
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(600) && took < Duration::from_millis(1500), "{took:?}");
    // Nothing of it is left open.
    let _ = within(2, connection).await.unwrap();
    within(2, stuck).await.unwrap().unwrap_err();
    within(2, waiting).await.unwrap().unwrap_err();
    let mut sink = [0; 16];
    assert_eq!(within(2, silent.read(&mut sink)).await.unwrap_or(0), 0);
    drop(sender);
}

#[tokio::test]
async fn one_who_is_never_told_again_ends_when_the_teller_is_gone() {
    let running = start(Limits::default()).await;
    drop(running.end);
    within(5, running.task).await.unwrap();
}
