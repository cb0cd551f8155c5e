//! One task for each wish: lists, watches, and begins again.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_value::{CompactString, Interner, Value};
use ironhull_world::{Object, ObjectRef, Origin};
use tokio::sync::{Semaphore, mpsc, watch};

use super::events::{Event, Events};
use super::timing::{Backoff, Timing, jitter};
use super::wanted::Wanted;
use crate::Cluster;
use crate::cluster::{MOST_PAGES, PAGE, Selection};
use crate::discovery::{Found, Resource};
use crate::failure::Failure;
use crate::objects::object;
use crate::path::ResourcePath;

/// A server that has not answered for so long after a break is told of.
const PATIENCE: Duration = Duration::from_secs(5);

/// A watch that was opened and is silent for so long has begun: what the server does not like about it, it
/// says at once.
const SETTLED: Duration = Duration::from_secs(1);

/// What was discovered so short a time ago is good enough to begin with.
const RECENT: Duration = Duration::from_secs(5);

/// After so many refusals of a watch in a row the resource version may be one that the server never had.
const REFUSALS: u32 = 5;

/// How often a kind is looked for after a change of a definition, at growing distances.
const LOOKS: u32 = 4;

/// What a task tells the writer.
pub(super) struct Message {
    pub(super) source: u64,
    pub(super) news: News,
}

pub(super) enum News {
    /// A listing begins.
    Listing,
    /// Listed, new or changed.
    Changed(Arc<Object>),
    /// Gone.
    Gone(ObjectRef),
    /// A listing is complete: these namespaces and names exist, and in this namespace (or all) no others.
    Listed { seen: HashSet<(CompactString, CompactString)>, namespace: Option<CompactString> },
    /// The watch goes on where it was.
    Following,
    /// There are no objects, for there is no such kind.
    Absent,
    /// The account may not.
    Refused(String),
    /// Something is in the way since then.
    Problem(Instant, String),
}

/// What all tasks share.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) cluster: Cluster,
    pub(super) timing: Timing,
    pub(super) messages: mpsc::Sender<Message>,
    /// Changes with each change of a CustomResourceDefinition.
    pub(super) definitions: watch::Receiver<u64>,
    /// Bounds the listings that run at the same time.
    pub(super) listings: Arc<Semaphore>,
}

pub(super) struct Watcher {
    around: Surroundings,
    source: u64,
    wanted: Wanted,
    selection: Selection,
    backoff: Backoff,
    /// Since when nothing is known of changes; none while a watch is followed and before the first listing.
    broken: Option<Instant>,
    /// Whether the writer was told so.
    is_stale: bool,
    /// Whether the last watch was begun by the server.
    was_open: bool,
    interner: Interner,
}

/// Why a step came to its end.
enum Stop {
    /// The writer is gone.
    Closed,
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What comes after a watch.
enum Next {
    List,
    Discover,
}

impl Watcher {
    pub(super) fn new(around: Surroundings, source: u64, wanted: Wanted) -> Self {
        let selection = Selection {
            labels: wanted.label_selector.clone(),
            fields: wanted.field_selector.clone(),
            depth: wanted.depth,
        };
        let backoff = Backoff::new(&around.timing);
        let interner = Interner::new();
        Self {
            around,
            source,
            wanted,
            selection,
            backoff,
            broken: None,
            is_stale: false,
            was_open: false,
            interner,
        }
    }

    /// Until the writer is gone.
    pub(super) async fn run(mut self) {
        let _ = self.discover().await;
    }

    /// Finds the kind, again and again.
    async fn discover(&mut self) -> Result<(), Stop> {
        let mut age = RECENT;
        loop {
            let resources = self.around.cluster.resources_within(age).await;
            let found = resources.map(|known| known.find(&self.wanted.group, &self.wanted.kind));
            age = Duration::ZERO;
            match found {
                Ok(Found::Served(resource)) => self.objects(&resource).await?,
                Ok(Found::Absent) => {
                    self.tell(News::Absent).await?;
                    self.broken = None;
                    age = self.appearance().await;
                }
                Ok(Found::Unknown(reason)) => self.wait_out(reason).await?,
                Err(failure) => self.wait_out(failure.to_string()).await?,
            }
        }
    }

    /// Waits until the kind may be there. Returns how old an answer may be that tells.
    async fn appearance(&mut self) -> Duration {
        let timing = self.around.timing.clone();
        let interval = timing.absent + jitter(timing.absent / 4);
        match tokio::time::timeout(interval, self.around.definitions.changed()).await {
            // Nobody tells any more: the writer is gone, which the next message finds out.
            Ok(Err(_)) | Err(_) => timing.absent / 2,
            Ok(Ok(())) => {
                // The server takes a moment to serve a kind that has been defined.
                for look in 0..LOOKS {
                    tokio::time::sleep(timing.after_definition * (1 << look)).await;
                    let resources = self.around.cluster.refresh_resources().await;
                    let found = resources.map(|known| known.find(&self.wanted.group, &self.wanted.kind));
                    if !matches!(found, Ok(Found::Absent)) {
                        break;
                    }
                }
                RECENT
            }
        }
    }

