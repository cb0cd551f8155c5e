//! Tables of connections: manifests in, what may be sent between some ends out.

use std::fmt::Write;
use std::net::IpAddr;
use std::sync::Arc;

use ironhull_manifest::{Limits, read_owned};
use ironhull_network::Profile;
use ironhull_network::engine::{End, Network, Solver};
use ironhull_network::input::Input;
use ironhull_value::Interner;
use ironhull_world::{Carriers, Catalog, World, objects_of};

/// The manifests in a text, as one cluster.
pub(crate) fn world(yaml: &str) -> World {
    let mut interner = Interner::new();
    let read =
        read_owned("test.yaml".to_owned(), yaml.as_bytes().to_vec(), &Limits::default(), &mut interner);
    let documents: Vec<_> = read.documents.into_iter().map(Arc::new).collect();
    let catalog = Catalog::new();
    let objects: Vec<_> =
        documents.iter().flat_map(|document| objects_of(document, None, "", &catalog).objects).collect();
    World::from_files(objects, Carriers::default())
}

/// A pod, `namespace/name labels address account`, as a manifest.
fn pod(line: &str) -> String {
    let mut words = line.split_whitespace();
    let (namespace, name) = words.next().and_then(|word| word.split_once('/')).expect("namespace/name");
    let (mut labels, mut ip, mut account, mut node) =
        (String::new(), String::new(), String::new(), String::new());
    for word in words {
        match word.split_once('=') {
            Some(("ip", value)) => ip = format!("status: {{podIP: {value}}}\n"),
            Some(("account", value)) => account = format!("  serviceAccountName: {value}\n"),
            Some(("node", value)) => node = format!("  nodeName: {value}\n  hostNetwork: true\n"),
            Some((key, value)) => writeln!(labels, "    {key}: {value:?}").expect("a text takes it"),
            None => panic!("what is {word}?"),
        }
    }
    let labels = if labels.is_empty() { "    {}\n".to_owned() } else { labels };
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  labels:\n{labels}spec:\n{account}{node}  containers:\n  - {{name: c, image: i, ports: [{{name: web, containerPort: 8080}}, {{name: dns, containerPort: 53, protocol: UDP}}]}}\n{ip}"
    )
}

/// A table: the cluster, what holds in it, and what is wrong with it.
pub(crate) struct Table<'t> {
    pub(crate) profile: Profile,
    /// One pod a line.
    pub(crate) pods: &'t str,
    pub(crate) yaml: &'t str,
}

impl Table<'_> {
    fn input(&self) -> Input {
        let pods: String =
            self.pods.lines().map(str::trim).filter(|line| !line.is_empty()).map(pod).collect();
        Input::of(&world(&format!("{pods}\n---\n{}", self.yaml)))
    }

    /// Checks lines of `from -> to: connections`. An end is a pod, a node as `node:name`, an address or a
    /// name as `name:example.com`; what is unknown stands behind `?`.
    pub(crate) fn check(&self, expected: &str) {
        self.check_in(&self.input(), expected);
    }

    /// The same with the staged policies enforced.
    pub(crate) fn check_with_staged(&self, expected: &str) {
        self.check_in(&self.input().with_staged(), expected);
    }

    fn check_in(&self, input: &Input, expected: &str) {
        let network = Network::new(input, self.profile);
        let mut solver = Solver::default();
        let mut found = String::new();
        let mut wanted = String::new();
        for line in expected.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (ends, _) = line.rsplit_once(": ").expect("ends: connections");
            let (from, to) = ends.split_once(" -> ").expect("from -> to");
            let verdict = solver.between(&network, &end(&network, from), &end(&network, to));
            let verdict = solver.verdict(verdict);
            let unknown =
                if verdict.unknown.is_empty() { String::new() } else { format!(" ? {}", verdict.unknown) };
            writeln!(found, "{ends}: {}{unknown}", verdict.allowed).expect("a text takes it");
            writeln!(wanted, "{line}").expect("a text takes it");
        }
        let problems: Vec<String> = input
            .problems
            .iter()
            .map(|problem| format!("{} {}", problem.path.to_pointer(), problem.message))
            .collect();
        assert_eq!(found, wanted, "problems: {problems:#?}");
    }

    /// Checks lines of `path: message`, with `?` in front where it is not modelled.
    pub(crate) fn check_problems(&self, expected: &str) {
        let found: Vec<String> = self
            .input()
            .problems
            .iter()
            .map(|problem| {
                let mark = if problem.unsupported { "? " } else { "" };
                format!("{mark}{}: {}", problem.path.to_pointer(), problem.message)
            })
            .collect();
        let wanted: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(found, wanted);
    }
}

fn end<'n>(network: &'n Network, text: &'n str) -> End<'n> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return End::Address(address);
    }
    if let Some(name) = text.strip_prefix("name:") {
        return End::Name(name);
    }
    if let Some(name) = text.strip_prefix("node:") {
        let (_, class) = network.nodes().find(|(own, _)| *own == name).expect("a node");
        return End::Class(class);
    }
    let found = network
        .workloads()
        .find(|(_, entry)| text == format!("{}/{}", entry.workload.namespace, entry.workload.name));
    End::Class(found.unwrap_or_else(|| panic!("no pod {text}")).1.classes[0])
}
