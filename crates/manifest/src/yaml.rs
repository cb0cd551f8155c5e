//! YAML text to documents.

use std::borrow::Cow;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span as EventSpan, StructureStyle};
use ironhull_value::{Interner, Path};
use rustc_hash::FxHashMap;

use crate::builder::{Builder, Built};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Comment, Document};
use crate::number::float_key;
use crate::resolve::{Scalar, Tag, resolve, to_value};
use crate::spans::Node;
use crate::split::Chunk;
use crate::{Limits, Source, Span};

/// Reads one chunk. Documents before a broken one are kept.
///
/// go-yaml takes tabs at the start of a line inside flow collections, which the parser refuses: such a line
/// is read again with blanks in their place, which moves nothing.
pub(crate) fn read_chunk(
    source: &Arc<Source>,
    chunk: &Chunk,
    index: usize,
    limits: &Limits,
    interner: &mut Interner,
    documents: &mut Vec<Document>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    const RETRIES: usize = 32;
    let original = source.text().get(chunk.range.clone()).unwrap_or_default();
    let mut text = Cow::Borrowed(original);
    for attempt in 0..=RETRIES {
        let mut read = read_text(source, &text, chunk, index, limits, interner);
        let syntax =
            read.diagnostics.iter().find(|found| found.code == Code::Syntax).map(|found| found.span.start);
        let without_tabs = syntax
            .filter(|_| attempt < RETRIES)
            .and_then(|at| blank_tabs(&text, (at as usize).saturating_sub(chunk.range.start)));
        if let Some(changed) = without_tabs {
            text = Cow::Owned(changed);
            continue;
        }
        documents.append(&mut read.documents);
        diagnostics.append(&mut read.diagnostics);
        return;
    }
}

/// The text with blanks for the tabs that begin the line at `at`; none when there are none.
fn blank_tabs(text: &str, at: usize) -> Option<String> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let line = text.get(start..)?;
    let indent = line.len().saturating_sub(line.trim_start_matches([' ', '\t']).len());
    let (before, after) = (text.get(..start)?, line.get(indent..)?);
    line.get(..indent)?.contains('\t').then(|| format!("{before}{}{after}", " ".repeat(indent)))
}

#[derive(Default)]
struct Read {
    documents: Vec<Document>,
    diagnostics: Vec<Diagnostic>,
}

fn read_text(
    source: &Arc<Source>,
    text: &str,
    chunk: &Chunk,
    index: usize,
    limits: &Limits,
    interner: &mut Interner,
) -> Read {
    let mut read = Read::default();
    let mut reader = Reader {
        text,
        base: chunk.range.start,
        builder: Builder::new(interner, limits.depth),
        anchors: FxHashMap::default(),
        comments: Vec::new(),
        decoded: 0,
        aliased: 0,
    };
    let options = granit_parser::options! {
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
        bom_inside_document_as_content: true,
        // A manifest may begin with a licence; upstream knows no limit.
        max_buffered_comment_events: 1 << 20,
    };
    let mut first = true;
    for next in Parser::new_from_str_with_options(text, options) {
        let step = match next {
            Ok((event, span)) => reader.event(&event, &span),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                let at = chunk.range.start.saturating_add(at.min(text.len()));
                let message = format!("YAML syntax: {}", error.info());
                Err(Diagnostic::error(Code::Syntax, Span::new(at, at), message))
            }
        };
        match step {
            Ok(Step::More) => {}
            Ok(Step::End) => {
                let comments = std::mem::take(&mut reader.comments);
                if let Some((value, spans)) = reader.builder.finish() {
                    if !first && !value.is_null() {
                        read.diagnostics.push(Diagnostic::warning(
                            Code::IgnoredByKubectl,
                            spans.locate(&value, &Path::root()).value,
                            "kubectl reads one document up to the next `---` line and ignores this one; put `---` before it",
                        ));
                    }
                    first = false;
                    let span = Span::new(chunk.range.start, chunk.range.end);
                    let source = source.clone();
                    read.documents.push(Document { source, span, chunk: index, value, spans, comments });
                }
            }
            Err(diagnostic) => {
                read.diagnostics.append(&mut reader.builder.diagnostics);
                read.diagnostics.push(diagnostic);
                return read;
            }
        }
    }
    read.diagnostics.append(&mut reader.builder.diagnostics);
    read
}

