//! Helm charts, recognised by their `Chart.yaml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a file is to the chart around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A template: text that becomes manifests only when it is rendered.
    Template,
    /// Part of the chart and no manifest: `Chart.yaml`, values.
    Metadata,
    /// A manifest, such as a CRD under `crds/`, or a file that merely lies there.
    Plain,
}

/// Remembers which directories are charts.
#[derive(Debug, Default)]
pub(crate) struct Charts {
    known: BTreeMap<PathBuf, bool>,
}

impl Charts {
    /// The innermost chart that `file` belongs to, and its role there.
    pub(crate) fn role(&mut self, file: &Path) -> Option<(PathBuf, Role)> {
        let chart = file.ancestors().skip(1).find(|directory| self.is_chart(directory))?.to_path_buf();
        let inside = file.strip_prefix(&chart).ok()?;
        let first = inside.components().next()?.as_os_str().to_str()?;
        let name = file.file_name()?.to_str()?;
        let values =
            name.starts_with("values") || name.ends_with("-values.yaml") || name.ends_with(".values.yaml");
        let role = match first {
            "templates" => Role::Template,
            "Chart.yaml" | "Chart.lock" | "requirements.yaml" | "requirements.lock" => Role::Metadata,
            _ if values || name == "values.schema.json" => Role::Metadata,
            _ => Role::Plain,
        };
        Some((chart, role))
    }

    fn is_chart(&mut self, directory: &Path) -> bool {
        if let Some(known) = self.known.get(directory) {
            return *known;
        }
        let is = directory.join("Chart.yaml").is_file();
        self.known.insert(directory.to_path_buf(), is);
        is
    }
}
