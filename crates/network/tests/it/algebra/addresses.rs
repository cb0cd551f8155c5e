//! Blocks and sets of addresses against the meaning of a prefix, bit by bit.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ironhull_network::algebra::{AddressSet, Cidr, CidrError};
use proptest::prelude::*;

/// The address as bits from the left, and how many there are.
fn left(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

/// Whether two addresses are of one family and agree in the first `length` bits: what a prefix means.
fn agree(a: IpAddr, b: IpAddr, length: u8) -> bool {
    let ((a_bits, a_size), (b_bits, b_size)) = (left(a), left(b));
    a_size == b_size && (0..u32::from(length)).all(|bit| (a_bits ^ b_bits) >> (127 - bit) & 1 == 0)
}

/// Addresses that share prefixes of all lengths, the ends of the space among them.
fn any_address() -> impl Strategy<Value = IpAddr> {
    let bits = (any::<u128>(), 0u32..=128, prop::sample::select(vec![0, u128::MAX, 0x0a00_00ff_u128 << 96]));
    (bits, any::<bool>()).prop_map(|((random, keep, base), v4)| {
        let mask = u128::MAX.checked_shl(128 - keep).unwrap_or(0);
        let bits = (base & mask) | (random & !mask & (random >> 64 | !0 << 64));
        if v4 {
            Ipv4Addr::from_bits(u32::try_from(bits >> 96).unwrap()).into()
        } else {
            Ipv6Addr::from_bits(bits).into()
        }
    })
}

fn any_cidr() -> impl Strategy<Value = (Cidr, IpAddr, u8)> {
    (any_address(), any::<u8>()).prop_map(|(address, length)| {
        let length = if address.is_ipv4() { length % 33 } else { length % 129 };
        (Cidr::parse(&format!("{address}/{length}")).unwrap(), address, length)
    })
}

/// The addresses at which anything could change between these blocks, and one at random.
fn points(cidrs: &[(Cidr, IpAddr, u8)], more: IpAddr) -> Vec<IpAddr> {
    let step = |address: IpAddr, by: i8| match address {
        IpAddr::V4(address) => {
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits().wrapping_add_signed(by.into())))
        }
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits().wrapping_add_signed(by.into())))
        }
    };
    let ends = cidrs.iter().flat_map(|(cidr, address, _)| [cidr.first(), cidr.last(), *address]);
    ends.chain([more]).flat_map(|address| [step(address, -1), address, step(address, 1)]).collect()
}

fn is_canonical(set: &AddressSet) -> bool {
    fn ordered<B: Copy + Ord>(ranges: &[(B, B)], next: impl Fn(B) -> Option<B>) -> bool {
        ranges.iter().all(|(low, high)| low <= high)
            && ranges.windows(2).all(|pair| next(pair[0].1).is_some_and(|next| next < pair[1].0))
    }
    ordered(set.v4(), |bits| bits.checked_add(1)) && ordered(set.v6(), |bits| bits.checked_add(1))
}

proptest! {
    #[test]
    fn a_block_holds_what_agrees_in_its_prefix((cidr, address, length) in any_cidr(), other in any_address()) {
        prop_assert_eq!(cidr.length(), length);
        let set = AddressSet::of(&cidr);
        for point in points(&[(cidr, address, length)], other) {
            prop_assert_eq!(set.contains(point), agree(address, point, length), "{} in {}", point, cidr);
        }
        // Displayed without host bits, and read back the same.
        prop_assert_eq!(Cidr::parse(&cidr.to_string()).unwrap(), cidr);
        prop_assert!(agree(cidr.first(), address, length));
        prop_assert_eq!(cidr.is_ipv4(), address.is_ipv4());
    }

    #[test]
    fn only_a_smaller_block_is_strictly_inside((a, x, m) in any_cidr(), (b, y, n) in any_cidr()) {
        prop_assert_eq!(a.strictly_includes(&b), agree(x, y, m) && m < n);
        let narrower = Cidr::new(a.first(), m.saturating_add(1));
        prop_assert_eq!(a.strictly_includes(&narrower), narrower != a);
    }

    #[test]
    fn sets_are_what_every_single_address_says(
        a in prop::collection::vec(any_cidr(), 0..4),
        b in prop::collection::vec(any_cidr(), 0..4),
        more in any_address(),
    ) {
        let set = |cidrs: &[(Cidr, IpAddr, u8)]| {
            cidrs.iter().fold(AddressSet::none(), |set, (cidr, _, _)| set.union(&AddressSet::of(cidr)))
        };
        let inside = |cidrs: &[(Cidr, IpAddr, u8)], point| {
            cidrs.iter().any(|(_, address, length)| agree(*address, point, *length))
        };
        let (left, right) = (set(&a), set(&b));
        let all: Vec<_> = a.iter().chain(&b).copied().collect();
        let mut includes = true;
        for point in points(&all, more) {
            let (in_a, in_b) = (inside(&a, point), inside(&b, point));
            includes &= in_a || !in_b;
            prop_assert_eq!(left.union(&right).contains(point), in_a || in_b);
            prop_assert_eq!(left.intersection(&right).contains(point), in_a && in_b);
            prop_assert_eq!(left.difference(&right).contains(point), in_a && !in_b);
            prop_assert_eq!(AddressSet::all().difference(&left).contains(point), !in_a);
        }
        // Where nothing but borders of blocks can change an answer, the points decide.
        prop_assert_eq!(left.includes(&right), includes);
        for set in [left.union(&right), left.intersection(&right), left.difference(&right)] {
            prop_assert!(is_canonical(&set), "{:?}", set);
        }
        prop_assert_eq!(left.union(&right), right.union(&left));
        prop_assert_eq!(left.difference(&right).union(&left.intersection(&right)), left);
    }

    #[test]
    fn no_text_panics_and_what_is_read_is_a_block(text in "[0-9a-f.:/+ -]{0,24}") {
        if let Ok(cidr) = Cidr::parse(&text) {
            let (address, length) = text.split_once('/').unwrap();
            prop_assert_eq!(cidr, Cidr::new(address.parse().unwrap(), length.parse().unwrap()));
        }
    }
}

#[test]
fn what_is_no_block_says_why() {
    let cases = [
        ("10.0.0.1", CidrError::NoLength("10.0.0.1".into(), 32)),
        ("fd00::1", CidrError::NoLength("fd00::1".into(), 128)),
        ("10.0.0.0.0/8", CidrError::Address("10.0.0.0.0".into())),
        ("010.0.0.0/8", CidrError::Address("010.0.0.0".into())),
        ("/8", CidrError::Address(String::new())),
        ("10.0.0.0/33", CidrError::Length { length: "33".into(), most: 32 }),
        ("10.0.0.0/+8", CidrError::Length { length: "+8".into(), most: 32 }),
        ("10.0.0.0/", CidrError::Length { length: String::new(), most: 32 }),
        ("::/129", CidrError::Length { length: "129".into(), most: 128 }),
        ("10.0.0.0/8/8", CidrError::Length { length: "8/8".into(), most: 32 }),
    ];
    for (text, expected) in cases {
        assert_eq!(Cidr::parse(text), Err(expected), "{text}");
    }
}
