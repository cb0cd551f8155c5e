//! A world that follows a cluster.
//!
//! Lives here: what is wanted, one task for each of it that lists and then watches, and one writer that
//! publishes what they tell. Every object is kept once, in the [`World`].
//!
//! Never lives here: what an object means.

mod events;
mod state;
mod timing;
mod wanted;
mod watcher;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use ironhull_world::{Carriers, Completeness, World};
use tokio::sync::{mpsc, watch};

pub use state::{KindState, State};
pub use timing::Timing;
pub use wanted::{Depth, Wanted};

use crate::Cluster;

/// The objects of a cluster as they are now. One task writes, any number of threads read; a reader takes a
/// [`World`] and sees one consistent revision for as long as it holds it.
///
/// Ends when it is dropped.
#[derive(Debug)]
pub struct LiveWorld {
    shared: Arc<Shared>,
    commands: mpsc::UnboundedSender<Demand>,
    revisions: watch::Receiver<u64>,
    ticks: watch::Receiver<u64>,
}

/// A change of what is wanted, numbered so that its effect can be waited for.
type Demand = (u64, Vec<Wanted>);

/// What the writer publishes.
#[derive(Debug)]
struct Shared {
    world: ArcSwap<World>,
    coverage: ArcSwap<Coverage>,
    /// The number of the last demand.
    asked: AtomicU64,
}

#[derive(Debug)]
struct Coverage {
    /// The number of the demand that it answers.
    demand: u64,
    states: Arc<Vec<KindState>>,
}

impl LiveWorld {
    /// Begins to follow a cluster. Returns at once, with an empty world. To be called within a tokio
    /// runtime, which then runs the tasks.
    pub fn start(cluster: Cluster, carriers: Carriers, wanted: Vec<Wanted>) -> Self {
        Self::start_with(cluster, carriers, wanted, Timing::default())
    }

    /// The same at another pace.
    pub fn start_with(cluster: Cluster, carriers: Carriers, wanted: Vec<Wanted>, timing: Timing) -> Self {
        let nothing = Completeness::Watched { kinds: Vec::new() };
        let shared = Arc::new(Shared {
            world: ArcSwap::from_pointee(World::new(nothing, carriers)),
            coverage: ArcSwap::from_pointee(Coverage { demand: 0, states: Arc::default() }),
            asked: AtomicU64::new(0),
        });
        let (commands, received) = mpsc::unbounded_channel();
        let (revision, revisions) = watch::channel(0);
        let (tick, ticks) = watch::channel(0);
        writer::start(cluster, timing, shared.clone(), received, revision, tick);
        let live = Self { shared, commands, revisions, ticks };
        live.demand(wanted);
        live
    }

    /// The newest revision. Cheap.
    pub fn world(&self) -> Arc<World> {
        self.shared.world.load_full()
    }

    /// Changes what is watched to this. What is wanted as before is not disturbed; objects that are no
    /// longer wanted leave the world.
    pub fn demand(&self, wanted: Vec<Wanted>) {
        let number = self.shared.asked.fetch_add(1, Ordering::SeqCst) + 1;
        // The receiver ends with this value, or by a panic of which the coverage tells.
        let _ = self.commands.send((number, wanted));
    }

    /// How well each kind is known. A kind is `Synced` here only when its objects are in
    /// [`world`](Self::world). Empty until the first demand was taken up.
    pub fn coverage(&self) -> Arc<Vec<KindState>> {
        self.shared.coverage.load().states.clone()
    }

    /// Waits until all that was demanded is settled: `Synced`, `Absent` or `Refused`. False when the
    /// deadline passes first.
    pub async fn synced(&self, deadline: Instant) -> bool {
        let mut ticks = self.ticks.clone();
        loop {
            // Before the look, so that what changes after it is noticed.
            ticks.borrow_and_update();
            if self.is_settled() {
                return true;
            }
            if !matches!(tokio::time::timeout_at(deadline.into(), ticks.changed()).await, Ok(Ok(()))) {
                return self.is_settled();
            }
        }
    }

    /// Told the revision whenever one is published. One that is slow misses some and sees the newest.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.revisions.clone()
    }

    /// Told a number that grows whenever the coverage changes.
    pub fn coverage_changes(&self) -> watch::Receiver<u64> {
        self.ticks.clone()
    }

    fn is_settled(&self) -> bool {
        let coverage = self.shared.coverage.load();
        let is_current = coverage.demand >= self.shared.asked.load(Ordering::SeqCst);
        is_current && coverage.states.iter().all(|kind| kind.state.is_settled())
    }
}