enum Step {
    More,
    End,
}

struct Reader<'t, 'i> {
    text: &'t str,
    base: usize,
    builder: Builder<'i>,
    anchors: FxHashMap<usize, Built>,
    comments: Vec<Comment>,
    /// go-yaml's two counters: every node that decoding visits, and those of them inside an alias.
    decoded: u64,
    aliased: u64,
}

impl Reader<'_, '_> {
    fn event(&mut self, event: &Event<'_>, span: &EventSpan) -> Result<Step, Diagnostic> {
        let at = self.span(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if *style == ScalarStyle::Plain {
                    self.refuse_ambiguous(text, tag.is_some(), at)?;
                }
                let tag = tag.as_deref().map_or(Tag::None, |tag| tag_of(tag.handle(), tag.suffix()));
                self.scalar(text, *style != ScalarStyle::Plain, tag, *anchor, at)?;
            }
            Event::Alias(anchor) => self.alias(*anchor, at)?,
            Event::MappingStart(style, anchor, _) => self.open(true, *style, *anchor, at)?,
            Event::SequenceStart(style, anchor, _) => self.open(false, *style, *anchor, at)?,
            Event::MappingEnd | Event::SequenceEnd => {
                let end = (at.end > at.start).then_some(at.end);
                if let Some((built, anchor)) = self.builder.close(end) {
                    self.push(anchor, built)?;
                }
            }
            Event::Comment(..) => {
                let line = self.text.get(..(at.start as usize).saturating_sub(self.base)).unwrap_or_default();
                let before = line.rsplit('\n').next().unwrap_or_default();
                self.comments.push(Comment { span: at, trailing: !before.trim().is_empty() });
            }
            Event::DocumentStart(..) => {
                self.anchors.clear();
                (self.decoded, self.aliased) = (0, 0);
            }
            Event::DocumentEnd => return Ok(Step::End),
            _ => {}
        }
        Ok(Step::More)
    }

    /// Spellings inside flow collections that go-yaml, a parser of YAML 1.1, reads as something else than
    /// every parser of YAML 1.2: `{a:}` has the key `a:`, `[?a]` holds an object, `[!, b]` one item.
    fn refuse_ambiguous(&self, text: &str, tagged: bool, at: Span) -> Result<(), Diagnostic> {
        let offset = (at.start as usize).saturating_sub(self.base);
        let before = self.text.get(..offset).unwrap_or_default();
        let after = self.text.get(offset..).unwrap_or_default();
        // The parser places a missing value before or behind its colon.
        let rest = after.strip_prefix(':').unwrap_or(after);
        let colon = before.ends_with(':') || rest.len() < after.len();
        let missing = at.start == at.end && matches!(text, "" | "~");
        let ambiguous = missing && rest.starts_with([',', '}', ']']) && (colon || tagged)
            || text.starts_with('?') && self.builder.in_flow();
        if !ambiguous {
            return Ok(());
        }
        let message = "YAML syntax: kubectl reads this differently from other tools; put a blank or quotes";
        Err(Diagnostic::error(Code::Syntax, at, message))
    }

    fn open(&mut self, map: bool, style: StructureStyle, anchor: usize, at: Span) -> Result<(), Diagnostic> {
        self.decoded = self.decoded.saturating_add(1);
        if self.builder.expects_key() {
            return Err(Diagnostic::error(
                Code::NotJson,
                at,
                "a list or an object cannot be a key in JSON; quote the key if it is meant as text",
            ));
        }
        self.builder.open(map, style == StructureStyle::Flow, at, anchor)
    }

    fn scalar(
        &mut self,
        text: &str,
        quoted: bool,
        tag: Tag,
        anchor: usize,
        at: Span,
    ) -> Result<(), Diagnostic> {
        self.decoded = self.decoded.saturating_add(1);
        let expects_key = self.builder.expects_key();
        if expects_key && text == "<<" && !quoted && tag == Tag::None {
            self.builder.merge_key(at);
            return Ok(());
        }
        let scalar =
            resolve(tag, quoted, text).map_err(|message| Diagnostic::error(Code::Syntax, at, message))?;
        if expects_key {
            let key = key_text(&scalar, text).ok_or_else(|| {
                Diagnostic::error(
                    Code::NotJson,
                    at,
                    "null cannot be a key in JSON; quote it if it is meant as text",
                )
            })?;
            let key = self.builder.interner.key(&key);
            if anchor != 0
                && let Some(value) = to_value(scalar, text)
            {
                let node = Node { value: at, ..Node::default() };
                self.anchors.insert(anchor, Built { value, node, size: 1 });
            }
            self.builder.key(key, at);
            return Ok(());
        }
        let value = to_value(scalar, text).ok_or_else(|| {
            let message = format!("JSON has no value for `{text}`; quote it if it is meant as text");
            Diagnostic::error(Code::NotJson, at, message)
        })?;
        let node = Node { value: at, ..Node::default() };
        self.push(anchor, Built { value, node, size: 1 })
    }

    fn alias(&mut self, anchor: usize, at: Span) -> Result<(), Diagnostic> {
        let Some(mut built) = self.anchors.get(&anchor).cloned() else {
            let message = "the alias refers to a value that contains it";
            return Err(Diagnostic::error(Code::Syntax, at, message));
        };
        self.decoded = self.decoded.saturating_add(built.size).saturating_add(1);
        self.aliased = self.aliased.saturating_add(built.size);
        if excessive(self.aliased, self.decoded) {
            let message =
                "aliases make most of this document; kubectl refuses such documents as a possible attack";
            return Err(Diagnostic::error(Code::Limit, at, message));
        }
        built.size = built.size.saturating_add(1);
        built.node.value = at;
        if self.builder.expects_key() {
            let Some(text) = built.value.as_str().map(str::to_owned) else {
                let message = "only text can be used as a key by alias";
                return Err(Diagnostic::error(Code::NotJson, at, message));
            };
            let key = self.builder.interner.key(&text);
            self.builder.key(key, at);
            return Ok(());
        }
        self.builder.push(built)
    }

    fn push(&mut self, anchor: usize, built: Built) -> Result<(), Diagnostic> {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        self.builder.push(built)
    }

    fn span(&self, span: &EventSpan) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        Span::new(self.base.saturating_add(range.start), self.base.saturating_add(range.end))
    }
}

