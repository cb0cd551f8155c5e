//! What the API server has to send us, made from what the loaded policies ask for.
//!
//! A pure function from policies to configurations: the same policies give the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ironhull_kube::{Resource, Resources};
use ironhull_policy::kyverno::admission::{Interest, interests};
use ironhull_policy::kyverno::matching::KindSelector;
use ironhull_value::{CompactString, wildcard_match};
use ironhull_world::admission::Operation;
use serde_json::{Value as Json, json};

use super::conditional::{self, LEFT_OUT, LeftOut, OWN_CONDITIONS, Verdicts};
use super::loaded::{Loaded, is_conditional};
use super::modes::Mode;

/// The name of both configurations.
pub(crate) const NAME: &str = "ironhull";

/// How long the API server waits where no policy says anything.
pub(super) const USUAL_SECONDS: i64 = 10;

/// Labels and annotations of everything of ours that changes while we run: GitOps tools are told to leave it alone.
const OWNED: [(&str, &str); 2] = [
    ("argocd.argoproj.io/compare-options", "IgnoreExtraneous"),
    ("kustomize.toolkit.fluxcd.io/reconcile", "disabled"),
];

/// Where the API server finds us.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// Outside of the cluster: `https://host:port`.
    Url(String),
    /// A Service.
    Service { namespace: String, name: String, port: u16 },
}

impl Place {
    /// The names that the API server calls us by.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        match self {
            Self::Url(url) => {
                let host = url.trim_start_matches("https://").split('/').next().unwrap_or_default();
                let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
                names.push(host.trim_matches(['[', ']']).to_owned());
            }
            Self::Service { namespace, name, .. } => {
                names.extend(
                    ["", ".svc.cluster.local"]
                        .iter()
                        .map(|end| format!("{name}.{namespace}{end}"))
                        .chain([format!("{name}.{namespace}.svc")]),
                );
            }
        }
        names.sort();
        names.dedup();
        names
    }
}

/// What a configuration is made of, beside the policies.
pub(crate) struct Setting<'a> {
    pub(crate) place: &'a Place,
    /// The authorities that our certificate is checked by, as PEM; none where somebody else writes them.
    pub(crate) authorities: Option<&'a str>,
    /// Annotations beside our own, such as the one that asks cert-manager for the authorities.
    pub(crate) annotations: &'a [(String, String)],
    /// Namespaces that nothing is sent of.
    pub(crate) untouched: &'a [CompactString],
    /// Whether Pod Security is judged at all.
    pub(crate) pod_security: bool,
    /// Our service accounts, whose own writes are never sent to us.
    pub(crate) accounts: &'a [String],
}

/// One rule of a webhook, without its operations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    group: CompactString,
    version: CompactString,
    resource: CompactString,
    scope: &'static str,
}

impl Subject {
    pub(super) fn is_namespaced(&self) -> bool {
        self.scope == "Namespaced"
    }
}

pub(super) type Rules = BTreeMap<Subject, BTreeSet<Operation>>;

