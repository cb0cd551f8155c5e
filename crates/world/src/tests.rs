//! The snapshot and the views on it.

use std::sync::Arc;

use ironhull_manifest::{Limits, read};
use ironhull_value::Interner;

use crate::rbac::SubjectKind;
use crate::*;

fn objects(text: &str) -> Vec<Object> {
    let parsed = read("test.yaml", text.as_bytes(), &Limits::default(), &mut Interner::new());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let catalog = Catalog::new();
    parsed
        .documents
        .into_iter()
        .flat_map(|document| objects_of(&Arc::new(document), None, "", &catalog).objects)
        .collect()
}

fn world(text: &str) -> World {
    World::from_files(objects(text), Carriers::default())
}

#[test]
fn lists_are_unfolded_with_their_places() {
    let world = world(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: b}\n",
    );
    let pod = world.get(kinds::POD, "", "b").unwrap();
    let (source, location) = pod.locate(&ironhull_value::Path::root().keys(&["metadata", "name"])).unwrap();
    assert_eq!((source.slice(location.value), location.depth), ("b", 2));
}

#[test]
fn every_carrier_is_seen() {
    for (api, kind, head) in [
        ("v1", "Pod", ""),
        ("apps/v1", "Deployment", "spec: {template: {"),
        ("batch/v1", "CronJob", "spec: {jobTemplate: {spec: {template: {"),
        ("v1", "PodTemplate", "template: {"),
        ("argoproj.io/v1alpha1", "Rollout", "spec: {template: {"),
        ("keda.sh/v1alpha1", "ScaledJob", "spec: {jobTargetRef: {template: {"),
        ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "spec: {leaderWorkerTemplate: {workerTemplate: {"),
    ] {
        let body = format!(
            "{head}spec: {{containers: [{{name: c, image: x}}]}}{}",
            "}".repeat(head.matches('{').count())
        );
        let world = world(&format!("{{apiVersion: {api}, kind: {kind}, metadata: {{name: a}}, {body}}}"));
        let object = world.workloads().next().unwrap();
        let pods = world.pods_of(object);
        assert_eq!(
            pods.iter()
                .flat_map(|pod| pod.containers().map(|c| c.name().to_owned()).collect::<Vec<_>>())
                .collect::<Vec<_>>(),
            ["c"],
            "{kind}"
        );
    }
    let workflow = world(
        "{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {name: a}, spec: {templates: [{name: x, container: {name: m, image: y}}]}}",
    );
    let pods = workflow.pods_of(workflow.workloads().next().unwrap());
    assert!(pods[0].is_partial());
    assert_eq!(pods[0].containers().next().unwrap().path.to_string(), "spec.templates[0].container");
}

#[test]
fn the_container_wins_over_the_pod() {
    let world = world("
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {runAsUser: 0, runAsNonRoot: true, seLinuxOptions: {type: t, level: l}, windowsOptions: {hostProcess: true}}
  containers:
  - name: own
    securityContext: {runAsUser: 7, seLinuxOptions: {user: u}, capabilities: {add: [cap_net_admin]}, windowsOptions: {runAsUserName: x}}
  - name: inherits
  initContainers:
  - name: side
    restartPolicy: Always
");
    let pods = world.pods_of(world.workloads().next().unwrap());
    let containers: Vec<_> = pods[0].containers().collect();
    assert_eq!(containers[0].kind, ContainerKind::Sidecar);
    let (own, inherits) = (&containers[1], &containers[2]);
    assert_eq!(own.run_as_user().value, Some(7));
    assert_eq!(inherits.run_as_user().value, Some(0));
    assert_eq!(inherits.run_as_user().path.to_string(), "spec.securityContext.runAsUser");
    // Replaced as a whole, not merged.
    assert_eq!(own.selinux_options().value.unwrap().get("type"), None);
    // Merged field by field.
    assert!(own.host_process().value);
    assert_eq!(own.added_capabilities()[0].name, "NET_ADMIN");
    let absent = own.read_only_root_filesystem();
    assert_eq!((absent.value, absent.written), (false, false));
}

#[test]
fn copies_are_kept_and_found() {
    let world = world(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {n: '1'}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {n: '2'}}\n",
    );
    assert_eq!(world.of_kind(kinds::POD).map(|pod| pod.key.copy).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn deltas_make_new_snapshots() {
    let old = world("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x}\n");
    let more = objects(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: x}\nroleRef: {kind: ClusterRole, name: edit}\nsubjects: [{kind: ServiceAccount, name: s}]\n",
    );
    let new = old.apply(more.into_iter().map(|object| Delta::Upsert(Arc::new(object))));
    assert_eq!((old.len(), new.len()), (1, 2));
    let bound = |world: &World| world.subjects().bindings(SubjectKind::ServiceAccount, "x", "s").count();
    assert_eq!((bound(&old), bound(&new)), (0, 1));
    let key = new.of_kind(kinds::ROLE_BINDING).next().unwrap().key.clone();
    let gone = new.apply([Delta::Delete(key)]);
    assert_eq!((gone.len(), bound(&gone)), (1, 0));
    assert!(gone.apply([Delta::Reset]).is_empty());
}

#[test]
fn what_is_watched_is_complete_and_nothing_else() {
    let pods = "
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: y}
";
    let kinds = vec![("".into(), "Pod".into())];
    let world = world(pods).with_completeness(Completeness::Watched { kinds });
    assert!(world.is_complete(kinds::POD) && !world.is_complete(kinds::NAMESPACE));
    let count = |namespace| world.count_of(kinds::POD, namespace);
    assert_eq!((count(None), count(Some("x")), count(Some("z"))), (2, 1, 0));
    assert_eq!(world.count_of(kinds::NAMESPACE, None), 0);
}

#[test]
fn owned_objects_are_not_workloads() {
    let world = world("
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: r, namespace: x}
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: x, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: r, controller: true}]}
");
    assert_eq!(world.workloads().map(|object| object.name().to_owned()).collect::<Vec<_>>(), ["r"]);
    let pod = world.get(kinds::POD, "x", "p").unwrap();
    assert_eq!(world.top_owner(pod).name(), "r");
}

#[test]
fn a_world_can_list_one_namespace() {
    let world = world(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: x}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: xy}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: c, namespace: w}\n",
    );
    let names = |namespace: &str| {
        world.of_kind_in(kinds::SERVICE, namespace).map(|object| object.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (names("x"), names("xy"), names("none")),
        (vec!["a".to_owned()], vec!["b".to_owned()], vec![])
    );
}

#[test]
fn what_is_no_object_is_named() {
    let parsed = read("x", b"a: 1\n---\nkind: Pod\n---\n- 1\n", &Limits::default(), &mut Interner::new());
    let malformed: Vec<_> = parsed
        .documents
        .into_iter()
        .flat_map(|document| objects_of(&Arc::new(document), None, "", &Catalog::new()).malformed)
        .collect();
    assert_eq!(malformed.iter().map(|m| m.foreign).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn roles_are_aggregated() {
    let world = world(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: 'yes'}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {part: 'yes'}}
rules: [{apiGroups: [''], resources: ['pods/*', '*/exec'], verbs: [create]}]
",
    );
    let role = world.get(kinds::CLUSTER_ROLE, "", "all").unwrap();
    let rules = rbac::rules_of(&world, role);
    assert_eq!(rules.len(), 1);
    assert!(rules[0].allows("create", "", "pods/exec") && !rules[0].allows("create", "", "pods"));
}