    /// Lists and watches, until the kind has to be looked for again.
    async fn objects(&mut self, resource: &Resource) -> Result<(), Stop> {
        let mut path = resource.path();
        if resource.is_namespaced {
            path.namespace.clone_from(&self.wanted.namespace);
        }
        let mut limit = PAGE;
        loop {
            match self.list(resource, &path, limit).await {
                Ok(version) => {
                    limit = PAGE;
                    self.broken = None;
                    self.is_stale = false;
                    match self.watch(resource, &path, version).await? {
                        Next::List => {}
                        Next::Discover => return Ok(()),
                    }
                }
                Err(Stop::Closed) => return Err(Stop::Closed),
                Err(Stop::Failed(failure)) if failure.is_not_found() => {
                    // A server may lack for long what its discovery promises.
                    self.wait_out(failure.to_string()).await?;
                    return Ok(());
                }
                Err(Stop::Failed(failure)) if failure.is_forbidden() => self.refused(&failure).await?,
                Err(Stop::Failed(failure)) => {
                    if failure.is_expired() {
                        // The list takes longer than the server keeps its place in it: fewer, larger pages.
                        limit = if limit > 0 && limit < PAGE * 64 { limit * 4 } else { 0 };
                    }
                    self.wait_out(failure.to_string()).await?;
                }
            }
        }
    }

    /// All objects, page by page. Returns the resource version of the list.
    async fn list(&mut self, resource: &Resource, path: &ResourcePath, limit: usize) -> Result<String, Stop> {
        let listings = self.around.listings.clone();
        let _permit = listings.acquire().await.map_err(|_| Stop::Closed)?;
        self.tell(News::Listing).await?;
        self.interner = Interner::new();
        let began = Instant::now();
        let mut seen = HashSet::new();
        let mut place: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let (cluster, mut interner) = (self.around.cluster.clone(), std::mem::take(&mut self.interner));
            let selection = self.selection.clone();
            let page = cluster.page(path, &selection, limit, place.as_deref(), &mut interner);
            let page = self.patiently(page, began).await?;
            self.interner = interner;
            for item in page.items {
                let object = self.object(resource, &item)?;
                seen.insert((object.key.namespace.clone(), object.key.name.clone()));
                self.tell(News::Changed(Arc::new(object))).await?;
            }
            match page.next {
                None => {
                    self.tell(News::Listed { seen, namespace: path.namespace.clone() }).await?;
                    return Ok(page.version);
                }
                next if next == place => break,
                next => place = next,
            }
        }
        Err(Failure::endless().into())
    }

    /// Watches from a resource version on, over as many connections as it takes.
    async fn watch(
        &mut self,
        resource: &Resource,
        path: &ResourcePath,
        mut version: String,
    ) -> Result<Next, Stop> {
        let mut refusals = 0;
        loop {
            let opened = Instant::now();
            let before = version.clone();
            let end = match self.stream(resource, path, &mut version).await {
                Ok(()) => None,
                Err(Stop::Closed) => return Err(Stop::Closed),
                Err(Stop::Failed(failure)) => Some(failure),
            };
            // Something was told, or nothing for so long that the watch must have been in order.
            let was_good = version != before || opened.elapsed() >= SETTLED;
            if was_good {
                self.backoff.reset();
            }
            if version != before {
                refusals = 0;
            }
            self.broken.get_or_insert_with(Instant::now);
            let Some(failure) = end else {
                // The usual end of a watch. One that ends at once must not be opened again at once.
                if !was_good {
                    let pause = self.backoff.pause();
                    tokio::time::sleep(pause).await;
                }
                continue;
            };
            if failure.is_expired() {
                // Not at once if the list before it was of no use either.
                if version == before {
                    let pause = self.backoff.pause();
                    tokio::time::sleep(pause).await;
                }
                return Ok(Next::List);
            }
            match &failure {
                _ if failure.is_not_found() => {
                    self.wait_out(failure.to_string()).await?;
                    return Ok(Next::Discover);
                }
                _ if failure.is_forbidden() => {
                    self.refused(&failure).await?;
                    continue;
                }
                Failure::Refused { .. } => refusals += 1,
                // The event cannot be read, so what it tells has to be listed.
                Failure::Answer(_) => refusals = REFUSALS,
                _ => {}
            }
            // A connection that breaks is opened again; only when that fails something is in the way.
            if matches!(failure, Failure::Connection(_)) && was_good && self.was_open {
                let pause = self.backoff.pause();
                tokio::time::sleep(pause).await;
            } else {
                self.wait_out(failure.to_string()).await?;
            }
            if refusals >= REFUSALS {
                return Ok(Next::List);
            }
        }
    }

