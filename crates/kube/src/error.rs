//! Why a cluster could not be listed at all.

use std::time::Duration;

/// Nothing was listed. None of these texts holds a credential or anything of an object.
#[derive(Debug, thiserror::Error)]
pub enum KubeError {
    /// There is no kubeconfig, and this is not a pod.
    #[error("no kubeconfig was found (looked for {looked})")]
    NoKubeconfig {
        /// The places, for people.
        looked: String,
    },
    /// A kubeconfig cannot be used.
    #[error("the kubeconfig {from} cannot be used: {reason}")]
    Kubeconfig {
        /// Its path or paths.
        from: String,
        /// What is wrong.
        reason: String,
    },
    /// No context was asked for and the kubeconfig has no current one.
    #[error("the kubeconfig has no current context; name one of: {}", names(known))]
    NoCurrentContext {
        /// Those that exist.
        known: Vec<String>,
    },
    /// The kubeconfig does not have this context.
    #[error("the kubeconfig has no context {name:?}; it has: {}", names(known))]
    UnknownContext {
        /// The one asked for.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// The credentials of the context could not be obtained.
    #[error("the credentials of the context {context:?} cannot be used: {reason}")]
    Credentials {
        /// The context.
        context: String,
        /// What is wrong.
        reason: String,
    },
    /// The API server cannot be reached, or is not who it should be.
    #[error("cannot connect to the API server {address}: {reason}")]
    Connect {
        /// Scheme, host and port.
        address: String,
        /// What the system or TLS says.
        reason: String,
    },
    /// The API server did not answer in time.
    #[error("the API server {address} did not answer within {} s", after.as_secs_f64())]
    Timeout {
        /// Scheme, host and port.
        address: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The API server does not accept the credentials (401).
    #[error("the API server {address} does not accept the credentials of the context {context:?}")]
    Unauthorized {
        /// Scheme, host and port.
        address: String,
        /// The context.
        context: String,
    },
    /// The API server does not tell which kinds it has.
    #[error("the API server {address} does not tell which kinds it has: {reason}")]
    Discovery {
        /// Scheme, host and port.
        address: String,
        /// What it says.
        reason: String,
    },
    /// The namespace that was asked for does not exist.
    #[error("the cluster has no namespace {name:?}")]
    UnknownNamespace {
        /// The one asked for.
        name: String,
    },
    /// The system refuses what every program needs.
    #[error("the system does not give what a connection needs: {0}")]
    System(#[from] std::io::Error),
}

fn names(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
