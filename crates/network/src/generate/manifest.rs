//! Needs that manifests tell of: addresses in env, arguments and ConfigMaps, and what Services and Ingresses
//! let in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ironhull_value::{Path, Value};
use ironhull_world::{Container, Object, Pod, World, kinds};

use super::Gap;
use super::evidence::{Confidence, Evidence, Proof};
use super::mentions::{Host, Mention, default_port, hints_at_address, mentions};
use crate::algebra::{Cidr, Conns, Protocol};
use crate::flows::{Party, ServiceFacts, Services};
use crate::input::{Input, namespace_of};

/// A piece of configuration: what it is called, what it says, where it stands.
struct Setting {
    /// `env CATALOG_URL`, `args`, `ConfigMap web key url`.
    title: String,
    /// The name that may hint at an address.
    key: String,
    value: String,
    object: Arc<Object>,
    path: Path,
}

/// Looks at everything.
pub(super) fn collect(
    world: &World,
    input: &Input,
    services: &Services,
    evidence: &mut Evidence,
    gaps: &mut Vec<Gap>,
) {
    for (index, workload) in input.workloads.iter().enumerate() {
        let Some(object) = &workload.object else { continue };
        let pods = world.pods_of(object);
        // An object with several pods is several workloads, `name#0` and so on.
        let place = workload.name.rsplit_once('#').and_then(|(_, place)| place.parse().ok()).unwrap_or(0);
        let Some(pod) = pods.get(place) else { continue };
        host_ports(object, pod, index, evidence);
        let settings = settings(world, object, pod);
        let mut finder = Finder { input, services, index, evidence, gaps };
        for setting in &settings {
            finder.look_at(setting, &settings);
        }
    }
    for service in services.iter() {
        entry(input, service, evidence);
    }
    ingresses(world, input, services, evidence, gaps);
}

fn settings(world: &World, object: &Arc<Object>, pod: &Pod<'_>) -> Vec<Setting> {
    let mut found = Vec::new();
    for container in pod.containers() {
        of_container(world, object, &container, &mut found);
    }
    for volume in pod.spec.dig_items(&["volumes"]) {
        let projected = volume
            .dig_items(&["projected", "sources"])
            .iter()
            .filter_map(|source| source.dig_str(&["configMap", "name"]));
        for name in volume.dig_str(&["configMap", "name"]).into_iter().chain(projected) {
            of_config_map(world, object, name, None, &mut found);
        }
    }
    let at = |setting: &Setting| (setting.object.key.clone(), setting.path.clone());
    found.sort_by(|a, b| a.title.cmp(&b.title).then_with(|| at(a).cmp(&at(b))));
    found.dedup_by(|a, b| at(a) == at(b));
    found
}

fn of_container(
    world: &World,
    object: &Arc<Object>,
    container: &Container<'_, '_>,
    found: &mut Vec<Setting>,
) {
    let from = found.len();
    for (place, item) in container.value.dig_items(&["env"]).iter().enumerate() {
        let name = item.dig_str(&["name"]).unwrap_or_default();
        if let Some(value) = item.dig_str(&["value"]) {
            found.push(Setting {
                title: format!("env {name}"),
                key: name.to_owned(),
                value: value.to_owned(),
                object: Arc::clone(object),
                path: container.path.child("env").child(place).child("value"),
            });
        }
        let source = item.dig(&["valueFrom", "configMapKeyRef"]);
        if let Some((map, key)) =
            source.and_then(|source| Some((source.dig_str(&["name"])?, source.dig_str(&["key"])?)))
        {
            of_config_map(world, object, map, Some((key, name)), found);
        }
    }
    for source in container.value.dig_items(&["envFrom"]) {
        if let Some(name) = source.dig_str(&["configMapRef", "name"]) {
            of_config_map(world, object, name, None, found);
        }
    }
    let known: Vec<(String, String)> =
        found.iter().skip(from).map(|setting| (setting.key.clone(), setting.value.clone())).collect();
    for setting in found.iter_mut().skip(from) {
        expand(&mut setting.value, &known);
    }
    for field in ["command", "args"] {
        let mut flag = String::new();
        for (place, item) in container.value.dig_items(&[field]).iter().enumerate() {
            let Some(text) = item.as_str() else { continue };
            let split = text.split_once('=').filter(|(name, _)| name.starts_with('-'));
            let (key, value) = split.unwrap_or((&flag, text));
            let (key, mut value) = (key.to_owned(), value.to_owned());
            expand(&mut value, &known);
            flag = if text.starts_with('-') { text.to_owned() } else { String::new() };
            found.push(Setting {
                title: format!("{field} {}", key.trim_start_matches('-')).trim_end().to_owned(),
                key,
                value,
                object: Arc::clone(object),
                path: container.path.child(field).child(place),
            });
        }
    }
}

