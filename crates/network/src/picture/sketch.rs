//! A picture from the titles of ends, for answers that know no more than these.

use core::net::IpAddr;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::model::{Edge, Group, Mark, Node, NodeClass, Picture};

/// Collects ends and connections; a title that comes up again is the same end.
#[derive(Debug, Default)]
pub(crate) struct Sketch {
    groups: BTreeMap<String, Vec<Node>>,
    outside: Vec<Node>,
    edges: Vec<Edge>,
    places: FxHashMap<String, (Option<String>, usize)>,
}

impl Sketch {
    /// The end with this title, as `ends` and `who` write titles.
    pub(crate) fn end(&mut self, title: &str) -> &mut Node {
        if !self.places.contains_key(title) {
            let (namespace, node) = read(title);
            let list = match &namespace {
                Some(namespace) => self.groups.entry(namespace.clone()).or_default(),
                None => &mut self.outside,
            };
            list.push(node);
            let place = list.len() - 1;
            self.places.insert(title.to_owned(), (namespace, place));
        }
        let (namespace, place) = &self.places[title];
        let list = match namespace {
            Some(namespace) => self.groups.entry(namespace.clone()).or_default(),
            None => &mut self.outside,
        };
        &mut list[*place]
    }

    /// A connection; both ends are there from now on.
    pub(crate) fn edge(&mut self, edge: Edge) {
        self.end(&edge.from);
        self.end(&edge.to);
        self.edges.push(edge);
    }

    /// The ends and connections as a picture without words.
    pub(crate) fn done(self) -> Picture {
        let mut groups: Vec<Group> =
            self.groups.into_iter().map(|(name, nodes)| Group { name, outside: false, nodes }).collect();
        if !self.outside.is_empty() {
            groups.push(Group { name: "Outside".to_owned(), outside: true, nodes: self.outside });
        }
        Picture { groups, edges: self.edges, ..Picture::default() }
    }
}

/// What addresses are called, and whether they are all there are.
pub(crate) fn addresses(first: IpAddr, last: IpAddr) -> (NodeClass, String) {
    let (none, all) = match first {
        IpAddr::V4(first) => (first.to_bits() == 0, last == IpAddr::V4(core::net::Ipv4Addr::BROADCAST)),
        IpAddr::V6(first) => {
            (first.is_unspecified(), last == IpAddr::V6(core::net::Ipv6Addr::from_bits(u128::MAX)))
        }
    };
    match (none && all, first.is_ipv4()) {
        (true, true) => (NodeClass::Internet, "all IPv4 addresses".to_owned()),
        (true, false) => (NodeClass::Internet, "all IPv6 addresses".to_owned()),
        (false, _) if first == last => (NodeClass::Addresses, first.to_string()),
        (false, _) => (NodeClass::Addresses, format!("{first} - {last}")),
    }
}

/// What a title says: the namespace, and the end.
fn read(title: &str) -> (Option<String>, Node) {
    let node = |label: &str, class: NodeClass| Node {
        id: title.to_owned(),
        label: label.to_owned(),
        class,
        ..Node::default()
    };
    if title == "{ingress-controller}" || title == "ingress" {
        let mark = Mark::EntryPoint;
        return (None, Node { mark, ..node("ingress controller", NodeClass::Ingress) });
    }
    let range = title.strip_suffix("[External]").unwrap_or(title);
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    if let (Ok(first), Ok(last)) = (first.parse::<IpAddr>(), last.parse::<IpAddr>()) {
        let (class, label) = addresses(first, last);
        return (None, node(&label, class));
    }
    if let Some(name) = title.strip_suffix("[Node]") {
        return (None, node(name, NodeClass::Host));
    }
    if let Some(name) = title.strip_suffix("[Name]") {
        return (None, node(name, NodeClass::Name));
    }
    let parts = title.split_once('[').and_then(|(name, rest)| {
        let (kind, variant) = rest.split_once(']')?;
        Some((name.split_once('/'), name, kind, variant))
    });
    match parts {
        Some((Some((namespace, name)), _, kind, variant)) => {
            let label = format!("{name}{variant}");
            let kind = kind.to_owned();
            (Some(namespace.to_owned()), Node { kind, ..node(&label, NodeClass::Workload) })
        }
        Some((None, name, kind, _)) => (None, Node { kind: kind.to_owned(), ..node(name, NodeClass::Name) }),
        None => (None, node(title, NodeClass::Name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_read_as_they_are_written() {
        let of = |title: &str| {
            let (namespace, node) = read(title);
            (namespace, node.label, node.kind, node.class)
        };
        let workload = |label: &str| {
            (Some("shop".to_owned()), label.to_owned(), "Deployment".to_owned(), NodeClass::Workload)
        };
        assert_eq!(of("shop/web[Deployment]"), workload("web"));
        assert_eq!(of("shop/web[Deployment]{app=a}"), workload("web{app=a}"));
        let outside = |label: &str, class| (None, label.to_owned(), String::new(), class);
        assert_eq!(
            of("0.0.0.0-255.255.255.255[External]"),
            outside("all IPv4 addresses", NodeClass::Internet)
        );
        assert_eq!(
            of("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff[External]"),
            outside("all IPv6 addresses", NodeClass::Internet)
        );
        assert_eq!(
            of("10.0.0.0-10.0.0.255[External]"),
            outside("10.0.0.0 - 10.0.0.255", NodeClass::Addresses)
        );
        assert_eq!(of("192.0.2.7"), outside("192.0.2.7", NodeClass::Addresses));
        assert_eq!(of("node-1[Node]"), outside("node-1", NodeClass::Host));
        assert_eq!(of("a.example[Name]"), outside("a.example", NodeClass::Name));
        assert_eq!(of("the pod's own node"), outside("the pod's own node", NodeClass::Name));
        assert_eq!(of("{ingress-controller}"), outside("ingress controller", NodeClass::Ingress));
    }

    #[test]
    fn an_end_is_there_once() {
        let mut sketch = Sketch::default();
        let edge = |from: &str, to: &str| Edge { from: from.into(), to: to.into(), ..Edge::default() };
        sketch.edge(edge("a/x[Pod]", "b/y[Pod]"));
        sketch.edge(edge("b/y[Pod]", "a/x[Pod]"));
        sketch.end("a/x[Pod]").mark = Mark::Focus;
        let picture = sketch.done();
        let counts: Vec<usize> = picture.groups.iter().map(|group| group.nodes.len()).collect();
        assert_eq!(counts, [1, 1]);
        assert_eq!(picture.groups[0].nodes[0].mark, Mark::Focus);
        assert_eq!(picture.edges.len(), 2);
    }
}
