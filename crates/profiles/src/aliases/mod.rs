//! Anonymous names: one per person and place, the same until it ends, and nothing about it leads to
//! the person.
//!
//! Nothing that others get to see (id, name, picture) can be joined with another alias or with a
//! user. Nor can the store be read for it without the master key: what lies in a user's partition
//! and what lies outside of it have no text, no length, no revision and no time in common.
//! `docs/decisions/0020-aliases.md` says how, and what remains.

mod events;
mod http;
mod list;
mod operation;
mod owner;
mod picture;
mod place;
mod record;
mod rule;
mod sealed;
#[cfg(test)]
mod tests;

pub use events::{AliasConverted, AliasCreated, AliasRegenerated};
pub use http::{AliasView, FEATURE};
pub use list::items_elsewhere;
pub use owner::{AliasNote, noted, resolve};
pub use owner::{AliasOwner, is_active, note, owner_of};
pub(crate) use picture::drawing;
pub use place::ContextType;