/// Puts the values of other variables in: `$(HOST)` as Kubernetes does, `${HOST}` as shells do.
fn expand(value: &mut String, known: &[(String, String)]) {
    if !value.contains('$') || value.len() > 64 << 10 {
        return;
    }
    for (name, text) in known.iter().filter(|(name, text)| !name.is_empty() && text.len() < 4096) {
        for reference in [format!("$({name})"), format!("${{{name}}}")] {
            if value.contains(&reference) && value.len() < 64 << 10 {
                *value = value.replace(&reference, text);
            }
        }
    }
}

/// The entries of a ConfigMap; only one of them, under another name, if `only` says so.
fn of_config_map(
    world: &World,
    object: &Arc<Object>,
    name: &str,
    only: Option<(&str, &str)>,
    found: &mut Vec<Setting>,
) {
    let Some(map) = world.get(kinds::CONFIG_MAP, object.namespace(), name) else { return };
    let Some(data) = map.value.get("data").and_then(Value::as_map) else { return };
    for (key, value) in data.iter() {
        if only.is_some_and(|(wanted, _)| wanted != key.as_str()) {
            continue;
        }
        let Some(text) = value.as_str() else { continue };
        found.push(Setting {
            title: format!("ConfigMap {name} key {}", key.as_str()),
            key: only.map_or_else(|| key.as_str().to_owned(), |(_, name)| name.to_owned()),
            value: text.to_owned(),
            object: Arc::clone(map),
            path: Path::root().child("data").child(key.as_str()),
        });
    }
}

struct Finder<'a> {
    input: &'a Input,
    services: &'a Services,
    index: usize,
    evidence: &'a mut Evidence,
    gaps: &'a mut Vec<Gap>,
}

impl Finder<'_> {
    fn look_at(&mut self, setting: &Setting, all: &[Setting]) {
        let hint = hints_at_address(&setting.key);
        for mention in mentions(&setting.value) {
            match &mention.host {
                Host::Address(address) => self.address(*address, &mention, hint, setting, all),
                Host::Name(name) => self.name(name, &mention, hint, setting, all),
            }
        }
    }

    fn address(
        &mut self,
        address: IpAddr,
        mention: &Mention,
        hint: bool,
        setting: &Setting,
        all: &[Setting],
    ) {
        let told = mention.port.is_some() || mention.scheme.is_some();
        let expected = hint && mention.whole;
        if !told && !expected {
            return;
        }
        if let Some(service) = self.services.at(address) {
            self.service(service, mention, hint, setting, all);
            return;
        }
        let Some(port) = port_of(mention).or_else(|| sibling_port(setting, all)) else {
            self.gap(setting, format!("{address} is named without a port"));
            return;
        };
        let mut of = self.input.workloads.iter().enumerate();
        let pod = of.find(|(_, workload)| {
            workload.pods.iter().any(|pod| !pod.host_network && pod.addresses.contains(&address))
        });
        let party = pod.map_or(Party::Address(address), |(index, _)| Party::Workload(index));
        self.need(party, Conns::one(Protocol::Tcp, port), told, setting);
    }

    fn name(&mut self, name: &str, mention: &Mention, hint: bool, setting: &Setting, all: &[Setting]) {
        let own = self
            .input
            .workloads
            .get(self.index)
            .map(|workload| workload.namespace.clone())
            .unwrap_or_default();
        if let Some(service) = find_service(self.services, &own, name) {
            self.service(service, mention, hint, setting, all);
            return;
        }
        let sure = mention.scheme.is_some() || (hint && (mention.whole || mention.port.is_some()));
        let labels: Vec<&str> = name.split('.').collect();
        let in_cluster = match labels.as_slice() {
            [_, namespace, "svc", ..] => Some(*namespace),
            [_, namespace] if self.has_namespace(namespace) => Some(*namespace),
            [_] => Some(own.as_str()),
            _ => None,
        };
        let shown = if in_cluster.is_some() { labels.first().copied().unwrap_or(name) } else { name };
        match in_cluster {
            Some(namespace) if labels.len() > 1 || mention.scheme.is_some() => {
                self.gap(setting, format!("there is no Service {namespace}/{shown} in the input"));
            }
            None if sure && looks_public(&labels) => {
                self.gap(
                    setting,
                    format!(
                        "{name} is a name outside of the cluster, and NetworkPolicy knows only addresses"
                    ),
                );
            }
            _ => {}
        }
    }

    fn service(
        &mut self,
        service: &ServiceFacts,
        mention: &Mention,
        hint: bool,
        setting: &Setting,
        all: &[Setting],
    ) {
        let qualified = matches!(&mention.host, Host::Name(name) if name.contains('.')) && mention.whole;
        let sure = mention.scheme.is_some() || qualified;
        let port = port_of(mention).or_else(|| sibling_port(setting, all).filter(|_| mention.whole));
        // A word alone is a Service only where an address is expected.
        if port.is_none() && !sure && !(hint && mention.whole) {
            return;
        }
        let title = service.title();
        if service.kind == "ExternalName" {
            self.gap(
                setting,
                format!(
                    "the Service {title} stands for {}, and NetworkPolicy knows only addresses",
                    service.external_name
                ),
            );
            return;
        }
        let mut any = false;
        for &target in &service.targets {
            let conns = match port {
                Some(port) => Protocol::ALL.into_iter().fold(Conns::none(), |conns, protocol| {
                    let has = service.ports.iter().any(|own| own.protocol == protocol && own.port == port);
                    if has {
                        conns.union(&service.translate(self.input, target, protocol, port))
                    } else {
                        conns
                    }
                }),
                None => service.all_targets(self.input, target),
            };
            let conns = match port {
                // The name of a headless Service leads to the pods, whatever ports it lists.
                Some(port) if conns.is_empty() && service.headless => Conns::one(Protocol::Tcp, port),
                _ => conns,
            };
            if !conns.is_empty() {
                any = true;
                let certain = mention.port.is_some() || (sure && port.is_some());
                self.need(Party::Workload(target), conns, certain, setting);
            }
        }
        if any {
            return;
        }
        if service.targets.is_empty() {
            self.gap(setting, format!("no workload is behind the Service {title}"));
        } else if sure || hint {
            let port = port.map_or_else(|| "it leads to".to_owned(), |port| format!("{port}"));
            self.gap(
                setting,
                format!("the Service {title} has no port {port} that a pod behind it declares"),
            );
        }
    }

    fn has_namespace(&self, name: &str) -> bool {
        self.input.namespaces.iter().any(|known| known.name == name)
            || self.input.workloads.iter().any(|workload| workload.namespace == name)
    }

    fn need(&mut self, to: Party, conns: Conns, certain: bool, setting: &Setting) {
        let proof = Proof {
            confidence: if certain { Confidence::High } else { Confidence::Medium },
            at: crate::place(&setting.object, &setting.path),
            setting: setting.title.clone(),
            count: 1,
            ..Proof::default()
        };
        self.evidence.add(Party::Workload(self.index), to, conns, proof);
    }

    fn gap(&mut self, setting: &Setting, reason: String) {
        let workload =
            self.input.workloads.get(self.index).map_or_else(String::new, |workload| workload.title());
        let at = format!("{} ({})", crate::place(&setting.object, &setting.path), setting.title);
        self.gaps.push(Gap { workload, at, reason });
    }
}

