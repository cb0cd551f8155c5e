//! The entry: bytes to documents.

use std::sync::Arc;

use ironhull_value::Interner;

use crate::diagnostic::{Code, Diagnostic};
use crate::document::Document;
use crate::{Source, Span, json, split, yaml};

/// What a reader will take before it says no.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one input.
    pub bytes: usize,
    /// Levels of nesting. kubectl allows 10,000, which no real manifest comes near.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 512 << 20, depth: 512 }
    }
}

/// Everything that was understood of one input, and what was wrong with it.
#[derive(Debug)]
pub struct Parsed {
    /// The text with its name.
    pub source: Arc<Source>,
    /// Documents that are not empty, in order.
    pub documents: Vec<Document>,
    /// Problems, in order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a manifest stream as kubectl does (`apimachinery`'s `YAMLOrJSONDecoder` over sigs.k8s.io/yaml),
/// except that it goes on after a broken document.
pub fn read(name: impl Into<Arc<str>>, bytes: &[u8], limits: &Limits, interner: &mut Interner) -> Parsed {
    read_owned(name, bytes.to_vec(), limits, interner)
}

/// [`read`] without a copy of the text, which counts for the dump of a large cluster.
pub fn read_owned(
    name: impl Into<Arc<str>>,
    bytes: Vec<u8>,
    limits: &Limits,
    interner: &mut Interner,
) -> Parsed {
    let name = name.into();
    let refuse = |code, message: String| Parsed {
        source: Arc::new(Source::new(name.clone(), "")),
        documents: Vec::new(),
        diagnostics: vec![Diagnostic::error(code, Span::default(), message)],
    };
    if bytes.len() > limits.bytes.min(u32::MAX as usize) {
        let message =
            format!("{} bytes are more than the limit of {} for one input", bytes.len(), limits.bytes);
        return refuse(Code::Limit, message);
    }
    let Some(decoded) = decode(bytes) else {
        return refuse(Code::Binary, "this is not text but binary data".to_owned());
    };
    let source = Arc::new(Source::new(name, decoded.text));
    let mut reader = Reader {
        source: source.clone(),
        limits,
        interner,
        documents: Vec::new(),
        diagnostics: Vec::new(),
        invalid: decoded.invalid,
    };
    reader.run();
    let Reader { mut documents, mut diagnostics, .. } = reader;
    documents.retain(|document| !document.value.is_null());
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    Parsed { source, documents, diagnostics }
}

struct Reader<'a> {
    source: Arc<Source>,
    limits: &'a Limits,
    interner: &'a mut Interner,
    documents: Vec<Document>,
    diagnostics: Vec<Diagnostic>,
    /// Offsets at which bytes that are not UTF-8 were replaced.
    invalid: Vec<usize>,
}

