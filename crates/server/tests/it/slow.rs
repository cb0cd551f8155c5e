//! Clients that are slow, stop in the middle, or go away.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Channel};
use ironhull_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{One, Trust, Two, whole};
use crate::tester::{NAME, Running, bare, start, within};

/// Half a second for a handshake and a header.
fn brisk() -> Limits {
    Limits { handshake: Duration::from_millis(500), ..Limits::default() }
}

/// Waits until the server closes, and says how long that took.
async fn closed(stream: &mut (impl AsyncReadExt + Unpin)) -> Duration {
    let begin = Instant::now();
    within(5, async {
        let mut sink = [0; 1024];
        while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {}
    })
    .await;
    begin.elapsed()
}

async fn is_well(running: &Running) {
    let answer = within(2, Two::open(running).await.post("/", whole("well"))).await.unwrap();
    assert_eq!(answer.text(), "well");
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_dropped_and_blocks_nobody() {
    let running = start(brisk()).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(running.address).await.unwrap());
    }
    is_well(&running).await;
    for stream in &mut silent {
        assert!(closed(stream).await < Duration::from_secs(2));
    }
}

#[tokio::test]
async fn one_who_shakes_hands_and_says_nothing_is_dropped() {
    let running = start(brisk()).await;
    let trust = Trust::new(&running.authority.certificate);
    let mut stream = trust.connect(running.address, NAME).await.unwrap();
    assert!(closed(&mut stream).await < Duration::from_secs(2), "HTTP/2");
    let trust = trust.http1();
    let mut stream = trust.connect(running.address, NAME).await.unwrap();
    assert!(closed(&mut stream).await < Duration::from_secs(2), "HTTP/1");
    for begun in ["PRI * HT", "POST / HTTP/1.1\r\nhost: "] {
        let mut stream = trust.connect(running.address, NAME).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        assert!(closed(&mut stream).await < Duration::from_secs(2), "{begun}");
    }
    let plain = bare(brisk(), false).await;
    let mut stream = TcpStream::connect(plain.address).await.unwrap();
    assert!(closed(&mut stream).await < Duration::from_secs(2), "without TLS");
}

#[tokio::test]
async fn an_open_connection_may_be_idle_for_longer() {
    let running = start(brisk()).await;
    let two = Two::open(&running).await;
    let mut one = One::open(&running).await;
    assert_eq!(two.post("/", whole("one")).await.unwrap().text(), "one");
    assert_eq!(one.post("/", whole("one")).await.unwrap().text(), "one");
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(two.post("/", whole("two")).await.unwrap().text(), "two");
    // The API server speaks HTTP/1.1 to webhooks, and keeps connections for 90 seconds.
    assert_eq!(one.post("/", whole("two")).await.unwrap().text(), "two");
    assert!(Limits::default().idle > Duration::from_secs(90));
}

#[tokio::test]
async fn a_connection_that_is_idle_for_too_long_is_closed() {
    let running = start(Limits { idle: Duration::from_millis(300), ..brisk() }).await;
    let mut one = One::open(&running).await;
    assert_eq!(one.post("/", whole("one")).await.unwrap().text(), "one");
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(one.post("/", whole("two")).await.is_err());
}

#[tokio::test]
async fn a_body_that_stops_in_the_middle_is_given_up_in_time() {
    let running = start(Limits::default()).await;
    let two = Two::open(&running).await;
    let mut one = One::open(&running).await;
    for is_two in [true, false] {
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        sender.send_data(Bytes::from_static(b"{\"half\":")).await.unwrap();
        let begin = Instant::now();
        let answer = if is_two {
            within(5, two.post("/stopped?timeout=1s", body.boxed())).await
        } else {
            within(5, one.post("/stopped?timeout=1s", body.boxed())).await
        };
        assert_eq!(answer.unwrap().status, 408);
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        drop(sender);
    }
    // Without its body, a connection over HTTP/1 cannot go on.
    assert!(within(5, one.post("/", whole("x"))).await.is_err());
    assert_eq!(two.post("/", whole("x")).await.unwrap().text(), "x");
    is_well(&running).await;
}

