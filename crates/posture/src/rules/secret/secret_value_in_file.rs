//! SC006

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::{Path, Value};
use ironhull_world::{Object, kinds};

use super::detect::{decode, is_placeholder, is_public};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds Secrets in files, or rendered from them, whose `data` or `stringData` holds values.
    /// Placeholders, values that a tool encrypted or fetches, and certificates without a key are fine, and
    /// so are SealedSecrets and ExternalSecrets. Secrets of a live cluster are not judged. The values are
    /// never shown.
    ///
    /// ## Why it matters
    /// Base64 hides nothing: who has the file has the values, and Git keeps them after they are deleted.
    /// Low, because the file may never leave the machine that rendered it; where it is committed, treat it
    /// as leaked.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: db, namespace: shop}
    /// data:
    ///   password: aHVudGVyMg==
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   secretStoreRef: {kind: ClusterSecretStore, name: vault}
    ///   target: {name: db}
    ///   data:
    ///   - secretKey: password
    ///     remoteRef: {key: shop/db, property: password}
    /// ```
    ///
    /// ## How to fix
    /// Keep the value in a secret store and let a controller make the Secret (External Secrets, the Secrets
    /// Store CSI driver), or encrypt the file (SOPS, Sealed Secrets). Replace values that were committed.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/secrets-good-practices/>
    /// - <https://kubernetes.io/docs/concepts/configuration/secret/>
    pub static SECRET_VALUE_IN_FILE = {
        id: "SC006",
        name: "secret-value-in-file",
        title: "A Secret with its values stands in a file",
        severity: Low,
        controls: [Nsa "secrets", Attack "T1552"],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::SECRET], check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    if object.document().is_none() {
        return judge.skip("the Secret does not come from a file");
    }
    for field in ["data", "stringData"] {
        let Some(entries) = object.value.get(field).and_then(Value::as_map) else { continue };
        let encoded = field == "data";
        let written = entries.iter().filter(|(_, value)| is_secret(value, encoded));
        let keys: Vec<_> = written.map(|(key, _)| format!("{:?}", key.as_str())).collect();
        if keys.is_empty() {
            continue;
        }
        let message = format!("{field} of the Secret is readable in the file: {}", listed(&keys));
        judge.fail(Path::root().child(field), message).concealed().with_fix(Fix::manual(
            "Keep the values in a secret store or encrypt the file, and replace what was committed",
        ));
    }
}

/// Whether there is a value that only the cluster should know. What is not base64 counts as written.
fn is_secret(value: &Value, encoded: bool) -> bool {
    let Some(text) = value.as_str() else { return false };
    // Also where base64 belongs: `changeme` under `data` is no value that anybody uses.
    if is_placeholder(text) {
        return false;
    }
    match decode(text).filter(|_| encoded) {
        Some(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => !is_placeholder(text) && !is_public(text),
            Err(_) => true,
        },
        None => !text.trim().is_empty() && !is_public(text),
    }
}

fn listed(keys: &[String]) -> String {
    const SHOWN: usize = 5;
    match keys.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => {
            format!("{} and {more} more", keys.get(..SHOWN).unwrap_or_default().join(", "))
        }
        _ => keys.join(", "),
    }
}
