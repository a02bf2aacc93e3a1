//! The stores that this crate brings.

mod conformance;
mod faults;
mod ranges;
