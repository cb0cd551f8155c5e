//! What a kubelet would report of a Pod that it runs.

use serde_json::{Value, json};

/// The status of a Pod whose containers all run and are ready; of a Job's Pod, that all have ended well.
/// `now` is RFC 3339 in whole seconds.
pub(super) fn of(pod: &Value, ip: &str, now: &str) -> Value {
    let done = owner_is_job(pod);
    let ended = json!({"terminated": {
        "exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now,
    }});
    let running = json!({"running": {"startedAt": now}});
    let condition = |kind: &str, holds: bool| json!({"type": kind, "status": if holds { "True" } else { "False" }, "lastTransitionTime": now});
    json!({
        "phase": if done { "Succeeded" } else { "Running" },
        "hostIP": "127.0.0.1",
        "podIP": ip,
        "podIPs": [{"ip": ip}],
        "startTime": now,
        "conditions": [
            condition("PodScheduled", true),
            condition("Initialized", true),
            condition("ContainersReady", !done),
            condition("Ready", !done),
        ],
        "initContainerStatuses": containers(pod, "initContainers", &ended),
        "containerStatuses": containers(pod, "containers", if done { &ended } else { &running }),
    })
}

/// Whether the Pod still waits for its kubelet.
pub(super) fn is_pending(pod: &Value) -> bool {
    matches!(pod.pointer("/status/phase").and_then(Value::as_str), None | Some("Pending"))
}

fn owner_is_job(pod: &Value) -> bool {
    let owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    owners.into_iter().flatten().any(|owner| owner.get("kind").is_some_and(|kind| kind == "Job"))
}

fn containers(pod: &Value, field: &str, state: &Value) -> Value {
    let list = pod.get("spec").and_then(|spec| spec.get(field)).and_then(Value::as_array);
    let status = |container: &Value| {
        let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
        // A sidecar is an init container that keeps running.
        let sidecar = container.get("restartPolicy").is_some_and(|policy| policy == "Always");
        let state = if sidecar {
            &json!({"running": state.pointer("/terminated").map_or_else(
                || state.get("running").cloned().unwrap_or_default(),
                |ended| json!({"startedAt": ended["startedAt"]}),
            )})
        } else {
            state
        };
        json!({
            "name": name,
            "image": container.get("image"),
            "imageID": container.get("image"),
            "containerID": format!("hollow://{name}"),
            "ready": true,
            "started": state.get("running").is_some(),
            "restartCount": 0,
            "state": state,
        })
    };
    list.into_iter().flatten().map(status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_run_and_those_of_jobs_have_ended() {
        let mut pod =
            json!({"spec": {"containers": [{"name": "a", "image": "b"}]}, "status": {"phase": "Pending"}});
        assert!(is_pending(&pod));
        let status = of(&pod, "10.0.0.1", "2026-01-01T00:00:00Z");
        assert_eq!(status["phase"], "Running");
        assert_eq!(status["conditions"][3]["status"], "True");
        assert!(status["containerStatuses"][0]["state"]["running"].is_object());
        pod["metadata"] = json!({"ownerReferences": [{"kind": "Job"}]});
        let status = of(&pod, "10.0.0.1", "2026-01-01T00:00:00Z");
        assert_eq!(status["phase"], "Succeeded");
        assert_eq!(status["containerStatuses"][0]["state"]["terminated"]["exitCode"], 0);
    }
}
