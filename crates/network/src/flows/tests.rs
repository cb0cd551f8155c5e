use ironhull_testkit::world_of;
use proptest::prelude::*;

use super::*;
use crate::input::Input;

const HUBBLE: &str = r#"{"flow":{"time":"2026-03-02T08:00:01Z","verdict":"FORWARDED","IP":{"source":"10.1.0.5","destination":"10.1.1.7"},"l4":{"TCP":{"source_port":41234,"destination_port":8080}},"source":{"namespace":"shop","labels":["k8s:app=web","k8s:io.kubernetes.pod.namespace=shop","k8s:io.cilium.k8s.policy.cluster=default"],"pod_name":"web-7d9c5b8f6d-x2x4q"},"destination":{"labels":["reserved:host"]},"is_reply":false}}"#;

#[test]
fn hubble_tells_pods_nodes_and_replies() {
    let reply = HUBBLE.replace("\"is_reply\":false", "\"is_reply\":true");
    let lost = r#"{"lost_events":{"num_events_lost":"7"}}"#;
    let found = read(&format!("{HUBBLE}\n{reply}\nnot json\n{lost}\n{HUBBLE}\n"));
    assert_eq!((found.flows.len(), found.replies, found.missed), (2, 1, 7));
    assert_eq!(found.diagnostics.len(), 1);
    assert_eq!((found.diagnostics[0].line, found.diagnostics[0].lost), (3, true));
    let flow = &found.flows[1];
    assert_eq!(flow.line, 5);
    assert_eq!(flow.from.labels, [("app".into(), "web".into())]);
    assert_eq!(flow.to.special, Some(Special::OwnNode));
    assert_eq!(flow.conns.to_string(), "TCP 8080");
}

#[test]
fn without_a_word_on_replies_flags_and_ports_tell() {
    let open = HUBBLE.replace(",\"is_reply\":false", "");
    assert_eq!(read(&open).flows.len(), 1, "the destination port is a server's");
    let back = open.replace("41234", "80").replace("8080", "41234");
    assert_eq!(read(&back).replies, 1, "the destination port is a client's");
    let unclear = open.replace("41234", "9000");
    let found = read(&unclear);
    assert_eq!((found.flows.len(), found.diagnostics.len()), (1, 1));
    let syn_ack = unclear.replace(
        "\"destination_port\":8080",
        "\"destination_port\":8080,\"flags\":{\"SYN\":true,\"ACK\":true}",
    );
    assert_eq!(read(&syn_ack).replies, 1);
}

#[test]
fn our_own_form_says_what_was_expected() {
    let text = concat!(
        r#"{"from":{"workload":"shop/web[Deployment]"},"to":{"service":"shop/api"},"port":80,"count":3}"#,
        "\n",
        r#"{"from":{"workload":"web"},"to":{"address":"203.0.113.7"},"port":80}"#,
        "\n",
        r#"{"from":{"pod":"shop/web-0"},"to":{"address":"203.0.113.7"},"port":0}"#,
        "\n",
        r#"{"from":{"pod":"shop/web-0"},"to":{"name":"example.com"},"protocol":"udp","port":53,"verdict":"denied"}"#,
        "\n",
    );
    let found = read(text);
    assert_eq!(found.flows.len(), 2);
    assert_eq!((found.flows[0].count, found.flows[1].outcome), (3, Outcome::Denied));
    let messages: Vec<&str> = found.diagnostics.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "expected `from.workload` as NAMESPACE/NAME, found \"web\"",
            "expected `port` from 1 to 65535, found 0"
        ]
    );
}

#[test]
fn lists_are_read_in_all_forms() {
    let text = "shop/web[Deployment] => shop/api[Deployment] : TCP 80,443,UDP 53\nshop/api[Deployment] => 10.0.0.0-10.0.0.255[External] : All Connections\nbroken\n";
    let found = read(text);
    assert_eq!((found.flows.len(), found.diagnostics.len()), (2, 1));
    assert_eq!(found.flows[0].conns.to_string(), "TCP 80,443,UDP 53");
    let csv = "src,dst,conn\nshop/web[Deployment],shop/api[Deployment],\"TCP 80,443\"\n";
    assert_eq!(read(csv).flows[0].conns.to_string(), "TCP 80,443");
    let json = "[\n  {\n    \"src\": \"shop/web[Deployment]\",\n    \"dst\": \"shop/api[Deployment]\",\n    \"conn\": \"TCP 80\"\n  }\n]";
    let found = read(json);
    assert_eq!((found.flows.len(), found.flows[0].line), (1, 2), "{found:?}");
}

