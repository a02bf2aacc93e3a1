//! Who asks for a change on behalf of another service.

mod receipt;

pub use receipt::ProcessedMessage;

use selfsame_events::{Changes, Loaded, Origin};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::Key;
use selfsame_web::{Code, Detail, Problem};

pub use crate::authentication::ServiceCaller;
use selfsame_platform::Platform;

/// Which service asks for a change, and where it came from: over HTTP, by a message or at the
/// command line. Whoever makes one has seen to it that the service may.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    /// The service's name, in the operator's words.
    pub service: String,
    /// What entries hold about where it came from.
    pub origin: Origin,
    /// What is left behind in the commit of what is asked for, so that it is not done twice; none
    /// where it may be.
    pub receipt: Option<ProcessedMessage>,
}

impl From<&ServiceCaller> for Actor {
    fn from(caller: &ServiceCaller) -> Self {
        Self::new(&caller.token.name, caller.client.origin(None))
    }
}

impl Actor {
    /// Asks for `service`, from `origin`.
    #[must_use]
    pub fn new(service: &str, origin: Origin) -> Self {
        Self { service: service.to_owned(), origin, receipt: None }
    }

    /// The same, who asks once: `receipt` is part of the commit of what is asked for.
    #[must_use]
    pub fn once_per_message(self, receipt: ProcessedMessage) -> Self {
        Self { receipt: Some(receipt), ..self }
    }

    /// [`selfsame_events::Journal::change`] for whoever asks: with their origin, and their receipt.
    /// Where that is there already, nothing is decided.
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

    /// `changes` with the receipt, also where there are none: what changes nothing is done, too.
    fn noted(&self, changes: Changes, now: Timestamp) -> Changes {
        match &self.receipt {
            Some(receipt) => receipt.apply(changes, now),
            None => changes,
        }
    }
}
