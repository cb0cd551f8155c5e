//! Types of volumes.

use std::collections::BTreeSet;

use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::text::{join_quoted, plural};
use crate::view::{PodView, path};

pub(super) const CHECK: Check = Check {
    id: CheckId::RestrictedVolumes,
    level: Level::Restricted,
    summary: "Volumes must be of a type that does not reach around the storage abstractions of the cluster.",
    revisions: &[Revision {
        since: 0,
        summary: "configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected \
                  and secret.",
        overrides: &[CheckId::HostPathVolumes],
        run,
    }],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    if !pod.has_restricted_volume {
        return None;
    }
    let mut names = Vec::new();
    let mut kinds = BTreeSet::new();
    let mut fields = Vec::new();
    for (index, volume) in pod.volumes() {
        if let Some(source) = volume.restricted() {
            names.push(volume.name);
            kinds.insert(source.kind);
            fields.push(path(&["spec", "volumes"]).child(index).child(source.member));
        }
    }
    Some(Refusal {
        reason: "restricted volume types",
        detail: format!(
            "{} {} {} {} {}",
            plural("volume", "volumes", names.len()),
            join_quoted(&names),
            plural("uses", "use", names.len()),
            plural("restricted volume type", "restricted volume types", kinds.len()),
            join_quoted(&kinds)
        ),
        fields,
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn types_are_listed_once_and_unknown_ones_are_refused() {
        let expect = Expect::new(CheckId::RestrictedVolumes);
        expect.at(0).refuses(
            &spec(
                r#"{"volumes": [{"name": "a", "nfs": {}}, {"name": "b", "emptyDir": {}}, {"name": "c", "nfs": {}},
                                {"name": "d", "storageos": {}, "hostPath": {}}, {"name": "e", "newStorage": {}},
                                {"name": "f", "gitRepo": {}, "secret": {}}, {"name": "g", "newStorage": null}]}"#,
            ),
            "restricted volume types",
            r#"volumes "a", "c", "d", "e" use restricted volume types "hostPath", "nfs", "unknown""#,
            &[
                "spec.volumes[0].nfs",
                "spec.volumes[2].nfs",
                "spec.volumes[3].hostPath",
                "spec.volumes[4].newStorage",
            ],
        );
    }

    #[test]
    fn a_volume_without_a_source_is_an_empty_dir() {
        let expect = Expect::new(CheckId::RestrictedVolumes);
        expect.at(37).allows(&spec(r#"{"volumes": [{"name": "a"}, null, {"name": "b", "emptyDir": null}]}"#));
    }
}
