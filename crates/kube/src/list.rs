//! The listing of a cluster.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use ironhull_value::CompactString;
use ironhull_world::{Completeness, Object, SecretHasher};

use crate::KubeError;
use crate::api::{Api, JSON};
use crate::config::{Target, connect};
use crate::discovery::{Found, Resources};
use crate::failure::clean;
use crate::objects::Listing;
use crate::query::Query;

/// Kinds that are listed at the same time. More would not be faster on one core, and the API server counts
/// the seats that one client takes.
const PARALLEL: usize = 4;

/// What to list, and where.
#[derive(Clone)]
pub struct ClusterOptions {
    /// The kubeconfig; none for what `KUBECONFIG`, `~/.kube/config` or the pod give.
    pub kubeconfig: Option<PathBuf>,
    /// The context; none for the current one.
    pub context: Option<String>,
    /// Only objects of this namespace, of the kinds that live in namespaces. Others are listed whole, but of
    /// the namespaces only this one.
    pub namespace: Option<String>,
    /// Only objects with these labels, of the kinds that live in namespaces.
    pub selector: Option<String>,
    /// The kinds, as group (empty for core) and kind. Objects come in this order.
    pub kinds: Vec<(CompactString, CompactString)>,
    /// The key of the hashes that stay of the values of Secrets. To be drawn at random.
    pub secret_key: [u8; 32],
    /// Objects asked for at once; 0 for all.
    pub page: u32,
    /// How long one request may take, with its retries and the whole answer.
    pub timeout: Duration,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            namespace: None,
            selector: None,
            kinds: Vec::new(),
            secret_key: [0; 32],
            page: 500,
            timeout: Duration::from_mins(1),
        }
    }
}

impl fmt::Debug for ClusterOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterOptions")
            .field("kubeconfig", &self.kubeconfig)
            .field("context", &self.context)
            .field("namespace", &self.namespace)
            .field("selector", &self.selector)
            .field("kinds", &self.kinds)
            .field("page", &self.page)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The objects of a cluster.
#[derive(Debug)]
pub struct Listed {
    /// The objects, reduced, by kind in the order of the options.
    pub objects: Vec<Object>,
    /// The version of the API server, `v1.33.1`; empty when it does not tell.
    pub version: String,
    /// The context that was used; `in-cluster` within a pod.
    pub context: String,
    /// Kinds that were refused or failed: group, kind and reason. A kind that the server does not have is
    /// not among them: it is known that there is no object of it.
    pub failed: Vec<(CompactString, CompactString, String)>,
    /// Whether a namespace or selector left objects out.
    pub is_narrowed: bool,
}

impl Listed {
    /// What the absence of an object means in this listing.
    pub fn completeness(&self) -> Completeness {
        if self.is_narrowed {
            return Completeness::Partial;
        }
        let except = self.failed.iter().map(|(group, kind, _)| (group.clone(), kind.clone())).collect();
        Completeness::Listed { except }
    }
}

/// Lists a cluster. Blocks. `progress` is told a kind and how many of its objects there are so far, after
/// each page.
///
/// A kind that cannot be listed is in [`Listed::failed`] and does not keep the others from being listed. An
/// error means that nothing could be: no configuration, no connection, no valid credentials.
pub fn list(options: &ClusterOptions, progress: &dyn Fn(&str, usize)) -> Result<Listed, KubeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(list_all(options, progress));
    // A name look-up that hangs must not hold the program when its deadline has passed.
    runtime.shutdown_background();
    result
}

async fn list_all(options: &ClusterOptions, progress: &dyn Fn(&str, usize)) -> Result<Listed, KubeError> {
    let Target { client, context, address } =
        connect(options.kubeconfig.as_deref(), options.context.as_deref()).await?;
    let api = Api::new(client, options.timeout);
    let version = server_version(&api, &address, &context).await?;
    let groups: Vec<&str> = options.kinds.iter().map(|(group, _)| group.as_str()).collect();
    let resources =
        Resources::of(&api, Some(&groups)).await.map_err(|failure| failure.fatal(&address, &context))?;
    if let Some(namespace) = &options.namespace {
        check_namespace(&api, namespace).await?;
    }

    let hasher = SecretHasher::new(options.secret_key);
    let listing = Listing {
        api: &api,
        namespace: options.namespace.as_deref(),
        selector: options.selector.as_deref(),
        page: options.page,
        hasher: &hasher,
        progress,
    };
    let listing = &listing;
    let tasks = options.kinds.iter().map(|(group, kind)| {
        let found = resources.find(group, kind);
        async move {
            match found {
                Found::Served(resource) => {
                    listing.all(&resource).await.map_err(|failure| failure.to_string())
                }
                Found::Absent => Ok(Vec::new()),
                Found::Unknown(reason) => Err(reason),
            }
        }
    });
    let results: Vec<_> = stream::iter(tasks).buffered(PARALLEL).collect().await;

    let is_narrowed = options.namespace.is_some() || options.selector.is_some();
    let mut listed = Listed { objects: Vec::new(), version, context, failed: Vec::new(), is_narrowed };
    for ((group, kind), result) in options.kinds.iter().zip(results) {
        match result {
            Ok(objects) => listed.objects.extend(objects),
            Err(reason) => listed.failed.push((group.clone(), kind.clone(), reason)),
        }
    }
    Ok(listed)
}

/// The server's version. The first request, so it is also the one that finds out whether there is a server
/// and whether it accepts the credentials.
pub(crate) async fn server_version(api: &Api, address: &str, context: &str) -> Result<String, KubeError> {
    match api.get(&Query::path(&["version"]), JSON).await {
        Ok(answer) => Ok(clean(answer.dig_str(&["gitVersion"]).unwrap_or_default())),
        // Anything else that refuses says nothing about the lists.
        Err(failure) if failure.code().is_some_and(|code| code != 401) => Ok(String::new()),
        Err(failure) => Err(failure.fatal(address, context)),
    }
}

/// A namespace that is misspelt has no objects, and a scan of nothing finds nothing. Who may not read the
/// namespace is not asked twice: the lists will tell.
async fn check_namespace(api: &Api, name: &str) -> Result<(), KubeError> {
    match api.get(&Query::path(&["api", "v1", "namespaces", name]), JSON).await {
        Err(failure) if failure.code() == Some(404) => {
            Err(KubeError::UnknownNamespace { name: name.to_owned() })
        }
        _ => Ok(()),
    }
}
