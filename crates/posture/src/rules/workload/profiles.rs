//! What the rules about seccomp and AppArmor profiles share.

use ironhull_finding::{Fix, Safety};
use ironhull_value::{Path, Segment};
use ironhull_world::{Container, Field, Profile};

use crate::Judge;

/// Why nothing is known of what a step of a workflow inherits.
pub(super) const NOT_MODELLED: &str =
    "this kind sets the pod's security context in a way that is not modelled";

/// Reports a profile that does not confine, or that Kubernetes does not know. `system` is the word for
/// messages: `seccomp`, `AppArmor`.
///
/// A privileged container runs unconfined whatever its profile says, which is the finding of WL001.
pub(super) fn report_unconfined(
    system: &str,
    field: Field<Profile<'_>>,
    container: &Container<'_, '_>,
    judge: &mut Judge<'_>,
) {
    if container.privileged().value {
        return;
    }
    let label = container.label();
    let message = match field.value {
        Profile::Unconfined => format!("{label} runs without {system} confinement"),
        Profile::Other(kind) => format!("{label} has the unknown {system} profile {kind:?}"),
        Profile::Unset if container.pod.is_partial() => return judge.unknown(NOT_MODELLED),
        Profile::Unset | Profile::RuntimeDefault | Profile::Localhost(_) => return,
    };
    // An AppArmor annotation has its own spelling.
    let is_field = matches!(field.path.segments().last(), Some(Segment::Key(key)) if key == "type");
    let wanted = if is_field { "RuntimeDefault" } else { "runtime/default" };
    let fix = Fix::set(field.path.clone(), wanted, Safety::Unsafe);
    let inherited = is_inherited(container, &field.path);
    let finding = judge.fail(field.path, message).with_fix(fix);
    if inherited {
        finding.noted("inherited from the pod");
    }
}

/// Whether a field of a container's effective context is written in the pod's security context.
pub(super) fn is_inherited(container: &Container<'_, '_>, path: &Path) -> bool {
    container.pod.field(&["securityContext"]).contains(path)
}

#[cfg(test)]
mod tests {
    use ironhull_finding::EditKind;
    use ironhull_testkit::world_of;
    use ironhull_value::Value;

    use crate::{evaluate, rule};

    #[test]
    fn field_and_annotation_are_mended_in_their_own_spelling() {
        let world = world_of(
            "pod.yaml",
            "
apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations: {container.apparmor.security.beta.kubernetes.io/old: unconfined}
spec:
  securityContext: {appArmorProfile: {type: Unconfined}}
  containers: [{name: old}, {name: new}]
",
        );
        let evaluation = evaluate(&world, &[rule("WL020").unwrap()]);
        let fixes: Vec<_> = evaluation
            .findings()
            .map(|finding| {
                let edit = &finding.fix.as_ref().unwrap().edits[0];
                assert_eq!(edit.path, finding.evidence[0].path);
                (edit.kind.clone(), finding.evidence[0].note.is_some())
            })
            .collect();
        let set = |text: &str| EditKind::Set(Value::Str(text.into()));
        assert_eq!(fixes, [(set("runtime/default"), false), (set("RuntimeDefault"), true)]);
    }
}
