//! Which resources a rule is about. Upstream: `pkg/engine/utils/match.go` and `pkg/utils/match`.

mod filter;
mod kind;

use ironhull_value::Value;

pub use self::filter::CompiledFilter;
pub use self::kind::KindSelector;
pub(crate) use self::kind::is_version;
use super::model::Matching;
use super::request::Request;

/// `match` and `exclude` of a rule, compiled.
#[derive(Clone, Debug)]
pub struct Matcher {
    any: Vec<CompiledFilter>,
    all: Vec<CompiledFilter>,
    bare: CompiledFilter,
    exclude: Option<Exclude>,
}

#[derive(Clone, Debug)]
struct Exclude {
    any: Vec<CompiledFilter>,
    all: Vec<CompiledFilter>,
    bare: CompiledFilter,
}

impl Matcher {
    /// Compiles.
    pub fn new(matching: &Matching, exclude: Option<&Matching>) -> Self {
        let compiled = |filters: &[super::model::Filter]| filters.iter().map(CompiledFilter::new).collect();
        let exclude = exclude.filter(|exclude| !exclude.is_empty()).map(|exclude| Exclude {
            any: compiled(&exclude.any),
            all: compiled(&exclude.all),
            bare: CompiledFilter::new(&exclude.bare),
        });
        Self {
            any: compiled(&matching.any),
            all: compiled(&matching.all),
            bare: CompiledFilter::new(&matching.bare),
            exclude,
        }
    }

    /// The label selectors of `match` and `exclude` that cannot be read, each with the reason. Upstream lets them be
    /// met by nothing.
    pub fn unreadable(&self) -> Vec<String> {
        let own = self.any.iter().chain(&self.all).chain([&self.bare]);
        let excluded = self.exclude.as_ref().into_iter();
        let excluded =
            excluded.flat_map(|exclude| exclude.any.iter().chain(&exclude.all).chain([&exclude.bare]));
        let told = |place: &'static str| move |what: String| format!("{place}: {what}");
        let own = own.flat_map(CompiledFilter::unreadable).map(told("match"));
        own.chain(excluded.flat_map(CompiledFilter::unreadable).map(told("exclude"))).collect()
    }

    /// Whether a rule is about a resource of a request. The answer to "no" is the reason.
    ///
    /// # Errors
    /// The reason why it is not.
    pub fn matches(&self, request: &Request<'_>, resource: &Value) -> Result<(), &'static str> {
        let own = |filter: &CompiledFilter| filter.is_met(request, resource, request.user.is_some());
        if !self.any.is_empty() {
            if !self.any.iter().any(|filter| own(filter).is_ok()) {
                return Err("no resource matched");
            }
        } else if !self.all.is_empty() {
            for filter in &self.all {
                own(filter)?;
            }
        } else {
            own(&self.bare)?;
        }
        let Some(exclude) = &self.exclude else { return Ok(()) };
        // Nothing excludes nothing.
        let excludes =
            |filter: &CompiledFilter| !filter.is_empty() && filter.is_met(request, resource, true).is_ok();
        if !exclude.any.is_empty() {
            if exclude.any.iter().any(excludes) {
                return Err("resource excluded since one of the criteria excluded it");
            }
        } else if !exclude.all.is_empty() {
            // What upstream does: an item that excludes nothing, or that says nothing, saves the resource.
            let saves = |filter: &CompiledFilter| {
                filter.is_empty() || filter.is_met(request, resource, true).is_err()
            };
            if !exclude.all.iter().any(saves) {
                return Err("resource excluded since the combination of all criteria exclude it");
            }
        } else if excludes(&exclude.bare) {
            return Err("resource excluded since one of the criteria excluded it");
        }
        Ok(())
    }
}
