//! Policies with their peers as groups.

use std::sync::Arc;

use compact_str::CompactString;
use smallvec::SmallVec;

use super::classes::DeclaredPort;
use super::groups::{GroupId, Scope, Spec};
use super::labels::Test;
use super::network::Network;
use crate::Profile;
use crate::algebra::{AddressSet, Conns, Protocol};
use crate::policy::{Action, Direction, Namespaces, Peer, Policy, PortMatch, Ports, Rule, Side, Stage};

/// A policy by number. Numbers are never used again.
pub type PolicyId = u32;

/// A policy that the engine has in use.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) policy: Arc<Policy>,
    pub(crate) subject: GroupId,
    /// The number of its stage.
    pub(crate) stage: u32,
    /// Whether the subject is all that is known.
    pub(crate) certain: bool,
    pub(crate) sides: [Option<CompiledSide>; 2],
}

impl Compiled {
    pub(crate) fn side(&self, direction: Direction) -> Option<&CompiledSide> {
        self.sides[direction as usize].as_ref()
    }

    /// Every group it refers to, as often as it does.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> + '_ {
        let rules = self.sides.iter().flatten().flat_map(|side| &side.rules);
        std::iter::once(self.subject).chain(rules.flat_map(|rule| rule.groups.iter().copied()))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct CompiledSide {
    pub(crate) isolates: bool,
    pub(crate) rules: Box<[CompiledRule]>,
}

/// A rule: which ends it matches, and which connections.
#[derive(Clone, Debug)]
pub(crate) struct CompiledRule {
    pub(crate) action: Action,
    pub(crate) certain: bool,
    /// Matches every end, whatever stands below.
    pub(crate) everything: bool,
    /// The classes it matches.
    pub(crate) groups: SmallVec<[GroupId; 2]>,
    /// What it matches outside of the cluster; most rules match nothing there.
    pub(crate) outside: Option<Box<Outside>>,
    pub(crate) ports: Arc<CompiledPorts>,
}

/// What a rule matches outside of the cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outside {
    addresses: AddressSet,
    names: Vec<CompactString>,
}

impl CompiledRule {
    /// The addresses outside of the cluster that it matches.
    pub(crate) fn addresses(&self) -> &AddressSet {
        static NONE: AddressSet = AddressSet::none();
        self.outside.as_ref().map_or(&NONE, |outside| &outside.addresses)
    }

    /// The domain names it matches.
    pub(crate) fn names(&self) -> &[CompactString] {
        self.outside.as_ref().map_or(&[], |outside| &outside.names)
    }

    /// What it does, and to which connections, as a number. `certain` says so of the policy's subject.
    pub(crate) fn code(&self, certain: bool) -> u32 {
        self.ports.id << 4 | (self.action as u32) << 2 | u32::from(self.certain && certain) << 1 | 1
    }

    /// Whether it matches every address of a family, so that it matches whatever stands behind a name.
    pub(crate) fn is_about_all_addresses(&self) -> bool {
        let set = self.addresses();
        matches!(set.v4(), [(0, u32::MAX)]) || matches!(set.v6(), [(0, u128::MAX)])
    }
}

/// The connections of a rule: the numbers, and the names that the destination gives.
#[derive(Clone, Debug)]
pub(crate) struct CompiledPorts {
    /// The same for all rules with the same ports.
    pub(crate) id: u32,
    fixed: Conns,
    named: Box<[(Option<Protocol>, CompactString)]>,
    fixed_except: Conns,
    named_except: Box<[(Option<Protocol>, CompactString)]>,
}

impl CompiledPorts {
    fn compile(ports: &Ports, id: u32) -> Self {
        let split = |items: &[PortMatch]| {
            let mut fixed = Conns::none();
            let mut named = Vec::new();
            for item in items {
                match item {
                    PortMatch::Numbers(conns) => fixed = fixed.union(conns),
                    PortMatch::Named { protocol, name } => named.push((*protocol, name.clone())),
                }
            }
            (fixed, named.into_boxed_slice())
        };
        let (fixed, named) = ports.only.as_deref().map_or_else(|| (Conns::all(), Box::default()), split);
        let (fixed_except, named_except) = split(&ports.except);
        Self { id, fixed, named, fixed_except, named_except }
    }

    /// Whether the answer hangs on the destination.
    pub(crate) fn has_names(&self) -> bool {
        !self.named.is_empty() || !self.named_except.is_empty()
    }

    /// The connections, for a destination that declares these ports. One outside of the cluster declares
    /// none.
    pub(crate) fn resolve(&self, declared: &[DeclaredPort], profile: Profile) -> Conns {
        if !self.has_names() && self.fixed_except.is_empty() {
            return self.fixed.clone();
        }
        let with_names = |fixed: &Conns, named: &[(Option<Protocol>, CompactString)]| {
            named.iter().fold(fixed.clone(), |conns, (protocol, name)| {
                conns.union(&resolve_name(declared, *protocol, name, profile))
            })
        };
        let conns = with_names(&self.fixed, &self.named);
        conns.difference(&with_names(&self.fixed_except, &self.named_except))
    }
}

