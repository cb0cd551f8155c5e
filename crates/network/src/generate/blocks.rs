//! Addresses as few blocks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::algebra::{AddressSet, Cidr};

/// How blocks may be wider than what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Aggregate {
    /// Each IPv4 address stands for its block of this length.
    pub v4: Option<u8>,
    /// Each IPv6 address stands for its block of this length.
    pub v6: Option<u8>,
    /// Neighbours are joined until no rule has more blocks than this.
    pub most: Option<usize>,
}

/// The blocks for some ranges of addresses: exactly these unless `aggregate` says otherwise, ordered, none
/// inside of another.
pub(super) fn blocks(ranges: &[(IpAddr, IpAddr)], aggregate: &Aggregate) -> Vec<Cidr> {
    let widened = ranges.iter().map(|&(first, last)| {
        let length = if first.is_ipv4() { aggregate.v4 } else { aggregate.v6 };
        match length {
            Some(length) => (Cidr::new(first, length).first(), Cidr::new(last, length).last()),
            None => (first, last),
        }
    });
    let set = widened.fold(AddressSet::none(), |set, (first, last)| set.union(&of_range(first, last)));
    let mut found = of_set(&set);
    if let Some(most) = aggregate.most.map(|most| most.max(2)) {
        let mut length = 127;
        while found.len() > most {
            found = join(&found, length);
            if length == 0 {
                break;
            }
            length -= 1;
        }
    }
    found
}

/// The addresses from one to another.
pub(super) fn of_range(first: IpAddr, last: IpAddr) -> AddressSet {
    range_blocks(first, last).iter().fold(AddressSet::none(), |set, cidr| set.union(&AddressSet::of(cidr)))
}

fn of_set(set: &AddressSet) -> Vec<Cidr> {
    let v4 = set
        .v4()
        .iter()
        .map(|&(low, high)| (IpAddr::V4(Ipv4Addr::from_bits(low)), IpAddr::V4(Ipv4Addr::from_bits(high))));
    let v6 = set
        .v6()
        .iter()
        .map(|&(low, high)| (IpAddr::V6(Ipv6Addr::from_bits(low)), IpAddr::V6(Ipv6Addr::from_bits(high))));
    v4.chain(v6).flat_map(|(first, last)| range_blocks(first, last)).collect()
}

/// The fewest blocks that are exactly a range.
fn range_blocks(first: IpAddr, last: IpAddr) -> Vec<Cidr> {
    let (mut low, high, bits) = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            (u128::from(first.to_bits()), u128::from(last.to_bits()), 32)
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => (first.to_bits(), last.to_bits(), 128),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    while low <= high {
        // As many addresses as the start is aligned to, and as are left.
        let aligned = low.trailing_zeros().min(bits);
        let left = (high - low).checked_add(1).map_or(bits, |left| left.ilog2());
        let size = aligned.min(left).min(bits);
        let address = if bits == 32 {
            IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(low).unwrap_or(u32::MAX)))
        } else {
            IpAddr::V6(Ipv6Addr::from_bits(low))
        };
        found.push(Cidr::new(address, u8::try_from(bits - size).unwrap_or(128)));
        let next = 1u128.checked_shl(size).and_then(|size| low.checked_add(size));
        match next {
            Some(next) => low = next,
            None => break,
        }
    }
    found
}

/// Joins neighbours whose common block is at least this long.
fn join(cidrs: &[Cidr], length: u8) -> Vec<Cidr> {
    let mut joined: Vec<Cidr> = Vec::with_capacity(cidrs.len());
    for cidr in cidrs {
        let common = joined
            .last()
            .and_then(|last| common_block(last, cidr))
            .filter(|common| common.length() >= length);
        match (common, joined.last_mut()) {
            (Some(common), Some(last)) => *last = common,
            _ => joined.push(*cidr),
        }
    }
    joined
}

fn common_block(a: &Cidr, b: &Cidr) -> Option<Cidr> {
    let length = match (a.first(), b.last()) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        _ => return None,
    };
    Some(Cidr::new(a.first(), u8::try_from(length).unwrap_or(128)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ranges: &[(&str, &str)], aggregate: Aggregate) -> Vec<String> {
        let ranges: Vec<_> = ranges.iter().map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap())).collect();
        blocks(&ranges, &aggregate).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn exact_without_leave_to_widen() {
        let exact = Aggregate::default();
        assert_eq!(shown(&[("10.0.0.1", "10.0.0.1")], exact), ["10.0.0.1/32"]);
        assert_eq!(shown(&[("10.0.0.0", "10.0.0.0"), ("10.0.0.1", "10.0.0.1")], exact), ["10.0.0.0/31"]);
        assert_eq!(
            shown(&[("10.0.0.1", "10.0.0.6")], exact),
            ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6/32"]
        );
        assert_eq!(shown(&[("0.0.0.0", "255.255.255.255")], exact), ["0.0.0.0/0"]);
        assert_eq!(shown(&[("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")], exact), ["::/0"]);
        assert_eq!(shown(&[("2001:db8::1", "2001:db8::1")], exact), ["2001:db8::1/128"]);
    }

    #[test]
    fn widened_only_as_told() {
        let to_24 = Aggregate { v4: Some(24), ..Aggregate::default() };
        assert_eq!(shown(&[("10.0.0.1", "10.0.0.1"), ("10.0.0.9", "10.0.0.9")], to_24), ["10.0.0.0/24"]);
        let two = Aggregate { most: Some(2), ..Aggregate::default() };
        let three = [("10.0.0.1", "10.0.0.1"), ("10.0.0.4", "10.0.0.4"), ("192.0.2.1", "192.0.2.1")];
        assert_eq!(shown(&three, two), ["10.0.0.0/29", "192.0.2.1/32"]);
    }
}
