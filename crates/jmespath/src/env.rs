//! What an evaluation may use besides its input.

use core::net::IpAddr;

use ironhull_value::CompactString;

/// The world outside of an expression, as far as the caller lets it in. Everything is optional: an
/// expression that needs what is not here fails with [`Error::Unavailable`](crate::Error::Unavailable).
#[derive(Default)]
pub struct Env<'e> {
    /// The time that `time_now`, `time_now_utc` and `time_since` take for now. One evaluation has one now.
    pub now: Option<Now>,
    /// For `random`.
    pub random: Option<&'e mut Randomness<'e>>,
    /// Resolves host names, for `is_external_url`.
    pub resolver: Option<&'e dyn Resolver>,
    /// How `image_normalize` completes a name.
    pub images: ImageDefaults,
    /// When to stop.
    pub limits: Limits,
}

/// Fills a buffer with random bytes.
pub type Randomness<'e> = dyn FnMut(&mut [u8]) + 'e;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds of the second, below 10^9.
    pub nanoseconds: u32,
    /// Seconds east of UTC, for `time_now`, which is in local time.
    pub offset: i32,
}

/// A name service. Implemented outside of this crate, which opens no socket.
pub trait Resolver {
    /// The addresses of a host. The error is the text that the expression fails with.
    fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, String>;
}

/// Kyverno's settings `defaultRegistry` and `enableDefaultRegistryMutation`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageDefaults {
    /// The registry of names that have none; `docker.io` unless set.
    pub registry: CompactString,
    /// Whether that registry is written into the name; it is unless set.
    pub add_registry: bool,
}

impl Default for ImageDefaults {
    fn default() -> Self {
        Self { registry: CompactString::const_new("docker.io"), add_registry: true }
    }
}

/// The most that one evaluation may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations: nodes evaluated and elements visited.
    pub steps: u64,
    /// Bytes of text and of containers that are made on the way.
    pub bytes: u64,
    /// Levels of nesting of a tree that is walked as a whole, to compare or to print it.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 5_000_000, bytes: 64 << 20, depth: 1000 }
    }
}
