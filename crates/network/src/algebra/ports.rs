//! A set of ports, as ordered ranges.

use std::fmt;

use smallvec::SmallVec;

/// A set of port numbers from 1 to 65535: ranges that are ordered, disjoint and not adjacent, so that equal
/// sets are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortSet(SmallVec<[(u16, u16); 2]>);

impl PortSet {
    /// The lowest port that traffic has.
    pub const MIN: u16 = 1;
    /// The highest port.
    pub const MAX: u16 = u16::MAX;

    /// No port.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every port.
    pub fn all() -> Self {
        Self::range(Self::MIN, Self::MAX)
    }

    /// One port; port 0 does not exist.
    pub fn one(port: u16) -> Self {
        Self::range(port, port)
    }

    /// The ports from `low` to `high`, both included; none when they are the wrong way round.
    pub fn range(low: u16, high: u16) -> Self {
        let low = low.max(Self::MIN);
        if low > high { Self::none() } else { Self(SmallVec::from_slice(&[(low, high)])) }
    }

    /// The ranges in order.
    pub fn ranges(&self) -> &[(u16, u16)] {
        &self.0
    }

    /// Whether there is no port in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every port is in it.
    pub fn is_all(&self) -> bool {
        matches!(self.0.as_slice(), [(Self::MIN, Self::MAX)])
    }

    /// Whether `port` is in it.
    pub fn contains(&self, port: u16) -> bool {
        self.0.iter().any(|&(low, high)| low <= port && port <= high)
    }

    /// Whether every port of `other` is in it.
    pub fn includes(&self, other: &Self) -> bool {
        other.0.iter().all(|&(low, high)| self.0.iter().any(|&(from, to)| from <= low && high <= to))
    }

    /// The ports of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_all() {
            return other.clone();
        }
        if other.is_empty() || self.is_all() {
            return self.clone();
        }
        let mut merged = SmallVec::<[(u16, u16); 2]>::new();
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if a <= b => left.next(),
                (Some(_), None) => left.next(),
                _ => right.next(),
            };
            let Some(&(low, high)) = next else { break };
            match merged.last_mut() {
                Some(last) if u32::from(low) <= u32::from(last.1) + 1 => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Self(merged)
    }

    /// The ports of both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        if self.is_all() {
            return other.clone();
        }
        if other.is_all() {
            return self.clone();
        }
        let mut common = SmallVec::<[(u16, u16); 2]>::new();
        for &(low, high) in &self.0 {
            for &(from, to) in &other.0 {
                let (start, end) = (low.max(from), high.min(to));
                if start <= end {
                    common.push((start, end));
                }
            }
        }
        Self(common)
    }

    /// The ports of this that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// Every other port.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut gaps = SmallVec::<[(u16, u16); 2]>::new();
        let mut next = u32::from(Self::MIN);
        for &(low, high) in &self.0 {
            if let (Ok(start), Some(end)) = (u16::try_from(next), low.checked_sub(1))
                && start <= end
            {
                gaps.push((start, end));
            }
            next = u32::from(high) + 1;
        }
        if let Ok(start) = u16::try_from(next) {
            gaps.push((start, Self::MAX));
        }
        Self(gaps)
    }
}

impl fmt::Display for PortSet {
    /// `80,443,8000-8080`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, &(low, high)) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            if low == high {
                write!(f, "{low}")?;
            } else {
                write!(f, "{low}-{high}")?;
            }
        }
        Ok(())
    }
}
