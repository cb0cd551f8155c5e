//! Workloads of an application: Deployment, StatefulSet, DaemonSet, CronJob, Job, bare Pod.

use super::{pod, rng::Rng};
use serde_json::{Value, json};

/// An application in a namespace; its objects share name and labels.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) team: &'static str,
    pub(crate) port: usize,
    pub(crate) own_account: bool,
}

const WORDS: &[&str] = &[
    "cart", "catalog", "checkout", "payments", "search", "mailer", "gateway", "auth", "billing", "ledger",
    "orders", "pricing", "reviews", "stock", "tax", "tracking", "webhooks", "worker", "indexer", "importer",
];
const TEAMS: &[&str] = &["platform", "storefront", "finance", "logistics", "data", "identity"];

impl App {
    pub(crate) fn new(rng: &mut Rng, namespace: &str, number: usize) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: format!("{}-{number}", rng.pick(WORDS)),
            team: rng.pick(TEAMS),
            port: rng.pick(&[80, 3000, 8080, 8443, 9000]),
            own_account: rng.chance(60),
        }
    }

    pub(crate) fn labels(&self) -> Value {
        json!({
            "app.kubernetes.io/name": self.name,
            "app.kubernetes.io/part-of": self.namespace,
            "team": self.team,
        })
    }

    pub(crate) fn selector(&self) -> Value {
        json!({"app.kubernetes.io/name": self.name})
    }

    pub(crate) fn metadata(&self) -> Value {
        json!({"name": self.name, "namespace": self.namespace, "labels": self.labels()})
    }

    /// The same with a longer name.
    pub(crate) fn metadata_of(&self, suffix: &str) -> Value {
        json!({"name": format!("{}-{suffix}", self.name), "namespace": self.namespace, "labels": self.labels()})
    }
}

/// One of the kinds, as often as clusters have them.
pub(crate) fn any(rng: &mut Rng, app: &App) -> Value {
    match rng.below(100) {
        0..62 => deployment(rng, app),
        62..76 => stateful_set(rng, app),
        76..84 => daemon_set(rng, app),
        84..95 => cron_job(rng, app),
        _ => job(rng, app),
    }
}

pub(crate) fn deployment(rng: &mut Rng, app: &App) -> Value {
    let mut spec = json!({
        "selector": {"matchLabels": app.selector()},
        "template": template(rng, app),
        "revisionHistoryLimit": 3,
    });
    if rng.chance(80) {
        spec["replicas"] = rng.pick(&[1, 2, 2, 3, 5]).into();
    }
    if rng.chance(40) {
        spec["strategy"] = json!({"type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": rng.pick(&["25%", "1"]), "maxUnavailable": 0}});
    }
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": app.metadata(), "spec": spec})
}

fn stateful_set(rng: &mut Rng, app: &App) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": app.metadata(),
        "spec": {
            "serviceName": app.name,
            "replicas": rng.pick(&[1, 3]),
            "selector": {"matchLabels": app.selector()},
            "template": template(rng, app),
            "volumeClaimTemplates": [{
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": rng.pick(&["1Gi", "20Gi", "100Gi"])}}},
            }],
        },
    })
}

fn daemon_set(rng: &mut Rng, app: &App) -> Value {
    let mut template = template(rng, app);
    if rng.chance(50) {
        pod::make_node_agent(rng, &mut template["spec"]);
    }
    json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": app.metadata(),
        "spec": {"selector": {"matchLabels": app.selector()}, "template": template},
    })
}

fn cron_job(rng: &mut Rng, app: &App) -> Value {
    let mut template = template(rng, app);
    template["spec"]["restartPolicy"] = rng.pick(&["Never", "OnFailure"]).into();
    let mut spec = json!({
        "schedule": rng.pick(&["*/5 * * * *", "0 3 * * *", "15 1 * * 0"]),
        "jobTemplate": {"spec": {"template": template}},
    });
    if rng.chance(50) {
        spec["startingDeadlineSeconds"] = 300.into();
    }
    json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": app.metadata(), "spec": spec})
}

fn job(rng: &mut Rng, app: &App) -> Value {
    let mut template = template(rng, app);
    template["spec"]["restartPolicy"] = "Never".into();
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": app.metadata(),
        "spec": {"backoffLimit": 2, "template": template},
    })
}

/// A Pod that nothing owns.
pub(crate) fn pod(rng: &mut Rng, namespace: &str, number: usize) -> Value {
    let app = App { name: format!("debug-{number}"), ..App::new(rng, namespace, number) };
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": app.metadata(), "spec": pod::spec(rng, &app)})
}

fn template(rng: &mut Rng, app: &App) -> Value {
    let mut metadata = json!({"labels": app.labels()});
    if rng.chance(40) {
        metadata["annotations"] =
            json!({"prometheus.io/scrape": "true", "prometheus.io/port": app.port.to_string()});
    }
    json!({"metadata": metadata, "spec": pod::spec(rng, app)})
}
