//! Sets of ports and of connections against bits.

use ironhull_network::algebra::{Conns, PortSet, Protocol};
use proptest::prelude::*;

/// Ports at which sets are looked at: the numbers below stand for these, so that sets touch and overlap and
/// the ends of the range take part.
const PORTS: [u16; 12] = [1, 2, 3, 4, 79, 80, 81, 82, 65532, 65533, 65534, 65535];

/// One bit for each of `PORTS`; the ports in between belong to nothing.
type Bits = u16;

fn set(bits: Bits) -> PortSet {
    PORTS
        .iter()
        .enumerate()
        .filter(|(place, _)| bits >> place & 1 == 1)
        .fold(PortSet::none(), |set, (_, &port)| set.union(&PortSet::one(port)))
}

fn bits(set: &PortSet) -> Bits {
    PORTS.iter().enumerate().fold(0, |bits, (place, &port)| bits | u16::from(set.contains(port)) << place)
}

/// Ordered, not adjacent, from 1: what makes equal sets equal values.
fn is_canonical(set: &PortSet) -> bool {
    let ranges = set.ranges();
    ranges.iter().all(|&(low, high)| 1 <= low && low <= high)
        && ranges.windows(2).all(|pair| u32::from(pair[0].1) + 1 < u32::from(pair[1].0))
}

fn any_set() -> impl Strategy<Value = (PortSet, Vec<bool>)> {
    prop::collection::vec((any::<u16>(), any::<u16>()), 0..5).prop_map(|ranges| {
        let mut model = vec![false; 65536];
        let mut set = PortSet::none();
        for (a, b) in ranges {
            // Short ranges near each other, and long ones.
            let (low, high) = if a % 2 == 0 { (a % 40, (a % 40).saturating_add(b % 9)) } else { (a, b) };
            set = set.union(&PortSet::range(low, high));
            if low <= high {
                model[usize::from(low.max(1))..=usize::from(high)].fill(true);
            }
        }
        model[0] = false;
        (set, model)
    })
}

fn holds(set: &PortSet, model: impl Fn(usize) -> bool) -> bool {
    is_canonical(set)
        && (0..=u16::MAX).all(|port| set.contains(port) == (port > 0 && model(usize::from(port))))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn sets_are_what_every_single_port_says((a, am) in any_set(), (b, bm) in any_set()) {
        prop_assert!(holds(&a, |port| am[port]));
        prop_assert!(holds(&a.union(&b), |port| am[port] || bm[port]));
        prop_assert!(holds(&a.intersection(&b), |port| am[port] && bm[port]));
        prop_assert!(holds(&a.difference(&b), |port| am[port] && !bm[port]));
        prop_assert!(holds(&a.complement(), |port| !am[port]));
        prop_assert_eq!(a.includes(&b), (0..65536).all(|port| am[port] || !bm[port]));
        prop_assert_eq!(a.is_empty(), !am.contains(&true));
        prop_assert_eq!(a.is_all(), am[1..].iter().all(|is_in| *is_in));
        prop_assert_eq!(a == b, am == bm);
    }

    #[test]
    fn what_is_displayed_is_what_is_in_it((a, _) in any_set()) {
        let read = a.to_string().split(',').filter(|part| !part.is_empty()).fold(PortSet::none(), |set, part| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            set.union(&PortSet::range(low.parse().unwrap(), high.parse().unwrap()))
        });
        prop_assert_eq!(read, a);
    }
}

/// Three protocols and the rest.
fn any_conns() -> impl Strategy<Value = (Conns, [Bits; 3], bool)> {
    let bits = prop_oneof![Just(0), Just(Bits::MAX >> 4), any::<u16>().prop_map(|bits| bits & 0xfff)];
    (prop::array::uniform3(bits), any::<bool>()).prop_map(|(parts, other)| {
        let mut conns = if other { Conns::other_protocols() } else { Conns::none() };
        for (protocol, bits) in Protocol::ALL.into_iter().zip(parts) {
            conns = conns.union(&Conns::of(protocol, set(bits)));
        }
        (conns, parts, other)
    })
}

fn is_model(conns: &Conns, model: impl Fn(usize) -> Bits, other: bool) -> bool {
    conns.has_other() == other
        && Protocol::ALL.into_iter().enumerate().all(|(place, protocol)| {
            let ports = conns.ports(protocol);
            is_canonical(ports)
                && bits(ports) == model(place) & 0xfff
                && PORTS.iter().all(|&port| conns.contains(protocol, port) == ports.contains(port))
        })
}

proptest! {
    #[test]
    fn connections_are_sets((a, am, ao) in any_conns(), (b, bm, bo) in any_conns()) {
        prop_assert!(is_model(&a.union(&b), |place| am[place] | bm[place], ao || bo));
        prop_assert!(is_model(&a.intersection(&b), |place| am[place] & bm[place], ao && bo));
        prop_assert!(is_model(&a.difference(&b), |place| am[place] & !bm[place], ao && !bo));
        let rest = (0..3).all(|place| bm[place] & !am[place] == 0);
        prop_assert_eq!(a.includes(&b), rest && (ao || !bo));
        prop_assert_eq!(a.is_empty(), am == [0; 3] && !ao);
        prop_assert_eq!(a == b, am == bm && ao == bo);
        // The complement of the complement, and de Morgan.
        let not = |conns: &Conns| Conns::all().difference(conns);
        prop_assert_eq!(&not(&not(&a)), &a);
        prop_assert_eq!(not(&a.union(&b)), not(&a).intersection(&not(&b)));
        prop_assert_eq!(not(&a.intersection(&b)), not(&a).union(&not(&b)));
        prop_assert!(a.union(&not(&a)).is_all() && a.intersection(&not(&a)).is_empty());
    }

    #[test]
    fn without_an_opinion_other_protocols_follow_the_ports((a, _, _) in any_conns()) {
        let seen = a.clone().without_opinion_on_other();
        let all = Protocol::ALL.into_iter().all(|protocol| a.ports(protocol).is_all());
        prop_assert_eq!(seen.has_other(), all);
        prop_assert_eq!(seen.is_all(), all);
        prop_assert!(Protocol::ALL.into_iter().all(|protocol| seen.ports(protocol) == a.ports(protocol)));
    }
}
