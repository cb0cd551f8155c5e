//! The client against a fake API server on loopback. A fake, because what is tested is what a healthy
//! server does not do: refuse, stall, lose its place, hang up.

mod cluster;
mod connecting;
mod discovery;
mod fake;
mod histories;
mod large;
mod listing;
mod live;
mod server;
mod tls;
