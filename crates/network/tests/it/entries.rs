//! What Services, Ingresses, Routes and Gateways open.

use ironhull_network::Format;
use ironhull_network::Profile;
use ironhull_network::engine::{Network, Solver};
use ironhull_network::entry::{DoorKind, Entries};
use ironhull_network::exposure::exposure;
use ironhull_network::input::Input;
use ironhull_network::list::{Options, list, write};

use crate::worlds;

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop","labels":{"app":"web"}},
 "spec":{"containers":[{"name":"c","image":"i","ports":[{"name":"http","containerPort":8080}]}]}}"#;

/// The doors as text, with the notes behind them.
fn doors(objects: &[&str], profile: Profile) -> (Vec<String>, Vec<String>) {
    let world = worlds::of_list(&format!("[{POD},{}]", objects.join(",")));
    let network = Network::new(&Input::of(&world), profile);
    let entries = Entries::of(&world, &network);
    let doors = entries.doors().iter().map(|door| {
        let object = &door.object.key;
        format!("{} {} {} {}", door.kind, object.kind, door.path, door.conns)
    });
    (doors.collect(), entries.notes().iter().map(|note| note.message.clone()).collect())
}

fn service(spec: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"web","namespace":"shop"}},
        "spec":{{"selector":{{"app":"web"}},"ports":[{{"name":"main","port":80,"targetPort":"http","nodePort":30080}},
        {{"name":"admin","port":81,"targetPort":9000}}]{spec}}}}}"#
    )
}

#[test]
fn a_service_of_the_cluster_is_no_door() {
    assert_eq!(doors(&[&service("")], Profile::Upstream), (vec![], vec![]));
}

