//! Finding suppressions in comments and annotations.

use std::sync::Arc;

use ironhull_manifest::{Document, Span};
use ironhull_value::{Path, Value};
use ironhull_world::Object;

use crate::suppression::{Site, Suppression};

const COMMENT: &str = "ironhull:allow";
const ANNOTATION: &str = "allow.ironhull.dev/";

pub(crate) fn scan_comments(document: &Document, all: &mut Vec<Suppression>) {
    let source = &document.source;
    for comment in &document.comments {
        let text = source.slice(comment.span).trim_start_matches('#').trim();
        let Some(rest) = text.strip_prefix(COMMENT) else { continue };
        if !rest.is_empty() && !rest.starts_with([' ', '\t', ':']) {
            continue;
        }
        let (rules, rest) = match rest.trim_start_matches(':').trim_start().split_once(char::is_whitespace) {
            Some((rules, rest)) => (rules, rest),
            None => (rest.trim_start_matches(':').trim(), ""),
        };
        let own_line = source.position(comment.span.start).line;
        let line = if comment.trailing { own_line } else { next_line(document, own_line) };
        let site =
            Site::Comment { source: source.clone(), span: comment.span, line, trailing: comment.trailing };
        let rules = rules.split(',').filter(|rule| !rule.is_empty()).map(str::to_owned).collect();
        all.push(parse(rules, None, rest, site));
    }
}

pub(crate) fn scan_object(object: &Arc<Object>, all: &mut Vec<Suppression>) {
    // Pod templates stand at most this deep: spec.jobTemplate.spec.template.metadata.
    scan_metadata(object, &object.value, &Path::root(), 5, all);
}

fn scan_metadata(object: &Arc<Object>, value: &Value, path: &Path, depth: usize, all: &mut Vec<Suppression>) {
    if let Some(annotations) = value.dig(&["metadata", "annotations"]).and_then(Value::as_map) {
        for (key, value) in annotations.iter() {
            let Some(name) = key.strip_prefix(ANNOTATION) else { continue };
            let (rule, container) = match name.split_once('.') {
                Some((rule, container)) => (rule, Some(container.to_owned())),
                None => (name, None),
            };
            let path = path.keys(&["metadata", "annotations", key]);
            let site = Site::Annotation { object: object.clone(), path };
            let text = value.as_str().unwrap_or_default();
            all.push(parse(vec![rule.to_owned()], container, text, site));
        }
    }
    if depth == 0 {
        return;
    }
    for field in ["spec", "template", "jobTemplate"] {
        if let Some(child) = value.get(field) {
            scan_metadata(object, child, &path.child(field), depth - 1, all);
        }
    }
}

fn parse(rules: Vec<String>, container: Option<String>, text: &str, site: Site) -> Suppression {
    let mut until = None;
    let mut bad_date = None;
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match word.strip_prefix("until=") {
            Some(date) => match date.parse() {
                Ok(date) => until = Some(date),
                Err(()) => bad_date = Some(date.to_owned()),
            },
            None => words.push(word),
        }
    }
    // "-- reason" reads well in a comment; the dashes are not part of it.
    let reason = words.join(" ").trim_start_matches("--").trim().to_owned();
    Suppression { rules, container, reason, until, bad_date, site }
}

/// The next line that is neither blank nor a comment.
fn next_line(document: &Document, line: u32) -> u32 {
    let source = &document.source;
    let text = |line: u32| -> &str {
        let Span { start, end } = source.line_span(line);
        source.slice(Span { start, end }).trim()
    };
    (line + 1..=source.line_count())
        .find(|line| !text(*line).is_empty() && !text(*line).starts_with('#'))
        .unwrap_or(line + 1)
}
