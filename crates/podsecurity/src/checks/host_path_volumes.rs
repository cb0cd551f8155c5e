//! Files of the node.

use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::text::{join_quoted, plural};
use crate::view::{PodView, path};

pub(super) const CHECK: Check = Check {
    id: CheckId::HostPathVolumes,
    level: Level::Baseline,
    summary: "Volumes must not be hostPath.",
    revisions: &[Revision { since: 0, summary: "hostPath must be absent.", overrides: &[], run }],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    if !pod.has_host_path {
        return None;
    }
    let mut names = Vec::new();
    let mut fields = Vec::new();
    for (index, volume) in pod.volumes() {
        if volume.host_path {
            names.push(volume.name);
            fields.push(path(&["spec", "volumes"]).child(index).child("hostPath"));
        }
    }
    Some(Refusal {
        reason: "hostPath volumes",
        detail: format!("{} {}", plural("volume", "volumes", names.len()), join_quoted(&names)),
        fields,
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn every_host_path_is_named() {
        let expect = Expect::new(CheckId::HostPathVolumes);
        expect.at(0).refuses(
            &spec(
                r#"{"volumes": [{"name": "a", "hostPath": {}}, {"name": "b", "hostPath": null},
                                {"hostPath": {"path": "/"}, "emptyDir": {}}]}"#,
            ),
            "hostPath volumes",
            r#"volumes "a", """#,
            &["spec.volumes[0].hostPath", "spec.volumes[2].hostPath"],
        );
        expect.at(0).allows(&spec(r#"{"volumes": [{"name": "a", "nfs": {}}, null]}"#));
    }
}
