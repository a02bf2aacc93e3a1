//! Mails about changes with an undo link, and the states to restore.
//!
//! The states of a week are one record, the oldest first; `undo` restores one.

mod notice;
mod record;
mod token;

pub use notice::UndoNotice;
pub use record::{AccountSnapshot, Back, KEPT, UndoHistory};
pub(crate) use token::open;
