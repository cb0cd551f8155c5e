//! Knowing when something is durable.

use std::sync::mpsc;
use std::time::Duration;

use crate::error::StoreError;

/// Called on the thread of the writer; must be quick and must not call the writer's waiting functions.
pub(crate) type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The promise of an answer about one entry. It may be thrown away; the entry is written all the same.
#[derive(Debug)]
#[must_use = "without waiting nobody knows whether the entry is durable"]
pub struct Receipt(mpsc::Receiver<Result<(), StoreError>>);

impl Receipt {
    /// Waits for the commit. `Ok` means that the entry is on disk.
    pub fn wait(self) -> Result<(), StoreError> {
        self.0.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Waits no longer than this; `None` when it is not known by then.
    pub fn wait_for(&self, most: Duration) -> Option<Result<(), StoreError>> {
        match self.0.recv_timeout(most) {
            Ok(answer) => Some(answer),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => Some(Err(StoreError::Closed)),
        }
    }

    pub(crate) fn pair() -> (Reply, Self) {
        let (sender, receiver) = mpsc::channel();
        // Nobody listens when the receipt was thrown away.
        let reply = move |answer| drop(sender.send(answer));
        (Box::new(reply), Self(receiver))
    }
}
