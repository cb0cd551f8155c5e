//! Who can talk to whom, why, and what to change.
//!
//! Lives here: reading the network policies of every generation into one form ([`policy`]), the engine that
//! decides connections between pods, addresses and names ([`engine`]), and the answers built on it: lists,
//! explanations, differences, exposure, assertions, pictures and generated policies.
//!
//! Never lives here: reading files, talking to a cluster, sending a packet.

pub mod algebra;
pub mod assert;
pub mod blast;
pub mod diff;
pub mod ends;
pub mod engine;
pub mod entry;
pub mod eval;
pub mod explain;
pub mod exposure;
pub mod flows;
mod form;
pub mod generate;
pub mod input;
mod json;
pub mod lint;
pub mod list;
pub mod live;
pub mod map;
pub mod nft;
pub mod picture;
mod place;
pub mod policy;
mod profile;
pub mod simulate;
mod site;
pub mod verify;
mod who;

pub use form::Format;
pub use place::place;
pub use profile::Profile;
pub use site::Site;
pub use who::{Who, WhoError, WhoKind, who};

/// The kinds that answers about the network are made from, beside everything that carries pods.
pub fn kinds_read() -> Vec<ironhull_world::GroupKind<'static>> {
    use ironhull_world::{GroupKind, kinds};
    let mut found = vec![kinds::NODE, kinds::SERVICE, kinds::INGRESS];
    found.extend([
        GroupKind::new("gateway.networking.k8s.io", "Gateway"),
        GroupKind::new("gateway.networking.k8s.io", "HTTPRoute"),
        GroupKind::new("gateway.networking.k8s.io", "GRPCRoute"),
        GroupKind::new("gateway.networking.k8s.io", "TCPRoute"),
        GroupKind::new("gateway.networking.k8s.io", "TLSRoute"),
        GroupKind::new("gateway.networking.k8s.io", "UDPRoute"),
        GroupKind::new("gateway.networking.k8s.io", "ReferenceGrant"),
        GroupKind::new("route.openshift.io", "Route"),
    ]);
    found.extend(policy::policy_kinds());
    found.extend(policy::referred_kinds().into_iter().filter(|kind| *kind != kinds::SERVICE));
    found
}