/// The key that sigs.k8s.io/yaml makes of a scalar; none for null, which it refuses.
fn key_text<'t>(scalar: &'t Scalar, text: &'t str) -> Option<Cow<'t, str>> {
    Some(match scalar {
        Scalar::Null => return None,
        Scalar::Bool(true) => "true".into(),
        Scalar::Bool(false) => "false".into(),
        Scalar::Int(value) => match value.as_i64() {
            Some(number) => number.to_string().into(),
            // go-yaml yields an unsigned integer here, a type that upstream refuses as a key.
            None => return None,
        },
        Scalar::Float(value) => float_key(*value).into(),
        Scalar::Text => text.into(),
        Scalar::Decoded(text) => text.as_str().into(),
    })
}

fn tag_of(handle: &str, suffix: &str) -> Tag {
    let name = match handle {
        "tag:yaml.org,2002:" | "!!" => suffix,
        // The non-specific tag `!` makes a scalar text; local tags are not resolved.
        "" => suffix.strip_prefix("tag:yaml.org,2002:").unwrap_or(""),
        _ => "",
    };
    match name {
        "str" => Tag::Str,
        "bool" => Tag::Bool,
        "int" => Tag::Int,
        "float" => Tag::Float,
        "null" => Tag::Null,
        "timestamp" => Tag::Timestamp,
        "binary" => Tag::Binary,
        _ => Tag::Other,
    }
}

/// go-yaml's guard against alias bombs (`goyaml.v2/decode.go`): from 400,000 visited nodes on the share
/// that may come from aliases falls from 99 % to 10 % at four million.
#[expect(clippy::cast_precision_loss, reason = "a ratio of counters far below 2^53")]
fn excessive(aliased: u64, decoded: u64) -> bool {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    if aliased <= 100 || decoded <= 1000 {
        return false;
    }
    let count = decoded as f64;
    let allowed = if count <= LOW {
        0.99
    } else if count >= HIGH {
        0.10
    } else {
        0.99 - 0.89 * (count - LOW) / (HIGH - LOW)
    };
    aliased as f64 / count > allowed
}
