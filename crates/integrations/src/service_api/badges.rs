//! The badges of a user, which only services set.

use std::sync::Arc;

use std::collections::HashSet;

use axum::extract::{Path, State};
use schemars::JsonSchema;
use selfsame_events::{Changes, EventPayload, Loaded};
use selfsame_primitives::UserId;
use selfsame_web::{Access, Checked, Checks, Code, Fault, FieldErrors, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Integrations;
use selfsame_identity::{actor::Actor, authentication::ServiceCaller};
use selfsame_users::populations::put_profile;
use selfsame_users::records::Profile;
use selfsame_web::validation;

/// The scope of this route.
pub const SCOPE: &str = "badges:write";
/// Most badges of a user.
const MOST: usize = 20;
/// The longest badge, in bytes.
const LONGEST: usize = 50;

/// All badges that a user is to have.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BadgesRequest {
    /// All of them, in the order in which they are shown; those that are not among them are taken
    /// away.
    #[schemars(length(max = 20), inner(regex(pattern = r"^[a-z0-9_]{1,50}$")))]
    pub badges: Vec<String>,
}

impl Checks for BadgesRequest {
    fn check(&self, faults: &mut FieldErrors) {
        faults.join(check(&self.badges));
    }
}

/// The badges of a user.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Badges {
    /// Whose.
    pub user_id: UserId,
    /// All of them, in order.
    pub badges: Vec<String>,
    /// The version of the profile that has them.
    pub version: u64,
}

/// `profile.badges_updated`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BadgesUpdated {
    /// Whose profile.
    pub user_id: UserId,
    /// Its new version.
    pub version: u64,
    /// All badges from now on.
    pub badges: Vec<String>,
    /// Those that are new.
    pub added: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
    /// The service that has changed them.
    pub service: String,
}

impl EventPayload for BadgesUpdated {
    const TYPE: &'static str = "profile.badges_updated";
    const SUMMARY: &'static str = "A service has given badges to somebody, or taken some away.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "version": 8, "badges": ["verified_developer"], "added": ["verified_developer"], "removed": [], "service": "community"})
    }
}

/// Sets the badges of `user` to those of `request`. No event is emitted where they are the same.
pub async fn apply(
    integrations: &Integrations,
    user: &UserId,
    request: &BadgesRequest,
    by: &Actor,
) -> Result<Badges, Problem> {
    check(&request.badges)?;
    let key = Profile::key(user);
    let decide = |loaded: &Loaded| {
        let before: Profile = loaded.get(&key)?.ok_or_else(Problem::not_found)?;
        if before.badges == request.badges {
            return Ok((Changes::none(), shown(user, &before)));
        }
        let after =
            Profile { badges: request.badges.clone(), ..before.clone() }.changed(loaded.now());
        let payload = payload(user, &before, &after, &by.service);
        Ok((put_profile(Changes::none(), user, &after).emit(&payload), shown(user, &after)))
    };
    by.change(&integrations.platform, user, std::slice::from_ref(&key), decide).await
}

fn check(badges: &[String]) -> Result<(), Problem> {
    let (mut faults, mut seen) = (FieldErrors::default(), HashSet::new());
    if badges.len() > MOST {
        faults.add("/badges", Fault::TooMany { max: MOST });
    }
    for (index, badge) in badges.iter().take(MOST).enumerate() {
        let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if !(1..=LONGEST).contains(&badge.len()) || !badge.bytes().all(is_plain) {
            faults.add(format!("/badges/{index}"), Fault::NotABadge { max: LONGEST });
        } else if !seen.insert(badge) {
            faults.add(format!("/badges/{index}"), Fault::Repeated);
        }
    }
    faults.or(())
}

fn payload(user: &UserId, before: &Profile, after: &Profile, service: &str) -> BadgesUpdated {
    let missing = |all: &[String], from: &[String]| {
        all.iter().filter(|badge| !from.contains(badge)).cloned().collect::<Vec<_>>()
    };
    BadgesUpdated {
        user_id: user.clone(),
        version: after.version,
        badges: after.badges.clone(),
        added: missing(&after.badges, &before.badges),
        removed: missing(&before.badges, &after.badges),
        service: service.to_owned(),
    }
}

fn shown(user: &UserId, profile: &Profile) -> Badges {
    Badges { user_id: user.clone(), badges: profile.badges.clone(), version: profile.version }
}

pub(super) fn route() -> Route<Arc<Integrations>> {
    let example = json!({
        "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB", "badges": ["verified_developer", "early_bird"], "version": 8
    });
    Route::put("/internal/v1/users/{id}/badges", "Give a user badges", put)
        .describe("The whole list: badges that are not in it are taken away. The same list again changes nothing and tells nothing.")
        .access(Access::Service(SCOPE))
        .parameter("path", "id", validation::user_schema(), "Whose badges.")
        .takes::<BadgesRequest>(json!({"badges": ["verified_developer", "early_bird"]}))
        .answers::<Badges>(200, "The badges from now on.", example)
        .problems(&[Code::Forbidden, Code::NotFound])
}

async fn put(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    id: Path<String>,
    Checked(request): Checked<BadgesRequest>,
) -> Result<Reply<Badges>, Problem> {
    Ok(Reply::ok(
        apply(&integrations, &validation::user(&id)?, &request, &Actor::from(&caller)).await?,
    ))
}
