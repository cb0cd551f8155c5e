//! A node without containers: it says of every Pod that it runs.
//!
//! It asks as a kubelet does (`system:node:NAME`, held to its own Pods by the Node authorizer and the
//! `NodeRestriction` plugin) and, because there is no scheduler, binds waiting Pods as
//! `system:kube-scheduler`. Node selectors, taints and resources are not looked at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::client::{Client, expect};
use super::error::ControlPlaneError;
use super::{ControlPlane, pod_status};

const POLL: Duration = Duration::from_millis(150);
/// A kubelet renews its Lease every ten seconds.
const RENEW: Duration = Duration::from_secs(10);

/// A node that works until this is dropped. Its Node object stays, as that of a machine that died does.
#[derive(Debug)]
pub struct HollowNode {
    stop: Arc<AtomicBool>,
    trouble: Arc<Mutex<Option<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl ControlPlane {
    /// Writes a Node and its Lease, and looks after the Pods that are bound to it, or to no node, from now on.
    pub fn hollow_node(&self, name: &str) -> Result<HollowNode, ControlPlaneError> {
        let kubelet = self.client_for(&format!("system:node:{name}"), &["system:nodes"])?;
        let scheduler = self.client_for("system:kube-scheduler", &[])?;
        let mut node = Node { name: name.to_owned(), kubelet, scheduler, addresses: 0 };
        node.register()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let trouble = Arc::new(Mutex::new(None));
        let told = Arc::clone(&trouble);
        let work = move || {
            let mut renewed = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                // The API server may be away for a while; a kubelet keeps trying too.
                let mut done = node.bind_waiting().and_then(|()| node.look_after_own());
                if renewed.elapsed() >= RENEW {
                    done = done.and(node.renew());
                    renewed = Instant::now();
                }
                if let Ok(mut trouble) = told.lock() {
                    *trouble = done.err().map(|error| error.to_string());
                }
                thread::park_timeout(POLL);
            }
        };
        Ok(HollowNode { stop, trouble, thread: Some(thread::spawn(work)) })
    }
}

impl HollowNode {
    /// What went wrong in its last round, for the message of a failed test.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().ok().and_then(|trouble| trouble.clone())
    }
}

impl Drop for HollowNode {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

struct Node {
    name: String,
    kubelet: Client,
    scheduler: Client,
    /// How many addresses of Pods were given out.
    addresses: u32,
}

impl Node {
    fn register(&self) -> Result<(), ControlPlaneError> {
        let now = seconds();
        let room = json!({"cpu": "64", "memory": "256Gi", "pods": "10000", "ephemeral-storage": "1Ti"});
        let node = json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": {
                "kubernetes.io/hostname": self.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            }},
            "status": {
                "capacity": room,
                "allocatable": room,
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "KubeletReady",
                    "lastHeartbeatTime": now, "lastTransitionTime": now,
                }],
                "addresses": [{"type": "Hostname", "address": self.name}],
                "nodeInfo": {
                    "architecture": "amd64", "operatingSystem": "linux", "osImage": "hollow",
                    "kernelVersion": "", "kubeletVersion": "", "kubeProxyVersion": "",
                    "containerRuntimeVersion": "hollow://0", "machineID": "", "systemUUID": "", "bootID": "",
                },
            },
        });
        let answer = self.kubelet.post("/api/v1/nodes", &node)?;
        // A node that was here before comes back.
        if answer.status != 409 {
            expect("the hollow node", answer)?;
        }
        self.renew()
    }

    /// Keeps the node lifecycle controller from taking the node for dead.
    fn renew(&self) -> Result<(), ControlPlaneError> {
        let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
        let spec = json!({
            "holderIdentity": self.name,
            "leaseDurationSeconds": 40,
            "renewTime": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        });
        let path = format!("{leases}/{}", self.name);
        let answer = self.kubelet.patch(&path, &json!({"spec": spec}))?;
        if answer.status != 404 {
            return expect("the Lease of the hollow node", answer).map(|_| ());
        }
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.name, "namespace": "kube-node-lease"},
            "spec": spec,
        });
        expect("the Lease of the hollow node", self.kubelet.post(leases, &lease)?).map(|_| ())
    }

    fn bind_waiting(&self) -> Result<(), ControlPlaneError> {
        let waiting = self.scheduler.get("/api/v1/pods?fieldSelector=spec.nodeName%3D&limit=500")?;
        for pod in items(&expect("waiting Pods", waiting)?.body) {
            if !self.takes(pod) {
                continue;
            }
            let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
            let binding = json!({
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": {"name": name, "namespace": namespace, "uid": text(pod, "/metadata/uid")},
                "target": {"apiVersion": "v1", "kind": "Node", "name": self.name},
            });
            // Another node may have been quicker.
            self.scheduler.post(&format!("/api/v1/namespaces/{namespace}/pods/{name}/binding"), &binding)?;
        }
        Ok(())
    }

    /// Whether the default scheduler would look at the Pod now. Of its wishes only the node's name counts,
    /// which is how a DaemonSet spreads its Pods.
    fn takes(&self, pod: &Value) -> bool {
        let gated = pod.pointer("/spec/schedulingGates").and_then(Value::as_array);
        let wanted = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution\
                      /nodeSelectorTerms/0/matchFields/0/values/0";
        pod.pointer("/metadata/deletionTimestamp").is_none()
            && text(pod, "/spec/schedulerName") == "default-scheduler"
            && gated.is_none_or(Vec::is_empty)
            && pod.pointer(wanted).is_none_or(|name| *name == *self.name)
    }

    fn look_after_own(&mut self) -> Result<(), ControlPlaneError> {
        let path = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{}", self.name);
        let own = expect("own Pods", self.kubelet.get(&path)?)?;
        for pod in items(&own.body) {
            let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
            let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
            if pod.pointer("/metadata/deletionTimestamp").is_some() {
                let options = json!({
                    "apiVersion": "v1",
                    "kind": "DeleteOptions",
                    "gracePeriodSeconds": 0,
                    "preconditions": {"uid": text(pod, "/metadata/uid")},
                });
                self.kubelet.delete(&path, Some(&options))?;
            } else if pod_status::is_pending(pod) {
                self.addresses += 1;
                let ip = format!("10.244.{}.{}", self.addresses / 250 % 250, self.addresses % 250 + 1);
                let status = json!({"status": pod_status::of(pod, &ip, &seconds())});
                self.kubelet.patch(&format!("{path}/status"), &status)?;
            }
        }
        Ok(())
    }
}

fn items(list: &Value) -> &[Value] {
    list.get("items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Now, in whole seconds.
fn seconds() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
