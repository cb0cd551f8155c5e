//! The server from outside: real sockets on loopback, real TLS, clients that behave and clients that do not.

mod certificates;
mod client;
mod ending;
mod files;
mod http;
mod limits;
mod rotation;
mod slow;
mod tester;
