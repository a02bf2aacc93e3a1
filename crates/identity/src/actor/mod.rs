//! The actor behind a change: another service or an operator.

mod receipt;

pub use receipt::ProcessedMessage;

use selfsame_events::{Changes, Loaded, Origin};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::Key;
use selfsame_web::{Code, Detail, Problem};

pub use crate::authentication::ServiceCaller;
use selfsame_platform::Platform;

/// The service or operator behind a change, over HTTP, by a message or on the command line. The
/// caller has checked that the service may make it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    /// The service's name, in the operator's words.
    pub service: String,
    /// What entries hold about where it came from.
    pub origin: Origin,
    /// Written in the commit of the change, so that it is not repeated; `None` where repeating it
    /// is harmless.
    pub receipt: Option<ProcessedMessage>,
}

impl From<&ServiceCaller> for Actor {
    fn from(caller: &ServiceCaller) -> Self {
        Self::new(&caller.token.name, caller.client.origin(None))
    }
}

impl Actor {
    /// The actor `service`, from `origin`.
    #[must_use]
    pub fn new(service: &str, origin: Origin) -> Self {
        Self { service: service.to_owned(), origin, receipt: None }
    }

    /// The same for one message: `receipt` is part of the commit of its change.
    #[must_use]
    pub fn once_per_message(self, receipt: ProcessedMessage) -> Self {
        Self { receipt: Some(receipt), ..self }
    }

    /// [`selfsame_events::Journal::change`] with the origin and the receipt of the actor. Where the
    /// receipt exists already, nothing is decided.
    pub async fn change<T, F>(
        &self,
        platform: &Platform,
        user: &UserId,
        keys: &[Key],
        rule: F,
    ) -> Result<T, Problem>
    where
        F: Fn(&Loaded) -> Result<(Changes, T), Problem>,
    {
        let keys: Vec<_> =
            keys.iter().chain(self.receipt.as_ref().map(ProcessedMessage::key)).cloned().collect();
        let decide = |loaded: &Loaded| {
            if loaded.has_any(self.receipt.as_ref().map(ProcessedMessage::key))? {
                return Err(Problem::new(Code::Conflict, Detail::DoneBefore));
            }
            let (changes, answer) = rule(loaded)?;
            Ok((self.noted(changes, loaded.now()), answer))
        };
        platform.journal.change(user, &keys, &self.origin, decide).await
    }

    /// `changes` with the receipt, also where there are none: a message without effect is
    /// processed, too.
    fn noted(&self, changes: Changes, now: Timestamp) -> Changes {
        match &self.receipt {
            Some(receipt) => receipt.apply(changes, now),
            None => changes,
        }
    }
}
