//! Rules about pods, their containers and security contexts.

mod capabilities;
mod host_paths;
mod host_volumes;
mod shared;

mod added_capability;
mod capabilities_not_dropped;
mod container_runtime_socket;
mod dangerous_capability;
mod host_ipc;
mod host_network;
mod host_path_volume;
mod host_pid;
mod host_port;
mod non_root_not_enforced;
mod privilege_escalation_allowed;
mod privileged_container;
mod root_user;
mod sensitive_host_path;
mod unmasked_proc_mount;
mod windows_host_process;

pub(crate) use added_capability::ADDED_CAPABILITY;
pub(crate) use capabilities_not_dropped::CAPABILITIES_NOT_DROPPED;
pub(crate) use container_runtime_socket::CONTAINER_RUNTIME_SOCKET;
pub(crate) use dangerous_capability::DANGEROUS_CAPABILITY;
pub(crate) use host_ipc::HOST_IPC;
pub(crate) use host_network::HOST_NETWORK;
pub(crate) use host_path_volume::HOST_PATH_VOLUME;
pub(crate) use host_pid::HOST_PID;
pub(crate) use host_port::HOST_PORT;
pub(crate) use non_root_not_enforced::NON_ROOT_NOT_ENFORCED;
pub(crate) use privilege_escalation_allowed::PRIVILEGE_ESCALATION_ALLOWED;
pub(crate) use privileged_container::PRIVILEGED_CONTAINER;
pub(crate) use root_user::ROOT_USER;
pub(crate) use sensitive_host_path::SENSITIVE_HOST_PATH;
pub(crate) use unmasked_proc_mount::UNMASKED_PROC_MOUNT;
pub(crate) use windows_host_process::WINDOWS_HOST_PROCESS;
