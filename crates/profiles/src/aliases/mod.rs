//! Anonymous names: one per user and context, the same until it ends.
//!
//! Nothing that is served (id, name, picture) can be joined with another alias or with a user. Nor
//! can the store be read for it without the master key: the items in a user's partition and the
//! items outside of it share no text, length, revision or time. `docs/decisions/0020-aliases.md`
//! has the reasons, and what can still be inferred.

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
pub use owner::{AliasNote, open_note, resolve};
pub use owner::{AliasOwner, is_active, owner_of, seal_note};
pub(crate) use picture::drawing;
pub use place::ContextType;
