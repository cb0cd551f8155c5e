//! Namespaces of the node.

use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::{PodView, path};

pub(super) const CHECK: Check = Check {
    id: CheckId::HostNamespaces,
    level: Level::Baseline,
    summary: "Pods must not share the network, PID or IPC namespace of the node.",
    revisions: &[Revision {
        since: 0,
        summary: "hostNetwork, hostPID and hostIPC must be absent or false.",
        overrides: &[],
        run,
    }],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    if !(pod.host_network || pod.host_pid || pod.host_ipc) {
        return None;
    }
    let shared: Vec<&str> =
        [("hostNetwork", pod.host_network), ("hostPID", pod.host_pid), ("hostIPC", pod.host_ipc)]
            .into_iter()
            .filter_map(|(field, is_shared)| is_shared.then_some(field))
            .collect();
    Some(Refusal {
        reason: "host namespaces",
        detail: shared.iter().map(|field| format!("{field}=true")).collect::<Vec<_>>().join(", "),
        fields: shared.iter().map(|field| path(&["spec", field])).collect(),
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn each_namespace_is_named() {
        let expect = Expect::new(CheckId::HostNamespaces);
        expect.at(0).refuses(
            &spec(r#"{"hostIPC": true, "hostNetwork": true, "hostPID": true}"#),
            "host namespaces",
            "hostNetwork=true, hostPID=true, hostIPC=true",
            &["spec.hostNetwork", "spec.hostPID", "spec.hostIPC"],
        );
        expect.at(0).refuses(
            &spec(r#"{"hostIPC": true, "hostNetwork": false, "hostPID": null}"#),
            "host namespaces",
            "hostIPC=true",
            &["spec.hostIPC"],
        );
        expect.at(0).allows(&spec("{}"));
    }
}
