//! Laws of the sets, against models that are too simple to be wrong.

mod addresses;
mod labels;
mod ports;
mod verdicts;
