//! The PodSecurityConfiguration of a file: defaults and exemptions.

use std::path::Path;

use anyhow::{Context, bail};
use ironhull_manifest::{Limits, read as read_text};
use ironhull_podsecurity::admission::Admission;
use ironhull_podsecurity::{Exemptions, FieldError, Policy, parse_defaults};
use ironhull_value::{Interner, Value};

/// Reads it as Pod Security Admission does. What is not understood is an error.
pub(crate) fn read(path: &Path) -> anyhow::Result<Admission> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).with_context(|| name.clone())?;
    let parsed = read_text(name.as_str(), &bytes, &Limits::default(), &mut Interner::new());
    if let Some(diagnostic) = parsed.diagnostics.first() {
        bail!("{name}: {diagnostic:?}");
    }
    let document = parsed.documents.first().with_context(|| format!("{name} is empty"))?;
    let version = document.value.dig_str(&["apiVersion"]).unwrap_or_default();
    let kind = document.value.dig_str(&["kind"]).unwrap_or_default();
    let is_known = version.starts_with("pod-security.admission.config.k8s.io/")
        || version.starts_with("podsecurity.admission.config.k8s.io/");
    if kind != "PodSecurityConfiguration" || !is_known {
        bail!(
            "{name}: expected a PodSecurityConfiguration of pod-security.admission.config.k8s.io/v1, found \
             {kind:?} of {version:?}"
        );
    }
    let nothing = Value::Null;
    let part = |key: &str| document.value.get(key).unwrap_or(&nothing);
    let told = |errors: Vec<FieldError>| {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{name}: {}", texts.join("; "))
    };
    let defaults = match part("defaults") {
        Value::Null => Policy::default(),
        given => parse_defaults(given).map_err(told)?,
    };
    let exemptions = Exemptions::parse(part("exemptions")).map_err(told)?;
    Ok(Admission { defaults, exemptions })
}
