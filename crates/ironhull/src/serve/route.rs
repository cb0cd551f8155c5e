//! The paths of the webhooks. Those that Kyverno has are the same.

/// What a review is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Policies judge.
    Validate(Which),
    /// Policies change.
    Mutate(Which),
    /// The Pod Security Standards.
    PodSecurity,
    /// Policies and exceptions themselves, when somebody writes them.
    Policies,
}

/// Which policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that must have been evaluated.
    Fail(Option<Told>),
    /// Those that may be left out when they cannot be.
    Ignore(Option<Told>),
    /// All.
    All,
    /// One alone, which has match conditions of its own.
    One {
        /// Its namespace; empty for one of the cluster.
        namespace: String,
        /// Its name.
        name: String,
        /// Whether a request that cannot be decided is let through.
        ignores: bool,
    },
}

/// By what the API server was told whoever asks: each registration names itself in its paths (`/validate/fail/at/TOLD`),
/// as the API server learns of a new one later or earlier than we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// What the registration was made of, see `Loaded::told`.
    pub(crate) token: u64,
    /// Whether it is the one for policies that change.
    pub(crate) changes: bool,
}

impl Route {
    /// From a path.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["validate", rest @ ..] => Which::parse(rest, false).map(Self::Validate),
            ["mutate", rest @ ..] => Which::parse(rest, true).map(Self::Mutate),
            ["pod-security"] => Some(Self::PodSecurity),
            ["policies"] => Some(Self::Policies),
            _ => None,
        }
    }

    /// For metrics and records.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Validate(_) => "validate",
            Self::Mutate(_) => "mutate",
            Self::PodSecurity => "pod-security",
            Self::Policies => "policies",
        }
    }

    /// Which policies are asked, for records.
    pub(crate) fn which(&self) -> String {
        match self {
            Self::Validate(which) | Self::Mutate(which) => match which {
                Which::Fail(_) => "fail".to_owned(),
                Which::Ignore(_) => "ignore".to_owned(),
                Which::All => "all".to_owned(),
                Which::One { namespace, name, .. } if namespace.is_empty() => name.clone(),
                Which::One { namespace, name, .. } => format!("{namespace}/{name}"),
            },
            Self::PodSecurity | Self::Policies => "all".to_owned(),
        }
    }

    /// Whether a request that cannot be decided is let through.
    pub(crate) fn fails_open(&self) -> bool {
        match self {
            Self::Validate(which) | Self::Mutate(which) => {
                matches!(which, Which::Ignore(_) | Which::One { ignores: true, .. })
            }
            Self::Policies => true,
            Self::PodSecurity => false,
        }
    }
}

impl Which {
    fn parse(parts: &[&str], changes: bool) -> Option<Self> {
        let told = |text| Some(Some(Told { token: u64::from_str_radix(text, 16).ok()?, changes }));
        match parts {
            [] => Some(Self::All),
            ["fail"] => Some(Self::Fail(None)),
            ["ignore"] => Some(Self::Ignore(None)),
            ["fail", "at", text] => told(text).map(Self::Fail),
            ["ignore", "at", text] => told(text).map(Self::Ignore),
            [failure @ ("fail" | "ignore"), "finegrained", rest @ ..] => {
                let (namespace, name) = match rest {
                    [name] => ("", name),
                    [namespace, name] => (*namespace, name),
                    _ => return None,
                };
                let ignores = *failure == "ignore";
                Some(Self::One { namespace: namespace.to_owned(), name: (*name).to_owned(), ignores })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        let one = |namespace: &str, name: &str, ignores| Which::One {
            namespace: namespace.into(),
            name: name.into(),
            ignores,
        };
        for (path, route) in [
            ("/validate/fail", Some(Route::Validate(Which::Fail(None)))),
            ("/validate/ignore/", Some(Route::Validate(Which::Ignore(None)))),
            (
                "/mutate/ignore/at/00000000000000ff",
                Some(Route::Mutate(Which::Ignore(Some(Told { token: 255, changes: true })))),
            ),
            ("/mutate/ignore/at/x", None),
            ("/validate", Some(Route::Validate(Which::All))),
            ("/mutate/fail/finegrained/a", Some(Route::Mutate(one("", "a", false)))),
            ("/validate/ignore/finegrained/n/a", Some(Route::Validate(one("n", "a", true)))),
            ("/pod-security", Some(Route::PodSecurity)),
            ("/policies", Some(Route::Policies)),
            ("/validate/other", None),
            ("/", None),
        ] {
            assert_eq!(Route::parse(path), route, "{path}");
        }
    }
}
