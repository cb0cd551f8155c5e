//! A decision of the record, made again by what is loaded: to explain it, to prove an exception, to replay.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_value::Value;
use ironhull_world::admission::{Review, ReviewVersion};
use tokio::runtime::Handle;

use super::decision::Said;
use super::engine::{Engine, Scene};
use super::loaded::Loaded;
use super::recorded::Recorded;
use super::route::{Route, Which};

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What would be decided now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Again {
    /// What each rule says.
    pub(crate) said: Vec<Said>,
    /// Why it would be refused, if so.
    pub(crate) refusal: Option<String>,
    /// Whether nothing could be decided.
    pub(crate) is_error: bool,
    /// What it would be changed by.
    pub(crate) patch: Option<Value>,
    /// The exceptions that let something through.
    pub(crate) exceptions: Vec<String>,
}

fn which(recorded: &Recorded) -> Which {
    match recorded.which.as_str() {
        "" | "fail" | "ignore" | "all" => Which::All,
        one => {
            let (namespace, name) = one.split_once('/').unwrap_or(("", one));
            Which::One { namespace: namespace.to_owned(), name: name.to_owned(), ignores: false }
        }
    }
}

impl Engine {
    /// The scene of a recorded request. The namespace is as it was then, everything else as it is now.
    pub(crate) fn scene_of(&self, recorded: &Recorded, loaded: &Arc<Loaded>) -> Result<Scene, String> {
        let route = match recorded.route.as_str() {
            // Where a policy was asked may have changed; all are asked, but those with match conditions: whether
            // these held is known where they were asked.
            "validate" => Route::Validate(which(recorded)),
            "mutate" => Route::Mutate(which(recorded)),
            "pod-security" => Route::PodSecurity,
            other => return Err(format!("decisions about {other} are not made again")),
        };
        let begun = Instant::now();
        Ok(Scene {
            route,
            review: Review { version: ReviewVersion::V1, request: recorded.request()? },
            size: None,
            kind: recorded.kind(),
            loaded: Arc::clone(loaded),
            world: self.source.world(),
            labels: Ok(recorded.labels()),
            deadline: begun + PATIENCE,
            begun,
            trace: None,
        })
    }

    /// Decides again; nothing is recorded or counted as a request. Blocks where policies look something up.
    pub(crate) fn again(
        &self,
        recorded: &Recorded,
        loaded: &Arc<Loaded>,
        handle: Option<&Handle>,
    ) -> Result<Again, String> {
        let scene = self.scene_of(recorded, loaded)?;
        let found = self.evaluate(&scene, handle);
        Ok(Again {
            refusal: found.response.refusal.as_ref().map(|refusal| refusal.message.clone()),
            patch: found.response.patch.clone(),
            said: found.said,
            is_error: found.is_error,
            exceptions: found.exceptions,
        })
    }
}
