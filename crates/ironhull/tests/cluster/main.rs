//! `ironhull serve` in a real cluster: etcd, kube-apiserver, kube-controller-manager and kubectl.
//!
//! `cargo xtask test` gets the programs; without them every test says `SKIPPED`. All tests share one control plane, and
//! each has a namespace and policies of its own.
#![cfg(unix)]

mod admission;
mod balancer;
mod gone;
mod install;
mod lifecycle;
mod roles;
mod scenarios;
mod served;
mod slow;
mod standing;
mod unready;
mod upgrade;
mod vap;
mod why;
mod world;
