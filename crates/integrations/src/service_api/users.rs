//! Users by email address or username.

use schemars::JsonSchema;
use selfsame_events::Status;
use selfsame_primitives::{EmailAddress, Timestamp, UserId, Username};
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{Fault, Problem};
use serde::{Deserialize, Serialize};

use crate::Integrations;
use selfsame_users::user_cache::UserSnapshot;
use selfsame_users::{records::Account, records::Claim};

/// The query: exactly one of both.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserQuery {
    email: Option<String>,
    username: Option<String>,
}

/// A user who was looked for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundUser {
    /// Who.
    pub user_id: UserId,
    /// The name others find them by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Where mail goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether its owner has shown that it is theirs.
    pub email_verified: bool,
    /// `active`, `suspended` or `leaving`.
    #[schemars(with = "String")]
    pub status: Status,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl FoundUser {
    fn of(person: &UserSnapshot) -> Self {
        let UserSnapshot { user_id, account, status, .. } = person;
        Self {
            user_id: user_id.clone(),
            username: account.username.as_ref().map(|name| name.as_str().to_owned()),
            email: account.email.as_ref().map(|email| email.as_str().to_owned()),
            email_verified: account.email_verified,
            status: *status,
            created_at: account.created_at,
        }
    }
}

/// The user that the query names.
pub(super) async fn found(
    integrations: &Integrations,
    query: &UserQuery,
) -> Result<FoundUser, Problem> {
    match (&query.email, &query.username) {
        (Some(email), None) => {
            let email =
                EmailAddress::sought(email).map_err(|error| Problem::fault("?email", error))?;
            let is_theirs = |account: &Account| {
                account.email.as_ref().is_some_and(|own| own.canonical() == email.canonical())
            };
            claimant(integrations, &integrations.users.email_claim(&email), is_theirs).await
        }
        (None, Some(name)) => {
            let name =
                Username::sought(name).map_err(|error| Problem::fault("?username", error))?;
            let is_theirs =
                |account: &Account| account.username.as_ref().is_some_and(|own| own.is_same(&name));
            claimant(integrations, &Claim::username_key(&name.skeleton()), is_theirs).await
        }
        (None, None) => Err(Problem::fault("?email", Fault::OneRequired { fields: ways() })),
        (Some(_), Some(_)) => Err(Problem::fault("?email", Fault::Exclusive { fields: ways() })),
    }
}

fn ways() -> Vec<String> {
    ["email", "username"].map(str::to_owned).to_vec()
}

/// The user of the claim at `key`, if it is on their present address or name and not on a former
/// one.
async fn claimant(
    integrations: &Integrations,
    key: &Key,
    is_theirs: impl Fn(&Account) -> bool,
) -> Result<FoundUser, Problem> {
    let item = integrations.platform.store.get(key).await?.ok_or_else(Problem::not_found)?;
    let Claim { user_id, .. } = decode(&item.body).map_err(StoreError::from)?;
    let person =
        integrations.users.cache.get(&user_id).await?.filter(|person| is_theirs(&person.account));
    person.map(|person| FoundUser::of(&person)).ok_or_else(Problem::not_found)
}
