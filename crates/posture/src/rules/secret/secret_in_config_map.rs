//! SC002

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::{Path, Value};
use ironhull_world::{Object, kinds};

use super::detect::{Why, decode, in_file, known_form, literal};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds ConfigMaps with a secret: as the value of a key whose name says so, in a line `name=value` or
    /// `name: value` of a file, or anywhere in the form of a known credential. One finding per key of the
    /// ConfigMap; the value is never shown.
    ///
    /// ## Why it matters
    /// Roles that may not read Secrets mostly may read ConfigMaps, they are not encrypted at rest by usual
    /// settings, and tools print them. High: it is a working credential in plain text.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: app, namespace: shop}
    /// data:
    ///   app.properties: |
    ///     db.user=app
    ///     db.password=hunter2
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: app, namespace: shop}
    /// data:
    ///   app.properties: |
    ///     db.user=app
    ///     db.password=${DB_PASSWORD}
    /// ```
    ///
    /// ## How to fix
    /// Move the value to a Secret and let the file refer to it, or move the whole file to a Secret. Replace
    /// the credential: it has been seen.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/secrets-good-practices/>
    /// - <https://kubernetes.io/docs/concepts/configuration/configmap/>
    pub static SECRET_IN_CONFIG_MAP = {
        id: "SC002",
        name: "secret-in-config-map",
        title: "A ConfigMap holds a secret",
        severity: High,
        controls: [Nsa "secrets", Attack "T1552"],
        aliases: [
            Trivy "KSV-0109",
            Trivy "KSV-01010",
            Kubescape "C-0012",
            Polaris "sensitiveConfigmapContent",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::CONFIG_MAP], check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    for field in ["data", "binaryData"] {
        let Some(entries) = object.value.get(field).and_then(Value::as_map) else { continue };
        for (key, value) in entries.iter() {
            let Some(text) = value.as_str() else { continue };
            let what = if field == "data" { in_entry(key, text) } else { in_binary(text) };
            if let Some(what) = what {
                let path = Path::root().child(field).child(key.as_str());
                let message = format!("key {:?} of the ConfigMap holds {what}", key.as_str());
                judge
                    .fail(path, message)
                    .concealed()
                    .with_fix(Fix::manual("Move the value to a Secret, and replace it"));
            }
        }
    }
}

/// What an entry holds: of one line it is the value of its key, of more it is a file.
fn in_entry(key: &str, text: &str) -> Option<String> {
    let is_file = text.trim().contains('\n') || has_extension(key);
    if !is_file {
        return literal(key, text).map(describe);
    }
    let hits = in_file(text);
    let first = hits.first()?;
    let what = match first.name {
        Some(name) => format!("a secret, {name:?}"),
        None => describe(first.why),
    };
    let more = match hits.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!("{what} in line {}{more}", first.line))
}

/// Binary values only tell by their form, in as much as they are text.
fn in_binary(text: &str) -> Option<String> {
    let bytes = decode(text)?;
    let form = known_form(std::str::from_utf8(&bytes).ok()?)?;
    Some(form.what.to_owned())
}

fn describe(why: Why) -> String {
    match why {
        Why::Name => "a secret".to_owned(),
        Why::Form(what) => what.to_owned(),
    }
}

fn has_extension(key: &str) -> bool {
    const FILES: &[&str] = &[
        "properties",
        "env",
        "conf",
        "cfg",
        "cnf",
        "config",
        "ini",
        "yaml",
        "yml",
        "json",
        "toml",
        "sh",
        "hcl",
    ];
    key.rsplit_once('.').is_some_and(|(_, extension)| FILES.contains(&extension))
}
