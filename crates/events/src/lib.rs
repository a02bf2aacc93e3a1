//! Changes and what follows from them.
//!
//! A rule decides [`Changes`]; the [`Journal`] commits them together with the events that tell of them, one entry per
//! event in the user's own partition, and a pointer in the outbox. The [`Relay`] turns pointers into one to-do per
//! interested [`Reactor`] and user, and works them off: at least once, in order per user, each reactor on its own.

mod changes;
mod event;
pub mod inbound;
mod journal;
mod loaded;
mod outbox;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
mod reactor;
mod recent;
mod relay;
pub mod sinks;
mod to_the_end;
mod todo;
mod worker;

pub use changes::Changes;
pub use event::{Entry, Event, EventKind, Fact, Head, Origin, Status, user_key, user_partition};
pub use journal::{Journal, Listener, Observer};
pub use loaded::Loaded;
pub use reactor::{Failure, Interest, Reactor};
pub use relay::Relay;
pub use to_the_end::{ToTheEnd, to_the_end};
pub use todo::{DeadLetter, backlog, dead_letters};
