//! Rules of the area `rbac`.

mod cluster_admin_binding;

pub(crate) use cluster_admin_binding::CLUSTER_ADMIN_BINDING;
