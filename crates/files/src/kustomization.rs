//! What a kustomization refers to.

use std::fs;
use std::path::{Path, PathBuf};

use ironhull_manifest::{Limits, read};
use ironhull_value::{Interner, Value};

use crate::lexical::normal;

/// The names that kustomize accepts.
pub(crate) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A directory with a kustomization.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) directory: PathBuf,
    /// Files that it takes as complete objects.
    pub(crate) resources: Vec<PathBuf>,
    /// Files that are something else: patches, generator inputs, configuration.
    pub(crate) parts: Vec<PathBuf>,
    /// Directories that it builds on.
    pub(crate) bases: Vec<PathBuf>,
    /// Why it cannot be rendered here.
    pub(crate) obstacle: Option<String>,
    /// Components are only rendered by who includes them.
    pub(crate) component: bool,
}

impl Kustomization {
    /// Reads the kustomization of a directory; none when there is none.
    pub(crate) fn of(directory: &Path) -> Option<Self> {
        let file = NAMES.iter().map(|name| directory.join(name)).find(|file| file.is_file())?;
        let mut result = Self { directory: normal(directory), ..Self::default() };
        result.parts.push(normal(&file));
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) => {
                result.obstacle = Some(format!("{}: {error}", file.display()));
                return Some(result);
            }
        };
        let parsed = read(file.display().to_string(), &bytes, &Limits::default(), &mut Interner::new());
        let Some(document) = parsed.documents.first() else {
            result.obstacle = Some(format!("{} could not be read", file.display()));
            return Some(result);
        };
        result.fill(&document.value);
        Some(result)
    }

    fn fill(&mut self, value: &Value) {
        self.component = value.get("kind").and_then(Value::as_str) == Some("Component");
        for field in ["resources", "bases", "components"] {
            for entry in value.dig_items(&[field]).iter().filter_map(Value::as_str) {
                self.reference(entry);
            }
        }
        for field in
            ["patchesStrategicMerge", "configurations", "crds", "generators", "transformers", "validators"]
        {
            for entry in value.dig_items(&[field]).iter().filter_map(Value::as_str) {
                // Entries may also be inline YAML.
                if !entry.contains('\n') {
                    self.part(entry);
                }
            }
        }
        for field in ["patches", "patchesJson6902", "replacements"] {
            for entry in value.dig_items(&[field]) {
                if let Some(path) = entry.get("path").and_then(Value::as_str) {
                    self.part(path);
                }
            }
        }
        for field in ["configMapGenerator", "secretGenerator"] {
            for entry in value.dig_items(&[field]) {
                for list in ["files", "envs"] {
                    for file in entry.dig_items(&[list]).iter().filter_map(Value::as_str) {
                        self.part(file.split_once('=').map_or(file, |(_, path)| path));
                    }
                }
            }
        }
        for field in ["helmCharts", "helmChartInflationGenerator"] {
            if !value.dig_items(&[field]).is_empty() {
                self.obstacle = Some("it inflates Helm charts".to_owned());
            }
        }
    }

    fn reference(&mut self, entry: &str) {
        let path = normal(&self.directory.join(entry));
        if path.is_dir() {
            self.bases.push(path);
        } else if path.is_file() {
            self.resources.push(path);
        } else if is_remote(entry) {
            self.obstacle = Some(format!("it refers to {entry}, which is remote"));
        } else {
            self.obstacle = Some(format!("it refers to {entry}, which is not there"));
        }
    }

    fn part(&mut self, entry: &str) {
        self.parts.push(normal(&self.directory.join(entry)));
    }
}

/// Nothing is fetched: a reference that is no local path is never followed.
fn is_remote(entry: &str) -> bool {
    entry.contains("://")
        || entry.contains("?ref=")
        || entry.starts_with("git@")
        || entry.contains("//")
        || entry
            .split('/')
            .next()
            .is_some_and(|host| host.contains('.') && !host.starts_with('.') && entry.contains('/'))
}
