//! Rows, made when they are asked for and kept while they hold.

use core::net::IpAddr;
use std::rc::Rc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use smallvec::SmallVec;

use super::classes::{ClassId, ClassKind, List};
use super::decide::{Applying, decide};
use super::ids::Hashed;
use super::make::make;
use super::network::{End, Network};
use super::row::Row;
use super::verdict::{Verdict, VerdictId, Verdicts};
use crate::policy::Direction;

/// Answers questions about a [`Network`]. It belongs to one network and stays right while that changes.
#[derive(Clone, Debug)]
pub struct Solver {
    verdicts: Verdicts,
    /// Same direction, same policies, and the same ports where these matter: the same row.
    rows: HashTable<(Hashed, Rc<Row>)>,
    open: Rc<Row>,
}

impl Default for Solver {
    fn default() -> Self {
        Self { verdicts: Verdicts::default(), rows: HashTable::new(), open: Rc::new(Row::open()) }
    }
}

impl Solver {
    /// A verdict by its number.
    pub fn verdict(&self, id: VerdictId) -> &Verdict {
        self.verdicts.get(id)
    }

    /// The number for what both directions allow.
    pub fn meet(&mut self, a: VerdictId, b: VerdictId) -> VerdictId {
        self.verdicts.meet(a, b)
    }

    /// The number of a verdict.
    pub fn intern(&mut self, verdict: Verdict) -> VerdictId {
        self.verdicts.intern(verdict)
    }

    /// What a class may do in a direction.
    pub fn row(&mut self, network: &Network, class: ClassId, direction: Direction) -> Rc<Row> {
        let applying = network.applying(class, direction);
        if applying.is_empty() {
            return Rc::clone(&self.open);
        }
        // On the way in, a named port is the class's own.
        let own = if direction == Direction::Ingress && names_ports(&applying) {
            network.ports_of(class)
        } else {
            0
        };
        let hash = Hashed::of((direction, own, applying.iter().map(|(id, _)| *id).collect::<List>()));
        let same = |(known, row): &(Hashed, Rc<Row>)| {
            *known == hash
                && row.direction == direction
                && row.own_ports == own
                && row.policies.iter().eq(applying.iter().map(|(id, _)| id))
        };
        match self.rows.entry(hash.spread(), same, |(hash, _)| hash.spread()) {
            Entry::Occupied(known) if known.get().1.is_fresh(network) => Rc::clone(&known.get().1),
            entry => {
                let row = Rc::new(make(network, &mut self.verdicts, &applying, direction, own));
                entry.insert((hash, Rc::clone(&row)));
                row
            }
        }
    }

    /// What may be sent from one end to another.
    pub fn between(&mut self, network: &Network, from: &End<'_>, to: &End<'_>) -> VerdictId {
        let egress = match from {
            End::Class(class) => self.towards(network, *class, Direction::Egress, to),
            End::Address(_) | End::Name(_) => Verdicts::ALL,
        };
        let ingress = match to {
            End::Class(class) => self.towards(network, *class, Direction::Ingress, from),
            End::Address(_) | End::Name(_) => Verdicts::ALL,
        };
        self.meet(egress, ingress)
    }

    /// What one direction of a class says of another end.
    pub fn towards(
        &mut self,
        network: &Network,
        class: ClassId,
        direction: Direction,
        other: &End<'_>,
    ) -> VerdictId {
        if let End::Address(address) = other
            && let Some(node) = network.node_with(*address)
        {
            return self.towards_node(network, class, direction, *address, node);
        }
        let row = self.row(network, class, direction);
        match other {
            End::Class(other) => row.class(*other, network.ports_of(*other)),
            End::Address(address) => row.address(*address),
            End::Name(name) => row.name(name),
        }
    }

    /// An address of a node: rules about addresses and rules about nodes both speak of it.
    fn towards_node(
        &mut self,
        network: &Network,
        class: ClassId,
        direction: Direction,
        address: IpAddr,
        node: ClassId,
    ) -> VerdictId {
        let applying = network.applying(class, direction);
        let declared = if direction == Direction::Ingress { network.ports_declared(class) } else { &[] };
        let verdict = decide(
            &applying,
            direction,
            |_, _, rule| {
                rule.everything
                    || rule.addresses().contains(address)
                    || rule.groups.iter().any(|&group| network.is_node_member(node, group))
            },
            |rule| rule.ports.resolve(declared, network.profile()),
            |_| {},
        );
        self.verdicts.intern(network.seen_by_profile(verdict))
    }

    /// Forgets rows that no longer hold. Worth calling from time to time where a network changes for long.
    pub fn tidy(&mut self, network: &Network) {
        self.verdicts.tidy();
        self.rows.retain(|(_, row)| {
            row.policies.iter().all(|id| network.policy(*id).is_some()) && row.is_fresh(network)
        });
    }
}

fn names_ports(applying: &[Applying<'_>]) -> bool {
    applying.iter().any(|(_, policy)| {
        policy
            .side(Direction::Ingress)
            .is_some_and(|side| side.rules.iter().any(|rule| rule.ports.has_names()))
    })
}

impl Network {
    /// The policies that select a class in a direction, in the order in which they are asked.
    pub(crate) fn applying(&self, class: ClassId, direction: Direction) -> SmallVec<[Applying<'_>; 8]> {
        let mut found: SmallVec<[Applying<'_>; 8]> = SmallVec::new();
        let Some(class) = self.classes.get(class) else { return found };
        // Who the controller is, and so what selects it, is not known: only what admits it counts.
        if class.kind() == ClassKind::Controller {
            return found;
        }
        for group in class.groups.iter().filter_map(|&id| self.groups.get(id)) {
            found.extend(group.policies.iter().filter_map(|&id| {
                let policy = self.compiled(id)?;
                policy.side(direction).is_some().then_some((id, policy))
            }));
        }
        found.sort_by(|(a_id, a), (b_id, b)| a.policy.order.compare(&b.policy.order).then(a_id.cmp(b_id)));
        found.dedup_by_key(|(id, _)| *id);
        found
    }
}
