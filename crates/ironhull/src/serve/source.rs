//! Where objects come from: a cluster that is watched, or files.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use ironhull_kube::{Cluster, LiveWorld, ResourcePath};
use ironhull_value::{Map, Value};
use ironhull_world::{World, kinds};

/// A look-up of what the snapshot misses must not hold a request for longer.
const LOOK_UP: Duration = Duration::from_millis(800);

/// Where objects come from.
pub(crate) enum Source {
    /// Files alone: nothing is looked up.
    Fixed(ArcSwap<World>),
    /// A cluster.
    Live {
        /// The connection.
        cluster: Cluster,
        /// What is watched of it.
        live: LiveWorld,
    },
}

impl Source {
    /// The newest snapshot.
    pub(crate) fn world(&self) -> Arc<World> {
        match self {
            Self::Fixed(world) => world.load_full(),
            Self::Live { live, .. } => live.world(),
        }
    }

    /// The cluster, if there is one.
    pub(crate) fn cluster(&self) -> Option<&Cluster> {
        match self {
            Self::Fixed(_) => None,
            Self::Live { cluster, .. } => Some(cluster),
        }
    }

    /// The labels of a namespace: from the snapshot, else from the API server, as a namespace that was made a
    /// moment ago is not in the snapshot yet.
    ///
    /// # Errors
    /// Why they are not known.
    pub(crate) async fn namespace_labels(&self, world: &World, name: &str) -> Result<Option<Map>, String> {
        let labels = |object: &Value| object.dig(&["metadata", "labels"]).and_then(Value::as_map).cloned();
        if let Some(found) = world.get(kinds::NAMESPACE, "", name) {
            return Ok(labels(&found.value));
        }
        let Self::Live { cluster, .. } = self else {
            // Among files a namespace that is not there is one without labels.
            return Ok(None);
        };
        let path = ResourcePath::new("", "v1", "namespaces").named(name);
        match tokio::time::timeout(LOOK_UP, cluster.get_metadata(&path)).await {
            Ok(Ok(found)) => Ok(labels(&found)),
            Ok(Err(failure)) => Err(failure.to_string()),
            Err(_) => Err(format!("the API server did not answer within {} ms", LOOK_UP.as_millis())),
        }
    }
}
