use ironhull_testkit::world_of;

use super::*;
use crate::Format;
use crate::flows::{Services, resolve};

const SHOP: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: old, namespace: shop}
spec: {podSelector: {matchLabels: {app: api}}, policyTypes: [Egress]}
";

const NEW: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 8080}]
";

const FLOWS: &str = r#"{"from":{"workload":"shop/web"},"to":{"workload":"shop/api"},"port":8080,"count":5}
{"from":{"workload":"shop/web"},"to":{"workload":"shop/api"},"port":9090,"count":2}
{"from":{"node":true},"to":{"workload":"shop/api"},"port":9090}
{"from":{"workload":"shop/api"},"to":{"address":"203.0.113.7"},"port":443}
{"from":{"workload":"shop/web"},"to":{"workload":"shop/api"},"port":7070,"verdict":"denied"}
{"from":{"service":"x"},"to":{"workload":"shop/api"},"port":1}
"#;

fn run(mode: Mode) -> Simulation {
    let world = world_of("shop.yaml", SHOP);
    let input = Input::of(&world);
    let new = Input::of(&world_of("new.yaml", NEW)).policies;
    let services = Services::of(&world, &input);
    let files = [FlowFile::new("flows.jsonl", FLOWS)];
    let resolved = resolve(&input, &services, &files);
    simulate(&resolved, &files, &new, mode, Profile::Upstream)
}

#[test]
fn says_which_policy_breaks_which_flow() {
    let found = run(Mode::Add);
    let breaks: Vec<String> = found
        .breaks
        .iter()
        .map(|one| {
            format!(
                "{} {} {} {} {}",
                one.direction, one.connections, one.policy, one.written_at, one.also_now
            )
        })
        .collect();
    assert_eq!(
        breaks,
        [
            "egress TCP 443 NetworkPolicy shop/old shop.yaml:19 true",
            "ingress TCP 9090 NetworkPolicy shop/api new.yaml:5 false"
        ]
    );
    assert_eq!((found.counts.allowed, found.counts.denied, found.counts.dropped_before), (6, 3, 1));
}

#[test]
fn replacing_takes_the_present_ones_away() {
    let found = run(Mode::Replace);
    assert_eq!(found.breaks.len(), 1);
    assert_eq!(found.breaks[0].flows, 2);
    assert!(
        write(&found, Format::Text)
            .contains("NetworkPolicy shop/api isolates it and no rule allows this (new.yaml:5)")
    );
}

#[test]
fn every_form_names_the_break() {
    let found = run(Mode::Replace);
    for format in [Format::Text, Format::Markdown, Format::Csv, Format::Json] {
        let text = write(&found, format);
        assert!(
            text.contains("TCP 9090") && text.contains("flows.jsonl:2") || format == Format::Markdown,
            "{text}"
        );
    }
}

#[test]
fn what_is_not_certain_is_not_allowed() {
    let unclear = NEW.replace("ports: [{port: 8080}]", "ports: [{port: 8080, portal: 1}]");
    let world = world_of("shop.yaml", SHOP);
    let input = Input::of(&world);
    let new = Input::of(&world_of("new.yaml", &unclear)).policies;
    let files = [FlowFile::new("flows.jsonl", FLOWS)];
    let resolved = resolve(&input, &Services::of(&world, &input), &files);
    let found = simulate(&resolved, &files, &new, Mode::Replace, Profile::Upstream);
    assert!(found.breaks.iter().any(|one| one.fate == "unknown"), "{found:?}");
}
