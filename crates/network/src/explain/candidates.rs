//! Changes that may turn one direction of a pair. They are tried afterwards: nothing here has to be right,
//! only worth trying.

use std::sync::Arc;

use ironhull_value::{Path, Segment, Value};
use ironhull_world::Object;

use super::change::{Change, Op, ValueEdit};
use super::make::{self, list, map};
use super::plan::Pair;
use super::yaml::yaml;
use crate::algebra::Conns;
use crate::engine::{ClassId, ClassKind, Decision, End, Network, Step};
use crate::policy::{Direction, Policy};
use crate::site::Site;

/// Of lists of peers and ports only so many items are tried one by one.
const MOST_ITEMS: usize = 16;

/// Of policies that isolate a pod only so many are tried.
const MOST_POLICIES: usize = 6;

/// A change worth trying.
pub(super) struct Candidate {
    pub(super) summary: String,
    pub(super) site: Option<Site>,
    pub(super) yaml: String,
    pub(super) change: Change,
}

/// A policy with the object that it is written in.
struct Written<'n> {
    policy: &'n Policy,
    object: &'n Arc<Object>,
}

impl<'n> Written<'n> {
    fn of(network: &'n Network, id: crate::engine::PolicyId) -> Option<Self> {
        let policy: &Policy = network.policy(id)?;
        Some(Self { policy, object: policy.object.as_ref()? })
    }

    fn is_network_policy(&self) -> bool {
        self.policy.kind == "NetworkPolicy" && self.object.key.group == "networking.k8s.io"
    }

    fn is_admin(&self) -> bool {
        self.object.key.group == "policy.networking.k8s.io"
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers make the text for it")]
    fn edit(&self, summary: String, path: Path, shown: Option<&Value>, edits: Vec<ValueEdit>) -> Candidate {
        Candidate {
            summary: format!("in {} {}: {summary}", self.policy.kind, self.policy.full_name()),
            site: Some(Site::new(self.policy, path)),
            yaml: shown.map(yaml).unwrap_or_default(),
            change: Change::Edit(Arc::clone(self.object), edits),
        }
    }
}

/// What may turn `conns` in this direction, which are all refused (or all allowed) now.
pub(super) fn candidates(
    network: &Network,
    pair: &Pair<'_>,
    direction: Direction,
    conns: &Conns,
    allows: bool,
) -> Vec<Candidate> {
    let (Some(own), other) = pair.seen_from(direction) else { return Vec::new() };
    let (_, steps) = network.steps(own, direction, &other);
    let wanted = |step: &&Step| {
        let blocks = matches!(step.decision, Decision::Denied | Decision::Isolated);
        step.decision != Decision::Passed && blocks == allows && !step.conns.intersection(conns).is_empty()
    };
    let mut found = Vec::new();
    let target = Target { network, own, other, direction };
    match steps.iter().find(wanted) {
        Some(step) if allows => target.open(step, &step.conns.intersection(conns), &mut found),
        Some(step) => target.close(step, &step.conns.intersection(conns), &mut found),
        // No policy selects it.
        None if !allows => target.isolate(conns, &mut found),
        None => {}
    }
    found
}

struct Target<'n> {
    network: &'n Network,
    own: ClassId,
    other: End<'n>,
    direction: Direction,
}

