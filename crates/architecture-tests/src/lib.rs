//! Checks of the architecture (`docs/ARCHITECTURE.md`), made on the source of the workspace at
//! every run of the tests.
//!
//! The tests read the tables of this crate: [`floors::FLOORS`], `baseline.txt` (what is tolerated,
//! and may only shrink), `renames.tsv` with `finished.tsv`, `algorithm_files.tsv`, and the
//! snapshots of what is stored. It depends on no other crate of the workspace, so that it can read
//! them while they don't compile.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syn's enums may grow, so that a match of them needs a wildcard"
)]

pub mod baseline;
pub mod floors;
pub mod keys;
pub mod module_graph;
pub mod module_tree;
mod paths;
pub mod renames;
pub mod resolve;
pub mod rules;
pub mod stored;
pub mod syntax;
pub mod workspace;

pub use workspace::{list, metadata, root, sources, text};
