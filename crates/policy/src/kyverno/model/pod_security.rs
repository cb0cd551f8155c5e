//! The Pod Security subrule, as it is written.

use compact_str::CompactString;

use super::reader::{At, Reader};

/// The Pod Security subrule.
#[derive(Clone, Debug)]
pub struct PodSecurity {
    /// `privileged`, `baseline` or `restricted`.
    pub level: CompactString,
    /// `latest` or `v1.30`.
    pub version: CompactString,
    /// What is left out.
    pub exclude: Vec<PodSecurityExclude>,
}

impl PodSecurity {
    /// Whether nothing is said: then there is no such subrule.
    pub(crate) fn is_empty(&self) -> bool {
        self.level.is_empty() && self.version.is_empty() && self.exclude.is_empty()
    }
}

/// What a Pod Security subrule leaves out.
#[derive(Clone, Debug)]
pub struct PodSecurityExclude {
    /// The control.
    pub control: CompactString,
    /// For containers with these images, with wildcards.
    pub images: Vec<CompactString>,
    /// A field.
    pub field: CompactString,
    /// Values of it that are let through.
    pub values: Vec<CompactString>,
}

pub(super) fn pod_security(reader: &mut Reader, at: &At<'_>) -> PodSecurity {
    reader.only(at, &["level", "version", "exclude"]);
    let exclude = at.get("exclude").map(|list| excludes(reader, &list));
    PodSecurity {
        level: reader.text(at, "level").unwrap_or_default(),
        version: reader.text(at, "version").unwrap_or_default(),
        exclude: exclude.unwrap_or_default(),
    }
}

/// What is left out of Pod Security.
pub(super) fn excludes(reader: &mut Reader, list: &At<'_>) -> Vec<PodSecurityExclude> {
    reader.list(list);
    let mut found = Vec::new();
    for item in list.items() {
        reader.only(&item, &["controlName", "images", "restrictedField", "values"]);
        found.push(PodSecurityExclude {
            control: reader.text(&item, "controlName").unwrap_or_default(),
            images: reader.texts(&item, "images"),
            field: reader.text(&item, "restrictedField").unwrap_or_default(),
            values: reader.texts(&item, "values"),
        });
    }
    found
}