impl Target<'_> {
    fn open(&self, step: &Step, conns: &Conns, found: &mut Vec<Candidate>) {
        let Some(written) = Written::of(self.network, step.policy) else { return };
        if let Some(rule) = step.rule {
            self.admin_before(&written, rule, conns, true, found);
            self.remove(&written, rule, found);
            return;
        }
        let mut tried = 0;
        for id in self.network.selecting(self.own, self.direction) {
            let Some(written) = Written::of(self.network, id) else { continue };
            let isolates = written.policy.side(self.direction).is_some_and(|side| side.isolates);
            if written.is_network_policy() && isolates && tried < MOST_POLICIES {
                tried += 1;
                self.add_rule(&written, conns, found);
                self.widen(&written, conns, found);
            }
        }
        if tried == 0 && written.is_admin() {
            return;
        }
        if tried == 0 {
            let peers = make::peers(self.network, self.network.namespace_of(self.own), &self.other);
            if let Some(peers) = peers {
                let rules = vec![make::rule(self.direction, peers, conns)];
                self.create("allow", rules, "add a NetworkPolicy that allows it", found);
            }
        }
    }

    /// One more rule of a NetworkPolicy.
    fn add_rule(&self, written: &Written<'_>, conns: &Conns, found: &mut Vec<Candidate>) {
        let Some(peers) = make::peers(self.network, &written.policy.namespace, &self.other) else { return };
        let rule = make::rule(self.direction, peers, conns);
        let path = Path::root().child("spec").child(self.direction.field());
        let now = written.object.value.at(&path).and_then(Value::as_array).map_or(0, <[Value]>::len);
        let edits = vec![ValueEdit { path: path.clone(), op: Op::Insert(now, rule.clone()) }];
        let summary = format!("add this rule to spec.{}", self.direction.field());
        found.push(written.edit(summary, path, Some(&list([rule])), edits));
    }

    /// One more peer, or one more port, of a rule that is there.
    fn widen(&self, written: &Written<'_>, conns: &Conns, found: &mut Vec<Candidate>) {
        let Some(side) = written.policy.side(self.direction) else { return };
        let Some(peers) = make::peers(self.network, &written.policy.namespace, &self.other) else { return };
        let ports = make::ports(conns);
        for rule in side.rules.iter().filter(|rule| rule.certain).take(MOST_ITEMS) {
            let Some(value) = written.object.value.at(&rule.path) else { continue };
            let field = make::peers_field(self.direction);
            let items =
                |field: &str| value.get(field).and_then(Value::as_array).filter(|items| !items.is_empty());
            if let Some(now) = items(field) {
                let path = rule.path.child(field);
                let edit = |(place, peer): (usize, &Value)| ValueEdit {
                    path: path.clone(),
                    op: Op::Insert(now.len() + place, peer.clone()),
                };
                let edits = peers.iter().enumerate().map(edit).collect();
                let summary = format!("add this to {path}");
                found.push(written.edit(summary, path.clone(), Some(&list(peers.clone())), edits));
            }
            if let (Some(now), Some(ports)) = (items("ports"), &ports) {
                let path = rule.path.child("ports");
                let edit = |(place, port): (usize, &Value)| ValueEdit {
                    path: path.clone(),
                    op: Op::Insert(now.len() + place, port.clone()),
                };
                let edits = ports.iter().enumerate().map(edit).collect();
                let summary = format!("add this to {path}");
                found.push(written.edit(summary, path.clone(), Some(&list(ports.clone())), edits));
            }
        }
    }

    /// A rule of `policy.networking.k8s.io` that is asked before another one.
    fn admin_before(
        &self,
        written: &Written<'_>,
        rule: usize,
        conns: &Conns,
        allow: bool,
        found: &mut Vec<Candidate>,
    ) {
        if !written.is_admin() {
            return;
        }
        let made =
            make::admin_rule(self.network, &written.policy.kind, self.direction, &self.other, conns, allow);
        let at = written.policy.side(self.direction).and_then(|side| side.rules.get(rule));
        let (Some(made), Some(at)) = (made, at) else { return };
        let (Some(parent), Some(Segment::Index(index))) = (at.path.parent(), at.path.segments().last())
        else {
            return;
        };
        let edits = vec![ValueEdit { path: parent, op: Op::Insert(*index, made.clone()) }];
        let summary = format!("insert this rule before {}", at.path);
        found.push(written.edit(summary, at.path.clone(), Some(&list([made])), edits));
    }

    fn close(&self, step: &Step, conns: &Conns, found: &mut Vec<Candidate>) {
        let Some(written) =
            Written::of(self.network, step.policy).filter(|_| step.decision == Decision::Allowed)
        else {
            self.isolate(conns, found);
            return;
        };
        let Some(rule) = step.rule else { return };
        self.admin_before(&written, rule, conns, false, found);
        self.narrow(&written, rule, conns, found);
        self.remove(&written, rule, found);
    }

    /// Takes a rule away, or one of its peers or ports.
    fn remove(&self, written: &Written<'_>, rule: usize, found: &mut Vec<Candidate>) {
        let Some(at) = written.policy.side(self.direction).and_then(|side| side.rules.get(rule)) else {
            return;
        };
        let keep = self.keep_direction(written);
        let mut take = |path: Path, what: &str| {
            let mut edits = keep.clone();
            edits.push(ValueEdit { path: path.clone(), op: Op::Remove });
            let more = if keep.is_empty() {
                ""
            } else {
                ", and write policyTypes: [Ingress, Egress] so that it still isolates"
            };
            found.push(written.edit(format!("remove {what} {path}{more}"), path, None, edits));
        };
        take(at.path.clone(), "the rule");
        let Some(value) = written.object.value.at(&at.path) else { return };
        for (field, what) in
            [("from", "the peer"), ("to", "the peer"), ("ports", "the port"), ("protocols", "the port")]
        {
            let count = value.get(field).and_then(Value::as_array).map_or(0, <[Value]>::len);
            // Without its last peer or port the rule would be about everything.
            if count > 1 {
                for index in 0..count.min(MOST_ITEMS) {
                    take(at.path.child(field).child(index), what);
                }
            }
        }
    }

    /// A NetworkPolicy without `policyTypes` speaks of egress only while it has a rule for it.
    fn keep_direction(&self, written: &Written<'_>) -> Vec<ValueEdit> {
        let path = Path::root().child("spec").child("policyTypes");
        let types = written.object.value.at(&path).and_then(Value::as_array).map_or(0, <[Value]>::len);
        if !written.is_network_policy() || self.direction == Direction::Ingress || types > 0 {
            return Vec::new();
        }
        vec![ValueEdit { path, op: Op::Set(list(["Ingress".into(), "Egress".into()])) }]
    }

    /// Excepts just this end from a rule of a NetworkPolicy.
    fn narrow(&self, written: &Written<'_>, rule: usize, conns: &Conns, found: &mut Vec<Candidate>) {
        let Some(at) = written.policy.side(self.direction).and_then(|side| side.rules.get(rule)) else {
            return;
        };
        let Some(value) = written.object.value.at(&at.path).filter(|_| written.is_network_policy()) else {
            return;
        };
        let field = make::peers_field(self.direction);
        let items = value.get(field).and_then(Value::as_array).unwrap_or_default();
        if items.is_empty() && value.get("ports").is_none() {
            // A rule for everyone and everything: the same for everyone else.
            let left = Conns::all().difference(conns);
            let namespace = &written.policy.namespace;
            if let Some(rules) = make::all_but(self.network, namespace, self.direction, &self.other, &left) {
                let (Some(parent), Some(Segment::Index(index))) =
                    (at.path.parent(), at.path.segments().last())
                else {
                    return;
                };
                let mut edits = vec![ValueEdit { path: at.path.clone(), op: Op::Remove }];
                edits.extend(rules.iter().enumerate().map(|(place, rule)| ValueEdit {
                    path: parent.clone(),
                    op: Op::Insert(index + place, rule.clone()),
                }));
                let summary = format!("replace {}, which is for everyone, with this", at.path);
                found.push(written.edit(summary, at.path.clone(), Some(&list(rules)), edits));
            }
        }
        for (index, item) in items.iter().enumerate().take(MOST_ITEMS) {
            let path = at.path.child(field).child(index);
            if let (End::Address(address), Some(block)) = (self.other, item.get("ipBlock")) {
                let cidr = format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 });
                let now = block.get("except").and_then(Value::as_array).map_or(0, <[Value]>::len);
                let to = path.child("ipBlock").child("except");
                let edits = vec![ValueEdit { path: to.clone(), op: Op::Insert(now, cidr.as_str().into()) }];
                let summary = format!("add this to {to}");
                found.push(written.edit(summary, path, Some(&list([cidr.as_str().into()])), edits));
            } else if let End::Class(class) = self.other
                && self.network.class(class).is_some_and(|class| class.kind() == ClassKind::Pod)
                && let Some((key, value)) = make::identity(self.network, class).into_iter().next()
                && item.get("ipBlock").is_none()
            {
                let selector = item.get("podSelector");
                let expressions = selector.and_then(|selector| selector.get("matchExpressions"));
                let now = expressions.and_then(Value::as_array).map_or(0, <[Value]>::len);
                let made = map([
                    ("key", key.as_str().into()),
                    ("operator", "NotIn".into()),
                    ("values", list([value.as_str().into()])),
                ]);
                let to = path.child("podSelector").child("matchExpressions");
                let edits = vec![ValueEdit { path: to.clone(), op: Op::Insert(now, made.clone()) }];
                found.push(written.edit(format!("add this to {to}"), path, Some(&list([made])), edits));
            }
        }
    }

    /// New policies for pods that nothing isolates.
    fn isolate(&self, conns: &Conns, found: &mut Vec<Candidate>) {
        let left = Conns::all().difference(conns);
        let namespace = self.network.namespace_of(self.own);
        if let Some(rules) = make::all_but(self.network, namespace, self.direction, &self.other, &left) {
            self.create("restrict", rules, "add a NetworkPolicy that allows everything but this", found);
        }
        self.create("deny", Vec::new(), "add a NetworkPolicy that allows nothing in this direction", found);
        // Where the newer API is in use, one rule there says just this.
        let mut admin: Vec<Written<'_>> = self
            .network
            .policies()
            .filter_map(|(id, _)| Written::of(self.network, id))
            .filter(|written| written.is_admin() && written.policy.side(self.direction).is_some())
            .collect();
        admin.truncate(MOST_POLICIES);
        for written in admin {
            let made = make::admin_rule(
                self.network,
                &written.policy.kind,
                self.direction,
                &self.other,
                conns,
                false,
            );
            let Some(made) = made else { continue };
            let path = Path::root().child("spec").child(self.direction.field());
            let edits = vec![ValueEdit { path: path.clone(), op: Op::Insert(0, made.clone()) }];
            let summary = format!("insert this rule as the first of {path}");
            found.push(written.edit(summary, path, Some(&list([made])), edits));
        }
    }

    fn create(&self, verb: &str, rules: Vec<Value>, summary: &str, found: &mut Vec<Candidate>) {
        if self.network.class(self.own).is_none_or(|class| class.kind() != ClassKind::Pod) {
            return;
        }
        let namespace = self.network.namespace_of(self.own);
        let labels = make::identity(self.network, self.own);
        let named = labels.first().map_or("pods", |(_, value)| value.as_str());
        let name =
            make::free_name(self.network, namespace, &format!("{verb}-{named}-{}", self.direction.field()));
        let policy = make::network_policy(&name, namespace, &labels, self.direction, rules);
        found.push(Candidate {
            summary: summary.to_owned(),
            site: None,
            yaml: yaml(&policy),
            change: Change::Create(policy),
        });
    }
}
