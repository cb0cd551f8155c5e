//! Sets of IP addresses of both families.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

/// A block of addresses, as `net.ParseCIDR` of Go reads it: host bits may be set and do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr {
    first: IpAddr,
    last: IpAddr,
    length: u8,
}

/// Why a text is not a block of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    /// There is no `/`.
    #[error("{0:?} has no prefix length; write {0}/{1} for this one address")]
    NoLength(String, u8),
    /// What stands before the `/` is not an address.
    #[error("{0:?} is not an IP address")]
    Address(String),
    /// What stands behind the `/` is not a length for this family.
    #[error("the prefix length {length:?} is not between 0 and {most}")]
    Length {
        /// What is written.
        length: String,
        /// 32 or 128.
        most: u8,
    },
}

impl Cidr {
    /// Reads `10.0.0.0/8` or `2001:db8::/32`. An IPv4 address in IPv6 form stays IPv6 here, as its prefix
    /// length counts 128 bits.
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let Some((address, length)) = text.split_once('/') else {
            let most = if text.contains(':') { 128 } else { 32 };
            return Err(CidrError::NoLength(text.to_owned(), most));
        };
        let address: IpAddr = address.parse().map_err(|_| CidrError::Address(address.to_owned()))?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let wrong = || CidrError::Length { length: length.to_owned(), most };
        let digits =
            !length.is_empty() && length.len() <= 3 && length.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Err(wrong());
        }
        let length = length.parse::<u8>().ok().filter(|length| *length <= most).ok_or_else(wrong)?;
        Ok(Self::new(address, length))
    }

    /// The block of this length around an address. A length beyond the family's is the family's.
    pub fn new(address: IpAddr, length: u8) -> Self {
        match address {
            IpAddr::V4(address) => {
                let length = length.min(32);
                let hosts = u32::MAX.checked_shr(u32::from(length)).unwrap_or(0);
                let bits = address.to_bits() & !hosts;
                let (first, last) = (Ipv4Addr::from_bits(bits), Ipv4Addr::from_bits(bits | hosts));
                Self { first: first.into(), last: last.into(), length }
            }
            IpAddr::V6(address) => {
                let length = length.min(128);
                let hosts = u128::MAX.checked_shr(u32::from(length)).unwrap_or(0);
                let bits = address.to_bits() & !hosts;
                let (first, last) = (Ipv6Addr::from_bits(bits), Ipv6Addr::from_bits(bits | hosts));
                Self { first: first.into(), last: last.into(), length }
            }
        }
    }

    /// The first address.
    pub fn first(&self) -> IpAddr {
        self.first
    }

    /// The last address.
    pub fn last(&self) -> IpAddr {
        self.last
    }

    /// The prefix length.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Whether it is a block of IPv4 addresses.
    pub fn is_ipv4(&self) -> bool {
        self.first.is_ipv4()
    }

    /// Whether every address of `other` is in it and it has more: what an `except` must be of its `cidr`.
    pub fn strictly_includes(&self, other: &Self) -> bool {
        self.is_ipv4() == other.is_ipv4()
            && self.length < other.length
            && self.first <= other.first
            && other.last <= self.last
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.length)
    }
}

/// A set of addresses: for each family, ranges that are ordered, disjoint and not adjacent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddressSet {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

impl AddressSet {
    /// No address.
    pub const fn none() -> Self {
        Self { v4: Vec::new(), v6: Vec::new() }
    }

    /// Every address of both families.
    pub fn all() -> Self {
        Self { v4: vec![(0, u32::MAX)], v6: vec![(0, u128::MAX)] }
    }

    /// The addresses of a block.
    pub fn of(cidr: &Cidr) -> Self {
        match (cidr.first, cidr.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                Self { v4: vec![(first.to_bits(), last.to_bits())], v6: Vec::new() }
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                Self { v4: Vec::new(), v6: vec![(first.to_bits(), last.to_bits())] }
            }
            _ => Self::none(),
        }
    }

    /// The IPv4 ranges, in order.
    pub fn v4(&self) -> &[(u32, u32)] {
        &self.v4
    }

    /// The IPv6 ranges, in order.
    pub fn v6(&self) -> &[(u128, u128)] {
        &self.v6
    }

    /// Whether there is no address in it.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Whether `address` is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => within(&self.v4, address.to_bits()),
            IpAddr::V6(address) => within(&self.v6, address.to_bits()),
        }
    }

    /// Whether every address of `other` is in it.
    pub fn includes(&self, other: &Self) -> bool {
        other.difference(self).is_empty()
    }

    /// The addresses of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self { v4: unite(&self.v4, &other.v4), v6: unite(&self.v6, &other.v6) }
    }

    /// The addresses of both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { v4: common(&self.v4, &other.v4), v6: common(&self.v6, &other.v6) }
    }

    /// The addresses of this that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self { v4: common(&self.v4, &gaps(&other.v4)), v6: common(&self.v6, &gaps(&other.v6)) }
    }
}

/// What both families' bits can do.
trait Bits: Copy + Ord {
    const FIRST: Self;
    fn next(self) -> Option<Self>;
    fn previous(self) -> Option<Self>;
    const LAST: Self;
}

impl Bits for u32 {
    const FIRST: Self = 0;
    const LAST: Self = Self::MAX;
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }
}

impl Bits for u128 {
    const FIRST: Self = 0;
    const LAST: Self = Self::MAX;
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }
}

fn within<B: Bits>(ranges: &[(B, B)], bits: B) -> bool {
    let index = ranges.partition_point(|range| range.1 < bits);
    ranges.get(index).is_some_and(|range| range.0 <= bits)
}

fn unite<B: Bits>(left: &[(B, B)], right: &[(B, B)]) -> Vec<(B, B)> {
    let mut all: Vec<(B, B)> = left.iter().chain(right).copied().collect();
    all.sort_unstable();
    let mut merged: Vec<(B, B)> = Vec::with_capacity(all.len());
    for (low, high) in all {
        match merged.last_mut() {
            Some(last) if last.1.next().is_none_or(|next| low <= next) => last.1 = last.1.max(high),
            _ => merged.push((low, high)),
        }
    }
    merged
}

fn common<B: Bits>(left: &[(B, B)], right: &[(B, B)]) -> Vec<(B, B)> {
    let mut found = Vec::new();
    let (mut a, mut b) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(&&(low, high)), Some(&&(from, to))) = (a.peek(), b.peek()) {
        let (start, end) = (low.max(from), high.min(to));
        if start <= end {
            found.push((start, end));
        }
        if high <= to {
            a.next();
        } else {
            b.next();
        }
    }
    found
}

fn gaps<B: Bits>(ranges: &[(B, B)]) -> Vec<(B, B)> {
    let mut found = Vec::with_capacity(ranges.len() + 1);
    let mut next = Some(B::FIRST);
    for &(low, high) in ranges {
        if let (Some(start), Some(end)) = (next, low.previous())
            && start <= end
        {
            found.push((start, end));
        }
        next = high.next();
    }
    if let Some(start) = next {
        found.push((start, B::LAST));
    }
    found
}
