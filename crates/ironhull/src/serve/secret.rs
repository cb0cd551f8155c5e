//! A certificate that is kept in a Secret: the controller makes it there, and whoever answers reviews mounts it.
//!
//! The Secret alone says what holds. It is read before every step and written only as it was read (with its
//! `resourceVersion`), so that two controllers cannot take it from each other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ironhull_kube::{Cluster, Failure, ResourcePath, Write};
use ironhull_server::{Authority, CertificateError, Identity, Lifetimes, lifetime_of};
use ironhull_value::Value;
use serde_json::{Value as Json, json};

use super::clock::{seconds, timestamp};
use super::log;

/// The annotation with the names that the certificate is for.
const NAMES: &str = "ironhull.dev/certificate-names";

/// How long the API server may take to learn of an authority, in seconds; less where certificates live shortly.
const LEARNING: i64 = 30;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// A Secret with a certificate, as the controller keeps it.
pub(crate) struct Kept {
    cluster: Cluster,
    path: ResourcePath,
    /// The authorities as they were read or written last.
    bundle: String,
    plan: Plan,
}

/// What is made when.
struct Plan {
    names: Vec<String>,
    lifetimes: Lifetimes,
    told: Option<Told>,
}

/// The authorities that the registration has, and since when.
#[derive(Clone, Debug)]
struct Told {
    authorities: String,
    since: i64,
}

/// What the Secret holds. No part of it is ever shown.
#[derive(Clone, Default)]
struct Content {
    certificate: String,
    key: String,
    /// All authorities that are trusted, the one that issues first.
    authorities: String,
    /// The key of the first of them.
    authority_key: String,
    names: String,
}

impl Kept {
    pub(crate) fn new(
        cluster: Cluster,
        namespace: &str,
        name: &str,
        names: Vec<String>,
        lifetimes: Lifetimes,
    ) -> Self {
        let path = ResourcePath::new("", "v1", "secrets").in_namespace(namespace).named(name);
        let plan = Plan { names, lifetimes, told: None };
        Self { cluster, path, bundle: String::new(), plan }
    }

    /// The authorities, the newest first; none before the Secret was read.
    pub(crate) fn authorities(&self) -> Option<String> {
        (!self.bundle.is_empty()).then(|| self.bundle.clone())
    }

    /// The registration has these authorities now.
    pub(crate) fn registered(&mut self, authorities: &str) {
        if self.plan.told.as_ref().is_none_or(|told| told.authorities != authorities) {
            self.plan.told = Some(Told { authorities: authorities.to_owned(), since: seconds() });
        }
    }

    /// How often it has to be looked at.
    pub(crate) fn pace(&self) -> std::time::Duration {
        (self.plan.lifetimes.server / 12).min(std::time::Duration::from_secs(5))
    }

    /// Brings the Secret up to date. The answer is whether the authorities changed, or the certificate.
    pub(crate) async fn tend(&mut self) -> anyhow::Result<bool> {
        let found = match self.cluster.get(&self.path).await {
            Ok(found) => found,
            Err(failure) if failure.is_not_found() => self.begin().await?,
            Err(failure) => return Err(failure.into()),
        };
        let content = Content::read(&found);
        if !is_ours(&found) {
            // Somebody's own certificate: it is shown, and never written.
            return Ok(self.take(content.authorities));
        }
        let Some(next) = self.plan.next(&content, seconds())? else {
            return Ok(self.take(content.authorities));
        };
        let object = self.object(&next, &found);
        match self.cluster.replace(&self.path, &object, Write::default()).await {
            Ok(_) => {
                let ends = lifetime_of(&next.certificate).map(|(_, end)| timestamp(end)).unwrap_or_default();
                log::info("the Secret has a new certificate or authority", json!({ "notAfter": ends }));
                self.take(next.authorities);
                Ok(true)
            }
            // Another controller was first; what it wrote is read the next time.
            Err(failure) if failure.is_conflict() => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    fn take(&mut self, bundle: String) -> bool {
        let is_new = self.bundle != bundle;
        self.bundle = bundle;
        is_new
    }

    /// Makes the Secret without data. To apply it takes the right to create this one name and no other, and takes
    /// nothing from a Secret that came in between: its data belong to whoever wrote them.
    async fn begin(&self) -> Result<Value, Failure> {
        let empty = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": { "name": self.path.name.as_deref(), "namespace": self.path.namespace.as_deref(), "labels": labels() },
        });
        self.cluster.apply(&self.path, &value(&empty), Write::default()).await
    }

