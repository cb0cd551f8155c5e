use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::Kind;

/// A collector that answers with these codes, one a connection, and gives the bodies.
async fn collector(codes: &'static [u16]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for code in codes {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            let mut part = [0; 4096];
            // A request ends with the body, whose length its head says.
            loop {
                let count = stream.read(&mut part).await.unwrap();
                bytes.extend_from_slice(&part[..count]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: Option<usize> = length.map(|length| length.trim().parse().unwrap());
                if let (Some(length), Some((_, body))) = (length, text.split_once("\r\n\r\n"))
                    && body.len() >= length
                {
                    tell.send(text).unwrap();
                    break;
                }
            }
            let answer = format!("HTTP/1.1 {code} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, told)
}

fn span(name: &str) -> Span {
    Span {
        trace: [1; 16],
        id: [2; 8],
        parent: None,
        name: name.to_owned(),
        kind: Kind::Server,
        begin: 1,
        end: 2,
        attributes: Vec::new(),
        error: None,
    }
}

fn exporter(url: &str, limits: Limits) -> (Exporter, Arc<Mutex<Vec<String>>>) {
    let headers = [("authorization".to_owned(), "Bearer abc".to_owned())];
    let endpoint = Endpoint::new(url, &headers, None, Duration::from_secs(5)).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let own = Arc::clone(&heard);
    let tell = move |why: Option<&str>| own.lock().unwrap().push(why.unwrap_or("works").to_owned());
    (Exporter::start(endpoint, Vec::new(), limits, Box::new(tell)), heard)
}

#[tokio::test]
async fn spans_go_together_and_are_tried_again() {
    let (url, mut told) = collector(&[503, 200]).await;
    let (exporter, heard) = exporter(&url, Limits::default());
    exporter.offer(vec![span("a"), span("b")]);
    exporter.offer(vec![span("c")]);
    exporter.flush().await;
    let first = told.recv().await.unwrap();
    assert!(first.starts_with("POST /v1/traces HTTP/1.1"), "{first}");
    assert!(first.contains("authorization: Bearer abc") && first.contains("application/json"), "{first}");
    assert_eq!(first.matches("\"spanId\"").count(), 3);
    assert_eq!(told.recv().await.unwrap().matches("\"spanId\"").count(), 3, "again, whole");
    assert_eq!(exporter.counts(), Counts { sent: 3, dropped: 0, failed: 0 });
    assert_eq!(*heard.lock().unwrap(), ["it answered 503 Service Unavailable", "works"]);
}

#[tokio::test]
async fn what_is_refused_is_not_tried_again() {
    let (url, mut told) = collector(&[400]).await;
    let (exporter, heard) = exporter(&url, Limits::default());
    exporter.offer(vec![span("a")]);
    exporter.flush().await;
    assert!(told.recv().await.is_some());
    assert_eq!(exporter.counts(), Counts { sent: 0, dropped: 0, failed: 1 });
    assert_eq!(*heard.lock().unwrap(), ["it answered 400 Bad Request"]);
}

#[tokio::test]
async fn who_tells_never_waits_and_what_is_lost_is_counted() {
    // It takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let limits = Limits { queue: 4, batch: 1, ..Limits::default() };
    let (exporter, _) = exporter(&url, limits);
    let begin = std::time::Instant::now();
    for _ in 0..1000 {
        exporter.offer(vec![span("a")]);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..1000 {
        exporter.offer(vec![span("a")]);
    }
    assert!(begin.elapsed() < Duration::from_secs(4), "it waited");
    let counts = exporter.counts();
    assert_eq!((counts.sent, counts.failed), (0, 0));
    assert!(counts.dropped >= 2000 - 2 * 4 - 2, "{counts:?}");
}
