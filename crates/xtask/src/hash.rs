//! One small hash for cache keys and corpus names: 64-bit FNV-1a, the same on every machine and release.

/// Running FNV-1a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fnv(u64);

impl Fnv {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds bytes and their length, so that two fields never run into each other.
    pub(crate) fn field(self, bytes: &[u8]) -> Self {
        self.raw(bytes).raw(&(bytes.len() as u64).to_le_bytes())
    }

    /// Sixteen hexadecimal digits.
    pub(crate) fn hex(self) -> String {
        format!("{:016x}", self.0)
    }

    fn raw(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_published_function() {
        // Test vector of the FNV reference: FNV-1a 64 of "foobar".
        assert_eq!(Fnv::new().raw(b"foobar").hex(), "85944171f73967e8");
    }

    #[test]
    fn fields_do_not_run_together() {
        assert_ne!(Fnv::new().field(b"ab").field(b"c").hex(), Fnv::new().field(b"a").field(b"bc").hex());
    }
}
