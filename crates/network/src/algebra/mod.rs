//! Sets of ports, connections and addresses, with the operations that the engine needs.

mod address;
mod conns;
mod ports;

pub use address::{AddressSet, Cidr, CidrError};
pub use conns::{Conns, Protocol};
pub use ports::PortSet;
