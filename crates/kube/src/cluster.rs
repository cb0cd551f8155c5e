//! A cluster that is read and written.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_value::{Interner, Value};
use ironhull_world::SecretHasher;
use tokio::sync::Mutex;

use crate::api::{Api, Call, JSON};
use crate::config::{Target, connect};
use crate::discovery::Resources;
use crate::failure::Failure;
use crate::list::server_version;
use crate::live::Depth;
use crate::objects::items;
use crate::path::ResourcePath;
use crate::{Access, KubeError};

/// Objects asked for at once.
pub(crate) const PAGE: usize = 500;

/// More pages than any cluster has; a server that never comes to an end must not hold a caller forever.
pub(crate) const MOST_PAGES: usize = 100_000;

/// A connection to an API server. Cloning shares it. To be used within a tokio runtime.
///
/// What its functions return is what the server sent, Secrets with their values included: only lists and
/// watches that make a world are reduced. None of it is logged.
#[derive(Clone)]
pub struct Cluster(pub(crate) Arc<Connection>);

pub(crate) struct Connection {
    pub(crate) api: Api,
    pub(crate) hasher: SecretHasher,
    pub(crate) field_manager: &'static str,
    version: String,
    context: String,
    address: String,
    /// What was discovered last, and when it was asked for. The lock is held while it is asked for, so that
    /// many who want it at once ask once.
    resources: Mutex<Option<(Instant, Arc<Resources>)>>,
}

/// Which objects of a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// Only objects with these labels, as `kubectl -l` writes it.
    pub labels: Option<String>,
    /// Only objects with these fields, as `kubectl --field-selector` writes it.
    pub fields: Option<String>,
    /// All of each object, or its metadata.
    pub depth: Depth,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The objects. Those of built-in kinds do not tell their kind.
    pub items: Vec<Value>,
    /// The resource version of the list.
    pub version: String,
    /// Where the next page begins; none after the last one.
    pub next: Option<String>,
}

impl Cluster {
    /// Finds the configuration and asks the server for its version, which shows whether it can be reached
    /// and takes the credentials. Runs the credential plugin if there is one.
    pub async fn connect(access: &Access) -> Result<Self, KubeError> {
        let Target { client, context, address } =
            connect(access.kubeconfig.as_deref(), access.context.as_deref()).await?;
        let api = Api::new(client, access.timeout);
        let version = server_version(&api, &address, &context).await?;
        Ok(Self(Arc::new(Connection {
            api,
            hasher: SecretHasher::new(access.secret_key),
            field_manager: access.field_manager,
            version,
            context,
            address,
            resources: Mutex::new(None),
        })))
    }

    /// The server's version when it was connected to, `v1.33.1`; empty if it did not tell.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// The context's name; `in-cluster` within a pod.
    pub fn context(&self) -> &str {
        &self.0.context
    }

    /// Scheme, host and port of the server.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// The server's resources, as they were when first asked for or last refreshed.
    pub async fn resources(&self) -> Result<Arc<Resources>, Failure> {
        self.resources_within(Duration::MAX).await
    }

    /// The server's resources, asked for anew.
    pub async fn refresh_resources(&self) -> Result<Arc<Resources>, Failure> {
        self.resources_within(Duration::ZERO).await
    }

    /// The server's resources, no older than `age` at the time of the call.
    pub async fn resources_within(&self, age: Duration) -> Result<Arc<Resources>, Failure> {
        let called = Instant::now();
        let mut known = self.0.resources.lock().await;
        if let Some((asked, resources)) = &*known
            && called.saturating_duration_since(*asked) <= age
            // Zero means asked for after the call, by this caller or by one who was first.
            && (age > Duration::ZERO || *asked >= called)
        {
            return Ok(resources.clone());
        }
        let asked = Instant::now();
        let resources = Arc::new(Resources::of(&self.0.api, None).await?);
        *known = Some((asked, resources.clone()));
        Ok(resources)
    }

    /// One object.
    pub async fn get(&self, path: &ResourcePath) -> Result<Value, Failure> {
        self.0.api.get(&path.query()?, JSON).await
    }

    /// One object's metadata, with `apiVersion` and `kind` of `PartialObjectMetadata`.
    pub async fn get_metadata(&self, path: &ResourcePath) -> Result<Value, Failure> {
        self.0.api.get(&path.query()?, Depth::Metadata.object_type()).await
    }

    /// All objects of a collection, page by page. If the server loses its place the list is begun anew, once.
    pub async fn list(&self, path: &ResourcePath, selection: &Selection) -> Result<Vec<Value>, Failure> {
        match self.pages(path, selection).await {
            Err(failure) if failure.is_expired() => self.pages(path, selection).await,
            result => result,
        }
    }

    async fn pages(&self, path: &ResourcePath, selection: &Selection) -> Result<Vec<Value>, Failure> {
        let mut objects = Vec::new();
        let mut interner = Interner::new();
        let mut place: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = self.page(path, selection, PAGE, place.as_deref(), &mut interner).await?;
            objects.extend(page.items);
            match page.next {
                None => return Ok(objects),
                next if next == place => break,
                next => place = next,
            }
        }
        Err(Failure::endless())
    }

    /// A page of at most `limit` objects; the first one, or the one at `place`.
    pub async fn list_page(
        &self,
        path: &ResourcePath,
        selection: &Selection,
        limit: usize,
        place: Option<&str>,
    ) -> Result<Page, Failure> {
        self.page(path, selection, limit, place, &mut Interner::new()).await
    }

    /// As [`list_page`](Self::list_page); a limit of 0 is none.
    pub(crate) async fn page(
        &self,
        path: &ResourcePath,
        selection: &Selection,
        limit: usize,
        place: Option<&str>,
        interner: &mut Interner,
    ) -> Result<Page, Failure> {
        let limit = (limit > 0).then(|| limit.to_string());
        let query = path.query()?.with_some("limit", limit.as_deref());
        let query = selection.narrow(query).with_some("continue", place);
        let call = Call::get(&query, selection.depth.list_type());
        let answer = self.0.api.call(&call, interner).await?;
        let next = answer.dig_str(&["metadata", "continue"]).filter(|place| !place.is_empty());
        Ok(Page {
            next: next.map(str::to_owned),
            version: answer.dig_str(&["metadata", "resourceVersion"]).unwrap_or_default().to_owned(),
            items: items(&answer)?.to_vec(),
        })
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("context", &self.0.context)
            .field("address", &self.0.address)
            .field("version", &self.0.version)
            .finish_non_exhaustive()
    }
}

impl Selection {
    pub(crate) fn narrow(&self, query: crate::query::Query) -> crate::query::Query {
        query
            .with_some("labelSelector", self.labels.as_deref())
            .with_some("fieldSelector", self.fields.as_deref())
    }
}
