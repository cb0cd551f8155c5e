//! Where in a text the values stand that no output may show.

use std::collections::HashMap;
use std::sync::Arc;

use ironhull_finding::{Evidence, Finding, Subject};
use ironhull_manifest::{Document, Source, Span};
use ironhull_value::{Path, Segment, Value};

use crate::Report;
use crate::mask::{LAST_APPLIED, is_secret_of_rule, secret_maps};

/// The hidden parts of every text that a report can show an excerpt of.
#[derive(Debug, Default)]
pub(crate) struct HiddenText {
    /// By address of the source; sorted, without overlaps.
    spans: HashMap<usize, Vec<Span>>,
}

impl HiddenText {
    pub(crate) fn of(report: &Report) -> Self {
        let mut hidden = Self::default();
        let mut seen: HashMap<usize, ()> = HashMap::new();
        let all = report.findings.iter().chain(report.suppressed.iter().map(|(finding, _)| finding));
        for finding in all {
            match &finding.subject {
                Subject::Input { source, span } => hidden.unparsed(source, *span),
                Subject::Object { .. } => {}
            }
            for evidence in &finding.evidence {
                if let Some((document, _)) = evidence.object.document()
                    && seen.insert(Arc::as_ptr(document) as usize, ()).is_none()
                {
                    hidden.document(document);
                }
                hidden.evidence(finding, evidence);
            }
        }
        for spans in hidden.spans.values_mut() {
            *spans = merged(std::mem::take(spans));
        }
        hidden
    }

    /// The hidden parts of a source, sorted.
    pub(crate) fn spans(&self, source: &Arc<Source>) -> &[Span] {
        self.spans.get(&address(source)).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, source: &Arc<Source>, spans: impl IntoIterator<Item = Span>) {
        self.spans.entry(address(source)).or_default().extend(spans);
    }

    fn evidence(&mut self, finding: &Finding, evidence: &Evidence) {
        let Some(value) = evidence.value() else { return };
        if is_secret_of_rule(finding.rule, &evidence.path, value)
            && let Some((source, location)) = evidence.object.locate(&evidence.path)
        {
            self.add(source, [location.value]);
        }
    }

    fn document(&mut self, document: &Document) {
        let mut spans = Vec::new();
        walk(document, &document.value, &mut Vec::new(), &mut spans);
        self.add(&document.source, spans);
    }

    /// A text that could not be read has no fields. Where it speaks of a Secret or ConfigMap everything
    /// behind a colon is hidden but for what names the object; elsewhere what stands behind `value:`.
    fn unparsed(&mut self, source: &Arc<Source>, span: Span) {
        /// An excerpt shows a few lines around its mark; this is more.
        const AROUND: u32 = 12;
        let first = source.position(span.start).line.saturating_sub(AROUND).max(1);
        let last = source.position(span.end).line.saturating_add(AROUND).min(source.line_count());
        let lines = || (first..=last).map(|line| source.line_span(line));
        let secret = mentions_secret(source, span);
        let spans: Vec<Span> = lines()
            .filter_map(|line| unparsed_line(source.slice(line), secret).map(|from| at(line, from)))
            .collect();
        self.add(source, spans);
    }
}

fn at(line: Span, from: usize) -> Span {
    Span {
        start: line.start.saturating_add(u32::try_from(from).unwrap_or(u32::MAX)).min(line.end),
        end: line.end,
    }
}

