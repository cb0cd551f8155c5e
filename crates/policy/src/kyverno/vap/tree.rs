//! A pattern as a truth: when a resource fails it.
//!
//! Each part of a pattern passes, fails, or skips: it does not apply. Upstream knows two kinds of skips, and what a
//! map makes of one of its anchors depends on the kind. The order of the parts is that of `pattern::tree`.
//!
//! One thing is left out on purpose: upstream finds out that a part skips by searching a message for words of its own,
//! and the message has the value in it. A value with these words makes it skip there, and is refused here.

use super::cel::{Truth, field, has};
use super::leaf::{is_a, leaf};
use super::types::{Known, is_always, known};
use crate::kyverno::pattern::AnchorKind;
use crate::kyverno::pattern::leaf::Leaf;
use crate::kyverno::pattern::tree::{Entry, MapPattern, Node};
use ironhull_value::Value;

/// What a part of a pattern comes to. At most one of these holds; if none does, it passes.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) fail: Truth,
    /// A skip that an anchor right here says.
    own: Truth,
    /// A skip that is put together of skips further down.
    skips: Truth,
}

impl Outcome {
    const PASS: Self = Self { fail: Truth::NO, own: Truth::NO, skips: Truth::NO };
    const FAIL: Self = Self { fail: Truth::YES, ..Self::PASS };

    fn failing(fail: Truth) -> Self {
        Self { fail, ..Self::PASS }
    }

    pub(super) fn skip(&self) -> Truth {
        Truth::any([self.own.clone(), self.skips.clone()])
    }

    pub(super) fn pass(&self) -> Truth {
        Truth::any([self.fail.clone(), self.own.clone(), self.skips.clone()]).not()
    }

    /// The same where it is looked at only under a condition, and passes else.
    fn only_if(self, condition: &Truth) -> Self {
        let guarded = |truth| Truth::all([condition.clone(), truth]);
        Self { fail: guarded(self.fail), own: guarded(self.own), skips: guarded(self.skips) }
    }

    /// The same where it fails without a condition.
    fn or_fail_without(self, condition: &Truth) -> Self {
        let fail = Truth::any([condition.clone().not(), self.fail.clone()]);
        Self { fail, ..self.only_if(condition) }
    }
}

/// Translates patterns about objects of some resources.
pub(super) struct Translator<'a> {
    pub(super) plurals: &'a [&'a str],
}

/// A place in the resource.
struct At {
    /// The expression of the value there.
    value: String,
    path: Vec<String>,
    /// How many lists are around it.
    depth: usize,
}

impl At {
    fn key(&self, key: &str) -> Self {
        let path = self.path.iter().cloned().chain([key.to_owned()]).collect();
        Self { value: field(&self.value, key), path, depth: self.depth }
    }

    fn item(&self) -> Self {
        let path = self.path.iter().cloned().chain(["[]".to_owned()]).collect();
        Self { value: format!("e{}", self.depth), path, depth: self.depth + 1 }
    }
}

type Made = Result<Outcome, String>;