fn port_of(mention: &Mention) -> Option<u16> {
    mention.port.or_else(|| default_port(mention.scheme.as_deref()?))
}

/// `DB_PORT` beside `DB_HOST`.
fn sibling_port(setting: &Setting, all: &[Setting]) -> Option<u16> {
    let upper = setting.key.to_ascii_uppercase();
    let word = ["HOSTNAME", "HOST", "ADDRESS", "ADDR", "SERVER", "SERVICE"]
        .into_iter()
        .find(|word| upper.contains(word))?;
    let wanted = upper.replace(word, "PORT");
    let found = all.iter().find(|other| other.key.to_ascii_uppercase() == wanted)?;
    found.value.trim().parse().ok().filter(|port| *port > 0)
}

/// `svc`, `svc.ns`, `svc.ns.svc.…`, and the same behind a pod's name: `pod-0.svc.ns.svc.…`.
fn find_service<'s>(services: &'s Services, own: &str, name: &str) -> Option<&'s ServiceFacts> {
    let labels: Vec<&str> = name.split('.').collect();
    match labels.as_slice() {
        [service] => services.named(own, service),
        [service, namespace] => services
            .named(namespace, service)
            .or_else(|| services.named(own, namespace).filter(|found| found.headless)),
        [service, namespace, "svc", ..] => services.named(namespace, service),
        [_, service, namespace] | [_, service, namespace, "svc", ..] => {
            services.named(namespace, service).filter(|found| found.headless)
        }
        _ => None,
    }
}

