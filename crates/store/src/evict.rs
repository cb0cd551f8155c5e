//! Keeping within the limits.

use crate::entry::{Entry, Limits};
use crate::error::Fault;
use crate::tables::Tables;

/// What one transaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Entries that went because of a limit.
    pub(crate) evicted: u64,
    /// There is more to evict than one transaction may take.
    pub(crate) more: bool,
}

/// Entries that a transaction evicts at most, besides two for each one that it adds. Limits that were lowered,
/// or a week without an entry, are worked off in many short transactions instead of a long one.
pub(crate) const SHARE: usize = 512;

/// Adds entries and evicts what has become too much. `now` is the newest time that the caller told.
pub(crate) fn apply(
    tables: &mut Tables<'_>,
    added: &[Entry],
    limits: &Limits,
    now: Option<i64>,
) -> Result<Applied, Fault> {
    for entry in added {
        tables.insert(entry)?;
    }
    let mut applied = Applied::default();
    for _ in 0..SHARE + 2 * added.len() {
        let Some(place) = surplus(tables, limits, now)? else { return Ok(applied) };
        tables.remove(place)?;
        applied.evicted += 1;
    }
    applied.more = surplus(tables, limits, now)?.is_some();
    Ok(applied)
}

/// The next entry that has to go.
fn surplus(tables: &Tables<'_>, limits: &Limits, now: Option<i64>) -> Result<Option<u64>, Fault> {
    if let Some(now) = now
        && let Some((at, place)) = tables.earliest()?
        && at < limits.oldest(now)
    {
        return Ok(Some(place));
    }
    if tables.counters.entries > limits.entries || tables.counters.bytes > limits.bytes {
        return tables.first_recorded();
    }
    Ok(None)
}
