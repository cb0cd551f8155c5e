//! The answer about one connection as something to draw.

use super::Reply;
use crate::explain::{Answer, words};
use crate::picture::sketch::Sketch;
use crate::picture::{Edge, EdgeMark, Mark, Picture};

/// The connection, and below it what decided.
pub fn picture(reply: &Reply) -> Picture {
    let mut sketch = Sketch::default();
    sketch.edge(Edge {
        from: reply.from.clone(),
        to: reply.to.clone(),
        label: format!("{} {}", reply.protocol, reply.port),
        mark: match reply.answer {
            Answer::Allowed => EdgeMark::Path,
            Answer::Denied => EdgeMark::Removed,
            Answer::Partly | Answer::Unknown => EdgeMark::Unknown,
        },
        detail: reply.because.clone(),
    });
    sketch.end(&reply.from).mark = Mark::Focus;
    Picture {
        title: format!("{} => {}", reply.from, reply.to),
        subtitle: format!("{}/{}: {}", reply.protocol, reply.port, reply.answer.name()),
        notes: reply.because.clone(),
        words: words(),
        ..sketch.done()
    }
}
