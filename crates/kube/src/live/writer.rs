//! The one that writes the world.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_value::CompactString;
use ironhull_world::{Completeness, Delta, Object, ObjectRef, World, kinds};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{Id, JoinSet};

use super::state::{KindState, State};
use super::timing::Timing;
use super::wanted::{Wanted, disjoint};
use super::watcher::{Message, News, Surroundings, Watcher};
use super::{Coverage, Demand, Shared};
use crate::Cluster;

/// So many changes are published without waiting for more.
const BATCH: usize = 512;

/// What is listed may wait longer than what is watched: nobody can rely on it before the listing is complete.
const LISTING_PACE: u32 = 25;

/// Messages that wait for the writer; beyond it the tasks wait.
const WAITING: usize = 1024;

/// Kinds that are listed at the same time.
const LISTINGS: usize = 4;

/// Starts the writer. It ends when the sender of the commands does.
pub(super) fn start(
    cluster: Cluster,
    timing: Timing,
    shared: Arc<Shared>,
    commands: mpsc::UnboundedReceiver<Demand>,
    revision: watch::Sender<u64>,
    tick: watch::Sender<u64>,
) {
    let (sender, messages) = mpsc::channel(WAITING);
    let (definitions, receiver) = watch::channel(0);
    let around = Surroundings {
        cluster,
        timing,
        messages: sender,
        definitions: receiver,
        listings: Arc::new(Semaphore::new(LISTINGS)),
    };
    let out = Publisher { shared: shared.clone(), revision, tick: tick.clone(), definitions };
    let writer = Writer {
        world: shared.world.load_full(),
        around,
        out,
        sources: BTreeMap::new(),
        last_source: 0,
        demand: 0,
        tasks: JoinSet::new(),
        task_sources: HashMap::new(),
        pending: Vec::new(),
        due: None,
        is_coverage_due: false,
    };
    let writer = tokio::spawn(writer.run(commands, messages));
    tokio::spawn(async move {
        // A world that nobody writes any more must not look like one that is followed.
        if writer.await.is_err_and(|error| error.is_panic()) {
            let last = shared.coverage.load();
            let reason = "an error in Ironhull stopped the watches".to_owned();
            let stale = State::Stale { since: Instant::now(), reason };
            let states = last.states.iter().map(|kind| KindState { state: stale.clone(), ..kind.clone() });
            let states = Arc::new(states.collect());
            shared.coverage.store(Arc::new(Coverage { demand: last.demand, states }));
            tick.send_modify(|number| *number += 1);
        }
    });
}

/// Where the writer's work is seen.
struct Publisher {
    shared: Arc<Shared>,
    revision: watch::Sender<u64>,
    tick: watch::Sender<u64>,
    definitions: watch::Sender<u64>,
}

struct Writer {
    world: Arc<World>,
    around: Surroundings,
    out: Publisher,
    /// What is watched, by number; in the order of [`disjoint`] where it began at the same time.
    sources: BTreeMap<u64, Source>,
    last_source: u64,
    demand: u64,
    tasks: JoinSet<()>,
    task_sources: HashMap<Id, u64>,
    /// Changes that are not published yet.
    pending: Vec<Delta>,
    /// When they are to be.
    due: Option<tokio::time::Instant>,
    is_coverage_due: bool,
}

struct Source {
    wanted: Wanted,
    /// The number of objects is filled in when the coverage is published.
    state: State,
    /// Whether what comes is a listing, of which most is known.
    is_listing: bool,
    task: tokio::task::AbortHandle,
}

impl Writer {
    async fn run(
        mut self,
        mut commands: mpsc::UnboundedReceiver<Demand>,
        mut messages: mpsc::Receiver<Message>,
    ) {
        let mut received = Vec::new();
        loop {
            let due = self.due;
            tokio::select! {
                command = commands.recv() => match command {
                    Some((number, wanted)) => self.take_demand(number, wanted),
                    None => return,
                },
                count = messages.recv_many(&mut received, BATCH) => {
                    if count == 0 {
                        return;
                    }
                    for message in received.drain(..) {
                        self.take(message);
                    }
                }
                () = tokio::time::sleep_until(due.unwrap_or_else(tokio::time::Instant::now)), if due.is_some() => {
                    self.publish();
                }
                Some(ended) = self.tasks.join_next_with_id() => {
                    let id = match &ended {
                        Ok((id, ())) => *id,
                        Err(error) => error.id(),
                    };
                    self.ended(id);
                }
            }
            if self.pending.len() >= self.enough() {
                self.publish();
            }
        }
    }

