//! Pictures to test with.

use super::model::{Edge, EdgeMark, Group, Node, NodeClass, Picture, Unprotected};

pub(super) fn node(id: &str, kind: &str) -> Node {
    Node {
        id: id.to_owned(),
        label: id.rsplit('/').next().unwrap_or(id).to_owned(),
        kind: kind.to_owned(),
        ..Node::default()
    }
}

pub(super) fn edge(from: &str, to: &str, label: &str) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), label: label.to_owned(), ..Edge::default() }
}

fn outside(id: &str, label: &str, class: NodeClass) -> Node {
    Node { id: id.to_owned(), label: label.to_owned(), class, ..Node::default() }
}

/// A shop of ten workloads in three namespaces, with an ingress and a payment provider.
pub(super) fn shop() -> Picture {
    let group = |name: &str, nodes: &[(&str, &str)]| Group {
        name: name.to_owned(),
        outside: false,
        nodes: nodes.iter().map(|(label, kind)| node(&format!("{name}/{label}"), kind)).collect(),
    };
    let mut web = group(
        "web",
        &[("frontend", "Deployment"), ("search", "Deployment"), ("mobile-gateway", "Deployment")],
    );
    web.nodes[1].unprotected = Unprotected { ingress: false, egress: true };
    let backend = group(
        "backend",
        &[
            ("cart", "Deployment"),
            ("checkout", "Deployment"),
            ("payment", "Deployment"),
            ("catalog", "Deployment"),
        ],
    );
    let data = group(
        "data",
        &[("orders-db", "StatefulSet"), ("cache", "StatefulSet"), ("catalog-db", "StatefulSet")],
    );
    let away = Group {
        name: "Outside".to_owned(),
        outside: true,
        nodes: vec![
            outside("internet", "Internet", NodeClass::Internet),
            outside("ingress", "ingress-nginx", NodeClass::Ingress),
            outside("psp", "api.payments.example", NodeClass::Name),
            outside("range", "203.0.113.0/24", NodeClass::Addresses),
        ],
    };
    let edges = vec![
        edge("internet", "ingress", "TCP 443"),
        edge("ingress", "web/frontend", "TCP 8080"),
        edge("ingress", "web/mobile-gateway", "TCP 8080"),
        edge("web/frontend", "web/search", "TCP 8080"),
        edge("web/frontend", "backend/cart", "TCP 8080"),
        edge("web/frontend", "backend/checkout", "TCP 8080"),
        edge("web/frontend", "backend/catalog", "TCP 8080"),
        edge("web/mobile-gateway", "backend/cart", "TCP 8080"),
        edge("web/mobile-gateway", "backend/checkout", "TCP 8080"),
        edge("web/search", "backend/catalog", "TCP 8080,9090"),
        edge("web/search", "internet", "All Connections"),
        edge("backend/checkout", "backend/payment", "TCP 8443"),
        edge("backend/checkout", "backend/cart", "TCP 8080"),
        edge("backend/cart", "data/cache", "TCP 6379"),
        edge("backend/checkout", "data/orders-db", "TCP 5432"),
        edge("backend/catalog", "data/catalog-db", "TCP 5432"),
        edge("backend/payment", "data/orders-db", "TCP 5432"),
        edge("backend/payment", "psp", "TCP 443"),
        edge("range", "backend/payment", "TCP 8443"),
    ];
    Picture {
        title: "Who can talk to whom: shop".to_owned(),
        subtitle: "10 workloads in 3 namespaces, 9 network policies".to_owned(),
        notes: vec!["One policy could not be read: data/backup.".to_owned()],
        groups: vec![away, web, backend, data],
        edges,
        words: Vec::new(),
    }
}

/// A small source of numbers that are the same every time.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end.max(1)
    }
}

