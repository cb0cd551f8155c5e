//! Exposure: what a workload may be asked by, and ask of, pods that do not exist yet.
//!
//! A list shows the connections of the pods that are there. A rule for `team: a` also lets in the pod with that
//! label that somebody makes tomorrow. The selectors of all rules stand for such pods, one stand-in for each
//! pair of selectors; what is allowed with the whole cluster is told apart from what is allowed with them.
//!
//! The answer is that of netpol-analyzer: selectors are compared by what they say, a stand-in that an existing
//! pod matches by `matchLabels` alone is left out, and names of ports stay names where no pod gives them a number.

mod conns;
mod format;
mod layers;
mod patterns;
mod prepared;

use std::sync::Arc;

use ironhull_value::Path;
use rustc_hash::{FxHashMap, FxHashSet};

pub use self::conns::NamedConns;
pub use self::format::write;
use self::layers::{Layer, Layers};
use self::prepared::{Place, Prepared, StandIn, Whom};
use crate::ends::EndKind;
use crate::engine::{ClassId, Network, Solver, WorkloadId};
use crate::entry::Entries;
use crate::list::{List, Options, is_called, list};
use crate::policy::{Direction, Policy};

/// A list, with what the workloads in it are exposed to.
#[derive(Clone, Debug, Default)]
pub struct Exposure {
    /// The connections between what is there.
    pub list: List,
    /// The workloads that are exposed, in the order of their titles.
    pub exposed: Vec<Exposed>,
}

/// A workload that is exposed to pods that do not exist.
#[derive(Clone, Debug)]
pub struct Exposed {
    /// As in the list.
    pub title: String,
    /// Which it is.
    pub workload: WorkloadId,
    /// From whom it may be asked.
    pub ingress: SideExposure,
    /// Whom it may ask.
    pub egress: SideExposure,
}

/// One direction of a workload.
#[derive(Clone, Debug)]
pub struct SideExposure {
    /// Whether a policy selects it in this direction. Where none does it is exposed to everyone.
    pub protected: bool,
    /// To whom it is exposed; empty where it is not protected.
    pub potentials: Vec<Potential>,
}

/// Pods that do not exist, and the connections with them.
#[derive(Clone, Debug)]
pub struct Potential {
    /// `[namespace with {team=a}]/[pod with {app=web}]`; `None` is the whole cluster.
    pub pods: Option<String>,
    /// What is allowed. Nothing at all is an exception from what is allowed with the whole cluster.
    pub conns: NamedConns,
}

/// Whether a workload is exposed to pods of the whole cluster, for other answers.
impl SideExposure {
    /// Whether any pod of any namespace may connect in this direction by some port.
    pub fn is_to_whole_cluster(&self) -> bool {
        !self.protected || self.potentials.iter().any(|potential| potential.pods.is_none())
    }
}

/// Lists connections and exposure. With [`Options::with`] exposure has no meaning: nothing is exposed then.
pub fn exposure(network: &Network, solver: &mut Solver, entries: &Entries, options: &Options) -> Exposure {
    let listed = list(network, solver, entries, options);
    let asked = Asked::new(network);
    let mut known: FxHashMap<(ClassId, Direction), SideExposure> = FxHashMap::default();
    let mut exposed = Vec::new();
    for end in &listed.ends {
        let (EndKind::Workload(workload), Some(class)) = (&end.kind, end.class) else { continue };
        let in_focus =
            options.focus.is_empty() || options.focus.iter().any(|name| is_called(network, end, name));
        if !in_focus || !options.with.is_empty() {
            continue;
        }
        let [ingress, egress] = Direction::BOTH.map(|direction| {
            if options.direction.is_some_and(|wanted| wanted != direction) {
                return SideExposure { protected: true, potentials: Vec::new() };
            }
            known.entry((class, direction)).or_insert_with(|| asked.side(class, direction, options)).clone()
        });
        let shown = |side: &SideExposure| !side.protected || !side.potentials.is_empty();
        if shown(&ingress) || shown(&egress) {
            exposed.push(Exposed { title: end.title.clone(), workload: *workload, ingress, egress });
        }
    }
    Exposure { list: listed, exposed }
}