    /// How many changes are published without waiting for more. Each revision copies the lists of references
    /// that it changes; during a listing these grow, so that the revisions have to become fewer.
    fn enough(&self) -> usize {
        let is_listing = self.sources.values().any(|source| source.is_listing);
        if is_listing { BATCH.max(self.world.len() / 4) } else { BATCH }
    }

    /// Starts and stops tasks, and drops what nobody wants.
    fn take_demand(&mut self, number: u64, wanted: Vec<Wanted>) {
        self.publish();
        let mut wanted = disjoint(wanted);
        let gone: Vec<u64> = self
            .sources
            .iter()
            .filter(|(_, source)| !wanted.contains(&source.wanted))
            .map(|(number, _)| *number)
            .collect();
        wanted.retain(|wish| !self.sources.values().any(|source| source.wanted == *wish));
        let gone: Vec<Source> = gone.into_iter().filter_map(|number| self.sources.remove(&number)).collect();
        for source in &gone {
            source.task.abort();
        }
        for wish in wanted {
            self.last_source += 1;
            let source = self.last_source;
            let watcher = Watcher::new(self.around.clone(), source, wish.clone());
            let task = self.spawn(source, watcher.run());
            let state = State::Waiting { problem: None };
            self.sources.insert(source, Source { wanted: wish, state, is_listing: false, task });
        }
        for source in &gone {
            self.drop_unwanted(&source.wanted);
        }
        self.demand = self.demand.max(number);
        self.is_coverage_due = true;
        self.publish();
    }

    /// Drops the objects of a kind that no source holds any more. What a new source of the kind does not
    /// have either goes with its first listing.
    fn drop_unwanted(&mut self, old: &Wanted) {
        let kind = old.group_kind();
        let places: Vec<_> = self
            .sources
            .values()
            .filter(|source| source.wanted.group_kind() == kind)
            .map(|source| source.wanted.namespace.clone())
            .collect();
        let is_wanted = |key: &ObjectRef| {
            // Objects outside of namespaces belong to whatever wish for the kind there is.
            places.iter().any(|place| {
                key.namespace.is_empty() || place.as_ref().is_none_or(|own| *own == key.namespace)
            })
        };
        let dropped = self.world.of_kind(kind).map(|object| &object.key).filter(|key| !is_wanted(key));
        self.pending.extend(dropped.cloned().map(Delta::Delete));
    }

    fn take(&mut self, message: Message) {
        let Message { source: number, news } = message;
        // Of a task that was stopped.
        if !self.sources.contains_key(&number) {
            return;
        }
        let state = match news {
            News::Listing => {
                // What is listed is compared with what is published.
                self.publish();
                if let Some(source) = self.sources.get_mut(&number) {
                    source.is_listing = true;
                }
                return;
            }
            News::Changed(object) => return self.change(number, object),
            News::Gone(key) => return self.push(Delta::Delete(key), self.around.timing.batch),
            News::Listed { seen, namespace } => {
                self.publish();
                self.drop_unseen(number, &seen, namespace.as_deref());
                State::Synced { objects: 0, since: Instant::now() }
            }
            News::Following => State::Synced { objects: 0, since: Instant::now() },
            News::Absent => {
                self.publish();
                self.drop_unseen(number, &HashSet::new(), None);
                State::Absent
            }
            News::Refused(reason) => match self.state(number) {
                Some(State::Synced { .. } | State::Absent) => State::Stale { since: Instant::now(), reason },
                Some(State::Stale { since, .. }) => State::Stale { since: *since, reason },
                _ => State::Refused { reason },
            },
            News::Problem(broken, reason) => match self.state(number) {
                Some(State::Synced { .. } | State::Absent) => State::Stale { since: broken, reason },
                Some(State::Stale { since, .. }) => State::Stale { since: *since, reason },
                Some(State::Refused { reason }) => State::Refused { reason: reason.clone() },
                _ => State::Waiting { problem: Some(reason) },
            },
        };
        if let Some(source) = self.sources.get_mut(&number) {
            source.state = state;
            source.is_listing = false;
        }
        self.is_coverage_due = true;
        self.publish();
    }

    fn state(&self, number: u64) -> Option<&State> {
        self.sources.get(&number).map(|source| &source.state)
    }

    fn change(&mut self, number: u64, object: Arc<Object>) {
        // A listing tells of each object once, so nothing that is pending can have changed it.
        let is_listing = self.sources.get(&number).is_some_and(|source| source.is_listing);
        let is_same = |known: &Arc<Object>| known.version == object.version && known.value == object.value;
        if is_listing && self.world.object(&object.key).is_some_and(is_same) {
            return;
        }
        let batch = self.around.timing.batch;
        let pace = if is_listing { batch * LISTING_PACE } else { batch };
        self.push(Delta::Upsert(object), pace);
    }

