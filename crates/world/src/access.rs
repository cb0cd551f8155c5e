//! What an evaluation may read.

use crate::GroupKind;

/// The kinds that a rule or policy can read besides the object it judges. The union over everything that
/// is loaded decides what is watched at all, and which results a change can touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Kinds that are read.
    pub kinds: Vec<GroupKind<'static>>,
    /// Whether objects of other namespaces than the judged object's are read.
    pub cross_namespace: bool,
}

impl Demand {
    /// Whether a change to an object of `kind` can change a result.
    pub fn reads(&self, kind: GroupKind<'_>) -> bool {
        self.kinds.contains(&kind)
    }
}