#[test]
fn node_ports_and_load_balancers_are_doors() {
    let (found, notes) = doors(&[&service(r#","type":"NodePort""#)], Profile::NetpolAnalyzer);
    assert_eq!(found, ["node port Service spec.type TCP 8080,9000"]);
    assert!(notes.is_empty());

    let (found, _) = doors(
        &[&service(r#","type":"LoadBalancer","loadBalancerSourceRanges":["203.0.113.0/24"]"#)],
        Profile::Upstream,
    );
    let balancer = "load balancer Service spec.loadBalancerSourceRanges TCP 8080,9000";
    assert_eq!(found, ["node port Service spec.type TCP 8080,9000", balancer]);

    let (found, _) = doors(
        &[&service(
            r#","type":"LoadBalancer","allocateLoadBalancerNodePorts":false,"loadBalancerSourceRanges":["203.0.113.0/24"]"#,
        )],
        Profile::Upstream,
    );
    assert_eq!(found, [balancer]);

    let (found, _) = doors(&[&service(r#","externalIPs":["198.51.100.7"]"#)], Profile::Upstream);
    assert_eq!(found, ["external IP Service spec.externalIPs TCP 8080,9000"]);
}

#[test]
fn source_ranges_are_the_clients() {
    let clients = |ranges: &str| {
        let service = service(&format!(r#","type":"LoadBalancer","loadBalancerSourceRanges":{ranges}"#));
        let world = worlds::of_list(&format!("[{POD},{service}]"));
        let network = Network::new(&Input::of(&world), Profile::Upstream);
        let entries = Entries::of(&world, &network);
        let door = entries.doors().iter().find(|door| door.kind == DoorKind::LoadBalancer).expect("a door");
        let has = |address: &str| door.clients.contains(address.parse().expect("an address"));
        (has("203.0.113.9"), has("192.0.2.1"), entries.notes().len())
    };
    assert_eq!(clients(r#"["203.0.113.0/24"]"#), (true, false, 0));
    // One that cannot be read narrows nothing.
    assert_eq!(clients(r#"["203.0.113.0/24","nonsense"]"#), (true, true, 1));
}

#[test]
fn an_ingress_leads_to_the_port_that_it_names() {
    let ingress = |port: &str| {
        format!(
            r#"{{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{{"name":"i","namespace":"shop"}},
            "spec":{{"rules":[{{"http":{{"paths":[{{"path":"/","backend":{{"service":{{"name":"web","port":{port}}}}}}}]}}}}]}}}}"#
        )
    };
    let of = |port: &str, profile| doors(&[&service(""), &ingress(port)], profile).0;
    let at = "ingress Ingress spec.rules[0].http.paths[0].backend.service";
    let at = at.strip_suffix(".service").expect("a path");
    assert_eq!(of(r#"{"number":80}"#, Profile::Upstream), [format!("{at} TCP 8080")]);
    assert_eq!(of(r#"{"name":"admin"}"#, Profile::Upstream), [format!("{at} TCP 9000")]);
    // The container does not declare 9000: netpol-analyzer takes that for closed, Kubernetes does not.
    assert!(of(r#"{"name":"admin"}"#, Profile::NetpolAnalyzer).is_empty());
    assert!(of(r#"{"number":8080}"#, Profile::Upstream).is_empty());
    let missing = ingress(r#"{"number":80}"#).replace(r#""name":"web""#, r#""name":"gone""#);
    let (found, notes) = doors(&[&service(""), &missing], Profile::Upstream);
    assert!(found.is_empty());
    assert_eq!(notes, ["Ignoring target service gone : service not found"]);
}

fn gateway(allowed: &str) -> String {
    format!(
        r#"{{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{{"name":"edge","namespace":"infra"}},
        "spec":{{"gatewayClassName":"x","listeners":[{{"name":"web","port":80,"protocol":"HTTP","hostname":"*.example.com",
        "allowedRoutes":{{"namespaces":{allowed}}}}}]}}}}"#
    )
}

fn route(namespace: &str, hostname: &str) -> String {
    format!(
        r#"{{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{{"name":"r","namespace":"{namespace}"}},
        "spec":{{"hostnames":["{hostname}"],"parentRefs":[{{"name":"edge","namespace":"infra"}}],
        "rules":[{{"backendRefs":[{{"name":"web","namespace":"shop","port":80}}]}}]}}}}"#
    )
}

#[test]
fn a_route_needs_a_listener_that_takes_it_in() {
    let all = r#"{"from":"All"}"#;
    let door = "gateway HTTPRoute spec.rules[0].backendRefs[0] TCP 8080";
    for profile in Profile::ALL {
        let (found, notes) = doors(&[&service(""), &gateway(all), &route("shop", "a.example.com")], profile);
        assert_eq!((found, notes), (vec![door.to_owned()], vec![]));
    }
    let refused = |gateway: &str, route: &str| {
        let (found, notes) = doors(&[&service(""), gateway, route], Profile::Upstream);
        assert!(found.is_empty(), "{found:?}");
        assert!(notes[0].contains("no listener of Gateway infra/edge takes this route in"), "{notes:?}");
    };
    refused(&gateway(r#"{"from":"Same"}"#), &route("shop", "a.example.com"));
    refused(&gateway(all), &route("shop", "a.example.org"));
    let tcp = route("shop", "a.example.com").replace("HTTPRoute", "TCPRoute");
    refused(&gateway(all), &tcp);
    // A Gateway that is not there may take it in.
    let (found, notes) = doors(&[&service(""), &route("shop", "a.example.com")], Profile::Upstream);
    assert_eq!((found.len(), notes.len()), (1, 1));
}

#[test]
fn another_namespace_needs_a_grant() {
    let objects = [service(""), gateway(r#"{"from":"All"}"#), route("front", "a.example.com")];
    let grant = |from: &str| {
        format!(
            r#"{{"apiVersion":"gateway.networking.k8s.io/v1beta1","kind":"ReferenceGrant","metadata":{{"name":"g","namespace":"shop"}},
            "spec":{{"from":[{{"group":"gateway.networking.k8s.io","kind":"HTTPRoute","namespace":"{from}"}}],
            "to":[{{"group":"","kind":"Service"}}]}}}}"#
        )
    };
    let with = |more: &[String]| {
        let all: Vec<&str> = objects.iter().chain(more).map(String::as_str).collect();
        doors(&all, Profile::Upstream)
    };
    let (found, notes) = with(&[]);
    assert!(found.is_empty());
    assert!(notes[0].starts_with("no ReferenceGrant in namespace shop"), "{notes:?}");
    assert_eq!(with(&[grant("front")]).0.len(), 1);
    assert!(with(&[grant("other")]).0.is_empty());
}

#[test]
fn what_a_gateway_brings_in_is_listed_and_can_be_blocked() {
    let deny = r#"{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"deny","namespace":"shop"},
        "spec":{"podSelector":{}}}"#;
    let objects = [service(""), gateway(r#"{"from":"All"}"#), route("shop", "a.example.com")].join(",");
    let listed = |more: &str| {
        let world = worlds::of_list(&format!("[{POD},{objects}{more}]"));
        let network = Network::new(&Input::of(&world), Profile::NetpolAnalyzer);
        let entries = Entries::of(&world, &network);
        let mut solver = Solver::default();
        let list = list(&network, &mut solver, &entries, &Options::default());
        (write(&list, &solver, Format::Text), entries.blocked(&network, &mut solver).len())
    };
    let (open, blocked) = listed("");
    assert!(open.contains("{ingress-controller} => shop/web[Pod] : TCP 8080\n"), "{open}");
    assert_eq!(blocked, 0);
    let (closed, blocked) = listed(&format!(",{deny}"));
    assert!(!closed.contains("ingress-controller"), "{closed}");
    assert_eq!(blocked, 1);
}

#[test]
fn exposure_knows_cluster_network_policies() {
    let policy = r#"{"apiVersion":"policy.networking.k8s.io/v1alpha2","kind":"ClusterNetworkPolicy","metadata":{"name":"p"},
        "spec":{"tier":"Admin","priority":1,"subject":{"namespaces":{}},"ingress":[
        {"name":"in","action":"Accept","from":[{"namespaces":{"matchLabels":{"team":"a"}}}],
         "protocols":[{"tcp":{"destinationPort":{"number":80}}}]},
        {"name":"rest","action":"Deny","from":[{"namespaces":{}}]}]}}"#;
    let world = worlds::of_list(&format!("[{POD},{policy}]"));
    let network = Network::new(&Input::of(&world), Profile::Upstream);
    let entries = Entries::of(&world, &network);
    let found = exposure(&network, &mut Solver::default(), &entries, &Options::default());
    let exposed = &found.exposed[0];
    assert!(exposed.ingress.protected && !exposed.egress.protected);
    assert!(!exposed.ingress.is_to_whole_cluster());
    let potentials: Vec<String> =
        exposed.ingress.potentials.iter().map(|one| format!("{:?} {}", one.pods, one.conns)).collect();
    assert_eq!(potentials, [r#"Some("[namespace with {team=a}]/[all pods]") TCP 80"#]);
}
