//! Why a finding is true.

use std::sync::Arc;

use ironhull_manifest::{Location, Position, Source, Span};
use ironhull_value::{Path, Segment, Value};
use ironhull_world::{Object, Origin};

/// A field that proves a finding.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The object that holds the field; for most findings their subject.
    pub object: Arc<Object>,
    /// The field. It need not exist: then its absence is the evidence.
    pub path: Path,
    /// What a reader should know about it: `inherited from the pod`.
    pub note: Option<String>,
    /// The field holds a secret: no output may show its value, nor source lines around it.
    pub concealed: bool,
}

/// A place in a text.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// What to mark.
    pub span: Span,
    /// Where it begins.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
}

impl Place {
    /// The place of a span.
    pub fn new(source: Arc<Source>, span: Span) -> Self {
        let (start, end) = (source.position(span.start), source.position(span.end.max(span.start)));
        Self { source, span, start, end }
    }
}

impl Evidence {
    /// A field, or its absence.
    pub fn new(object: &Arc<Object>, path: Path) -> Self {
        Self { object: object.clone(), path, note: None, concealed: false }
    }

    /// The written value; none when the field is absent or must not be shown.
    pub fn value(&self) -> Option<&Value> {
        if self.concealed {
            return None;
        }
        self.object.value.at(&self.path).filter(|value| !value.is_null())
    }

    /// The line to show: the field when it is written, else its nearest written parent. In a dump, whose text
    /// is not kept, the line at which the object begins.
    pub fn place(&self) -> Option<Place> {
        if let Origin::Dump { source, line } = &self.object.origin {
            let start = Position { line: *line, column: 1 };
            return Some(Place { source: source.clone(), span: Span::default(), start, end: start });
        }
        let path = &self.path_to_show();
        let (source, location) = self.object.locate(path)?;
        Some(Place::new(source.clone(), mark(&location, path.segments().len(), self.concealed, source)))
    }

    /// Of a concealed scalar in a map this is the map, whose line in block style does not hold the value.
    fn path_to_show(&self) -> Path {
        let is_scalar = |value: &Value| !matches!(value, Value::Map(_) | Value::Array(_));
        let in_map = |parent: &Path| matches!(parent.segments().last(), Some(Segment::Key(_)));
        match self.path.parent().filter(|_| self.concealed).filter(in_map) {
            Some(parent) if self.object.value.at(&self.path).is_some_and(is_scalar) => parent,
            _ => self.path.clone(),
        }
    }
}

/// A scalar is marked with its key; of a container, or of what is concealed, only the key, or its first
/// line.
fn mark(location: &Location, length: usize, concealed: bool, source: &Source) -> Span {
    let value = source.slice(location.value);
    let first_line = value.find(['\n', '\r']).unwrap_or(value.len());
    let head = Span {
        start: location.value.start,
        end: location.value.start.saturating_add(u32::try_from(first_line).unwrap_or(0)),
    };
    match location.key {
        Some(key) if !concealed && location.depth == length && first_line == value.len() => {
            key.cover(location.value)
        }
        Some(key) => key,
        None => head,
    }
}