    fn object(&self, content: &Content, found: &Value) -> Value {
        value(&json!({
            "apiVersion": "v1", "kind": "Secret", "type": found.dig_str(&["type"]).unwrap_or("Opaque"),
            "metadata": {
                "name": self.path.name.as_deref(),
                "namespace": self.path.namespace.as_deref(),
                "resourceVersion": found.dig_str(&["metadata", "resourceVersion"]),
                "labels": labels(),
                "annotations": { NAMES: content.names },
            },
            "data": {
                "tls.crt": STANDARD.encode(&content.certificate),
                "tls.key": STANDARD.encode(&content.key),
                "ca.crt": STANDARD.encode(&content.authorities),
                "ca.key": STANDARD.encode(&content.authority_key),
            },
        }))
    }
}

impl Plan {
    /// What the Secret has to hold; none if it does.
    fn next(&self, content: &Content, now: i64) -> Result<Option<Content>, CertificateError> {
        let mut next = content.clone();
        let mut trusted = authorities_at(&content.authorities, now);
        let first = trusted.first().cloned().unwrap_or_default();
        let current = Authority::from_pem(&first, &content.authority_key).ok();
        let is_due = |one: &Authority| Lifetimes::is_due(one.not_before, one.not_after, now);
        // A certificate of an authority that nobody trusts is none.
        let mut is_lost = trusted.is_empty();
        let authority = match current {
            Some(authority) if !is_due(&authority) => authority,
            _ => {
                let authority = Authority::new(now, self.lifetimes)?;
                is_lost |= content.authority_key.is_empty();
                trusted.insert(0, authority.certificate.clone());
                next.authority_key = authority.key();
                authority
            }
        };
        next.authorities = trusted.concat();
        let names = self.names.join(",");
        let shown = Identity::from_pem(content.certificate.as_bytes(), content.key.as_bytes()).ok();
        let is_good = |shown: &Identity| shown.not_before <= now && now < shown.not_after;
        let shown = shown.filter(|shown| is_good(shown) && content.names == names && !is_lost);
        let may_issue = match &shown {
            // Nothing can be lost.
            None => true,
            Some(shown) => {
                let is_due = Lifetimes::is_due(shown.not_before, shown.not_after, now);
                is_due && self.is_known(&authority.certificate, now)
            }
        };
        if may_issue {
            let issued = authority.issue(&self.names, now, self.lifetimes)?;
            (next.certificate, next.key, next.names) = (issued.certificate, issued.key, names);
        }
        let is_same = next.authorities == content.authorities && next.certificate == content.certificate;
        Ok((!is_same).then_some(next))
    }

    /// Whether the API server had time to learn of an authority.
    fn is_known(&self, authority: &str, now: i64) -> bool {
        let sixth = i64::try_from(self.lifetimes.server.as_secs() / 6).unwrap_or(LEARNING);
        let told = self.told.as_ref().filter(|told| told.authorities.contains(authority));
        // Where the clock went back it was told some time ago, whenever that was.
        told.is_some_and(|told| now < told.since || now >= told.since + LEARNING.min(sixth))
    }
}

impl Content {
    fn read(secret: &Value) -> Self {
        let text = |key: &str| {
            let bytes = secret.dig_str(&["data", key]).and_then(|text| STANDARD.decode(text).ok());
            bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
        };
        Self {
            certificate: text("tls.crt"),
            key: text("tls.key"),
            authorities: text("ca.crt"),
            authority_key: text("ca.key"),
            names: secret.dig_str(&["metadata", "annotations", NAMES]).unwrap_or_default().to_owned(),
        }
    }
}

fn is_ours(secret: &Value) -> bool {
    secret.dig_str(&["metadata", "labels", "app.kubernetes.io/managed-by"]) == Some("ironhull")
}

fn labels() -> Json {
    json!({ "app.kubernetes.io/managed-by": "ironhull", "app.kubernetes.io/name": "ironhull" })
}

fn value(json: &Json) -> Value {
    serde_json::from_value(json.clone()).unwrap_or_default()
}

/// The certificates of a bundle that are good at a moment.
fn authorities_at(bundle: &str, now: i64) -> Vec<String> {
    let blocks = bundle.split(BEGIN).skip(1).map(|rest| format!("{BEGIN}{rest}"));
    blocks.filter(|block| lifetime_of(block).is_ok_and(|(_, end)| now < end)).collect()
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;
