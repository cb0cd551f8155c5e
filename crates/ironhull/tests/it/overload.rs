//! Ten times as much as there is memory for.

use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ironhull_server::Client;

use crate::served::Served;

const POLICY: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  rules:
  - name: has-team
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    validate:
      failureAction: Enforce
      message: who owns it?
      pattern: {metadata: {labels: {team: "?*"}}}
"#;

/// The ceiling for bodies, in MiB.
const CEILING: usize = 16;

/// What a process takes beside it, in MiB: what connections hold and the allocator keeps, and for each processor what a
/// body of 7 MiB is read into while it is decided.
fn beside() -> usize {
    40 + 25 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// A review of a ConfigMap of so many bytes.
fn review(bytes: usize) -> Vec<u8> {
    let mut data = String::new();
    for count in 0..bytes / 1024 {
        let comma = if count == 0 { "" } else { "," };
        _ = write!(data, "{comma}\"k{count:05}\":\"{}\"", "x".repeat(1013));
    }
    format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u","operation":"CREATE","namespace":"shop","name":"a","kind":{{"group":"","version":"v1","kind":"ConfigMap"}},"resource":{{"group":"","version":"v1","resource":"configmaps"}},"userInfo":{{"username":"jane"}},"object":{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"a","namespace":"shop"}},"data":{{{data}}}}}}}}}"#
    )
    .into_bytes()
}

/// What a process has of its own, in MiB.
fn resident(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kilobytes.unwrap_or(0) / 1024
}

#[test]
fn ten_times_the_memory_is_answered_and_not_held() {
    let served = Served::start(&[("policies.yaml", POLICY)], &format!("--memory {CEILING}"));
    let authority = fs::read(served.tree.path().join("tls/ca.crt")).unwrap();
    let client = Client::new(&served.url(), &authority, None, Duration::from_mins(1)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let before = resident(served.process());
    // Somebody who says that much comes, and sends nothing more.
    let slow: Vec<_> = (0..8)
        .map(|_| {
            let mut stream =
                std::net::TcpStream::connect(served.url().trim_start_matches("https://")).unwrap();
            std::io::Write::write_all(&mut stream, b"\x16\x03\x01").unwrap();
            stream
        })
        .collect();
    let body = review((7 << 20) - 64 * 1024);
    assert!(body.len() > 6 << 20 && body.len() <= 7 << 20);
    let requests = 10 * CEILING / 7 + 1;
    let (most, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let answers = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                most.fetch_max(resident(served.process()), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let answers = runtime.block_on(async {
            let tasks: Vec<_> = (0..requests)
                .map(|_| {
                    let (client, body) = (client.clone(), body.clone());
                    tokio::spawn(async move { client.ask("/validate/fail?timeout=30s", Some(body)).await })
                })
                .collect();
            let mut answers = Vec::new();
            for task in tasks {
                answers.push(task.await.unwrap());
            }
            answers
        });
        is_over.store(true, Ordering::Relaxed);
        answers
    });
    let most = most.into_inner();
    let (mut decided, mut held_back) = (0, 0);
    for answer in answers {
        match answer {
            Ok((200, text)) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                assert!(text.contains("who owns it?"), "{text}");
                decided += 1;
            }
            // No room in time; or, where the machine has other things to do, a body that did not come in time.
            Ok((503 | 408, _)) => held_back += 1,
            other => panic!("neither decided nor held back: {other:?}"),
        }
    }
    let figures = format!(
        "{requests} requests of {} bytes: {decided} decided, {held_back} held back; {before} MiB before, {most} MiB at most",
        body.len()
    );
    assert!(decided >= 2, "{figures}");
    assert!(most <= before + CEILING + beside(), "{figures}");
    // It serves as before.
    let (code, text) = runtime.block_on(client.ask("/validate/fail", Some(review(2048)))).unwrap();
    assert!(code == 200 && String::from_utf8_lossy(&text).contains("who owns it?"), "{code}");
    drop(slow);
    tell(&figures);
}

#[expect(clippy::print_stderr, reason = "figures, for whoever runs the test")]
fn tell(text: &str) {
    eprintln!("{text}");
}
