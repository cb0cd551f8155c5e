//! Who wants to know why a pattern matched or not.

use super::AnchorKind;

/// What part of a pattern decided something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A scalar was compared with what the resource has there.
    Leaf,
    /// The resource must have the key with any value (`*`).
    Present,
    /// An anchor found its key, or not, and what is below it held, or not.
    Anchor(AnchorKind),
    /// The pattern asks for a map or a list, and the resource has something else there.
    Structure,
}

/// One decision while a pattern is matched, told when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What decided.
    pub decision: Decision,
    /// Whether it held.
    pub held: bool,
    /// Where in the pattern: keys as written there, anchors included, `/spec/=(containers)/0/`.
    pub pattern: String,
    /// Where in the resource, as in messages: `/spec/containers/2/`.
    pub resource: String,
}

/// Hears what decided. Any function of an [`Event`] is one.
pub trait Observer {
    /// Whether [`event`](Self::event) is called at all.
    const ACTIVE: bool = true;

    /// A decision was made.
    fn event(&mut self, event: Event);
}

/// The observer where no one wants to know. It costs nothing: paths are not even written.
pub(super) struct Nobody;

impl Observer for Nobody {
    const ACTIVE: bool = false;

    fn event(&mut self, _: Event) {}
}

impl<F: FnMut(Event)> Observer for F {
    fn event(&mut self, event: Event) {
        self(event);
    }
}