impl Reader<'_> {
    fn run(&mut self) {
        let text = self.source.clone();
        let text = text.text();
        // Behind a byte-order mark kubectl does not guess JSON.
        let is_json = text.trim_start().starts_with('{');
        let from = if is_json && self.invalid.is_empty() { self.json(text) } else { Some(0) };
        if let Some(from) = from {
            self.yaml(text, from);
        }
    }

    /// Reads JSON values. Answers where YAML has to take over: kubectl gives up on JSON when the first or
    /// second value is broken, because `{a: b}` is YAML as well.
    fn json(&mut self, text: &str) -> Option<usize> {
        let mut at = 0_usize;
        let mut count = 0_usize;
        loop {
            match json::read_value(text, at, self.limits.depth, self.interner)? {
                Ok(mut read) => {
                    self.diagnostics.append(&mut read.diagnostics);
                    at = read.span.end as usize;
                    self.documents.push(Document {
                        source: self.source.clone(),
                        span: read.span,
                        chunk: count,
                        value: read.value,
                        spans: read.spans,
                        comments: Vec::new(),
                    });
                    count = count.saturating_add(1);
                }
                Err(diagnostic) if count > 1 || diagnostic.code != Code::Syntax => {
                    self.diagnostics.push(diagnostic);
                    // kubectl stops here; documents behind a separator are still worth reading.
                    return text
                        .get(at..)
                        .and_then(|rest| rest.find("\n---"))
                        .map(|next| at.saturating_add(next));
                }
                Err(_) => return Some(at),
            }
        }
    }

    fn yaml(&mut self, text: &str, from: usize) {
        let first = self.documents.len();
        for (index, chunk) in split::split(text, from).into_iter().enumerate() {
            let start = Span::new(chunk.range.start, chunk.range.start);
            if let Some(at) = self.invalid.iter().find(|at| chunk.range.contains(at)) {
                let message = "these bytes are not UTF-8; save the file as UTF-8";
                self.diagnostics.push(Diagnostic::error(Code::NotUtf8, Span::new(*at, *at), message));
                continue;
            }
            let content = text.get(chunk.range.clone()).unwrap_or_default();
            if let Some((at, length, message)) = forbidden_character(content, chunk.range.start == 0) {
                let at = chunk.range.start.saturating_add(at);
                let span = Span::new(at, at.saturating_add(length));
                self.diagnostics.push(Diagnostic::error(Code::Syntax, span, message));
                continue;
            }
            if chunk.bad_separator {
                let message = "kubectl refuses content on the line of a separator; put it on the next line";
                self.diagnostics.push(Diagnostic::error(Code::BadSeparator, start, message));
            }
            yaml::read_chunk(
                &self.source,
                &chunk,
                first.saturating_add(index),
                self.limits,
                self.interner,
                &mut self.documents,
                &mut self.diagnostics,
            );
        }
    }
}

struct Decoded {
    text: String,
    invalid: Vec<usize>,
}

/// UTF-8, or UTF-16 with a byte-order mark as go-yaml takes it. `None` for binary data.
fn decode(bytes: Vec<u8>) -> Option<Decoded> {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).skip(1).filter_map(|pair| pair.try_into().ok()).map(unit);
        let text =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Some(Decoded { text, invalid: Vec::new() })
    };
    match bytes.as_slice() {
        [0xFF, 0xFE, ..] => return utf16(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => return utf16(u16::from_be_bytes),
        _ => {}
    }
    if memchr::memchr(0, bytes.get(..8192).unwrap_or(&bytes)).is_some() {
        return None;
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Some(Decoded { text, invalid: Vec::new() }),
        Err(error) => error.into_bytes(),
    };
    let mut decoded = Decoded { text: String::with_capacity(bytes.len()), invalid: Vec::new() };
    for part in bytes.utf8_chunks() {
        decoded.text.push_str(part.valid());
        if !part.invalid().is_empty() {
            decoded.invalid.push(decoded.text.len());
            decoded.text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Some(decoded)
}

/// The first character that go-yaml's reader refuses, or that would hide something: U+0085, U+2028 and
/// U+2029 look like nothing and end a line, also that of a comment, for go-yaml alone; a byte-order mark
/// inside the text is a letter to it.
fn forbidden_character(text: &str, first: bool) -> Option<(usize, usize, &'static str)> {
    let control =
        text.bytes().position(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7f);
    if let Some(at) = control {
        return Some((at, 1, "YAML syntax: control characters are not allowed"));
    }
    let hidden = memchr::memchr3_iter(0xC2, 0xE2, 0xEF, text.as_bytes()).find(|at| {
        let rest = text.get(*at..).unwrap_or_default();
        rest.starts_with(['\u{85}', '\u{2028}', '\u{2029}'])
            || (*at > 0 || !first) && rest.starts_with('\u{feff}')
    });
    if let Some(at) = hidden {
        let message = "this invisible character means something to kubectl and nothing to most tools; write it as an escape in double quotes";
        return Some((at, text.get(at..)?.chars().next()?.len_utf8(), message));
    }
    let at = memchr::memmem::find(text.as_bytes(), b"\r\r\n")?;
    Some((at, 3, "YAML syntax: a carriage return stands alone before the end of the line"))
}
