//! Tests of the network engine against what others say: fixtures, a naive evaluator, reference programs.

mod fixtures;
mod rules;
mod worlds;
