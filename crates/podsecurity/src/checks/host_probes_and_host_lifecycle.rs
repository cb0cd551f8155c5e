//! Probes and lifecycle handlers that the kubelet would send to other hosts.

use std::collections::BTreeSet;

use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::text::{containers, join_quoted, plural};
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::HostProbesAndHostLifecycle,
    level: Level::Baseline,
    summary: "Probes and lifecycle handlers must not name a host.",
    revisions: &[Revision {
        since: 34,
        summary: "host of httpGet and tcpSocket must be absent or empty in all probes and handlers.",
        overrides: &[],
        run,
    }],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    if !pod.containers.iter().any(|container| container.names_hosts) {
        return None;
    }
    // Here, and only here, upstream sorts the names of the containers too.
    let mut names = BTreeSet::new();
    let mut hosts = BTreeSet::new();
    let mut fields = Vec::new();
    for container in pod.containers.iter().filter(|container| container.names_hosts) {
        names.insert(container.name);
        for found in container.hosts() {
            hosts.insert(found.host);
            fields.push(container.path(&found.keys));
        }
    }
    let names: Vec<&str> = names.into_iter().collect();
    Some(Refusal {
        reason: "probe or lifecycle host",
        detail: format!(
            "{} {} {} {}",
            containers(&names),
            plural("uses", "use", names.len()),
            plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.len()),
            join_quoted(&hosts)
        ),
        fields,
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn every_place_is_looked_at_from_1_34_on() {
        let expect = Expect::new(CheckId::HostProbesAndHostLifecycle);
        let pod = spec(
            r#"{"initContainers": [{"name": "z", "startupProbe": {"tcpSocket": {"host": "h2"}}}],
                "containers": [{"name": "a",
                  "livenessProbe": {"httpGet": {"host": "h1"}},
                  "readinessProbe": {"httpGet": {"host": ""}, "tcpSocket": {"host": null}},
                  "lifecycle": {"preStop": {"httpGet": {"host": "h1"}}, "postStart": {"tcpSocket": {"host": "h3"}}}}]}"#,
        );
        expect.at(33).allows(&pod);
        expect.at(34).refuses(
            &pod,
            "probe or lifecycle host",
            r#"containers "a", "z" use probe or lifecycle hosts "h1", "h2", "h3""#,
            &[
                "spec.initContainers[0].startupProbe.tcpSocket.host",
                "spec.containers[0].livenessProbe.httpGet.host",
                "spec.containers[0].lifecycle.postStart.tcpSocket.host",
                "spec.containers[0].lifecycle.preStop.httpGet.host",
            ],
        );
        expect.at(34).allows(&spec(r#"{"containers": [{"livenessProbe": {"exec": {"host": "x"}}}]}"#));
    }
}
