//! Changes, and delivery of their events.
//!
//! A rule decides [`Changes`]; the [`Journal`] commits them together with the events they emit, one
//! entry per event in the user's own partition, and an outbox record. The [`Relay`] distributes
//! outbox records to one delivery cursor per [`EventHandler`] and user, and delivers: at least
//! once, in order per user, each handler on its own.

mod actor;
mod address;
mod addresses;
mod backlog;
mod changes;
mod delivery_cursor;
mod delivery_worker;
mod enqueue;
mod event;
mod event_handler;
mod handler_supervisor;
mod journal;
mod loaded;
mod message_handler;
mod notifier;
mod outbox;
mod population;
mod population_sums;
pub mod quarantine;
mod read_cache;
mod relay;
mod release;
mod replay;
mod request_note;
mod run_steps;
mod run_to_completion;
mod shards;
mod span_links;
pub mod supervision;

pub use actor::{Actor, KnownSession, Refused};
pub use address::ClientAddress;
pub use addresses::AddressSealer;
pub use backlog::{Backlog, backlog_details, outbox_depth};
pub use changes::Changes;
pub use delivery_cursor::{DeadLetter, backlog, dead_letters};
pub use enqueue::{discard, enqueue, retry_now};
pub use event::{
    Entry, Event, EventKind, EventPayload, Head, Origin, Redaction, Status, user_key,
    user_partition,
};
pub use event_handler::{
    DeliveryAttempt, EventHandler, HandlerError, Subscription, SubscriptionSource,
};
pub use journal::{CommitObserver, EventObserver, Journal};
pub use loaded::Loaded;
pub use message_handler::{Disposition, IncomingMessage, MessageHandler};
pub use population::{Population, Populations};
pub use population_sums::{add_up, populations};
pub use relay::Relay;
pub use release::release;
pub use replay::{Replay, dead_page};
pub use request_note::{NoteState, RequestNote, aside};
pub use run_to_completion::{RunToCompletion, run_to_completion};
pub use span_links::{SpanLinks, set_span_linker};
