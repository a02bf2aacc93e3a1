//! The journal, its relay and its event handlers, on stores that fail.

mod addresses;
mod delivery;
mod hang_up;
mod lost_claim;
mod nodes;
mod quarantine;
mod simulation;
mod subscription_source;
