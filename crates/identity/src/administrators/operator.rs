//! The extractor of the calling operator.

use axum::extract::FromRequestParts;
use http::request::Parts;
use selfsame_events::{Changes, EventPayload, Loaded, Origin, aside};
use selfsame_store::Key;
use selfsame_web::{Code, Detail, Problem};

use super::is_administrator;
use crate::authentication::Authenticates;
use crate::authentication::ServiceCaller;
use crate::authentication::service_secret;
use crate::{Identity, authentication::SignedIn, sessions::RecentlyAuthenticated};
use selfsame_users::records::Account;
use selfsame_users::records::Session;

/// A service with the scope of the route, or an administrator.
#[derive(Clone, Debug)]
pub enum Operator {
    /// A service.
    Service(ServiceCaller),
    /// A signed-in user who is an administrator now.
    Administrator(SignedIn),
}

impl Operator {
    /// The origin of the change.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self {
            Self::Service(caller) => caller.client.origin(None),
            Self::Administrator(caller) => caller.origin(),
        }
    }

    /// Records an operation before it is done: in the administrator's activity, or for a service in
    /// the log, which names no users. For an administrator without the right any more it fails, and
    /// the operation is not done.
    pub async fn note<F: EventPayload>(
        &self,
        identity: &Identity,
        fact: &F,
    ) -> Result<(), Problem> {
        match self {
            Self::Service(caller) => {
                tracing::info!(token = caller.token.id, request = %caller.client.request_id, "{}", F::TYPE);
                Ok(())
            }
            Self::Administrator(caller) => {
                let emit = |loaded: &Loaded| {
                    check_role(caller, loaded)?;
                    Ok::<_, Problem>((Changes::none().emit(fact), ()))
                };
                // Outside of the request's idempotency record: the record of an operation is not
                // the operation.
                aside(caller.change(&identity.platform, &[Account::key(caller.id())], emit)).await
            }
        }
    }

    /// Refuses an administrator who has lost the right, read from the store. For operations that
    /// are not recorded first.
    pub async fn check(&self, identity: &Identity) -> Result<(), Problem> {
        let Self::Administrator(caller) = self else { return Ok(()) };
        let session = caller.session.as_ref().map(|id| Session::key(caller.id(), id));
        let keys: Vec<Key> = [Account::key(caller.id())].into_iter().chain(session).collect();
        let look = |loaded: &Loaded| {
            check_role(caller, loaded)?;
            Ok::<_, Problem>((Changes::none(), ()))
        };
        caller.change(&identity.platform, &keys, look).await
    }
}

/// Whether `caller` is still an administrator, by what was loaded.
fn check_role(caller: &SignedIn, loaded: &Loaded) -> Result<(), Problem> {
    let account = loaded.get::<Account>(&Account::key(caller.id()))?;
    if account.is_some_and(|account| account.administrator) {
        Ok(())
    } else {
        Err(administrators_only())
    }
}

fn administrators_only() -> Problem {
    Problem::new(Code::Forbidden, Detail::AdministratorsOnly)
}

/// The same; an administrator must have authenticated recently.
#[derive(Clone, Debug)]
pub struct RecentlyAuthenticatedOperator(pub Operator);

impl<S: Authenticates> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if service_secret(&parts.headers).is_some() {
            return Ok(Self::Service(ServiceCaller::from_request_parts(parts, state).await?));
        }
        administrator(SignedIn::from_request_parts(parts, state).await?, state.identity()).await
    }
}

impl<S: Authenticates> FromRequestParts<S> for RecentlyAuthenticatedOperator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let operator = Operator::from_request_parts(parts, state).await?;
        // Checked first: a user who is no administrator must not be asked for a password.
        if matches!(operator, Operator::Administrator(_)) {
            RecentlyAuthenticated::from_request_parts(parts, state).await?;
        }
        Ok(Self(operator))
    }
}

async fn administrator(caller: SignedIn, identity: &Identity) -> Result<Operator, Problem> {
    if is_administrator(&*identity.platform.store, caller.id()).await? {
        return Ok(Operator::Administrator(caller));
    }
    Err(administrators_only())
}