/// The validating and the mutating configuration, and which policies with match conditions are in them.
pub(crate) fn configurations(
    loaded: &Loaded,
    resources: &Resources,
    setting: &Setting<'_>,
    verdicts: &Verdicts,
) -> ((Json, Json), LeftOut) {
    let mut judging = [Rules::new(), Rules::new()];
    let mut changing = [Rules::new(), Rules::new()];
    let mut seconds = [0i64; 2];
    let ready = loaded.policies.iter().filter(|known| known.is_understood());
    let ready = ready.filter_map(|known| known.compiled.as_ref());
    for policy in ready.filter(|policy| !is_conditional(policy)) {
        let side = usize::from(loaded.ignores(policy));
        let (judges, changes) = interests(policy);
        let is_namespaced = !policy.policy.namespace().is_empty();
        add(&mut judging[side], &judges, resources, is_namespaced);
        add(&mut changing[side], &changes, resources, is_namespaced);
        let own = policy.policy.timeout_seconds.unwrap_or(USUAL_SECONDS).clamp(1, 30);
        seconds[side] = seconds[side].max(own);
    }
    let sides = [("fail", "Fail"), ("ignore", "Ignore")];
    let mut validating = Vec::new();
    let mut mutating = Vec::new();
    for (side, (name, failure)) in sides.iter().enumerate() {
        let seconds = if seconds[side] == 0 { USUAL_SECONDS } else { seconds[side] };
        if !judging[side].is_empty() {
            let path = format!("/validate/{name}/at/{:016x}", loaded.told[0]);
            let hook = hook(setting, &format!("{name}.validate.ironhull.dev"), &path);
            validating.push(finished(hook, &judging[side], failure, seconds));
        }
        if !changing[side].is_empty() {
            let path = format!("/mutate/{name}/at/{:016x}", loaded.told[1]);
            let hook = hook(setting, &format!("{name}.mutate.ironhull.dev"), &path);
            let mut hook = finished(hook, &changing[side], failure, seconds);
            hook["reinvocationPolicy"] = json!("IfNeeded");
            mutating.push(hook);
        }
    }
    if setting.pod_security {
        let enforces = loaded.modes.of_pod_security() == Mode::Enforce;
        let hook = hook(setting, "pod-security.ironhull.dev", "/pod-security");
        let failure = if enforces { "Fail" } else { "Ignore" };
        validating.push(finished(hook, &pod_security(), failure, USUAL_SECONDS));
    }
    let mut own = hook(setting, "policies.ironhull.dev", "/policies");
    own["namespaceSelector"] = json!({});
    validating.push(finished(own, &policies(), "Ignore", 5));
    let taken = validating.len() + mutating.len();
    let (own, left_out) = conditional::all(loaded, resources, setting, verdicts, taken);
    let [judging, changing] = own;
    validating.extend(judging);
    mutating.extend(changing);
    let told = left_out.annotation();
    let asked = setting.annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let annotations: BTreeMap<&str, &str> =
        OWNED.iter().copied().chain([(LEFT_OUT, told.as_str())]).chain(asked).collect();
    let of = |kind: &str, hooks: Vec<Json>| {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind,
            "metadata": {
                "name": NAME,
                "labels": { "app.kubernetes.io/managed-by": "ironhull", "app.kubernetes.io/name": "ironhull" },
                "annotations": annotations,
            },
            "webhooks": hooks,
        })
    };
    let both =
        (of("ValidatingWebhookConfiguration", validating), of("MutatingWebhookConfiguration", mutating));
    (both, left_out)
}

pub(super) fn hook(setting: &Setting<'_>, name: &str, path: &str) -> Json {
    let mut client = match setting.place {
        Place::Url(url) => json!({ "url": format!("{url}{path}") }),
        Place::Service { namespace, name, port } => {
            json!({ "service": { "namespace": namespace, "name": name, "port": port, "path": path } })
        }
    };
    if let Some(authorities) = setting.authorities {
        client["caBundle"] = json!(STANDARD.encode(authorities));
    }
    let mut conditions = vec![json!({
        // Leases and events are what a cluster lives by; who is asked about access must not be asked by it.
        "name": OWN_CONDITIONS[0],
        "expression": "!(request.resource.group == 'coordination.k8s.io' && request.resource.resource == 'leases') && \
            !(request.resource.resource == 'events' && request.resource.group in ['', 'events.k8s.io']) && \
            !(request.resource.group in ['authentication.k8s.io', 'authorization.k8s.io'])",
    })];
    conditions.push(json!({
        // After all nodes were lost new ones have to join before there is anybody who could be asked: what kubelets and
        // the control plane say of nodes does not wait for us. The API server itself holds a kubelet to its own node.
        "name": OWN_CONDITIONS[2],
        "expression": "!(request.resource.resource in ['nodes', 'csinodes', 'certificatesigningrequests'] && \
            request.resource.group in ['', 'storage.k8s.io', 'certificates.k8s.io'] && \
            (request.userInfo.username in ['system:kube-controller-manager', 'system:kube-scheduler'] || \
            (has(request.userInfo.groups) && request.userInfo.groups.exists(one, \
            one in ['system:nodes', 'system:bootstrappers', 'system:serviceaccounts:kube-system']))))",
    }));
    if !setting.accounts.is_empty() {
        conditions.push(json!({
            "name": OWN_CONDITIONS[1],
            "expression": format!("!(request.userInfo.username in ['{}'])", setting.accounts.join("', '")),
        }));
    }
    json!({
        "name": name,
        "clientConfig": client,
        "admissionReviewVersions": ["v1", "v1beta1"],
        "sideEffects": "NoneOnDryRun",
        "matchPolicy": "Equivalent",
        "objectSelector": {},
        "namespaceSelector": { "matchExpressions": [{
            "key": "kubernetes.io/metadata.name",
            "operator": "NotIn",
            "values": setting.untouched.iter().map(CompactString::as_str).collect::<Vec<_>>(),
        }] },
        "matchConditions": conditions,
    })
}