/// Whoever sends says how long there is, and must not keep the room from others for that long.
#[tokio::test]
async fn bodies_that_never_come_do_not_hold_the_room_for_as_long_as_they_like() {
    let running = start(Limits { body: 1 << 20, bodies: 4 << 20, ..Limits::default() }).await;
    let two = Two::open(&running).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        sender.send_data(Bytes::from_static(b"x")).await.unwrap();
        let two = two.clone();
        let asked = tokio::spawn(async move { two.post("/never?timeout=30s", body.boxed()).await });
        held.push((sender, asked));
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begin = Instant::now();
    let other = Two::open(&running).await;
    let answer = within(10, other.post("/?timeout=10s", whole("well"))).await.unwrap();
    assert_eq!(answer.text(), "well");
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    for (_sender, asked) in held {
        assert_eq!(asked.await.unwrap().unwrap().status, 408);
    }
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_in_time() {
    let running = start(Limits::default()).await;
    let two = Two::open(&running).await;
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    let drip = tokio::spawn(async move {
        while sender.send_data(Bytes::from_static(b"x")).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let begin = Instant::now();
    let answer = within(5, two.post("/drips?timeout=1s", body.boxed())).await.unwrap();
    assert_eq!(answer.status, 408);
    assert!(begin.elapsed() < Duration::from_secs(2));
    within(5, drip).await.unwrap();
}

/// Waiting for room and reading share one deadline.
#[tokio::test]
async fn a_slow_body_that_had_to_wait_is_not_given_the_time_twice() {
    let running = start(Limits { body: 1 << 20, bodies: 1 << 20, ..Limits::default() }).await;
    let two = Two::open(&running).await;
    let held = {
        let two = two.clone();
        tokio::spawn(async move { two.post("/wait", whole(vec![b'x'; 1 << 20])).await })
    };
    running.until_waiting(1).await;
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
    let begin = Instant::now();
    let slow = {
        let two = two.clone();
        tokio::spawn(async move { two.post("/slow?timeout=2s", body.boxed()).await })
    };
    tokio::time::sleep(Duration::from_millis(1200)).await;
    running.tester.gate.add_permits(1);
    let answer = within(5, slow).await.unwrap().unwrap();
    assert_eq!(answer.status, 408);
    assert!(begin.elapsed() < Duration::from_millis(2400), "{:?}", begin.elapsed());
    held.await.unwrap().unwrap();
    drop(sender);
}

#[tokio::test]
async fn one_who_goes_away_in_the_middle_of_a_body_harms_nothing() {
    let running = start(Limits { body: 1 << 20, bodies: 1 << 20, ..Limits::default() }).await;
    for is_two in [true, false] {
        for _ in 0..20 {
            let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
            sender.send_data(Bytes::from(vec![b'x'; 1000])).await.unwrap();
            if is_two {
                let two = Two::open(&running).await;
                let asked = tokio::spawn(async move { two.post("/away", body.boxed()).await });
                tokio::time::sleep(Duration::from_millis(5)).await;
                // Drops the stream, which resets it.
                asked.abort();
            } else {
                let mut one = One::open(&running).await;
                let asked = tokio::spawn(async move { one.post("/away", body.boxed()).await });
                tokio::time::sleep(Duration::from_millis(5)).await;
                sender.abort(std::io::Error::other("away"));
                let _ = asked.await;
            }
        }
    }
    running.until_refused(400).await;
    is_well(&running).await;
    // All room is free again: a body that needs the whole of it passes.
    let answer =
        within(5, Two::open(&running).await.post("/length", whole(vec![b'x'; 1 << 20]))).await.unwrap();
    assert_eq!(answer.text(), (1 << 20).to_string());
}

#[tokio::test]
async fn noise_is_not_answered_and_harms_nothing() {
    let running = start(brisk()).await;
    for noise in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 64], &[0x16, 3, 1, 255, 255, 1], b"\r\n"] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(noise).await.unwrap();
        assert!(closed(&mut stream).await < Duration::from_secs(2));
    }
    is_well(&running).await;
}
