//! Which trace a request is part of (W3C Trace Context, level 1), and new ids.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the header `traceparent` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace: [u8; 16],
    /// The span of whoever asks.
    pub span: [u8; 8],
    /// Whether whoever asks keeps the trace.
    pub is_sampled: bool,
}

impl TraceParent {
    /// Reads `00-<trace>-<span>-<flags>`. Of a later version what is known is read, as the specification wants it. What
    /// is not written as it must be is as if it were not there.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let version: [u8; 1] = hex(parts.next()?)?;
        let trace: [u8; 16] = hex(parts.next()?)?;
        let span: [u8; 8] = hex(parts.next()?)?;
        let flags: [u8; 1] = hex(parts.next()?)?;
        let is_known = version != [0xff] && (version != [0] || parts.next().is_none());
        let is_valid = trace != [0; 16] && span != [0; 8];
        (is_known && is_valid).then_some(Self { trace, span, is_sampled: flags[0] & 1 == 1 })
    }
}

/// Lower-case digits alone, as the specification wants it.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes = text.as_bytes();
    if bytes.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    for (own, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *own = digit(high)? << 4 | digit(low)?;
    }
    Some(out)
}

/// New ids: different from each other, from those of a process with another seed, and nothing more.
#[derive(Debug)]
pub struct Ids(AtomicU64);

/// The step of `splitmix64`.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Ids {
    /// From a seed that is another one in each process.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The id of a span. Never zero, which is none.
    #[must_use]
    pub fn span(&self) -> [u8; 8] {
        loop {
            let id = mixed(self.0.fetch_add(STEP, Ordering::Relaxed));
            if id != 0 {
                return id.to_be_bytes();
            }
        }
    }

    /// The id of a trace.
    #[must_use]
    pub fn trace(&self) -> [u8; 16] {
        let mut id = [0; 16];
        for (own, byte) in id.iter_mut().zip(self.span().into_iter().chain(self.span())) {
            *own = byte;
        }
        id
    }
}

/// `splitmix64` (Steele, Lea and Flood, 2014).
fn mixed(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(STEP);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_header_is_read() {
        let parent = TraceParent::parse(GOOD).unwrap();
        assert_eq!((parent.trace[0], parent.span[7], parent.is_sampled), (0x4b, 0xb7, true));
        assert!(!TraceParent::parse(&GOOD.replace("-01", "-00")).unwrap().is_sampled);
        assert!(TraceParent::parse(&format!("01{}-more", &GOOD[2..])).is_some(), "a later version");
        for bad in [
            "",
            "00",
            &GOOD[..54],
            &format!("{GOOD}-more"),
            &format!("ff{}", &GOOD[2..]),
            &GOOD.to_uppercase(),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceParent::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn ids_are_all_different() {
        let ids = Ids::new(7);
        let all: HashSet<[u8; 16]> = (0..1000).map(|_| ids.trace()).collect();
        assert_eq!(all.len(), 1000);
        assert_ne!(Ids::new(8).span(), Ids::new(7).span());
    }
}
