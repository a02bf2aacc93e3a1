//! The narrow waist: one port to every store, its limits, the record codec and the suite that every
//! store passes.
//!
//! Everything that must survive a power cut goes through [`Store::commit`]; everything that is
//! read comes by key ([`Store::get`]) or from one range of one partition
//! ([`Store::query`]).

mod codec;
mod commit;
#[cfg(feature = "conformance")]
pub mod conformance;
mod faults;
mod item;
mod key;
pub mod limits;
mod maintenance;
mod memory;
mod query;
mod store;
mod tokens;

pub use codec::{MAX_LEVELS, Record, Unreadable, decode, encode, is_deeper, kind};
pub use commit::{Action, Commit, CommitToken, Guard, Revision, Write};
pub use faults::{Faults, FaultyStore};
pub use item::Item;
pub use key::Key;
pub use maintenance::{Heard, Maintenance, ScanPage, Stats};
pub use memory::MemoryStore;
pub use query::{Direction, Page, Query, successor};
pub use store::{Store, StoreError};
pub use tokens::RecentTokens;
