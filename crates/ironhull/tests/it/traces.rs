//! Traces over OTLP.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::served::{Served, id, scrape};

const POLICIES: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  rules:
  - name: has-team
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Enforce
      message: who owns it?
      pattern: {metadata: {labels: {team: "?*"}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: named}
spec:
  rules:
  - name: has-name
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {failureAction: Enforce, message: x, pattern: {metadata: {name: "?*"}}}
"#;

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"},"spec":{"containers":[{"name":"a","image":"a","env":[{"name":"P","value":"hunter2hunter2"}]}]}}"#;

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A collector on this machine: its URL, and the requests that come.
fn collector() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Some(request) = request(stream.unwrap()) else { continue };
            if tell.send(request).is_err() {
                return;
            }
        }
    });
    (url, told)
}

fn request(mut stream: TcpStream) -> Option<(String, Value)> {
    let mut bytes = Vec::new();
    let mut part = [0; 8192];
    loop {
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() >= length.parse().unwrap() {
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).unwrap();
            return Some((head.to_owned(), serde_json::from_str(body).unwrap()));
        }
    }
}

fn spans(body: &Value) -> &Vec<Value> {
    body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap()
}

fn attribute<'a>(span: &'a Value, key: &str) -> &'a Value {
    let found = span["attributes"].as_array().unwrap().iter().find(|one| one["key"] == key);
    let value = &found.unwrap_or_else(|| panic!("{key}: {span}"))["value"];
    value.as_object().unwrap().values().next().unwrap()
}

#[test]
fn a_review_is_a_span_of_the_trace_of_the_api_server() {
    let (url, told) = collector();
    let variables = [
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=a%20b"),
        ("OTEL_RESOURCE_ATTRIBUTES", "k8s.cluster.name=test"),
    ];
    let mut served = Served::start_in(&[("policies.yaml", POLICIES)], "--trace-sample 0", &variables);
    // What the API server does not keep is not kept, and what begins here is not sampled.
    served.parent = Some(SAMPLED.replace("-01", "-00"));
    assert!(served.create("/validate/fail", "1", "Pod", POD).is_some());
    served.parent = None;
    assert!(served.create("/validate/fail", "2", "Pod", POD).is_some());
    served.parent = Some(SAMPLED.to_owned());
    let refusal = served.create("/validate/fail", "3", "Pod", POD).unwrap();

    let (head, body) = told.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n") && head.contains("x-tenant: a b"), "{head}");
    let resource = body["resourceSpans"][0]["resource"].to_string();
    assert!(resource.contains("\"ironhull\"") && resource.contains("k8s.cluster.name"), "{resource}");
    let [whole, child] = &spans(&body)[..] else { panic!("{body}") };
    for (field, expected) in [
        ("traceId", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("parentSpanId", "00f067aa0ba902b7"),
        ("name", "admission validate"),
    ] {
        assert_eq!(whole[field], expected, "{whole}");
    }
    for (key, expected) in [
        ("admission.operation", "CREATE"),
        ("admission.kind", "Pod"),
        ("admission.name", "web"),
        ("k8s.namespace.name", "shop"),
        ("admission.outcome", "denied"),
        ("admission.decision", id(&refusal).as_str()),
        ("admission.policies", "2"),
    ] {
        assert_eq!(attribute(whole, key), expected);
    }
    assert_eq!(attribute(whole, "admission.allowed"), false);
    let time = |span: &Value, field: &str| span[field].as_str().unwrap().parse::<u64>().unwrap();
    // Only the policy that did something has a span, within that of the review.
    assert_eq!(child["parentSpanId"], whole["spanId"]);
    assert_eq!(attribute(child, "policy.name"), "team");
    assert_eq!(attribute(child, "policy.rules"), "has-team: fail");
    assert!(time(whole, "startTimeUnixNano") <= time(child, "startTimeUnixNano"));
    assert!(time(child, "startTimeUnixNano") <= time(child, "endTimeUnixNano"));
    assert!(time(child, "endTimeUnixNano") <= time(whole, "endTimeUnixNano"));
    assert!(!body.to_string().contains("hunter2"));
}

#[test]
fn what_waits_at_the_end_is_sent() {
    let (url, told) = collector();
    let arguments = format!("--otlp-endpoint {url}/");
    let served = Served::start(&[("policies.yaml", POLICIES)], &arguments);
    assert!(served.create("/validate/fail", "1", "Pod", POD).is_some());
    served.end();
    let (_, body) = told.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(spans(&body).len(), 2);
    assert!(spans(&body)[0]["parentSpanId"].is_null());
}

#[test]
fn a_dead_collector_costs_no_request() {
    // Nobody listens there any more.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // This one takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [closed, silent.local_addr().unwrap()] {
        let arguments = format!("--otlp-endpoint http://{address}");
        let variables = [("OTEL_BSP_SCHEDULE_DELAY", "10"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "500")];
        let served = Served::start_in(&[("policies.yaml", POLICIES)], &arguments, &variables);
        for uid in 0..50 {
            assert!(served.create("/validate/fail", &uid.to_string(), "Pod", POD).is_some());
        }
        let begin = Instant::now();
        let failed = |text: &str| {
            let line = text.lines().find(|line| line.starts_with("ironhull_trace_spans{state=\"failed\"}"));
            line.unwrap().rsplit(' ').next().unwrap().parse::<u64>().unwrap()
        };
        while failed(&scrape(served.probes)) == 0 {
            assert!(begin.elapsed() < Duration::from_secs(30), "nothing is counted");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(served.log().matches("traces are not taken").count(), 1, "{}", served.log());
        served.end();
    }
}

#[test]
fn what_cannot_be_a_collector_is_told() {
    let tree = crate::run::Tree::new(&[]);
    for (words, expected) in [
        ("--otlp-endpoint localhost:4318", "write http://host:4318"),
        ("--otlp-endpoint http://a:b@localhost", "must not have a password"),
        ("--otlp-endpoint http://localhost --trace-sample 2", "a number from 0 to 1"),
    ] {
        let ran = tree.run(&format!("serve --offline --address 127.0.0.1:0 {words}"));
        assert!(ran.code == 2 && ran.err.contains(expected), "{words}: {}", ran.err);
        assert!(!ran.err.contains("a:b@"), "{}", ran.err);
    }
}