pub(super) fn finished(mut hook: Json, rules: &Rules, failure: &str, seconds: i64) -> Json {
    hook["failurePolicy"] = json!(failure);
    hook["timeoutSeconds"] = json!(seconds);
    hook["rules"] = written(rules);
    hook
}

/// Rules of one group, version, scope and set of operations are one rule with several resources.
fn written(rules: &Rules) -> Json {
    type Key = (CompactString, CompactString, &'static str, Vec<Operation>);
    let mut grouped: BTreeMap<Key, Vec<&str>> = BTreeMap::new();
    for (subject, operations) in rules {
        let operations: Vec<Operation> = operations.iter().copied().collect();
        let key = (subject.group.clone(), subject.version.clone(), subject.scope, operations);
        grouped.entry(key).or_default().push(&subject.resource);
    }
    let rules = grouped.into_iter().map(|((group, version, scope, operations), resources)| {
        json!({
            "apiGroups": [group.as_str()],
            "apiVersions": [version.as_str()],
            "operations": operations.iter().map(|one| one.as_str()).collect::<Vec<_>>(),
            "resources": resources,
            "scope": scope,
        })
    });
    Json::Array(rules.collect())
}

pub(super) fn add(rules: &mut Rules, interest: &Interest, resources: &Resources, is_namespaced: bool) {
    for (kind, operations) in interest {
        for subject in subjects(&KindSelector::parse(kind), resources, is_namespaced) {
            rules.entry(subject).or_default().extend(operations);
        }
    }
}

/// The resources that a policy means by a kind.
fn subjects(kind: &KindSelector, resources: &Resources, is_namespaced: bool) -> Vec<Subject> {
    if kind.kind == "*" {
        let scope = if is_namespaced { "Namespaced" } else { "*" };
        let resource = match kind.subresource.as_str() {
            "" => CompactString::const_new("*"),
            subresource => CompactString::from(format!("*/{subresource}")),
        };
        return vec![Subject { group: kind.group.clone(), version: kind.version.clone(), resource, scope }];
    }
    let is_meant = |one: &&Resource| {
        wildcard_match(&kind.kind, &one.kind)
            && wildcard_match(&kind.group, &one.group)
            && wildcard_match(&kind.version, &one.version)
    };
    let mut found = Vec::new();
    for one in resources.iter().filter(is_meant) {
        let scope = if one.is_namespaced { "Namespaced" } else { "Cluster" };
        let mut push = |resource: CompactString| {
            let (group, version) = (one.group.clone(), one.version.clone());
            found.push(Subject { group, version, resource, scope });
        };
        if kind.subresource.is_empty() || kind.subresource == "*" {
            push(one.plural.clone());
        }
        for subresource in &one.subresources {
            let is_debug =
                one.group.is_empty() && one.kind == "Pod" && subresource.name == "ephemeralcontainers";
            let is_named =
                !kind.subresource.is_empty() && wildcard_match(&kind.subresource, &subresource.name);
            if is_named || is_debug {
                push(CompactString::from(format!("{}/{}", one.plural, subresource.name)));
            }
        }
    }
    found
}

/// What Pod Security judges: everything that has pods in it, and namespaces for their labels.
fn pod_security() -> Rules {
    let of = |group: &str, resource: &str, scope| {
        let subject = Subject { group: group.into(), version: "v1".into(), resource: resource.into(), scope };
        (subject, BTreeSet::from([Operation::Create, Operation::Update]))
    };
    let pods = ["pods", "pods/ephemeralcontainers", "pods/resize", "podtemplates", "replicationcontrollers"];
    let apps = ["daemonsets", "deployments", "replicasets", "statefulsets"];
    pods.iter()
        .map(|resource| of("", resource, "Namespaced"))
        .chain(apps.iter().map(|resource| of("apps", resource, "Namespaced")))
        .chain(["cronjobs", "jobs"].iter().map(|resource| of("batch", resource, "Namespaced")))
        .chain([of("", "namespaces", "Cluster")])
        .collect()
}

/// Policies and exceptions themselves.
fn policies() -> Rules {
    let of = |group: &str, resource: &str| {
        let subject =
            Subject { group: group.into(), version: "*".into(), resource: resource.into(), scope: "*" };
        (subject, BTreeSet::from([Operation::Create, Operation::Update]))
    };
    [
        of("kyverno.io", "clusterpolicies"),
        of("kyverno.io", "policies"),
        of("kyverno.io", "policyexceptions"),
        of("ironhull.dev", "exceptions"),
    ]
    .into_iter()
    .collect()
}

/// What is there, with what others wrote into it and we must not take out: selectors that the enforcer of a managed
/// cloud adds to every webhook, labels and annotations that are not ours, and authorities where somebody else keeps
/// them. `None` if nothing has to be written.
pub(crate) fn merged(wanted: &Json, there: &Json) -> Option<Json> {
    let mut next = wanted.clone();
    let hooks = next["webhooks"].as_array_mut()?;
    for hook in hooks {
        let all = there["webhooks"].as_array();
        let own = all.and_then(|all| all.iter().find(|one| one["name"] == hook["name"]));
        if hook["clientConfig"].get("caBundle").is_none() {
            // A webhook that is new has what the others have until its own comes.
            let mut known = own.into_iter().chain(all.into_iter().flatten());
            let bundle = known.find_map(|one| one["clientConfig"].get("caBundle"));
            if let Some(bundle) = bundle {
                hook["clientConfig"]["caBundle"] = bundle.clone();
            }
        }
        let Some(own) = own else { continue };
        let foreign: Vec<Json> = own["namespaceSelector"]["matchExpressions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["key"] != "kubernetes.io/metadata.name")
            .cloned()
            .collect();
        if !foreign.is_empty() {
            let mut all =
                hook["namespaceSelector"]["matchExpressions"].as_array().cloned().unwrap_or_default();
            all.extend(foreign);
            hook["namespaceSelector"]["matchExpressions"] = Json::Array(all);
        }
    }
    for key in ["labels", "annotations"] {
        let mut both = there["metadata"][key].as_object().cloned().unwrap_or_default();
        both.extend(next["metadata"][key].as_object().cloned().unwrap_or_default());
        next["metadata"][key] = Json::Object(both);
    }
    // Without webhooks the API server leaves the list out.
    let hooks = |of: &Json| of["webhooks"].as_array().cloned().unwrap_or_default();
    let is_same = hooks(&next) == hooks(there)
        && next["metadata"]["labels"] == there["metadata"]["labels"]
        && next["metadata"]["annotations"] == there["metadata"]["annotations"];
    if is_same {
        return None;
    }
    next["metadata"]["resourceVersion"] = there["metadata"]["resourceVersion"].clone();
    Some(next)
}

#[cfg(test)]
#[path = "registration_tests.rs"]
mod paths;

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(name: &str, client: &Json) -> Json {
        json!({ "name": name, "clientConfig": client, "namespaceSelector": { "matchExpressions": [] } })
    }

    #[test]
    fn what_others_write_stays() {
        let wanted = json!({ "metadata": { "labels": { "own": "1" } }, "webhooks": [hook("a", &json!({})), hook("b", &json!({}))] });
        let foreign = json!({ "key": "control-plane", "operator": "DoesNotExist" });
        let mut first = hook("a", &json!({ "caBundle": "x" }));
        first["namespaceSelector"]["matchExpressions"] = json!([foreign]);
        let there = json!({
            "metadata": { "resourceVersion": "7", "labels": { "own": "1", "team": "x" }, "annotations": { "cert-manager.io/inject-ca-from": "a/b" } },
            "webhooks": [first],
        });
        let next = merged(&wanted, &there).unwrap();
        assert_eq!(next["webhooks"][0]["clientConfig"]["caBundle"], "x");
        assert_eq!(next["webhooks"][1]["clientConfig"]["caBundle"], "x", "a new one has that of the others");
        assert_eq!(next["webhooks"][0]["namespaceSelector"]["matchExpressions"][0], foreign);
        assert_eq!(next["metadata"]["labels"]["team"], "x");
        assert_eq!(next["metadata"]["annotations"]["cert-manager.io/inject-ca-from"], "a/b");
        assert_eq!(next["metadata"]["resourceVersion"], "7");
        assert_eq!(merged(&wanted, &next), None, "what was written is what is wanted");
        let none = json!({ "metadata": {}, "webhooks": [] });
        let absent = json!({ "metadata": { "labels": {}, "annotations": {} } });
        assert_eq!(merged(&none, &absent), None, "the API server leaves an empty list out");
    }
}
