//! One JSON List as `kubectl get -A -o json` prints it: indented by four, with uid, owners, the last-applied
//! annotation and status, and without `managedFields`, which kubectl hides.

use super::{access, config, network, rng::Rng, workload, workload::App};
use crate::hash::Fnv;
use anyhow::Result;
use serde::Serialize as _;
use serde_json::{Value, json};
use std::io::Write;

/// Raised when a change makes other bytes, so that an old file is not taken for a new one.
pub(crate) const VERSION: u32 = 1;

/// Writes the list object by object; the hash of what was written.
pub(crate) fn write(mut out: impl Write, seed: u64, objects: usize) -> Result<String> {
    let mut rng = Rng::new(seed);
    let mut hash = Fnv::new();
    out.write_all(b"{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n")?;
    for number in 0..objects {
        let mut text = b"        ".to_vec();
        text.extend(indented(&object(&mut rng, number))?);
        text.extend_from_slice(if number + 1 == objects { b"\n" } else { b",\n" });
        hash = hash.field(&text);
        out.write_all(&text)?;
    }
    out.write_all(b"    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n")?;
    out.flush()?;
    Ok(hash.hex())
}

/// JSON indented by four and shifted to where items stand.
fn indented(object: &Value) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    object.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))?;
    let mut shifted = Vec::with_capacity(bytes.len() * 3 / 2);
    for byte in bytes {
        shifted.push(byte);
        if byte == b'\n' {
            shifted.extend_from_slice(b"        ");
        }
    }
    Ok(shifted)
}

/// The kinds in the proportions of a cluster that runs web services.
fn object(rng: &mut Rng, number: usize) -> Value {
    let namespace = format!("team-{}", number % 250);
    let app = App::new(rng, &namespace, number);
    let mut object = match number % 100 {
        0..58 => running_pod(rng, &app),
        58..70 => replica_set(rng, &app),
        70..76 => workload::deployment(rng, &app),
        76..82 => network::service(rng, &app),
        82..88 => config::config_map(rng, &app),
        88..92 => config::secret(rng, &app),
        92..95 => access::service_account(rng, &app),
        95 => network::policy(rng, &app),
        96 => access::role(rng, &namespace, &app.name),
        97 => access::role_binding(&namespace, &app.name, &app.name),
        98 => access::cluster_role(rng, &app.name),
        _ => access::cluster_role_binding(rng, &app.name, &namespace),
    };
    let applied = object.to_string() + "\n";
    let metadata = &mut object["metadata"];
    metadata["uid"] = rng.uid().into();
    metadata["resourceVersion"] = (1_000_000 + number).to_string().into();
    metadata["creationTimestamp"] = format!("2026-0{}-1{}T10:00:00Z", 1 + rng.below(9), rng.below(10)).into();
    if (70..98).contains(&(number % 100)) {
        metadata["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = applied.into();
    }
    object
}

fn running_pod(rng: &mut Rng, app: &App) -> Value {
    let mut pod = workload::deployment(rng, app)["spec"]["template"].take();
    let suffix = rng.hex(5);
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"]["name"] = format!("{}-{suffix}", app.name).into();
    pod["metadata"]["namespace"] = app.namespace.clone().into();
    pod["metadata"]["ownerReferences"] = owner(rng, "ReplicaSet", &app.name);
    let node = format!("node-{}", rng.below(200));
    pod["spec"]["nodeName"] = node.into();
    default_pod(&mut pod["spec"]);
    pod["status"] = status(rng, &pod["spec"]);
    pod
}

/// Some of what the API server fills in.
fn default_pod(spec: &mut Value) {
    for (name, value) in
        [("dnsPolicy", "ClusterFirst"), ("restartPolicy", "Always"), ("schedulerName", "default-scheduler")]
    {
        spec[name] = value.into();
    }
    spec["enableServiceLinks"] = true.into();
    spec["preemptionPolicy"] = "PreemptLowerPriority".into();
    if let Some(containers) = spec["containers"].as_array_mut() {
        for container in containers {
            container["terminationMessagePath"] = "/dev/termination-log".into();
            container["terminationMessagePolicy"] = "File".into();
        }
    }
}

fn status(rng: &mut Rng, spec: &Value) -> Value {
    let names: Vec<(Value, Value)> = spec["containers"]
        .as_array()
        .map(|list| {
            list.iter().map(|container| (container["name"].clone(), container["image"].clone())).collect()
        })
        .unwrap_or_default();
    let started = "2026-05-11T10:00:07Z";
    let statuses: Vec<Value> = names
        .into_iter()
        .map(|(name, image)| {
            json!({
                "name": name, "image": image, "imageID": format!("registry.example.com/app@sha256:{}", rng.hex(64)),
                "containerID": format!("containerd://{}", rng.hex(64)), "ready": true, "started": true,
                "restartCount": rng.below(3), "lastState": {}, "state": {"running": {"startedAt": started}},
            })
        })
        .collect();
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": started});
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition);
    json!({
        "phase": "Running",
        "conditions": conditions,
        "containerStatuses": statuses,
        "hostIP": format!("10.0.{}.{}", rng.below(255), rng.below(255)),
        "podIP": format!("10.{}.{}.{}", 1 + rng.below(200), rng.below(255), rng.below(255)),
        "qosClass": "Burstable",
        "startTime": started,
    })
}

fn replica_set(rng: &mut Rng, app: &App) -> Value {
    let mut set = workload::deployment(rng, app);
    set["kind"] = "ReplicaSet".into();
    set["metadata"]["name"] = format!("{}-{}", app.name, rng.hex(9)).into();
    set["metadata"]["ownerReferences"] = owner(rng, "Deployment", &app.name);
    if let Some(spec) = set["spec"].as_object_mut() {
        spec.remove("strategy");
        spec.remove("revisionHistoryLimit");
    }
    set["status"] = json!({"observedGeneration": 1, "replicas": 0});
    set
}

fn owner(rng: &mut Rng, kind: &str, name: &str) -> Value {
    json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": rng.uid(), "controller": true,
        "blockOwnerDeletion": true}])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_list_of_so_many_objects_and_the_same_each_time() {
        let make = || {
            let mut bytes = Vec::new();
            let hash = write(&mut bytes, 3, 300).unwrap();
            (hash, bytes)
        };
        let (hash, bytes) = make();
        assert_eq!(make().0, hash);
        let list: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(list["kind"], "List");
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 300);
        assert!(items.iter().all(|item| item["metadata"]["uid"].is_string() && item["kind"].is_string()));
    }
}