    fn push(&mut self, delta: Delta, pace: Duration) {
        self.pending.push(delta);
        // What cannot wait takes what can with it.
        let due = tokio::time::Instant::now() + pace;
        self.due = Some(self.due.map_or(due, |other| other.min(due)));
    }

    /// Deletes what is in the world and was not listed.
    fn drop_unseen(
        &mut self,
        number: u64,
        seen: &HashSet<(CompactString, CompactString)>,
        namespace: Option<&str>,
    ) {
        let Some(source) = self.sources.get(&number) else { return };
        let kind = source.wanted.group_kind();
        let is_gone = |key: &&ObjectRef| !seen.contains(&(key.namespace.clone(), key.name.clone()));
        let world = &self.world;
        if let Some(namespace) = namespace {
            let keys = world.of_kind_in(kind, namespace).map(|object| &object.key);
            self.pending.extend(keys.filter(is_gone).cloned().map(Delta::Delete));
        } else {
            let keys = world.of_kind(kind).map(|object| &object.key);
            self.pending.extend(keys.filter(is_gone).cloned().map(Delta::Delete));
        }
    }

    /// A task ends by itself only by a panic. Begins it again, after a while.
    fn ended(&mut self, id: Id) {
        let Some(number) = self.task_sources.remove(&id) else { return };
        let Some(source) = self.sources.get(&number) else { return };
        let watcher = Watcher::new(self.around.clone(), number, source.wanted.clone());
        let pause = self.around.timing.longest_pause;
        let task = self.spawn(number, async move {
            tokio::time::sleep(pause).await;
            watcher.run().await;
        });
        if let Some(source) = self.sources.get_mut(&number) {
            source.task = task;
        }
        let reason = "an error in Ironhull stopped the watch".to_owned();
        self.take(Message { source: number, news: News::Problem(Instant::now(), reason) });
    }

    fn spawn(
        &mut self,
        source: u64,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::AbortHandle {
        let handle = self.tasks.spawn(task);
        self.task_sources.insert(handle.id(), source);
        handle
    }

    /// Publishes what is pending: first the world, then the coverage that speaks of it.
    fn publish(&mut self) {
        self.due = None;
        let completeness = self.completeness();
        let is_other = *self.world.completeness() != completeness;
        if !self.pending.is_empty() || is_other {
            let deltas = std::mem::take(&mut self.pending);
            let is_definition = |key: &ObjectRef| key.is(kinds::CUSTOM_RESOURCE_DEFINITION);
            let has_definitions = deltas.iter().any(|delta| match delta {
                Delta::Upsert(object) => is_definition(&object.key),
                Delta::Delete(key) => is_definition(key),
                Delta::Reset => false,
            });
            let mut world = World::clone(&self.world);
            if is_other {
                world = world.with_completeness(completeness);
            }
            self.world = Arc::new(world.apply(deltas));
            self.out.shared.world.store(self.world.clone());
            self.is_coverage_due = true;
            let revision = self.world.revision();
            self.out.revision.send_replace(revision);
            if has_definitions {
                self.out.definitions.send_modify(|number| *number += 1);
            }
        }
        if std::mem::take(&mut self.is_coverage_due) {
            let states = Arc::new(self.sources.values().map(|source| self.described(source)).collect());
            self.out.shared.coverage.store(Arc::new(Coverage { demand: self.demand, states }));
            self.out.tick.send_modify(|number| *number += 1);
        }
    }

    fn described(&self, source: &Source) -> KindState {
        let wanted = source.wanted.clone();
        let state = match &source.state {
            State::Synced { since, .. } => {
                let kind = wanted.group_kind();
                let everywhere = self.world.count_of(kind, None);
                let objects = match &wanted.namespace {
                    // Without a meaning for objects outside of namespaces.
                    Some(place) if self.world.count_of(kind, Some("")) == 0 => {
                        self.world.count_of(kind, Some(place))
                    }
                    _ => everywhere,
                };
                State::Synced { objects, since: *since }
            }
            other => other.clone(),
        };
        KindState { wanted, state }
    }

    /// The kinds of which all is known.
    fn completeness(&self) -> Completeness {
        let is_known = |source: &Source| match &source.state {
            State::Absent => true,
            state => state.is_complete() && source.wanted.is_everything(),
        };
        let known = self.sources.values().filter(|source| is_known(source));
        let mut kinds: Vec<_> =
            known.map(|source| (source.wanted.group.clone(), source.wanted.kind.clone())).collect();
        kinds.sort_unstable();
        kinds.dedup();
        Completeness::Watched { kinds }
    }
}
