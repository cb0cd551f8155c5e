//! The events of a watch, one JSON text to a line.

use std::time::Duration;

use http_body_util::BodyExt;
use ironhull_value::{Interner, Value};
use kube::client::Body;

use crate::api::parse;
use crate::failure::Failure;

/// Beyond this an event is given up. etcd takes objects of 1.5 MiB.
const LARGEST: usize = 8 << 20;

/// A buffer larger than this is not kept for the next event.
const KEPT: usize = 256 << 10;

/// One event.
#[derive(Debug)]
pub(crate) enum Event {
    /// New or changed.
    Changed(Value),
    /// Gone, as it was last.
    Gone(Value),
    /// Nothing has happened up to this resource version.
    Bookmark(Value),
    /// The server gives up.
    Failed(Failure),
}

/// The body of a watch.
pub(crate) struct Events {
    body: Body,
    lines: Lines,
}

impl Events {
    pub(crate) fn new(body: Body) -> Self {
        Self { body, lines: Lines::default() }
    }

    /// The next event; none at the end. Half an event at the end is no event. A server that says nothing
    /// for `silence` is taken for gone.
    pub(crate) async fn next(
        &mut self,
        silence: Duration,
        interner: &mut Interner,
    ) -> Result<Option<Event>, Failure> {
        loop {
            if let Some(line) = self.lines.take()? {
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return event(&parse(line, interner)?).map(Some);
            }
            let frame = tokio::time::timeout(silence, self.body.frame()).await;
            match frame.map_err(|_| Failure::Timeout(silence))? {
                None => return Ok(None),
                Some(Err(_)) => return Err(Failure::Connection("the connection broke off".to_owned())),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.lines.push(&data);
                    }
                }
            }
        }
    }
}

fn event(value: &Value) -> Result<Event, Failure> {
    let object = value.get("object").cloned().unwrap_or(Value::Null);
    Ok(match value.dig_str(&["type"]) {
        Some("ADDED" | "MODIFIED") => Event::Changed(object),
        Some("DELETED") => Event::Gone(object),
        Some("BOOKMARK") => Event::Bookmark(object),
        Some("ERROR") => {
            let code = object.get("code").and_then(Value::as_i64).and_then(|code| u16::try_from(code).ok());
            Event::Failed(Failure::of_status(code.unwrap_or(500), Some(&object)))
        }
        // To skip an event would be to miss a change.
        _ => return Err(Failure::Answer("an event is of no known type".to_owned())),
    })
}

/// Cuts a stream of bytes into lines. Keeps one line and what came with it, never the whole.
#[derive(Default)]
struct Lines {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where no end of a line was found.
    seen: usize,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        // What was handed out goes now, so that a line is copied once.
        self.buffer.drain(..self.start);
        self.seen -= self.start;
        self.start = 0;
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT {
            self.buffer = Vec::new();
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line, without its end.
    fn take(&mut self) -> Result<Option<&[u8]>, Failure> {
        let rest = self.buffer.get(self.seen..).unwrap_or_default();
        let Some(offset) = memchr::memchr(b'\n', rest) else {
            self.seen = self.buffer.len();
            if self.seen - self.start > LARGEST {
                return Err(Failure::Answer(format!("an event is longer than {} MiB", LARGEST >> 20)));
            }
            return Ok(None);
        };
        let (start, end) = (self.start, self.seen + offset);
        (self.start, self.seen) = (end + 1, end + 1);
        Ok(self.buffer.get(start..end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_wherever_they_are_cut() {
        let text = b"one\n\ntwo and more\nthree\nrest";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for piece in text.chunks(size) {
                lines.push(piece);
                while let Some(line) = lines.take().unwrap() {
                    found.push(String::from_utf8(line.to_vec()).unwrap());
                }
            }
            assert_eq!(found, ["one", "", "two and more", "three"], "{size}");
        }
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..8 {
            lines.push(&piece);
            assert!(lines.take().unwrap().is_none());
        }
        lines.push(&piece);
        assert!(lines.take().unwrap_err().to_string().contains("8 MiB"));
    }

    #[test]
    fn an_event_of_no_known_type_is_an_error() {
        let read = |text: &str| event(&serde_json::from_str(text).unwrap());
        assert!(read(r#"{"type":"NEW","object":{}}"#).is_err());
        let failed = read(r#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"#);
        assert!(matches!(failed.unwrap(), Event::Failed(failure) if failure.is_expired()));
    }
}
