//! A repository of manifests: a folder for each namespace, some applications in one file and some in many.

use super::{access, config, network, rng::Rng, workload, workload::App, yaml};
use serde_json::Value;

/// A file of the corpus.
#[derive(Debug)]
pub(crate) struct File {
    /// From the corpus' folder, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// `kind/namespace/name` of each object.
    pub(crate) names: Vec<String>,
}

/// How much to make.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    Small,
    Repository,
}

struct Amounts {
    namespaces: usize,
    apps: usize,
    pods: usize,
    cluster_roles: usize,
    dashboards: usize,
    definitions: usize,
}

impl Size {
    fn amounts(self) -> Amounts {
        match self {
            Self::Small => {
                Amounts { namespaces: 2, apps: 6, pods: 3, cluster_roles: 6, dashboards: 1, definitions: 1 }
            }
            Self::Repository => Amounts {
                namespaces: 40,
                apps: 280,
                pods: 40,
                cluster_roles: 60,
                dashboards: 60,
                definitions: 30,
            },
        }
    }
}

/// All files, in the order of their making.
pub(crate) fn files(seed: u64, size: Size) -> Vec<File> {
    let mut rng = Rng::new(seed);
    let amounts = size.amounts();
    let mut files = Vec::new();
    for number in 0..amounts.namespaces {
        let name = namespace_name(number);
        files.push(file(format!("{name}/namespace.yaml"), &namespace(&mut rng, &name)));
    }
    for number in 0..amounts.apps {
        let namespace = namespace_name(number % amounts.namespaces);
        let app = App::new(&mut rng, &namespace, number);
        files.extend(app_files(&mut rng, &app));
    }
    for number in 0..amounts.pods {
        let namespace = namespace_name(number % amounts.namespaces);
        let pod = workload::pod(&mut rng, &namespace, number);
        files.push(file(format!("{namespace}/debug-{number}.yaml"), &[pod]));
    }
    for number in 0..amounts.cluster_roles {
        let name = format!("operator-{number}");
        let namespace = namespace_name(number % amounts.namespaces);
        let objects = [
            access::cluster_role(&mut rng, &name),
            access::cluster_role_binding(&mut rng, &name, &namespace),
        ];
        files.push(file(format!("cluster/rbac/{name}.yaml"), &objects));
    }
    for number in 0..amounts.dashboards {
        let dashboard = config::dashboard(&mut rng, "monitoring", number);
        files.push(file(format!("monitoring/dashboard-{number}.yaml"), &[dashboard]));
    }
    for number in 0..amounts.definitions {
        let definition = config::definition(&mut rng, number);
        files.push(file(format!("cluster/crds/widget-{number}.yaml"), &[definition]));
    }
    files
}

fn namespace_name(number: usize) -> String {
    const AREAS: &[&str] = &["shop", "billing", "data", "identity", "edge", "ops", "search", "warehouse"];
    let area = AREAS[number % AREAS.len()];
    if number < AREAS.len() { area.to_owned() } else { format!("{area}-{}", number / AREAS.len()) }
}

fn namespace(rng: &mut Rng, name: &str) -> Vec<Value> {
    let mut objects = vec![config::namespace(rng, name)];
    if rng.chance(60) {
        objects.push(network::default_deny(name));
    }
    if rng.chance(50) {
        objects.push(config::quota(name));
        objects.push(config::limit_range(name));
    }
    objects.push(access::role(rng, name, "deployer"));
    objects.push(access::role_binding(name, "deployer", "deployer"));
    objects
}

/// One file with everything, or a file for each object.
fn app_files(rng: &mut Rng, app: &App) -> Vec<File> {
    let mut objects = vec![("workload", workload::any(rng, app))];
    if rng.chance(80) {
        objects.push(("service", network::service(rng, app)));
        if rng.chance(35) {
            objects.push(("ingress", network::ingress(rng, app)));
        }
    }
    if app.own_account {
        objects.push(("serviceaccount", access::service_account(rng, app)));
    }
    if rng.chance(75) {
        objects.push(("configmap", config::config_map(rng, app)));
    }
    if rng.chance(40) {
        objects.push(("networkpolicy", network::policy(rng, app)));
    }
    if rng.chance(20) {
        objects.push(("hpa", network::autoscaler(rng, app)));
    }
    if rng.chance(25) {
        objects.push(("pdb", network::disruption_budget(rng, app)));
    }
    if rng.chance(15) {
        objects.push(("secret", config::secret(rng, app)));
    }
    let folder = format!("{}/{}", app.namespace, app.name);
    if rng.chance(30) {
        let all: Vec<Value> = objects.into_iter().map(|(_, object)| object).collect();
        return vec![file(format!("{folder}.yaml"), &all)];
    }
    objects.into_iter().map(|(name, object)| file(format!("{folder}/{name}.yaml"), &[object])).collect()
}

fn file(path: String, objects: &[Value]) -> File {
    let name = |object: &Value| {
        let part = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        [part("/kind"), part("/metadata/namespace"), part("/metadata/name")].join("/")
    };
    File { path, text: yaml::documents(objects), names: objects.iter().map(name).collect() }
}
