//! What an evaluation may still use.

use super::Machine;
use crate::error::{Error, Limit};

impl Machine<'_, '_, '_> {
    /// Takes steps off the budget.
    pub(crate) fn step(&mut self, steps: usize) -> Result<(), Error> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.left.steps = self.left.steps.checked_sub(steps).ok_or(Error::Limit(Limit::Steps))?;
        Ok(())
    }

    /// Takes bytes that are made off the budget.
    pub(crate) fn charge(&mut self, bytes: usize) -> Result<(), Error> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.left.bytes = self.left.bytes.checked_sub(bytes).ok_or(Error::Limit(Limit::Bytes))?;
        Ok(())
    }

    /// Levels that a tree may have to be walked as a whole.
    pub(crate) fn depth(&self) -> usize {
        self.left.depth
    }
}
