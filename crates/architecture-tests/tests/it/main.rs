//! The checks of the workspace as it is.

mod baseline;
mod crates;
mod language;
mod licences;
mod names;
mod sources;
mod stored;
