//! Tests of the network engine against what others say: fixtures, a naive evaluator, reference programs.

mod calico;
mod cilium;
mod fixtures;
mod tables;
mod worlds;