/// Whether the `---` part around the span speaks of a kind with data.
fn mentions_secret(source: &Source, span: Span) -> bool {
    let text = source.text();
    let mut at = (span.start as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let (before, after) = text.split_at(at);
    let start = before.rfind("\n---").unwrap_or(0);
    let end = after.find("\n---").map_or(text.len(), |end| at + end);
    let part = text.get(start..end).unwrap_or(text);
    part.contains("Secret") || part.contains("ConfigMap")
}

/// The first byte of a line to hide.
fn unparsed_line(line: &str, secret: bool) -> Option<usize> {
    const KEPT: &[&str] =
        &["apiVersion", "kind", "metadata", "name", "namespace", "type", "data", "stringData"];
    let content = line.len() - line.trim_start_matches([' ', '\t', '-']).len();
    let body = line.get(content..)?;
    if body.trim().is_empty() {
        return None;
    }
    let colon = body.find(':');
    let key =
        colon.and_then(|colon| body.get(..colon)).map(|key| key.trim().trim_matches(['"', '\'', '{', ' ']));
    let hidden = match key {
        Some(key) if secret => !KEPT.contains(&key),
        Some(key) => key == "value",
        None => secret,
    };
    // Several keys on one line are a flow mapping: hidden from the first value on.
    let flow = secret && body.matches(':').count() > 1;
    let value = colon.map_or(content, |colon| content + colon + 1);
    let blank = line.get(value..).is_none_or(|rest| rest.trim().is_empty());
    ((hidden || flow) && !blank).then(|| {
        let rest = line.get(value..).unwrap_or_default();
        value + rest.len() - rest.trim_start().len()
    })
}

fn walk(document: &Document, value: &Value, path: &mut Vec<Segment>, spans: &mut Vec<Span>) {
    match value {
        Value::Map(map) => {
            let secret = secret_maps(value);
            for (key, child) in map.iter() {
                let in_env = matches!(
                    path.as_slice(),
                    [.., Segment::Key(list), Segment::Index(_)] if list == "env"
                );
                path.push(Segment::from(key.as_str()));
                if secret.contains(&key.as_str()) {
                    all_but_keys(document, child, path, spans);
                } else if key.as_str() == LAST_APPLIED || in_env && key.as_str() == "value" {
                    spans.push(document.locate(&path.iter().cloned().collect()).value);
                } else {
                    walk(document, child, path, spans);
                }
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Segment::Index(index));
                walk(document, item, path, spans);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Everything in a mapping but its keys. What no key leads to is hidden as well: comments, and the first
/// of two equal keys.
fn all_but_keys(document: &Document, map: &Value, path: &[Segment], spans: &mut Vec<Span>) {
    let path: Path = path.iter().cloned().collect();
    let region = document.locate(&path).value;
    let mut keys = Vec::new();
    for (key, _) in map.as_map().into_iter().flat_map(ironhull_value::Map::iter) {
        let location = document.locate(&path.child(key.as_str()));
        spans.push(location.value);
        keys.extend(location.key.filter(|key| region.start <= key.start && key.end <= region.end));
    }
    keys.sort_unstable();
    let mut from = region.start;
    for key in keys {
        hide_gap(&document.source, Span { start: from, end: key.start }, spans);
        from = from.max(key.end);
    }
    hide_gap(&document.source, Span { start: from, end: region.end }, spans);
}

/// Hides each line of a gap, but not the marks of YAML at its edges.
fn hide_gap(source: &Source, gap: Span, spans: &mut Vec<Span>) {
    if gap.start >= gap.end {
        return;
    }
    let mut start = gap.start as usize;
    for line in source.slice(gap).split_inclusive('\n') {
        let is_mark = |c: char| c.is_whitespace() || matches!(c, ':' | '{' | '}' | ',');
        let lead = line.len() - line.trim_start_matches(is_mark).len();
        let kept = line.trim_end_matches(is_mark).len();
        if lead < kept {
            spans.push(Span::new(start + lead, start + kept));
        }
        start += line.len();
    }
}

fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans.into_iter().filter(|span| span.start < span.end) {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

fn address(source: &Arc<Source>) -> usize {
    Arc::as_ptr(source) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, needle: &str) -> String {
        let source = Arc::new(Source::new("a.yaml", text));
        let at = text.find(needle).unwrap();
        let mut hidden = HiddenText::default();
        hidden.unparsed(&source, Span::new(at, at + 1));
        let mut out = String::new();
        let mut from = 0;
        for span in merged(hidden.spans(&source).to_vec()) {
            out.push_str(&text[from..span.start as usize]);
            out.push('•');
            from = span.end as usize;
        }
        out + &text[from..]
    }

    #[test]
    fn a_broken_secret_shows_no_value() {
        let text = "kind: Secret\nmetadata: {name: a, b: c\ndata:\n  a: x\n  b: |\n    raw\n- \"k\": v\n---\nkind: Pod\nimage: x\nvalue: y\n";
        let out = shown(text, "raw");
        assert_eq!(
            out.split("---").next().unwrap(),
            "kind: Secret\nmetadata: •\ndata:\n  a: •\n  b: •\n    •\n- \"k\": •\n"
        );
        assert!(shown(text, "image").ends_with("kind: Pod\nimage: x\nvalue: •\n"));
    }

    #[test]
    fn spans_are_merged() {
        let span = |start, end| Span { start, end };
        assert_eq!(merged(vec![span(5, 9), span(1, 3), span(2, 6), span(4, 4)]), [span(1, 9)]);
    }
}
