//! NW004

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::{Path, Value};
use ironhull_world::Object;

use super::shared::INGRESSES;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds hosts of an Ingress that `spec.tls` does not cover. An entry of `spec.tls` without hosts covers
    /// all of them, and `*.example.com` covers one more label and not two.
    ///
    /// Annotations that give the load balancer of AWS, Google or Azure its certificate, or turn TLS on in
    /// Traefik, count as covering all hosts.
    ///
    /// ## Why it matters
    /// What is sent to such a host, passwords and session cookies included, can be read and changed by
    /// everyone on the way. It needs a place on the network path: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: shop, namespace: shop}
    /// spec:
    ///   rules:
    ///   - host: shop.example.com
    ///     http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: shop, namespace: shop}
    /// spec:
    ///   tls:
    ///   - hosts: [shop.example.com]
    ///     secretName: shop-tls
    ///   rules:
    ///   - host: shop.example.com
    ///     http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
    /// ```
    ///
    /// ## How to fix
    /// Add the host to an entry of `spec.tls` that names the Secret with its certificate.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/ingress/#tls>
    pub static INGRESS_WITHOUT_TLS = {
        id: "NW004",
        name: "ingress-without-tls",
        title: "An Ingress serves a host without TLS",
        severity: Medium,
        controls: [Nsa "encryption"],
        aliases: [Kubescape "C-0263", Polaris "tlsSettingsMissing"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&INGRESSES, check),
    };
}

/// Annotations by which a controller gets its certificate, with what their value must hold (in lower case)
/// for that; nothing when any value does it.
const CERTIFICATES: &[(&str, &str)] = &[
    ("alb.ingress.kubernetes.io/certificate-arn", ""),
    ("alb.ingress.kubernetes.io/listen-ports", "https"),
    ("appgw.ingress.kubernetes.io/appgw-ssl-certificate", ""),
    ("ingress.gcp.kubernetes.io/pre-shared-cert", ""),
    ("networking.gke.io/managed-certificates", ""),
    ("traefik.ingress.kubernetes.io/router.tls", "true"),
];

fn check(ingress: &Arc<Object>, judge: &mut Judge<'_>) {
    let certified = |(key, part): &(&str, &str)| {
        let value = ingress.annotation(key).filter(|value| !value.is_empty());
        value.is_some_and(|value| value.to_ascii_lowercase().contains(part))
    };
    if CERTIFICATES.iter().any(certified) {
        return;
    }
    let covered = match covered(ingress) {
        Ok(covered) => covered,
        Err(path) => return judge.error(format!("{path} is not a list")),
    };
    let rules = ingress.value.dig_items(&["spec", "rules"]);
    let spec = Path::root().child("spec");
    if rules.is_empty() {
        let backend =
            ["defaultBackend", "backend"].iter().find(|field| ingress.value.dig(&["spec", field]).is_some());
        match backend {
            Some(field) if !covered.has("") => report(judge, spec.child(*field), ""),
            Some(_) => {}
            None => judge.skip("the Ingress has no rules"),
        }
        return;
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let host = rule.get("host").and_then(Value::as_str).unwrap_or_default();
        if seen.contains(&host) || covered.has(host) {
            continue;
        }
        seen.push(host);
        report(judge, spec.child("rules").child(index).child("host"), host);
    }
}

fn report(judge: &mut Judge<'_>, path: Path, host: &str) {
    let message = if host.is_empty() {
        "requests for any host are served without TLS".to_owned()
    } else {
        format!("host {host:?} is served without TLS")
    };
    judge.fail(path, message).with_fix(Fix::manual("Add the host and its certificate's Secret to spec.tls"));
}

/// What `spec.tls` is for.
enum Covered<'a> {
    Everything,
    Hosts(Vec<&'a str>),
}

impl Covered<'_> {
    /// Whether it is for `host`, which is empty for all hosts and may be a wildcard itself.
    fn has(&self, host: &str) -> bool {
        let Self::Hosts(hosts) = self else { return true };
        // A wildcard stands for one label.
        let parent = host.split_once('.').map(|(_, parent)| parent);
        hosts.iter().any(|tls| *tls == host || parent.is_some() && tls.strip_prefix("*.") == parent)
    }
}

/// Reads `spec.tls`; the error is the path of something that ought to be a list.
fn covered(ingress: &Object) -> Result<Covered<'_>, Path> {
    let path = Path::root().keys(&["spec", "tls"]);
    let mut all = Vec::new();
    let Some(tls) = ingress.value.dig(&["spec", "tls"]) else { return Ok(Covered::Hosts(all)) };
    let entries = tls.as_array().ok_or_else(|| path.clone())?;
    for (index, entry) in entries.iter().enumerate() {
        let Some(hosts) = entry.get("hosts") else { return Ok(Covered::Everything) };
        let hosts = hosts.as_array().ok_or_else(|| path.child(index).child("hosts"))?;
        if hosts.is_empty() {
            return Ok(Covered::Everything);
        }
        all.extend(hosts.iter().filter_map(Value::as_str).filter(|host| !host.is_empty()));
    }
    Ok(Covered::Hosts(all))
}
