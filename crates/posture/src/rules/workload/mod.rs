//! Rules about pods, their containers and security contexts.

mod amounts;
mod app_armor_unconfined;
mod custom_selinux_options;
mod host_pid;
mod host_probe;
mod lifetime;
mod mistyped_field;
mod no_liveness_probe;
mod no_memory_limit;
mod no_readiness_probe;
mod no_resource_requests;
mod pod_schema;
mod privileged_container;
mod profiles;
mod seccomp_not_set;
mod seccomp_unconfined;
mod shared_process_namespace;
mod uncommon_volume_type;
mod unsafe_sysctl;
mod writable_root_filesystem;

pub(crate) use app_armor_unconfined::APP_ARMOR_UNCONFINED;
pub(crate) use custom_selinux_options::CUSTOM_SELINUX_OPTIONS;
pub(crate) use host_pid::HOST_PID;
pub(crate) use host_probe::HOST_PROBE;
pub(crate) use mistyped_field::MISTYPED_FIELD;
pub(crate) use no_liveness_probe::NO_LIVENESS_PROBE;
pub(crate) use no_memory_limit::NO_MEMORY_LIMIT;
pub(crate) use no_readiness_probe::NO_READINESS_PROBE;
pub(crate) use no_resource_requests::NO_RESOURCE_REQUESTS;
pub(crate) use privileged_container::PRIVILEGED_CONTAINER;
pub(crate) use seccomp_not_set::SECCOMP_NOT_SET;
pub(crate) use seccomp_unconfined::SECCOMP_UNCONFINED;
pub(crate) use shared_process_namespace::SHARED_PROCESS_NAMESPACE;
pub(crate) use uncommon_volume_type::UNCOMMON_VOLUME_TYPE;
pub(crate) use unsafe_sysctl::UNSAFE_SYSCTL;
pub(crate) use writable_root_filesystem::WRITABLE_ROOT_FILESYSTEM;
