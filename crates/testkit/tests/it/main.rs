//! Tests of the harness itself, one module for each part of it.

#[cfg(unix)]
mod control_plane;
