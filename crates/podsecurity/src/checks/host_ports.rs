//! Ports of the node.

use std::collections::BTreeSet;

use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::text::{containers, plural};
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::HostPorts,
    level: Level::Baseline,
    summary: "Containers must not use ports of the node.",
    revisions: &[Revision { since: 0, summary: "hostPort must be absent or 0.", overrides: &[], run }],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    if !pod.containers.iter().any(|container| container.uses_host_ports) {
        return None;
    }
    let mut names = Vec::new();
    // Sorted as texts: 10 comes before 9.
    let mut ports = BTreeSet::new();
    let mut fields = Vec::new();
    for container in pod.containers.iter().filter(|container| container.uses_host_ports) {
        names.push(container.name);
        for (index, port) in container.host_ports() {
            ports.insert(port.to_string());
            fields.push(container.path(&["ports"]).child(index).child("hostPort"));
        }
    }
    let ports: Vec<String> = ports.into_iter().collect();
    Some(Refusal {
        reason: "hostPort",
        detail: format!(
            "{} {} {} {}",
            containers(&names),
            plural("uses", "use", names.len()),
            plural("hostPort", "hostPorts", ports.len()),
            ports.join(", ")
        ),
        fields,
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn ports_are_listed_once_and_sorted_as_text() {
        let expect = Expect::new(CheckId::HostPorts);
        expect.at(0).refuses(
            &spec(
                r#"{"containers": [
                     {"name": "a", "ports": [{"hostPort": 9}, {"hostPort": 0}, null, {"hostPort": 10}]},
                     {"name": "b", "ports": [{"containerPort": 9}]},
                     {"name": "c", "ports": [{"hostPort": 9}]}]}"#,
            ),
            "hostPort",
            r#"containers "a", "c" use hostPorts 10, 9"#,
            &[
                "spec.containers[0].ports[0].hostPort",
                "spec.containers[0].ports[3].hostPort",
                "spec.containers[2].ports[0].hostPort",
            ],
        );
        expect.at(37).refuses(
            &spec(r#"{"containers": [{"name": "a", "ports": [{"hostPort": -1}]}]}"#),
            "hostPort",
            r#"container "a" uses hostPort -1"#,
            &["spec.containers[0].ports[0].hostPort"],
        );
    }
}
