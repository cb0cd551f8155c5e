//! Deciding without a server: what is in files decides.

use std::sync::Arc;

use arc_swap::ArcSwap;
use ironhull_podsecurity::admission::Admission;
use ironhull_world::{Carriers, Object, World};
use tokio::sync::Semaphore;

use super::compare::Compared;
use super::controller::Fixed;
use super::engine::Engine;
use super::loaded::Kinds;
use super::metrics::Metrics;
use super::modes::Mode;
use super::observed::Observed;
use super::slow::Slow;
use super::source::Source;

/// An engine that decides by policies and exceptions from files, and looks up nothing but what is in them. All
/// exceptions count, wherever they are.
pub(crate) fn engine(files: Vec<Arc<Object>>, pod_security: Option<Admission>, carriers: Carriers) -> Engine {
    let world = World::from_files(files.iter().map(|object| Object::clone(object)), carriers);
    let fixed = Fixed {
        files,
        exception_namespaces: vec!["*".to_owned()],
        pod_security,
        usual: Mode::Enforce,
        namespace: "ironhull-system".to_owned(),
    };
    let kinds = Arc::new(Kinds::of_catalog(world.catalog()));
    let loaded = fixed.load(&world, kinds, None, None);
    Engine {
        loaded: ArcSwap::from_pointee(loaded),
        source: Source::Fixed(ArcSwap::from_pointee(world)),
        metrics: Metrics::default(),
        recorder: None,
        untouched: Vec::new(),
        events: None,
        slow: Slow::default(),
        threads: Arc::new(Semaphore::new(1)),
        comparer: None,
        compared: Compared::default(),
        observed: Observed::default(),
    }
}
