//! A finding and what it is about.

use std::fmt;
use std::sync::Arc;

use ironhull_manifest::{Source, Span};
use ironhull_value::{CompactString, Path};
use ironhull_world::{Object, Origin};

use crate::{Evidence, Fix, Place, RuleMeta, Severity};

/// What a finding is about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// An object, or one container of it.
    Object {
        /// The object.
        object: Arc<Object>,
        /// The container's name.
        container: Option<CompactString>,
    },
    /// A part of an input that is no object.
    Input {
        /// The text; empty when it could not be read.
        source: Arc<Source>,
        /// The part.
        span: Span,
    },
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static RuleMeta,
    /// What it is about.
    pub subject: Subject,
    /// One sentence without a full stop, with the names that matter.
    pub message: String,
    /// The fields that prove it, the deciding one first; empty only for inputs.
    pub evidence: Vec<Evidence>,
    /// What would make it go away.
    pub fix: Option<Fix>,
    /// What it has in common with other findings of its rule when that is no field: a sentence.
    pub cause: Option<String>,
}

impl Finding {
    /// Says what would make it go away.
    pub fn with_fix(&mut self, fix: Fix) -> &mut Self {
        self.fix = Some(fix);
        self
    }

    /// Says what it has in common with other findings of its rule.
    pub fn with_cause(&mut self, cause: impl Into<String>) -> &mut Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds a further field, of this or another object.
    pub fn also(&mut self, object: &Arc<Object>, path: Path, note: impl Into<String>) -> &mut Self {
        self.evidence.push(Evidence {
            object: object.clone(),
            path,
            note: Some(note.into()),
            concealed: false,
        });
        self
    }

    /// Says something about the deciding field.
    pub fn noted(&mut self, note: impl Into<String>) -> &mut Self {
        if let Some(evidence) = self.evidence.first_mut() {
            evidence.note = Some(note.into());
        }
        self
    }

    /// The deciding field holds a secret: its value is never shown.
    pub fn concealed(&mut self) -> &mut Self {
        if let Some(evidence) = self.evidence.first_mut() {
            evidence.concealed = true;
        }
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.rule.severity
    }

    /// The object it is about.
    pub fn object(&self) -> Option<&Arc<Object>> {
        match &self.subject {
            Subject::Object { object, .. } => Some(object),
            Subject::Input { .. } => None,
        }
    }

    /// The container it is about.
    pub fn container(&self) -> Option<&str> {
        match &self.subject {
            Subject::Object { container, .. } => container.as_deref(),
            Subject::Input { .. } => None,
        }
    }

    /// The namespace it belongs to; empty for cluster-scoped objects and inputs.
    pub fn namespace(&self) -> &str {
        self.object().map_or("", |object| object.namespace())
    }

    /// Where to look first.
    pub fn place(&self) -> Option<Place> {
        match &self.subject {
            Subject::Object { .. } => self.evidence.first()?.place(),
            Subject::Input { source, span } => Some(Place::new(source.clone(), *span)),
        }
    }

    /// The name of the input that it stands in; none for live objects.
    pub fn source_name(&self) -> Option<&Arc<str>> {
        match &self.subject {
            Subject::Object { object, .. } => match &object.origin {
                Origin::Dump { source, .. } => Some(source.name()),
                _ => object.document().map(|(document, _)| document.source.name()),
            },
            Subject::Input { source, .. } => Some(source.name()),
        }
    }
}

impl fmt::Display for Subject {
    /// `Deployment shop/web, container "app"`, or the input's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object { object, container: None } => write!(f, "{}", object.key),
            Self::Object { object, container: Some(name) } => write!(f, "{}, container {name:?}", object.key),
            Self::Input { source, .. } => f.write_str(source.name()),
        }
    }
}
