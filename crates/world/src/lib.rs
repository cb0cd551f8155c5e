//! What a cluster consists of, as one immutable snapshot.
//!
//! Lives here: the identity and origin of objects, the catalogue of kinds and their scope, the view of any
//! object that carries a pod template, effective security contexts with the API server's defaults,
//! ownership and RBAC relations, and the [`World`] with its indexes and deltas.
//!
//! Never lives here: an opinion about an object (that is a rule's), reading files, or talking to a server.

mod access;
pub mod admission;
mod carriers;
mod catalog;
mod catalog_table;
mod container;
mod context;
mod generated_labels;
mod image_ref;
mod ingest;
mod kind;
mod load;
mod object;
mod owners;
mod platform;
mod pod;
pub mod rbac;
mod selection;
mod world;

#[cfg(test)]
mod tests;

pub use access::Demand;
pub use carriers::{Carrier, Carriers, Shape};
pub use catalog::{Catalog, KindInfo, Scope, VersionState};
pub use container::{Container, ContainerKind};
pub use context::{Capability, Field, Profile};
pub use image_ref::{ImageRef, ImageRefError};
pub use ingest::{SecretHasher, plain_metadata, reduce};
pub use kind::{GroupKind, kinds};
pub use load::{Loaded, Malformed, object_of_item, objects_of};
pub use object::{Object, ObjectRef, Origin};
pub use platform::is_platform_namespace;
pub use pod::Pod;
pub use selection::{network_policies_of, pods_selected, selector_of, services_of};
pub use world::{Completeness, Delta, World};
