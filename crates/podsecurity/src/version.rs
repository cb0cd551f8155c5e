//! Policy versions.

use std::fmt;
use std::str::FromStr;

use crate::{Level, LevelError};

/// The newest minor version in which a check changed. Later versions, and `latest`, mean the same.
pub const LATEST_MINOR: u32 = 37;

/// A version of the policy: the Kubernetes version whose checks apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// The newest checks there are.
    Latest,
    /// Those of `v1.N`. May be beyond [`LATEST_MINOR`]: the text stays, the checks are the newest.
    Minor(u64),
}

impl Version {
    /// The minor version whose checks run: never beyond [`LATEST_MINOR`].
    pub fn effective_minor(self) -> u32 {
        match self {
            Self::Latest => LATEST_MINOR,
            Self::Minor(minor) => u32::try_from(minor).map_or(LATEST_MINOR, |minor| minor.min(LATEST_MINOR)),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Minor(minor) => write!(f, "v1.{minor}"),
        }
    }
}

/// A text that is no version. Displayed as Pod Security Admission words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be \"latest\" or \"v1.x\"")]
pub struct VersionError;

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        let digits = text.strip_prefix("v1.").ok_or(VersionError)?;
        let leading_zero = digits.len() > 1 && digits.starts_with('0');
        if leading_zero || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VersionError);
        }
        // Upstream reads a signed 64-bit number; what does not fit is refused. Empty digits fail here too.
        let minor: i64 = digits.parse().map_err(|_| VersionError)?;
        u64::try_from(minor).map(Self::Minor).map_err(|_| VersionError)
    }
}

/// A level at a version, written `restricted:latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LevelVersion {
    /// How strict.
    pub level: Level,
    /// As of when.
    pub version: Version,
}

impl LevelVersion {
    /// A level at a version.
    pub const fn new(level: Level, version: Version) -> Self {
        Self { level, version }
    }

    /// Whether both decide alike: two privileged ones do at any version, and beyond that equal ones.
    pub fn is_equivalent(self, other: Self) -> bool {
        self == other || (self.level == Level::Privileged && other.level == Level::Privileged)
    }
}

impl fmt::Display for LevelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.level, self.version)
    }
}

/// Why a text is no level with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LevelVersionError {
    /// The part before the colon.
    #[error("level {0}")]
    Level(#[from] LevelError),
    /// The part after the colon.
    #[error("version {0}")]
    Version(#[from] VersionError),
}

impl FromStr for LevelVersion {
    type Err = LevelVersionError;

    /// `restricted:v1.30`; `restricted` alone means `restricted:latest`.
    fn from_str(text: &str) -> Result<Self, LevelVersionError> {
        let (level, version) = text.split_once(':').unwrap_or((text, "latest"));
        Ok(Self { level: level.parse()?, version: version.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_parsed_as_upstream_does() {
        assert_eq!("latest".parse(), Ok(Version::Latest));
        assert_eq!("v1.0".parse(), Ok(Version::Minor(0)));
        assert_eq!("v1.30".parse(), Ok(Version::Minor(30)));
        assert_eq!("v1.9223372036854775807".parse(), Ok(Version::Minor(i64::MAX as u64)));
        for text in [
            "",
            "1.30",
            "v1.",
            "v1.01",
            "v1.00",
            "v2.0",
            "v1.+1",
            "v1.-1",
            "v1.3\n",
            " v1.3",
            "v1.3.1",
            "Latest",
            "v1.9223372036854775808",
            "v1.١",
        ] {
            assert_eq!(text.parse::<Version>(), Err(VersionError), "{text:?}");
        }
    }

    #[test]
    fn versions_beyond_the_newest_run_the_newest_checks_and_keep_their_text() {
        let version: Version = "v1.4294967299".parse().unwrap();
        assert_eq!(version.effective_minor(), LATEST_MINOR);
        assert_eq!(version.to_string(), "v1.4294967299");
        assert_eq!(Version::Latest.effective_minor(), LATEST_MINOR);
        assert_eq!(Version::Minor(3).effective_minor(), 3);
    }

    #[test]
    fn a_level_with_its_version_round_trips() {
        for text in ["restricted:latest", "baseline:v1.8", "privileged:v1.0"] {
            assert_eq!(text.parse::<LevelVersion>().unwrap().to_string(), text);
        }
        assert_eq!("baseline".parse::<LevelVersion>().unwrap().to_string(), "baseline:latest");
        assert_eq!("x:latest".parse::<LevelVersion>(), Err(LevelVersionError::Level(LevelError)));
        assert_eq!("baseline:".parse::<LevelVersion>(), Err(LevelVersionError::Version(VersionError)));
    }
}
