//! Both versions of HTTP, and what of a request reaches the handler.

use ironhull_server::{Limits, ServeError, Server};
use tokio::net::TcpStream;

use crate::client::{Answer, One, Trust, Two, whole};
use crate::tester::{NAME, bare, start};

#[tokio::test]
async fn nothing_older_than_tls_1_3() {
    let running = start(Limits::default()).await;
    let trust = Trust::new(&running.authority.certificate).old();
    let error = trust.connect(running.address, NAME).await.unwrap_err();
    assert!(error.to_string().contains("ProtocolVersion"), "{error}");
    let answer = Two::open(&running).await.post("/", whole("still here")).await.unwrap();
    assert_eq!(answer.text(), "still here");
}

#[tokio::test]
async fn both_versions_echo() {
    let running = start(Limits::default()).await;
    let two = Two::open(&running).await;
    let mut one = One::open(&running).await;
    for text in ["", "one", "two"] {
        for answer in [two.post("/x", whole(text)).await, one.post("/x", whole(text)).await] {
            let answer = answer.unwrap();
            assert_eq!((answer.status, answer.text()), (200, text));
            assert_eq!(answer.headers["content-type"], "application/json");
        }
    }
}

#[tokio::test]
async fn the_handler_sees_method_query_headers_and_deadline() {
    fn check(answer: &Answer, about: &str, patience: u32) {
        assert_eq!(answer.text(), about);
        let left: u32 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!(left <= patience && left > patience - 500, "{left} ms of {patience}");
    }
    let running = start(Limits::default()).await;
    let two = Two::open(&running).await;
    let answer = two.post("/about?timeout=3s&a=b", whole("x")).await.unwrap();
    check(&answer, "POST timeout=3s&a=b Some(\"yes\") true", 2700);
    let answer = two.post("/about", whole("x")).await.unwrap();
    check(&answer, "POST  Some(\"yes\") true", 9000);
    let answer = One::open(&running).await.post("/about?timeout=600s", whole("x")).await.unwrap();
    check(&answer, "POST timeout=600s Some(\"yes\") true", 27_000);
}

#[tokio::test]
async fn without_tls_it_says_so() {
    let running = bare(Limits::default(), false).await;
    let stream = TcpStream::connect(running.address).await.unwrap();
    let answer = One::over(stream).await.unwrap().post("/about", whole("")).await.unwrap();
    assert_eq!(answer.text(), "POST  Some(\"yes\") false");
}

#[tokio::test]
async fn a_code_that_is_none_becomes_500() {
    let running = start(Limits::default()).await;
    let answer = Two::open(&running).await.post("/strange", whole("")).await.unwrap();
    assert_eq!(answer.status, 500);
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let running = start(Limits::default()).await;
    let error = Server::bind(running.address, None, Limits::default()).await.unwrap_err();
    assert!(matches!(error, ServeError::Listen { .. }));
    assert!(error.to_string().contains(&running.address.to_string()), "{error}");
}