/// The policies and stand-ins of a network.
struct Asked<'n> {
    network: &'n Network,
    policies: Vec<Prepared>,
    places: FxHashMap<u32, usize>,
    stand_ins: Vec<StandIn>,
    /// The policies that select each stand-in, by direction.
    selecting: [Vec<Vec<usize>>; 2],
}

impl<'n> Asked<'n> {
    fn new(network: &'n Network) -> Self {
        let mut policies: Vec<(&Arc<Policy>, Prepared)> =
            network.policies().map(|(id, policy)| (policy, Prepared::of(network, id, policy))).collect();
        let as_written = network.profile().is_netpol_analyzer();
        if as_written {
            // Of two stand-ins with one description the first one written counts.
            policies.sort_by_cached_key(|(policy, _)| written_at(policy));
        }
        let mut seen = FxHashSet::default();
        let mut stand_ins: Vec<StandIn> =
            policies.iter_mut().flat_map(|(_, policy)| std::mem::take(&mut policy.stand_ins)).collect();
        if !as_written {
            // There it depends on that order whether pods of a namespace that is given by its name are pods
            // of the policy's own.
            stand_ins.iter_mut().for_each(StandIn::settle);
        }
        stand_ins.retain(|stand_in| seen.insert(stand_in.key()));
        stand_ins.retain(|stand_in| !exists(network, stand_in));
        policies.sort_by(|(a, _), (b, _)| a.order.compare(&b.order));
        let policies: Vec<Prepared> = policies.into_iter().map(|(_, policy)| policy).collect();
        let places = policies.iter().enumerate().map(|(place, policy)| (policy.id, place)).collect();
        // NetworkPolicies never select what does not exist; what stands before and behind them may.
        let selecting = Direction::BOTH.map(|direction| {
            let selecting = |stand_in: &StandIn| {
                let selects = |policy: &Prepared| {
                    policy.place != Place::Network
                        && policy.side(direction).is_some()
                        && policy.subject.covers(stand_in)
                };
                (0..policies.len()).filter(|&place| selects(&policies[place])).collect()
            };
            stand_ins.iter().map(selecting).collect()
        });
        Self { network, policies, places, stand_ins, selecting }
    }

    fn side(&self, class: ClassId, direction: Direction, options: &Options) -> SideExposure {
        let applying: Vec<usize> = self
            .network
            .applying(class, direction)
            .iter()
            .filter_map(|(id, _)| self.places.get(id).copied())
            .collect();
        let mut side = SideExposure { protected: !applying.is_empty(), potentials: Vec::new() };
        if !side.protected {
            return side;
        }
        let focus = options.connection;
        let narrowed = |conns: NamedConns| match focus {
            Some((protocol, port)) if conns.contains(protocol, port) => NamedConns::one(protocol, port),
            Some(_) => NamedConns::none(),
            None => conns,
        };
        let whole = self.with_cluster(&applying, class, direction);
        let is_whole = !whole.is_empty();
        let whole = narrowed(whole);
        if !whole.is_empty() {
            side.potentials.push(Potential { pods: None, conns: whole.clone() });
        }
        for place in 0..self.stand_ins.len() {
            let conns = narrowed(self.between(&applying, class, direction, place));
            if focus.is_some() && conns.is_empty() {
                continue;
            }
            if (is_whole && conns.same(&whole)) || (!is_whole && conns.is_empty()) {
                continue;
            }
            let Some(stand_in) = self.stand_ins.get(place) else { continue };
            side.potentials.push(Potential { pods: Some(stand_in.title()), conns });
        }
        side
    }

    /// What is allowed with every pod of the cluster.
    fn with_cluster(&self, applying: &[usize], class: ClassId, direction: Direction) -> NamedConns {
        let mut layers = Layers::default();
        for policy in applying.iter().filter_map(|&place| self.policies.get(place)) {
            let Some(side) = policy.side(direction) else { continue };
            match policy.place {
                Place::Before => layers.before.policy(&side.wide),
                Place::Network => layers.network.get_or_insert_default().add(&side.wide.allowed),
                Place::Behind => layers.behind.policy(&side.wide),
            }
        }
        let mut conns = layers.with_cluster();
        if direction == Direction::Ingress {
            conns.resolve(self.network.ports_declared(class));
        }
        let mut found = NamedConns::none();
        found.add(&conns);
        found
    }

