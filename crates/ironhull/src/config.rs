//! `.ironhull.yaml`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ironhull_manifest::{Limits, read};
use ironhull_value::Interner;
use ironhull_world::{Carrier, Carriers, Shape};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config_check;

const NAME: &str = ".ironhull.yaml";

/// The configuration file of Ironhull, `.ironhull.yaml`. Flags win over it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Config {
    /// Defaults of `ironhull scan`.
    pub(crate) scan: ScanConfig,
    /// Further places that hold pods, in kinds that Ironhull does not know.
    pub(crate) carriers: Vec<CarrierConfig>,
}

/// Defaults of `ironhull scan`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ScanConfig {
    /// The least severity of rules that run.
    pub(crate) severity: Option<SeverityName>,
    /// The severity that trips the gate.
    pub(crate) fail_on: Option<FailOnName>,
    /// Read only files that match one of these globs.
    pub(crate) include: Vec<String>,
    /// Do not read files that match one of these globs.
    pub(crate) exclude: Vec<String>,
    /// Read what .gitignore names as well.
    pub(crate) no_ignore: bool,
    /// Do not render Kustomize directories.
    pub(crate) no_render: bool,
    /// The namespace of objects that name none.
    pub(crate) namespace: Option<String>,
    /// Which rules run.
    pub(crate) rules: RulesConfig,
}

/// Which rules run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RulesConfig {
    /// Only these, by id or name; all when empty.
    pub(crate) only: Vec<String>,
    /// Not these.
    pub(crate) skip: Vec<String>,
}

/// The severities by name.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SeverityName {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl From<SeverityName> for ironhull_finding::Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::Critical => Self::Critical,
            SeverityName::High => Self::High,
            SeverityName::Medium => Self::Medium,
            SeverityName::Low => Self::Low,
            SeverityName::Info => Self::Info,
        }
    }
}

/// A severity, or `never`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FailOnName {
    Critical,
    High,
    Medium,
    Low,
    Info,
    Never,
}

/// A place that holds pods.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct CarrierConfig {
    /// The API group of the kind.
    pub(crate) group: String,
    /// The kind.
    pub(crate) kind: String,
    /// The way to the pod: `spec.template`, or `spec.steps[*].container`.
    pub(crate) path: String,
    /// What stands there.
    pub(crate) shape: ShapeName,
}

/// What stands at a carrier's path.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ShapeName {
    /// An object with `metadata` and `spec`.
    Template,
    /// A pod's spec.
    PodSpec,
    /// A container, or a list of them.
    Container,
}

impl Config {
    /// The configuration file that is named, or the next one from the working directory upward, or none.
    pub(crate) fn find(named: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(file) = named {
            return Self::load(file);
        }
        let Ok(here) = env::current_dir() else { return Ok(Self::default()) };
        match here.ancestors().map(|directory| directory.join(NAME)).find(|file| file.is_file()) {
            Some(file) => Self::load(&shorter(&file, &here)),
            None => Ok(Self::default()),
        }
    }

    fn load(file: &Path) -> anyhow::Result<Self> {
        let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let parsed = read(file.display().to_string(), &bytes, &Limits::default(), &mut Interner::new());
        if let Some(found) = parsed.diagnostics.first() {
            let at = parsed.source.position(found.span.start);
            bail!("{}:{}:{}: {}", file.display(), at.line, at.column, found.message);
        }
        let Some(document) = parsed.documents.first() else { return Ok(Self::default()) };
        config_check::check(document, &schema())?;
        let value = serde_json::to_value(&document.value)?;
        serde_json::from_value(value).with_context(|| format!("{}", file.display()))
    }

    /// Where pods are looked for.
    pub(crate) fn carriers(&self) -> anyhow::Result<Carriers> {
        let mut carriers = Carriers::default();
        for one in &self.carriers {
            anyhow::ensure!(!one.kind.is_empty(), "a carrier in the configuration has an empty kind");
            let shape = match one.shape {
                ShapeName::Template => Shape::Template,
                ShapeName::PodSpec => Shape::PodSpec,
                ShapeName::Container => Shape::Container,
            };
            carriers.add(Carrier::new(&one.group, &one.kind, &one.path, shape));
        }
        Ok(carriers)
    }
}

/// The published schema of the file.
pub(crate) fn schema() -> serde_json::Value {
    let mut schema = serde_json::to_value(schemars::schema_for!(Config)).unwrap_or_default();
    if let Some(map) = schema.as_object_mut() {
        map.insert("$id".to_owned(), "https://ironhull.dev/schemas/config/v1alpha1.json".into());
    }
    schema
}

/// The path as seen from the working directory, when the file lies in it.
fn shorter(file: &Path, here: &Path) -> PathBuf {
    file.strip_prefix(here).unwrap_or(file).to_path_buf()
}
