//! Rules about pods, their containers and security contexts.

mod host_pid;
mod privileged_container;

pub(crate) use host_pid::HOST_PID;
pub(crate) use privileged_container::PRIVILEGED_CONTAINER;
