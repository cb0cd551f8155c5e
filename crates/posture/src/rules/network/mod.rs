//! Rules of the area `network`.

mod dangling_network_policy;

pub(crate) use dangling_network_policy::DANGLING_NETWORK_POLICY;
