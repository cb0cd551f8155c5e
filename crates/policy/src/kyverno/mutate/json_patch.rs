//! `patchesJson6902`.

use ironhull_manifest::{Level, Limits, read};
use ironhull_value::{Interner, JsonPatch, PatchDialect, Value};

use super::MutateError;

/// `resource` after the JSON Patch in `patch`, a text in YAML or JSON. A text that starts with `[` has to be
/// JSON.
pub fn json6902(resource: &Value, patch: &str) -> Result<Value, MutateError> {
    let patch = if patch.is_empty() || patch.starts_with('[') {
        serde_json::from_str(patch).map_err(|_| MutateError::Decode("invalid state detected".into()))?
    } else {
        from_yaml(patch)?
    };
    let patch = JsonPatch::parse(&patch, PatchDialect::Lenient)
        .map_err(|error| MutateError::Decode(error.to_string()))?;
    Ok(patch.apply(resource, PatchDialect::Lenient)?)
}

fn from_yaml(text: &str) -> Result<Value, MutateError> {
    let parsed = read("patchesJson6902", text.as_bytes(), &Limits::default(), &mut Interner::new());
    if let Some(error) = parsed.diagnostics.iter().find(|diagnostic| diagnostic.level == Level::Error) {
        return Err(MutateError::NotYaml(error.message.clone()));
    }
    Ok(parsed.documents.into_iter().next().map(|document| document.value).unwrap_or_default())
}