fn looks_public(labels: &[&str]) -> bool {
    labels.len() > 1
        && labels
            .last()
            .is_some_and(|last| last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// Every address of both families.
fn anywhere() -> [Party; 2] {
    [
        Party::Range(Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::BROADCAST.into()),
        Party::Range(Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::from_bits(u128::MAX).into()),
    ]
}

/// What a pod lets in through ports of its node.
fn host_ports(object: &Arc<Object>, pod: &Pod<'_>, index: usize, evidence: &mut Evidence) {
    if pod.flag("hostNetwork") {
        return;
    }
    for container in pod.containers() {
        for (place, port) in container.value.dig_items(&["ports"]).iter().enumerate() {
            let number = |field: &str| {
                let number =
                    port.get(field).and_then(Value::as_i64).and_then(|port| u16::try_from(port).ok());
                number.filter(|number| *number > 0)
            };
            let protocol = port.dig_str(&["protocol"]).map_or(Some(Protocol::Tcp), Protocol::of);
            let (Some(host), Some(own), Some(protocol)) =
                (number("hostPort"), number("containerPort"), protocol)
            else {
                continue;
            };
            for party in anywhere() {
                let proof = Proof {
                    confidence: Confidence::High,
                    at: crate::place(object, &container.path.child("ports").child(place).child("hostPort")),
                    setting: format!("hostPort {host}"),
                    count: 1,
                    ..Proof::default()
                };
                evidence.add(party, Party::Workload(index), Conns::one(protocol, own), proof);
            }
        }
    }
}

/// What a Service lets in from outside of the cluster.
fn entry(input: &Input, service: &ServiceFacts, evidence: &mut Evidence) {
    if service.kind != "NodePort" && service.kind != "LoadBalancer" {
        return;
    }
    let spec = Path::root().child("spec");
    let ranges = service.object.value.dig_items(&["spec", "loadBalancerSourceRanges"]);
    let mut from: Vec<Party> = ranges
        .iter()
        .filter_map(|range| Cidr::parse(range.as_str()?.trim()).ok())
        .map(|cidr| Party::Range(cidr.first(), cidr.last()))
        .collect();
    // Ranges that cannot be read let nobody in.
    if ranges.is_empty() {
        from.extend(anywhere());
    }
    for &target in &service.targets {
        let conns = service.all_targets(input, target);
        for party in from.iter().filter(|_| !conns.is_empty()) {
            let proof = Proof {
                confidence: Confidence::High,
                at: crate::place(&service.object, &spec.child("type")),
                setting: format!("Service {} of type {}", service.name, service.kind),
                count: 1,
                ..Proof::default()
            };
            evidence.add(party.clone(), Party::Workload(target), conns.clone(), proof);
        }
    }
}

/// What Ingresses lead to. Who the controller is they do not say.
fn ingresses(
    world: &World,
    input: &Input,
    services: &Services,
    evidence: &mut Evidence,
    gaps: &mut Vec<Gap>,
) {
    for object in world.of_kind(kinds::INGRESS) {
        let spec = Path::root().child("spec");
        let mut backends: Vec<(&Value, Path)> = Vec::new();
        if let Some(backend) = object.value.dig(&["spec", "defaultBackend"]) {
            backends.push((backend, spec.child("defaultBackend")));
        }
        for (rule, item) in object.value.dig_items(&["spec", "rules"]).iter().enumerate() {
            for (place, path) in item.dig_items(&["http", "paths"]).iter().enumerate() {
                let Some(backend) = path.get("backend") else { continue };
                let at =
                    spec.child("rules").child(rule).keys(&["http", "paths"]).child(place).child("backend");
                backends.push((backend, at));
            }
        }
        for (backend, path) in backends {
            let Some(name) = backend.dig_str(&["service", "name"]) else { continue };
            let at = crate::place(object, &path);
            let namespace = namespace_of(object);
            let Some(service) = services.named(&namespace, name) else {
                let reason = format!("there is no Service {namespace}/{name} in the input");
                gaps.push(Gap { workload: format!("Ingress {namespace}/{}", object.name()), at, reason });
                continue;
            };
            let port = backend.dig(&["service", "port"]);
            let wanted = |own: &crate::flows::ServicePort| match port {
                Some(port) => match (port.dig_str(&["name"]), port.get("number").and_then(Value::as_i64)) {
                    (Some(name), _) => own.name == name,
                    (None, Some(number)) => i64::from(own.port) == number,
                    (None, None) => true,
                },
                None => true,
            };
            for &target in &service.targets {
                let conns =
                    service.ports.iter().filter(|own| wanted(own)).fold(Conns::none(), |conns, own| {
                        conns.union(&service.translate(input, target, own.protocol, own.port))
                    });
                if conns.is_empty() {
                    continue;
                }
                let proof = Proof {
                    confidence: Confidence::High,
                    at: at.clone(),
                    setting: format!("Ingress {}", object.name()),
                    count: 1,
                    ..Proof::default()
                };
                evidence.add(Party::Controller, Party::Workload(target), conns, proof);
            }
        }
    }
}
