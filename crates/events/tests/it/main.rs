//! The journal, its relay and its reactors, on stores that fail.

mod addresses;
mod delivery;
mod hang_up;
mod lost_claim;
mod nodes;
mod quarantine;
mod roster;
mod simulation;
