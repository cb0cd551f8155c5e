//! The cluster in which Pods are created.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use ironhull_testkit::control_plane::{Client, ControlPlane, Options};
use serde_json::{Value, json};

use crate::Result;
use crate::pods;

pub(crate) struct Cluster {
    pub(crate) plane: ControlPlane,
    pub(crate) admin: Client,
    /// Names of the policies in it.
    pub(crate) policies: Vec<String>,
}

impl Cluster {
    /// Starts one with the kinds and policies in these files.
    pub(crate) fn start(kinds: &Path, policies: &Path) -> Result<Self> {
        let options = Options {
            // Pods are deleted between two runs, one after the other by default.
            api_server_flags: vec!["--delete-collection-workers=16".to_owned()],
            ..Options::default()
        };
        let plane = ControlPlane::start(&options)?.ok_or("no control plane")?;
        let admin = plane.client_admin()?;
        let mut cluster = Self { plane, admin, policies: Vec::new() };
        let kinds = kinds.display().to_string();
        cluster.kubectl(&["apply", "--server-side", "--recursive", "-f", &kinds])?;
        cluster.plane.apply(include_str!("../../../../deploy/crds/ironhull.yaml"))?;
        cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"])?;
        for name in [pods::NAMESPACE, "ironhull-system", "kyverno"] {
            cluster.kubectl(&["create", "namespace", name])?;
        }
        wait_for("the account of the namespace", || {
            let path = format!("/api/v1/namespaces/{}/serviceaccounts/default", pods::NAMESPACE);
            Ok((cluster.admin.get(&path)?.status == 200).then_some(()))
        })?;
        cluster.plane.apply(&fs::read_to_string(policies)?)?;
        let answer = cluster.admin.get("/apis/kyverno.io/v1/clusterpolicies")?;
        let items = answer.body["items"].as_array().ok_or("no list of policies")?;
        let name = |item: &Value| item["metadata"]["name"].as_str().map(str::to_owned);
        cluster.policies = items.iter().filter_map(name).collect();
        if cluster.policies.is_empty() {
            return Err("no policies".into());
        }
        Ok(cluster)
    }

    pub(crate) fn kubectl(&self, words: &[&str]) -> Result<()> {
        let output = self.plane.kubectl(words, None)?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("kubectl {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr)).into())
    }

    /// Deletes the Pods; they are on no node, so they are gone at once. No webhook is registered by now.
    pub(crate) fn clear_pods(&self) -> Result<()> {
        wait_for("the Pods are gone", || {
            // The API server gives up on a long list after a minute; the rest is for the next attempt.
            let _ = self.admin.delete(pods::PATH, Some(&json!({"gracePeriodSeconds": 0})));
            let answer = self.admin.get(&format!("{}?limit=1", pods::PATH))?;
            Ok(answer.body["items"].as_array().is_some_and(Vec::is_empty).then_some(()))
        })
    }

    /// Nothing is asked of a webhook any more.
    pub(crate) fn clear_webhooks(&self) -> Result<()> {
        let kinds = "validatingwebhookconfigurations,mutatingwebhookconfigurations";
        self.kubectl(&["delete", kinds, "--all"])
    }
}

/// Tries until it holds, for three minutes.
pub(crate) fn wait_for<T>(what: &str, mut attempt: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = attempt()? {
            return Ok(found);
        }
        if begin.elapsed() > Duration::from_mins(3) {
            return Err(format!("not within three minutes: {what}").into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
