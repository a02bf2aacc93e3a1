//! Changes and what follows from them.
//!
//! A rule decides [`Changes`]; the [`Journal`] commits them together with the events that tell of
//! them, one entry per event in the user's own partition, and a pointer in the outbox. The
//! [`Relay`] turns pointers into one to-do per interested [`Reactor`] and user, and works them off:
//! at least once, in order per user, each reactor on its own.

mod actor;
mod address;
mod addresses;
mod changes;
mod crew;
mod event;
mod journal;
mod links;
mod loaded;
mod message_handler;
mod outbox;
mod population;
mod population_sums;
pub mod quarantine;
mod queue;
mod reactor;
mod recent;
mod relay;
mod release;
mod repeat;
mod replay;
mod request_note;
mod shards;
pub mod supervision;
mod to_the_end;
mod todo;
mod waiting;
mod wakes;
mod worker;

pub use actor::{Actor, KnownSession, Refused};
pub use address::Address;
pub use addresses::Addresses;
pub use changes::Changes;
pub use event::{
    Entry, Event, EventKind, Fact, Head, Origin, Status, ToOthers, user_key, user_partition,
};
pub use journal::{Journal, Listener, Observer};
pub use links::{SpanLinks, link_spans_with};
pub use loaded::Loaded;
pub use message_handler::{Disposition, IncomingMessage, MessageHandler};
pub use population::{Population, Populations};
pub use population_sums::{add_up, populations};
pub use queue::{hasten, purge, queue};
pub use reactor::{Attempt, Failure, Interest, Reactor, Roster};
pub use relay::Relay;
pub use release::release;
pub use replay::{Replay, dead_page};
pub use request_note::{NoteState, RequestNote, aside};
pub use to_the_end::{ToTheEnd, to_the_end};
pub use todo::{DeadLetter, backlog, dead_letters};
pub use waiting::{Waiting, outbox_depth, waiting};
