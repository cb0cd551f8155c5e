//! What can go wrong, in words that say what to do.

use std::io::ErrorKind;

/// Why the store could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The system refused: no such directory, no permission, no space.
    #[error("{place}: {reason}")]
    Io {
        /// The file.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// Another process has the file.
    #[error(
        "{place}: another process has this decision record open; stop it, or ask it over its API, or name another file"
    )]
    Locked {
        /// The file.
        place: String,
    },
    /// The file was made by something else.
    #[error(
        "{place}: this is not a decision record of Ironhull ({reason}); name another file, or move this one away"
    )]
    Foreign {
        /// The file.
        place: String,
        /// How it was seen.
        reason: String,
    },
    /// The file was made by a newer Ironhull.
    #[error(
        "{place}: this decision record has format {found}, and this version of Ironhull knows formats up to {known}; use the newer version, or move the file away to begin a new one"
    )]
    Newer {
        /// The file.
        place: String,
        /// The format of the file.
        found: u64,
        /// The newest that is known here.
        known: u64,
    },
    /// The content is not what was written.
    #[error("{place}: this decision record is damaged ({reason}); move the file away, and a new one is made")]
    Damaged {
        /// The file.
        place: String,
        /// What was seen.
        reason: String,
    },
    /// This cannot be kept, and trying again does not help.
    #[error("not recorded: {reason}")]
    Refused {
        /// Which limit it passes.
        reason: String,
    },
    /// The writer has ended before this was written.
    #[error("not recorded: the store was closed")]
    Closed,
}

/// An error inside of a transaction, before it has the name of the file.
#[derive(Debug)]
pub(crate) enum Fault {
    /// From redb.
    Redb(Box<redb::Error>),
    /// Redb gave what cannot be.
    Content(String),
    /// Ours already.
    Own(StoreError),
}

impl Fault {
    /// With the name of the file.
    pub(crate) fn at(self, place: &str) -> StoreError {
        let place = place.to_owned();
        match self {
            Self::Own(error) => error,
            Self::Content(reason) => StoreError::Damaged { place, reason },
            Self::Redb(error) => match *error {
                redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
                    StoreError::Locked { place }
                }
                redb::Error::UpgradeRequired(version) => {
                    StoreError::Foreign { place, reason: format!("version {version} of the redb format") }
                }
                redb::Error::Io(error) => match error.kind() {
                    ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                        StoreError::Damaged { place, reason: error.to_string() }
                    }
                    _ => StoreError::Io { place, reason: error.to_string() },
                },
                redb::Error::Corrupted(reason) => StoreError::Damaged { place, reason },
                error @ (redb::Error::TableTypeMismatch { .. }
                | redb::Error::TableIsMultimap(_)
                | redb::Error::TableIsNotMultimap(_)
                | redb::Error::TypeDefinitionChanged { .. }
                | redb::Error::TableDoesNotExist(_)) => {
                    StoreError::Damaged { place, reason: error.to_string() }
                }
                error => StoreError::Io { place, reason: error.to_string() },
            },
        }
    }

    /// Whether redb refuses further work until the file is opened again.
    pub(crate) fn needs_reopening(&self) -> bool {
        matches!(self, Self::Redb(_))
    }
}

macro_rules! from_redb {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for Fault {
            fn from(error: redb::$error) -> Self {
                Self::Redb(Box::new(error.into()))
            }
        })*
    };
}

from_redb!(StorageError, TableError, TransactionError, CommitError, DatabaseError, CompactionError);

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Own(error)
    }
}
