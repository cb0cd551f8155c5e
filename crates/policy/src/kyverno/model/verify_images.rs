//! `verifyImages`: read in full, evaluated once images can be verified.
//!
//! Upstream: `api/kyverno/v1/image_verification_types.go`.

use super::conditions::conditions;
use super::policy::{failure_action, overrides};
use super::reader::{At, Reader};

const FIELDS: [&str; 22] = [
    "failureAction",
    "failureActionOverrides",
    "type",
    "image",
    "imageReferences",
    "skipImageReferences",
    "key",
    "roots",
    "subject",
    "issuer",
    "additionalExtensions",
    "attestors",
    "attestations",
    "annotations",
    "repository",
    "cosignOCI11",
    "mutateDigest",
    "verifyDigest",
    "validate",
    "required",
    "imageRegistryCredentials",
    "useCache",
];

/// Names everything in a list of verifications that is not known.
pub(super) fn verify_images(reader: &mut Reader, at: &At<'_>) {
    reader.list(at);
    for item in at.items() {
        reader.only(&item, &FIELDS);
        failure_action(reader, &item, "failureAction");
        overrides(reader, &item, "failureActionOverrides");
        reader.word(&item, "type", &["Cosign", "SigstoreBundle", "Notary"]);
        for key in ["image", "key", "roots", "subject", "issuer", "repository"] {
            reader.text(&item, key);
        }
        for key in ["cosignOCI11", "mutateDigest", "verifyDigest", "required", "useCache"] {
            reader.flag(&item, key);
        }
        reader.texts(&item, "imageReferences");
        reader.texts(&item, "skipImageReferences");
        reader.map(&item, "additionalExtensions");
        reader.map(&item, "annotations");
        if item.get("image").is_none() && item.get("imageReferences").is_none() {
            reader.wrong(&item.path, "an image verification needs `imageReferences`");
        }
        attestors(reader, &item);
        for attestation in list(reader, &item, "attestations") {
            reader.only(&attestation, &["name", "predicateType", "type", "attestors", "conditions"]);
            for key in ["name", "predicateType", "type"] {
                reader.text(&attestation, key);
            }
            attestors(reader, &attestation);
            for condition in list(reader, &attestation, "conditions") {
                conditions(reader, &condition);
            }
        }
        if let Some(credentials) = item.get("imageRegistryCredentials") {
            reader.only(&credentials, &["allowInsecureRegistry", "providers", "secrets"]);
            reader.flag(&credentials, "allowInsecureRegistry");
            reader.texts(&credentials, "providers");
            reader.texts(&credentials, "secrets");
        }
        if let Some(validate) = item.get("validate") {
            reader.only(&validate, &["message", "deny"]);
            reader.text(&validate, "message");
            if let Some(deny) = validate.get("deny") {
                reader.only(&deny, &["conditions"]);
                if let Some(own) = deny.get("conditions") {
                    conditions(reader, &own);
                }
            }
        }
    }
}

fn list<'v>(reader: &mut Reader, at: &At<'v>, key: &str) -> Vec<At<'v>> {
    let Some(list) = at.get(key) else { return Vec::new() };
    reader.list(&list);
    list.items().collect()
}

fn attestors(reader: &mut Reader, at: &At<'_>) {
    for set in list(reader, at, "attestors") {
        reader.only(&set, &["count", "entries"]);
        let entries = list(reader, &set, "entries");
        let count = reader.number(&set, "count");
        let most = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        if count.is_some_and(|count| count < 1 || count > most) {
            let message = format!("`count` must be from 1 to {most}, as many entries as there are");
            reader.wrong(&set.path.child("count"), message);
        }
        for entry in entries {
            attestor(reader, &entry);
        }
    }
}

const WAYS: [&str; 4] = ["keys", "certificates", "keyless", "attestor"];

fn attestor(reader: &mut Reader, at: &At<'_>) {
    reader.only(at, &[&WAYS[..], &["annotations", "repository", "signatureAlgorithm"]].concat());
    reader.map(at, "annotations");
    reader.text(at, "repository");
    reader.text(at, "signatureAlgorithm");
    let given = WAYS.into_iter().filter(|way| at.get(way).is_some()).count();
    if given != 1 {
        reader.wrong(&at.path, format!("an attestor has exactly one of {}", WAYS.join(", ")));
    }
    if let Some(keys) = at.get("keys") {
        reader.only(&keys, &["publicKeys", "signatureAlgorithm", "kms", "secret", "rekor", "ctlog"]);
        for key in ["publicKeys", "signatureAlgorithm", "kms"] {
            reader.text(&keys, key);
        }
        if let Some(secret) = keys.get("secret") {
            reader.only(&secret, &["name", "namespace"]);
            reader.text(&secret, "name");
            reader.text(&secret, "namespace");
        }
        logs(reader, &keys);
    }
    if let Some(certificates) = at.get("certificates") {
        reader.only(&certificates, &["cert", "certChain", "rekor", "ctlog"]);
        reader.text(&certificates, "cert");
        reader.text(&certificates, "certChain");
        logs(reader, &certificates);
    }
    if let Some(keyless) = at.get("keyless") {
        let texts = ["issuer", "issuerRegExp", "subject", "subjectRegExp", "roots"];
        reader.only(&keyless, &[&texts[..], &["additionalExtensions", "rekor", "ctlog"]].concat());
        for key in texts {
            reader.text(&keyless, key);
        }
        reader.map(&keyless, "additionalExtensions");
        logs(reader, &keyless);
    }
    if let Some(nested) = at.get("attestor") {
        reader.only(&nested, &["count", "entries"]);
        for entry in list(reader, &nested, "entries") {
            attestor(reader, &entry);
        }
    }
}

fn logs(reader: &mut Reader, at: &At<'_>) {
    if let Some(rekor) = at.get("rekor") {
        reader.only(&rekor, &["url", "pubkey", "ignoreTlog"]);
        reader.text(&rekor, "url");
        reader.text(&rekor, "pubkey");
        reader.flag(&rekor, "ignoreTlog");
    }
    if let Some(log) = at.get("ctlog") {
        reader.only(&log, &["ignoreSCT", "pubkey", "tsaCertChain"]);
        reader.flag(&log, "ignoreSCT");
        reader.text(&log, "pubkey");
        reader.text(&log, "tsaCertChain");
    }
}
