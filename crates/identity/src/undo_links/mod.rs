//! Mails that tell of a change, with the link that takes it back, and what the account was like
//! before.
//!
//! What is kept of an account lies with the other states of that week in one record, the oldest
//! first; `undo` brings one back.

mod notice;
mod record;
mod token;

pub use notice::UndoNotice;
pub use record::{AccountSnapshot, Back, KEPT, UndoHistory};
pub(crate) use token::open;