    /// One connection of a watch. `version` is kept at what was seen last.
    async fn stream(
        &mut self,
        resource: &Resource,
        path: &ResourcePath,
        version: &mut String,
    ) -> Result<(), Stop> {
        let timing = self.around.timing.clone();
        let lasts = timing.watch + jitter(timing.watch / 4);
        let query = path
            .query()?
            .with_flag("watch", true)
            .with_flag("allowWatchBookmarks", true)
            .with("resourceVersion", version)
            .with("timeoutSeconds", &lasts.as_secs().max(1).to_string());
        let query = self.selection.narrow(query);
        let cluster = self.around.cluster.clone();
        let open = cluster.0.api.open(&query, self.selection.depth.object_type());
        self.was_open = false;
        let response = self.patiently(open, Instant::now()).await?;
        self.was_open = true;
        let mut events = Events::new(response.into_body());
        let silence = lasts + timing.grace;
        let mut interner = std::mem::take(&mut self.interner);
        let mut heard = Instant::now();
        loop {
            let next = events.next(silence, &mut interner);
            let event = if self.broken.is_some() {
                let Ok(event) = tokio::time::timeout(SETTLED, next).await else {
                    self.following().await?;
                    continue;
                };
                event
            } else {
                next.await
            };
            let event = event.inspect_err(|failure| {
                // Nothing was heard for so long that the last word counts.
                if failure.is_timeout() {
                    self.broken.get_or_insert(heard);
                }
            })?;
            heard = Instant::now();
            let value = match event {
                None => {
                    self.interner = interner;
                    return Ok(());
                }
                Some(Event::Failed(failure)) => return Err(failure.into()),
                Some(Event::Bookmark(value)) => {
                    if let Some(seen) = value.dig_str(&["metadata", "resourceVersion"]) {
                        seen.clone_into(version);
                    }
                    self.following().await?;
                    continue;
                }
                Some(Event::Changed(value)) => {
                    let object = self.object(resource, &value)?;
                    remember(version, &object);
                    self.tell(News::Changed(Arc::new(object))).await?;
                    self.following().await?;
                    continue;
                }
                Some(Event::Gone(value)) => value,
            };
            let object = self.object(resource, &value)?;
            remember(version, &object);
            self.tell(News::Gone(object.key)).await?;
            self.following().await?;
        }
    }

    fn object(&self, resource: &Resource, value: &Value) -> Result<Object, Failure> {
        object(resource, value, self.wanted.depth, &self.around.cluster.0.hasher)
    }

    /// Waits for an answer, and tells when it takes long while objects grow old.
    async fn patiently<T>(
        &mut self,
        answer: impl Future<Output = Result<T, Failure>>,
        began: Instant,
    ) -> Result<T, Stop> {
        let mut answer = pin!(answer);
        if self.broken.is_some() && !self.is_stale {
            let left = PATIENCE.saturating_sub(began.elapsed());
            match tokio::time::timeout(left, &mut answer).await {
                Ok(answer) => return Ok(answer?),
                Err(_) => self.problem("the server takes long to answer".to_owned()).await?,
            }
        }
        Ok(answer.await?)
    }

    async fn following(&mut self) -> Result<(), Stop> {
        self.broken = None;
        if std::mem::take(&mut self.is_stale) {
            self.tell(News::Following).await?;
        }
        Ok(())
    }

    async fn problem(&mut self, reason: String) -> Result<(), Stop> {
        self.is_stale = true;
        let since = *self.broken.get_or_insert_with(Instant::now);
        self.tell(News::Problem(since, reason)).await
    }

    /// Tells of a problem, and waits a little longer than the last time.
    async fn wait_out(&mut self, reason: String) -> Result<(), Stop> {
        self.problem(reason).await?;
        let pause = self.backoff.pause();
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Tells of a refusal, and waits long: an account gets new rights by hand.
    async fn refused(&mut self, failure: &Failure) -> Result<(), Stop> {
        self.is_stale = true;
        self.broken.get_or_insert_with(Instant::now);
        self.tell(News::Refused(failure.to_string())).await?;
        let interval = self.around.timing.refused;
        tokio::time::sleep(interval + jitter(interval / 4)).await;
        Ok(())
    }

    async fn tell(&self, news: News) -> Result<(), Stop> {
        let message = Message { source: self.source, news };
        self.around.messages.send(message).await.map_err(|_| Stop::Closed)
    }
}

/// Takes the resource version of an object as what was seen last.
fn remember(version: &mut String, object: &Object) {
    if let Origin::Cluster { version: seen, .. } = &object.origin
        && !seen.is_empty()
    {
        seen.as_str().clone_into(version);
    }
}