const SHOP: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: front, namespace: shop}
spec: {clusterIP: 10.96.0.7, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: night, namespace: shop}
spec:
  schedule: '0 2 * * *'
  jobTemplate: {spec: {template: {metadata: {labels: {app: night}}, spec: {containers: [{name: c}]}}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {hostNetwork: true, containers: [{name: c}]}
";

fn parties(line: &str) -> Vec<(String, String, String)> {
    let world = world_of("shop.yaml", SHOP);
    let input = Input::of(&world);
    let services = Services::of(&world, &input);
    let resolved = resolve(&input, &services, &[FlowFile::new("flows", line)]);
    let title = |party: &Party| party.title(&resolved.input);
    let mut found: Vec<_> = resolved
        .flows
        .iter()
        .map(|flow| (title(&flow.from), title(&flow.to), flow.conns.to_string()))
        .collect();
    found.extend(resolved.unresolved.iter().map(|one| (String::new(), String::new(), one.reason.clone())));
    found
}

fn flow(from: &str, to: &str, port: u16) -> String {
    format!("{{\"from\":{from},\"to\":{to},\"port\":{port}}}")
}

fn one(from: &str, to: &str, port: u16) -> (String, String, String) {
    parties(&flow(from, to, port)).remove(0)
}

#[test]
fn ends_are_found_by_pod_owner_address_and_service() {
    let web = || "shop/web[Deployment]".to_owned();
    let night = || "shop/night[CronJob]".to_owned();
    let expected = |to: &str, conns: &str| (night(), to.to_owned(), conns.to_owned());
    let from = "{\"pod\":\"shop/night-28901520-x7k2p\"}";
    assert_eq!(one(from, "{\"pod\":\"shop/web-7d9c5b8f6d-x2x4q\"}", 8080), expected(&web(), "TCP 8080"));
    assert_eq!(one(from, "{\"service\":\"shop/front\"}", 80), expected(&web(), "TCP 8080"));
    assert_eq!(one(from, "{\"address\":\"10.96.0.7\"}", 80), expected(&web(), "TCP 8080"));
    assert_eq!(one(from, "{\"address\":\"203.0.113.7\"}", 443), expected("203.0.113.7", "TCP 443"));
    assert_eq!(
        one(from, "{\"workload\":\"shop/agent\"}", 9100),
        expected("shop/agent[DaemonSet][Node]", "TCP 9100")
    );
    assert_eq!(one(from, "{\"workload\":\"other/thing[Job]\"}", 1), expected("other/thing[Job]", "TCP 1"));
    let missing = one(from, "{\"service\":\"shop/back\"}", 80);
    assert_eq!(missing.2, "destination: there is no Service shop/back");
    let no_port = one(from, "{\"service\":\"shop/front\"}", 81);
    assert_eq!(no_port.2, "destination: the Service shop/front has no port TCP 81");
}

proptest! {
    #[test]
    fn readers_take_any_text(text in "(?s).{0,400}") {
        let _ = read(&text);
        for format in [Format::Hubble, Format::Own, Format::List] {
            let found = read_as(&text, format);
            prop_assert!(found.flows.len() <= text.lines().count().max(1) * 64);
        }
        let _ = parse_conns(&text);
    }

    #[test]
    fn a_damaged_line_hides_no_other(at in 0usize..HUBBLE.len(), byte in any::<u8>()) {
        let mut damaged = HUBBLE.as_bytes().to_vec();
        damaged[at] = byte;
        let damaged = String::from_utf8_lossy(&damaged).replace(['\n', '\r'], " ");
        let found = read_as(&format!("{HUBBLE}\n{damaged}\n{HUBBLE}\n"), Format::Hubble);
        prop_assert!(found.flows.iter().any(|flow| flow.line == 1));
        prop_assert!(found.flows.iter().any(|flow| flow.line == 3));
    }

    #[test]
    fn whatever_flows_say_they_are_resolved_or_reported(
        namespace in "[a-z]{0,3}|shop", name in ".{0,12}", address in ".{0,10}|10\\.96\\.0\\.7", port in any::<i64>()
    ) {
        let line = serde_json::json!({
            "from": {"workload": format!("{namespace}/{name}"), "address": address},
            "to": {"pod": "shop/web-0", "labels": {"app": name}}, "port": port,
        });
        let read = read(&line.to_string());
        let told = read.flows.len() + read.diagnostics.len();
        prop_assert!(told > 0);
        let _ = parties(&line.to_string());
    }
}
