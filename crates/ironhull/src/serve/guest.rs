//! Who else is at work here. Where another engine has webhooks for the same policies we only listen.

use ironhull_kube::{Cluster, ResourcePath, Selection};
use ironhull_value::Value;

/// Another engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// `Kyverno`, `Gatekeeper`.
    pub(crate) engine: &'static str,
    /// What shows it.
    pub(crate) evidence: String,
}

/// How webhooks of other engines are known: the beginning of the configuration's name.
const KNOWN: [(&str, &str); 4] = [
    ("kyverno-", "Kyverno"),
    ("gatekeeper-", "Gatekeeper"),
    ("kubewarden-", "Kubewarden"),
    ("jspolicy", "jsPolicy"),
];

/// The engines whose webhooks are registered for other resources than their own.
///
/// # Errors
/// When the registrations cannot be read, so that nobody knows.
pub(crate) async fn peers(cluster: &Cluster) -> Result<Vec<Peer>, String> {
    let mut found: Vec<Peer> = Vec::new();
    for plural in ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"] {
        let path = ResourcePath::new("admissionregistration.k8s.io", "v1", plural);
        let all = cluster.list(&path, &Selection::default()).await.map_err(|failure| failure.to_string())?;
        for one in &all {
            found.extend(peer(one));
        }
    }
    found.sort_by(|a, b| (a.engine, &a.evidence).cmp(&(b.engine, &b.evidence)));
    found.dedup();
    Ok(found)
}

fn peer(configuration: &Value) -> Option<Peer> {
    let name = configuration.dig_str(&["metadata", "name"]).unwrap_or_default();
    let (_, engine) = KNOWN.iter().find(|(start, _)| name.starts_with(start))?;
    // Those that only check the engine's own policies decide about nothing else.
    let own = |group: &str| {
        ["kyverno.io", "policies.kyverno.io", "gatekeeper.sh", "kubewarden.io"]
            .iter()
            .any(|own| group.ends_with(own))
    };
    let rules = configuration.dig_items(&["webhooks"]).iter().flat_map(|hook| hook.dig_items(&["rules"]));
    let mut groups = rules.flat_map(|rule| rule.dig_items(&["apiGroups"]));
    groups
        .any(|group| group.as_str().is_some_and(|group| !own(group)))
        .then(|| Peer { engine, evidence: format!("webhook configuration {name}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_known_by_webhooks_for_what_is_not_its_own() {
        let of = |name: &str, group: &str| {
            let text = format!(
                r#"{{"metadata":{{"name":"{name}"}},"webhooks":[{{"rules":[{{"apiGroups":["{group}"]}}]}}]}}"#
            );
            peer(&serde_json::from_str(&text).unwrap()).map(|peer| peer.engine)
        };
        assert_eq!(of("kyverno-resource-validating-webhook-cfg", ""), Some("Kyverno"));
        assert_eq!(of("kyverno-policy-validating-webhook-cfg", "kyverno.io"), None);
        assert_eq!(of("gatekeeper-validating-webhook-configuration", "*"), Some("Gatekeeper"));
        assert_eq!(of("ironhull", "apps"), None);
    }
}