/// A cluster of `count` workloads in `namespaces`, every third namespace without policies, with DNS and
/// metrics for everybody.
pub(super) fn cluster(count: usize, namespaces: usize) -> Picture {
    const TEAMS: [&str; 12] = [
        "payments",
        "storefront",
        "identity",
        "analytics",
        "logistics",
        "search",
        "mailing",
        "platform",
        "catalog",
        "support",
        "mobile",
        "batch",
    ];
    const ROLES: [&str; 10] =
        ["api", "web", "worker", "db", "cache", "queue", "cron", "gateway", "indexer", "admin"];
    let mut numbers = Numbers(7);
    let mut groups = vec![Group {
        name: "Outside".to_owned(),
        outside: true,
        nodes: vec![
            outside("internet", "Internet", NodeClass::Internet),
            outside("ingress", "ingress-nginx", NodeClass::Ingress),
            outside("psp", "api.payments.example", NodeClass::Name),
            outside("smtp", "198.51.100.0/24", NodeClass::Addresses),
        ],
    }];
    for index in 0..namespaces {
        let team = TEAMS[index % TEAMS.len()];
        let name =
            if index < TEAMS.len() { team.to_owned() } else { format!("{team}-{}", index / TEAMS.len()) };
        let size = count / namespaces + usize::from(index < count % namespaces);
        let open = index % 3 == 2;
        let nodes = (0..size)
            .map(|position| {
                let role = ROLES[position % ROLES.len()];
                let label = if position < ROLES.len() {
                    role.to_owned()
                } else {
                    format!("{role}-{}", position / ROLES.len() + 1)
                };
                let kind =
                    if matches!(role, "db" | "cache" | "queue") { "StatefulSet" } else { "Deployment" };
                let mut node = node(&format!("{name}/{label}"), kind);
                node.unprotected = Unprotected { ingress: open, egress: open || position % 7 == 6 };
                node
            })
            .collect();
        groups.push(Group { name, outside: false, nodes });
    }
    groups.push(Group {
        name: "kube-system".to_owned(),
        outside: false,
        nodes: vec![
            node("kube-system/coredns", "Deployment"),
            node("kube-system/metrics-server", "Deployment"),
        ],
    });
    let workloads: Vec<Node> =
        groups.iter().filter(|group| !group.outside).flat_map(|group| group.nodes.iter().cloned()).collect();
    let mut edges = Vec::new();
    for from in &workloads {
        for to in &workloads {
            if from.id != to.id && from.unprotected.egress && to.unprotected.ingress {
                edges.push(edge(&from.id, &to.id, "All Connections"));
            }
        }
        if from.id != "kube-system/coredns" {
            edges.push(edge(&from.id, "kube-system/coredns", "UDP 53"));
        }
        if from.unprotected.egress {
            edges.push(edge(&from.id, "internet", "All Connections"));
        }
        if from.unprotected.ingress {
            edges.push(edge("internet", &from.id, "All Connections"));
        }
    }
    for group in groups
        .iter()
        .filter(|group| !group.outside && !group.nodes.first().is_some_and(|node| node.unprotected.ingress))
    {
        for (index, node) in group.nodes.iter().enumerate() {
            let role = node.label.split('-').next().unwrap_or_default();
            let pick = |role: &str| {
                group
                    .nodes
                    .iter()
                    .filter(|node| node.label.starts_with(role))
                    .map(|node| node.id.clone())
                    .collect::<Vec<_>>()
            };
            match role {
                "web" | "gateway" => {
                    edges.push(edge("ingress", &node.id, "TCP 8080"));
                    edges.extend(pick("api").iter().map(|to| edge(&node.id, to, "TCP 8080")));
                }
                "api" | "worker" => {
                    edges.extend(pick("db").iter().map(|to| edge(&node.id, to, "TCP 5432")));
                    edges.extend(pick("cache").iter().map(|to| edge(&node.id, to, "TCP 6379")));
                }
                "cron" => edges.extend(pick("queue").iter().map(|to| edge(&node.id, to, "TCP 5672"))),
                _ => {}
            }
            if index % 5 == 0 {
                let other = &groups[1 + numbers.below(namespaces)];
                let to = &other.nodes[numbers.below(other.nodes.len())];
                if to.id != node.id && !to.unprotected.ingress {
                    edges.push(edge(&node.id, &to.id, "TCP 443"));
                }
            }
        }
    }
    edges.push(edge("payments/api", "psp", "TCP 443"));
    edges.push(edge("internet", "ingress", "TCP 80,443"));
    Picture {
        title: format!("Who can talk to whom: {count} workloads"),
        subtitle: format!("{namespaces} namespaces, a third of them without network policies"),
        notes: Vec::new(),
        groups,
        edges,
        words: Vec::new(),
    }
}

/// The difference of two states of the shop.
pub(super) fn difference() -> Picture {
    let mut picture = shop();
    picture.title = "What changes".to_owned();
    picture.edges[4].mark = EdgeMark::Added;
    picture.edges[8].mark = EdgeMark::Removed;
    picture.edges[9].mark = EdgeMark::Changed;
    picture.edges[13].mark = EdgeMark::Unknown;
    picture.groups[1].nodes[1].mark = super::model::Mark::Changed;
    picture.groups[2].nodes[2].mark = super::model::Mark::Added;
    picture.groups[3].nodes[1].mark = super::model::Mark::Removed;
    picture
}
