//! Who is calling, as far as a token shows it.

use std::sync::Arc;

use selfsame_basics::{SessionId, UserId};
use selfsame_events::Origin;
use selfsame_web::Client;

use crate::person::Person;
use crate::visibility::Audience;

/// A signed-in user, whose token and session are good and whose account works.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user, as they were when the request came.
    pub person: Arc<Person>,
    /// The session; none for tokens of other issuers.
    pub session: Option<SessionId>,
    /// Where the request came from.
    pub client: Client,
}

impl SignedIn {
    /// Their id.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.person.user_id
    }

    /// The origin of what they change.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.client.origin(self.session.as_ref())
    }
}

/// Whoever is looking: with a token that must be good, or without one.
#[derive(Clone, Debug)]
pub struct Viewer(pub Option<SignedIn>);

impl Viewer {
    /// As whom they look at `user`.
    #[must_use]
    pub fn audience(&self, user: &UserId) -> Audience {
        match &self.0 {
            None => Audience::Public,
            Some(caller) if caller.id() == user => Audience::Owner,
            Some(_) => Audience::Authenticated,
        }
    }
}
