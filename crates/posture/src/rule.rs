//! What a rule consists of.

use std::sync::Arc;

use ironhull_finding::RuleMeta;
use ironhull_world::{Container, GroupKind, Object, Pod};

use crate::Judge;

/// A rule: metadata, what it may read, and its check.
#[derive(Debug)]
pub struct Rule {
    /// Id, name, severity, frameworks, documentation.
    pub meta: RuleMeta,
    /// Kinds that the check reads besides the object it judges: objects of the same namespace, the
    /// Namespace itself, cluster-scoped ones, and whether a kind has any object at all. A check that needs
    /// Pods reads them in whatever carries them.
    pub needs: &'static [GroupKind<'static>],
    /// The check.
    pub check: Check,
}

/// What a check is called with. It says what is wrong to the [`Judge`]; silence is a pass.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Every container of every pod of every workload: init, sidecar, regular and ephemeral ones.
    Container(fn(&Container<'_, '_>, &mut Judge<'_>)),
    /// Every pod of every workload.
    Pod(fn(&Pod<'_>, &mut Judge<'_>)),
    /// Every object of these kinds.
    Object(&'static [GroupKind<'static>], fn(&Arc<Object>, &mut Judge<'_>)),
    /// Every object.
    AnyObject(fn(&Arc<Object>, &mut Judge<'_>)),
    /// Found while reading, by `input`.
    Input,
}

/// Declares a rule. Its doc comment is its documentation.
macro_rules! rule {
    (
        $(#[doc = $doc:literal])*
        pub static $name:ident = {
            id: $id:literal,
            name: $rule:literal,
            title: $title:literal,
            severity: $severity:ident,
            controls: [$($framework:ident $control:literal),* $(,)?],
            aliases: [$($tool:ident $alias:literal),* $(,)?],
            since: $since:literal,
            needs: $needs:expr,
            check: $check:expr $(,)?
        };
    ) => {
        $(#[doc = $doc])*
        pub(crate) static $name: $crate::Rule = $crate::Rule {
            meta: ironhull_finding::rule_meta! {
                docs: [$($doc),*],
                id: $id,
                name: $rule,
                title: $title,
                severity: $severity,
                controls: [$($framework $control),*],
                aliases: [$($tool $alias),*],
                since: $since,
            },
            needs: &$needs,
            check: $check,
        };
    };
}