/// What a name means at one destination.
///
/// Kubernetes looks for name and protocol together. netpol-analyzer takes the first port of that name and
/// then compares the protocol (`ConvertPodNamedPort` in `pkg/netpol/eval/internal/k8s/pod.go`).
fn resolve_name(
    declared: &[DeclaredPort],
    protocol: Option<Protocol>,
    name: &str,
    profile: Profile,
) -> Conns {
    let named = declared.iter().filter(|(own, _, _)| own == name);
    let fits = |declared: &&DeclaredPort| protocol.is_none_or(|protocol| protocol == declared.1);
    let conns = |conns: Conns, port: &DeclaredPort| conns.union(&Conns::one(port.1, port.2));
    if profile.is_netpol_analyzer() {
        named.take(1).filter(fits).fold(Conns::none(), conns)
    } else {
        named.filter(fits).fold(Conns::none(), conns)
    }
}

impl Network {
    /// Takes a policy's peers into use as groups.
    pub(super) fn compile(&mut self, policy: Arc<Policy>) -> Compiled {
        let subject = self.spec(&policy.subject);
        let subject = self.group(subject);
        let sides =
            Direction::BOTH.map(|direction| policy.side(direction).map(|side| self.compile_side(side)));
        let stage = self.stage(&policy.order.stage);
        let certain = policy.certain_subject;
        Compiled { policy, subject, stage, certain, sides }
    }

    fn stage(&mut self, stage: &Stage) -> u32 {
        let place = self.stages.iter().position(|known| known == stage).unwrap_or_else(|| {
            self.stages.push(stage.clone());
            self.stages.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    fn compile_side(&mut self, side: &Side) -> CompiledSide {
        let rules = side.rules.iter().map(|rule| self.compile_rule(rule)).collect();
        CompiledSide { isolates: side.isolates, rules }
    }

    fn compile_rule(&mut self, rule: &Rule) -> CompiledRule {
        let mut compiled = CompiledRule {
            action: rule.action,
            certain: rule.certain,
            everything: rule.peers.contains(&Peer::Everything),
            groups: SmallVec::new(),
            outside: None,
            ports: self.ports_of_rule(&rule.ports),
        };
        if compiled.everything {
            return compiled;
        }
        for peer in &rule.peers {
            if let Peer::Names(own) = peer {
                compiled.outside.get_or_insert_default().names.extend(own.iter().cloned());
                continue;
            }
            let addresses = outside(peer);
            if !addresses.is_empty() {
                let all = &mut compiled.outside.get_or_insert_default().addresses;
                *all = all.union(&addresses);
            }
            let spec = self.spec(peer);
            if spec != Spec::Nothing {
                let group = self.group(spec);
                compiled.groups.push(group);
            }
        }
        compiled
    }

    fn ports_of_rule(&mut self, ports: &Ports) -> Arc<CompiledPorts> {
        if let Some(known) = self.rule_ports.get(ports) {
            return Arc::clone(known);
        }
        let id = u32::try_from(self.rule_ports.len()).unwrap_or(u32::MAX);
        let compiled = Arc::new(CompiledPorts::compile(ports, id));
        self.rule_ports.insert(ports.clone(), Arc::clone(&compiled));
        compiled
    }

    fn scope(&mut self, namespaces: &Namespaces) -> Scope {
        match namespaces {
            Namespaces::All => Scope::All,
            Namespaces::One(name) => Scope::One(self.namespace(name)),
            Namespaces::Labelled(labels) => Scope::Labelled(Box::new(Test::compile(labels, &mut self.words))),
        }
    }

    /// What a peer means among the classes.
    pub(super) fn spec(&mut self, peer: &Peer) -> Spec {
        let profile = self.profile();
        match peer {
            Peer::Everything => Spec::Everything,
            Peer::Pods { namespaces, pods } => {
                let scope = self.scope(namespaces);
                Spec::Pods(scope, Test::compile(pods, &mut self.words))
            }
            Peer::Accounts { namespaces, accounts } => {
                let scope = self.scope(namespaces);
                Spec::Accounts(
                    scope,
                    self.words.intern(Peer::ACCOUNT_NAME),
                    Test::compile(accounts, &mut self.words),
                )
            }
            Peer::Addresses { set, pods } => {
                if profile.is_netpol_analyzer() || (profile == Profile::Cilium && !pods) {
                    Spec::Nothing
                } else {
                    Spec::Addresses(Box::new(set.clone()), *pods || profile.ip_blocks_match_pods())
                }
            }
            Peer::Nodes(labels) => {
                if profile.is_netpol_analyzer() {
                    Spec::Nothing
                } else {
                    Spec::Nodes(Test::compile(labels, &mut self.words))
                }
            }
            Peer::Names(_) | Peer::World => Spec::Nothing,
            Peer::All(parts) => Spec::All(parts.iter().map(|part| self.spec(part)).collect()),
            Peer::Not(part) => Spec::Not(Box::new(self.spec(part))),
        }
    }
}

/// The addresses outside of the cluster that a peer describes.
fn outside(peer: &Peer) -> AddressSet {
    match peer {
        Peer::Everything | Peer::World => AddressSet::all(),
        Peer::Addresses { set, .. } => set.clone(),
        Peer::Pods { .. } | Peer::Accounts { .. } | Peer::Nodes(_) | Peer::Names(_) => AddressSet::none(),
        Peer::All(parts) => {
            parts.iter().fold(AddressSet::all(), |set, part| set.intersection(&outside(part)))
        }
        Peer::Not(part) => AddressSet::all().difference(&outside(part)),
    }
}
