//! Ironhull's answers, compared with those of kubectl's reader.

use ironhull_manifest::{Code, Level, Limits, Parsed, read};
use ironhull_value::{Interner, Value as Tree};
use serde_json::{Map, Value, json};

/// How two answers can differ.
///
/// The syntax of libyaml, which kubectl reads, and that of our parser differ at the edges. There one of the
/// two refuses a document, and that is tolerated: what we refuse is reported as an error, and what only we
/// read kubectl does not apply. Reading another value is never tolerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Both read a value, but not the same one.
    OtherValue,
    /// The parts agree, but the whole stream has other documents.
    OtherStream,
    /// We refuse what kubectl reads.
    TooStrict,
    /// We read what kubectl refuses.
    TooLenient,
}

impl Kind {
    /// Whether one of the two refuses.
    pub(crate) fn is_refusal(self) -> bool {
        matches!(self, Self::TooStrict | Self::TooLenient)
    }
}

#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

/// Compares the reading of a whole stream, and of every part that kubectl's reader cuts, with ours.
pub(crate) fn difference(text: &[u8], reference: &Value) -> Option<Difference> {
    let chunks = reference["chunks"].as_array().unwrap();
    chunks.iter().find_map(chunk_difference).or_else(|| stream_difference(text, reference))
}

fn chunk_difference(chunk: &Value) -> Option<Difference> {
    // A chunk that is not UTF-8 has no value on either side; the stream comparison sees it.
    let text = chunk["text"].as_str()?;
    // Only at the start of a stream does a brace mean JSON.
    let opens_json = text.trim_start().starts_with('{');
    let comment = if opens_json { "#\n" } else { "" };
    let parsed = parse(format!("{comment}{text}").as_bytes());
    let ours = first(&parsed);
    let theirs = match chunk.get("error") {
        Some(error) => Err(error.as_str().unwrap_or_default().to_owned()),
        None => Ok(chunk["json"].clone()),
    };
    let kind = match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) if ours == theirs => return None,
        (Err(_), Err(_)) => return None,
        // A document that is nothing but text is no object either way; the two parsers fold it differently.
        (Ok(Value::String(_)), Ok(Value::String(_))) => return None,
        (Ok(_), Ok(_)) => Kind::OtherValue,
        (Ok(_), Err(_)) => Kind::TooLenient,
        (Err(_), Ok(_)) => Kind::TooStrict,
    };
    Some(Difference { kind, ours: show(&ours), theirs: show(&theirs) })
}

fn show(answer: &Result<Value, String>) -> String {
    answer.as_ref().map_or_else(|error| format!("error: {error}"), Value::to_string)
}

/// kubectl stops at the first error and we go on, so up to there the documents must be the same.
fn stream_difference(text: &[u8], reference: &Value) -> Option<Difference> {
    let parsed = parse(text);
    let mut ours = kubectl_documents(&parsed);
    ours.retain(|document| !document.is_string());
    let reference = reference["docs"].as_array().unwrap();
    let broken = reference.iter().any(|document| document.get("error").is_some());
    let theirs: Vec<Value> = reference
        .iter()
        .filter(|document| document.get("error").is_none())
        .map(|document| document["json"].clone())
        .filter(|document| !document.is_string())
        .collect();
    let flagged = parsed.diagnostics.iter().any(|it| it.level == Level::Error);
    let kind = if broken {
        match ours.starts_with(&theirs) {
            true if flagged => return None,
            true => Kind::TooLenient,
            false if flagged => Kind::TooStrict,
            false => Kind::OtherStream,
        }
    } else if ours == theirs {
        return None;
    } else if flagged && ours.iter().all(|document| theirs.contains(document)) {
        Kind::TooStrict
    } else {
        Kind::OtherStream
    };
    Some(Difference {
        kind,
        ours: format!("{} {}", Value::from(ours), problems(&parsed)),
        theirs: Value::from(reference.clone()).to_string(),
    })
}

fn parse(text: &[u8]) -> Parsed {
    read("x.yaml", text, &Limits::default(), &mut Interner::new())
}

/// What kubectl would take of a text that is one chunk.
fn first(parsed: &Parsed) -> Result<Value, String> {
    if let Some(document) = kubectl_documents(parsed).into_iter().next() {
        return Ok(document);
    }
    let ignored = parsed.diagnostics.iter().any(|it| it.code == Code::IgnoredByKubectl);
    let broken = parsed.diagnostics.iter().any(|it| it.level == Level::Error);
    if broken && !ignored { Err(problems(parsed)) } else { Ok(Value::Null) }
}

/// The documents but for those behind the first of their chunk.
fn kubectl_documents(parsed: &Parsed) -> Vec<Value> {
    let mut documents = Vec::new();
    for chunk in parsed.documents.chunk_by(|a, b| a.chunk == b.chunk) {
        let Some(head) = chunk.first() else { continue };
        let within = |at: u32| (head.span.start..=head.span.end).contains(&at);
        let ignored = parsed
            .diagnostics
            .iter()
            .filter(|it| it.code == Code::IgnoredByKubectl && within(it.span.start))
            .count();
        // Where the first document of a chunk is null it is not listed.
        if ignored < chunk.len() {
            documents.push(typed(&head.value));
        }
    }
    documents
}

fn problems(parsed: &Parsed) -> String {
    let errors = parsed.diagnostics.iter().filter(|it| it.level == Level::Error);
    let shown = errors.map(|it| format!("{:?}: {}", it.code, it.message));
    shown.collect::<Vec<_>>().join("; ")
}

/// JSON that tells integers from floats, as the oracle writes it.
fn typed(value: &Tree) -> Value {
    match value {
        Tree::Float(number) => json!({"$float": format!("{:016x}", number.to_bits())}),
        Tree::Array(items) => items.iter().map(typed).collect(),
        Tree::Map(map) => {
            let entries = map.iter().map(|(key, value)| (key.as_str().to_owned(), typed(value)));
            entries.collect::<Map<_, _>>().into()
        }
        other => serde_json::to_value(other).unwrap(),
    }
}