    /// What is allowed between pods of a class and a stand-in, which sends on the way in.
    fn between(
        &self,
        applying: &[usize],
        class: ClassId,
        direction: Direction,
        stand_in: usize,
    ) -> NamedConns {
        let declared = (direction == Direction::Ingress).then(|| self.network.ports_declared(class));
        let other = match direction {
            Direction::Ingress => Direction::Egress,
            Direction::Egress => Direction::Ingress,
        };
        let selecting = self.selecting[other as usize].get(stand_in).map(Vec::as_slice).unwrap_or_default();
        let Some(there) = self.stand_ins.get(stand_in) else { return NamedConns::none() };
        let own = self.said(applying, direction, declared, |policy, rule| {
            let peers = policy.side(direction).and_then(|side| side.rules.get(rule));
            peers.is_some_and(|peers| peers.iter().any(|whom: &Whom| whom.covers(there)))
        });
        let its =
            self.said(selecting, other, declared, |policy, rule| self.matches(policy, other, rule, class));
        // The names of ports are kept from the way out.
        let (mut out, back) = if direction == Direction::Egress { (own, its) } else { (its, own) };
        if !out.is_empty() {
            out.meet(&back);
        }
        out
    }

    /// What policies say of one end, whose rules `matches` picks.
    fn said(
        &self,
        applying: &[usize],
        direction: Direction,
        declared: Option<conns::Declared<'_>>,
        matches: impl Fn(&Prepared, usize) -> bool,
    ) -> NamedConns {
        let first_only = self.network.profile().is_netpol_analyzer();
        let mut layers = Layers::default();
        for policy in applying.iter().filter_map(|&place| self.policies.get(place)) {
            let Some(full) = self.network.policy(policy.id) else { continue };
            let Some(side) = full.side(direction) else { continue };
            let mut said = Layer::default();
            for (number, rule) in side.rules.iter().enumerate() {
                if rule.certain && matches(policy, number) {
                    said.rule(rule.action, NamedConns::of_rule(&rule.ports, declared, first_only));
                }
            }
            match policy.place {
                Place::Before => layers.before.policy(&said),
                Place::Network => layers.network.get_or_insert_default().add(&said.allowed),
                Place::Behind => layers.behind.policy(&said),
            }
        }
        layers.between()
    }

    fn matches(&self, policy: &Prepared, direction: Direction, rule: usize, class: ClassId) -> bool {
        let compiled = self.network.compiled(policy.id).and_then(|compiled| compiled.side(direction));
        let Some(rule) = compiled.and_then(|side| side.rules.get(rule)) else { return false };
        let is_in = |group: &u32| self.network.class(class).is_some_and(|class| class.groups.contains(group));
        rule.everything || rule.groups.iter().any(is_in)
    }
}

/// Where a policy is written: the file and the place in it.
fn written_at(policy: &Policy) -> (Arc<str>, u32) {
    let place = policy.object.as_ref().and_then(|object| object.locate(&Path::root()));
    place.map_or_else(
        || (Arc::from(""), 0),
        |(source, location)| (Arc::clone(source.name()), location.value.start),
    )
}

/// Whether a pod is there that a stand-in was meant for: its labels are what the stand-in asks for, by
/// `matchLabels` and nothing else.
fn exists(network: &Network, stand_in: &StandIn) -> bool {
    let Some(pods) = stand_in.pods.as_ref().filter(|pods| pods.is_plain()) else { return false };
    if !stand_in.namespaces.is_plain() {
        return false;
    }
    let namespaces: FxHashSet<&str> = network
        .namespaces()
        .filter(|(_, labels)| {
            stand_in
                .namespaces
                .fits(|key| labels.iter().find(|(own, _)| *own == key).map(|(_, value)| *value))
        })
        .map(|(name, _)| name)
        .collect();
    network.workloads().filter(|(_, entry)| namespaces.contains(entry.workload.namespace.as_str())).any(
        |(_, entry)| {
            let has = |pod: &crate::input::PodFacts| {
                pods.fits(|key| {
                    pod.labels.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
                })
            };
            entry.workload.pods.iter().any(has)
        },
    )
}