impl Translator<'_> {
    /// A pattern about the object that an expression names.
    ///
    /// # Errors
    /// What cannot be said in CEL.
    pub(super) fn pattern(&self, root: &str, node: &Node) -> Made {
        let at = At { value: root.to_owned(), path: Vec::new(), depth: 0 };
        match node {
            Node::Map(map) => self.entries(map, &at),
            _ => Err("a pattern that is not a map".to_owned()),
        }
    }

    fn known(&self, at: &At) -> Known {
        known(self.plurals, &at.path)
    }

    /// A value that is there.
    fn node(&self, node: &Node, at: &At) -> Made {
        let known_here = self.known(at);
        match node {
            Node::Map(map) => {
                let is_map = if known_here == Known::Map { Truth::YES } else { is_a(&at.value, "map") };
                Ok(self.entries(map, at)?.or_fail_without(&is_map))
            }
            Node::Array(items) => {
                let is_list = if known_here == Known::List { Truth::YES } else { is_a(&at.value, "list") };
                Ok(self.array(items, at)?.or_fail_without(&is_list))
            }
            Node::Leaf(one) => {
                let item = known(self.plurals, &at.item().path);
                Ok(Outcome::failing(leaf(&at.value, one, known_here, item)?.not()))
            }
        }
    }

    fn array(&self, items: &[Node], at: &At) -> Made {
        match items {
            [] => Ok(Outcome::FAIL),
            [first @ Node::Map(_), ..] => {
                let item = at.item();
                let each = self.node(first, &item)?;
                let name = &item.value;
                let fail = Truth::each(&at.value, name, each.fail.clone(), false);
                let skip = each.skip();
                if skip.is_no() {
                    return Ok(Outcome::failing(fail));
                }
                let any = Truth::compare(&format!("size({})", at.value), ">", "0");
                let skips = Truth::all([any, Truth::each(&at.value, name, skip, true)]);
                Ok(Outcome { fail, own: Truth::NO, skips })
            }
            [Node::Leaf(one), ..] => {
                let (list, item) = (Known::List, known(self.plurals, &at.item().path));
                Ok(Outcome::failing(leaf(&at.value, one, list, item)?.not()))
            }
            [Node::Array(_), ..] => Err("lists in lists".to_owned()),
        }
    }

    fn entries(&self, map: &MapPattern, at: &At) -> Made {
        if map.expands {
            return Err("wildcards in the keys of labels or annotations".to_owned());
        }
        let anchors: Vec<Outcome> =
            map.anchors.iter().map(|entry| self.entry(entry, at)).collect::<Result<_, _>>()?;
        let fields: Vec<Outcome> =
            map.fields.iter().map(|entry| self.entry(entry, at)).collect::<Result<_, _>>()?;
        // An anchor fails unless one before it skips on its own account.
        let mut fail = Vec::new();
        let mut own = Vec::new();
        for (place, one) in anchors.iter().enumerate() {
            let before = anchors.iter().take(place);
            let quiet = Truth::all(before.clone().map(|other| other.own.clone().not()));
            fail.push(Truth::all([quiet, one.fail.clone()]));
            let calm = Truth::all(before.map(|other| other.fail.clone().not()));
            own.push(Truth::all([calm, one.own.clone()]));
        }
        let (failed, own) = (Truth::any(fail), Truth::any(own));
        // Skips from further down count if nothing applied.
        let any = Truth::any(anchors.iter().map(|one| one.skips.clone()));
        let none_passed =
            if any.is_no() { Truth::YES } else { Truth::all(anchors.iter().map(|one| one.pass().not())) };
        let quiet_skip = Truth::all([failed.clone().not(), any, none_passed]);
        let mut found = Outcome {
            fail: failed.clone(),
            own: Truth::NO,
            skips: Truth::any([own.clone(), quiet_skip.clone()]),
        };
        // Then the fields, one after the other, if the map applies.
        let mut before = Truth::any([own, quiet_skip]).not();
        let mut failed_before = failed;
        for one in fields {
            found.fail = Truth::any([found.fail, Truth::all([before.clone(), one.fail.clone()])]);
            if !one.skip().is_no() {
                let first = Truth::all([before.clone(), failed_before.clone().not()]);
                found.own = Truth::any([found.own, Truth::all([first.clone(), one.own.clone()])]);
                found.skips = Truth::any([found.skips, Truth::all([first, one.skips.clone()])]);
            }
            before = Truth::all([before, one.skip().not()]);
            failed_before = Truth::any([failed_before, one.fail]);
        }
        Ok(found)
    }

    fn entry(&self, entry: &Entry, at: &At) -> Made {
        let here = at.key(&entry.name);
        let there =
            if is_always(self.plurals, &here.path) { Truth::YES } else { has(&at.value, &entry.name) };
        if entry.name.trim() != entry.name.as_str() {
            return Err(format!("the key `{}` with blanks around it", entry.key));
        }
        Ok(match entry.anchor {
            None | Some(AnchorKind::AddIfNotPresent) => match &entry.node {
                Node::Leaf(leaf) if leaf.is_star() => {
                    let is_null = match self.known(&here) {
                        Known::Anything => Truth::compare(&here.value, "==", "null"),
                        _ => Truth::NO,
                    };
                    Outcome::failing(Truth::all([there, is_null.not()]).not())
                }
                Node::Leaf(leaf) if is_met_by_nothing(leaf) => self.node(&entry.node, &here)?.only_if(&there),
                node => self.node(node, &here)?.or_fail_without(&there),
            },
            Some(AnchorKind::Negation) => Outcome::failing(there),
            Some(AnchorKind::Equality) => self.node(&entry.node, &here)?.only_if(&there),
            Some(AnchorKind::Condition) => {
                let pass = Truth::all([there, self.node(&entry.node, &here)?.pass()]);
                Outcome { own: pass.not(), ..Outcome::PASS }
            }
            Some(AnchorKind::Global) => {
                let pass = self.node(&entry.node, &here)?.pass();
                Outcome { own: Truth::all([there, pass.not()]), ..Outcome::PASS }
            }
            Some(AnchorKind::Existence) => {
                Outcome::failing(Truth::all([there, self.exists(&entry.node, &here)?.not()]))
            }
        })
    }

    /// That some item of the list passes each of the patterns.
    fn exists(&self, node: &Node, at: &At) -> Result<Truth, String> {
        let Node::Array(wanted) = node else { return Ok(Truth::NO) };
        let mut all = vec![if self.known(at) == Known::List { Truth::YES } else { is_a(&at.value, "list") }];
        for one in wanted.iter() {
            let Node::Map(_) = one else { return Ok(Truth::NO) };
            let item = at.item();
            all.push(Truth::each(&at.value, &item.value, self.node(one, &item)?.pass(), false));
        }
        Ok(Truth::all(all))
    }
}

/// Whether a leaf matches what is not there.
fn is_met_by_nothing(leaf: &Leaf) -> bool {
    leaf.matches(&Value::Null)
}
