//! The request of a replay.

use crate::Integrations;
use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use selfsame_events::{DeadLetter, Head, Replay, dead_page};
use selfsame_primitives::UserId;
use selfsame_web::{Fault, Problem};
use serde::{Deserialize, Serialize};

use super::dead_letters::known;

/// Dead letters per read, and most of one replay.
const MOST_DEAD_LETTERS: usize = 1000;
/// Most events in one request.
const NAMED: usize = 100;

/// Which events a sink is to get once more: all that it gave up, some of those by their ids, or a
/// range of a user's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayRequest {
    /// Which sink: its name, or `webhook.` with the id of a webhook.
    pub sink: String,
    /// All that it gave up, up to 1,000 at a time.
    #[serde(default)]
    pub dead: bool,
    /// The ids of up to 100 events that it gave up.
    #[serde(default)]
    pub events: Vec<String>,
    /// Whose events, also those that were delivered.
    #[serde(default)]
    pub user: Option<String>,
    /// The sequence of the first event of the user; 1 without this.
    #[serde(default)]
    pub from: Option<u64>,
    /// The sequence of the last event of the user; their newest without this.
    #[serde(default)]
    pub until: Option<u64>,
}

/// What is delivered again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ReplayResponse {
    /// How many events were handed over. The sink hears of those that it wants.
    pub events: u64,
    /// Of how many users.
    pub users: u64,
}

/// A valid request.
enum ReplayTarget {
    Dead,
    Events(Vec<String>),
    Range(UserId, u64, u64),
}

impl ReplayRequest {
    fn target(&self) -> Result<ReplayTarget, Problem> {
        if self.user.is_none() && (self.from.is_some() || self.until.is_some()) {
            let field = if self.from.is_some() { "/from" } else { "/until" };
            return Err(Problem::fault(field, Fault::NeedsField { other: "user".to_owned() }));
        }
        match (self.dead, self.events.as_slice(), &self.user) {
            (true, [], None) => Ok(ReplayTarget::Dead),
            (false, [_, ..], None) if self.events.len() > NAMED => {
                Err(Problem::fault("/events", Fault::TooMany { max: NAMED }))
            }
            (false, [_, ..], None) => Ok(ReplayTarget::Events(self.events.clone())),
            (false, [], Some(user)) => self.range(user),
            (false, [], None) => {
                Err(Problem::fault("/dead", Fault::OneRequired { fields: ways() }))
            }
            _ => Err(Problem::fault("/dead", Fault::Exclusive { fields: ways() })),
        }
    }

    fn range(&self, user: &str) -> Result<ReplayTarget, Problem> {
        let user = UserId::parse(user).map_err(|error| Problem::fault("/user", error))?;
        let (from, until) = (self.from.unwrap_or(1), self.until.unwrap_or(u64::MAX - 1));
        if from == 0 {
            return Err(Problem::fault("/from", Fault::OutOfRange { min: 1, max: u64::MAX - 1 }));
        }
        if until < from || until == u64::MAX {
            return Err(Problem::fault("/until", Fault::NotAfter { other: "from".to_owned() }));
        }
        Ok(ReplayTarget::Range(user, from, until))
    }
}

/// The ways to name the events of a replay.
fn ways() -> Vec<String> {
    ["dead", "events", "user"].map(str::to_owned).to_vec()
}

/// Replays what `request` names. `who` requests it, for the log.
pub async fn replay(
    integrations: &Arc<Integrations>,
    request: &ReplayRequest,
    who: &str,
) -> Result<ReplayResponse, Problem> {
    let target = request.target()?;
    let sink = known(integrations, &request.sink, "/sink").await?;
    let subscription = integrations.webhooks.endpoint_replay(&sink).await?;
    let replay = subscription
        .unwrap_or_else(|| Replay::new(Arc::clone(&integrations.platform.journal), &sink));
    let replayed = match target {
        ReplayTarget::Dead => {
            replay_dead_letters(
                &replay,
                &dead_page(&*integrations.platform.store, &sink, None, MOST_DEAD_LETTERS).await?,
            )
            .await?
        }
        ReplayTarget::Events(ids) => {
            replay_dead_letters(&replay, &named(integrations, &sink, &ids).await?).await?
        }
        ReplayTarget::Range(user, from, until) => {
            range(integrations, &replay, &user, from, until).await?
        }
    };
    let ReplayResponse { events, users } = replayed;
    tracing::info!(sink, who, events, users, "events are replayed");
    Ok(replayed)
}

async fn replay_dead_letters(
    replay: &Replay,
    dead_letters: &[DeadLetter],
) -> Result<ReplayResponse, Problem> {
    replay.replay_dead_letters(dead_letters).await?;
    let users: BTreeSet<_> =
        dead_letters.iter().map(|dead_letter| dead_letter.event.subject.as_str()).collect();
    Ok(ReplayResponse { events: dead_letters.len() as u64, users: users.len() as u64 })
}

async fn named(
    integrations: &Arc<Integrations>,
    sink: &str,
    ids: &[String],
) -> Result<Vec<DeadLetter>, Problem> {
    let mut found = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let pointer = || format!("/events/{index}");
        if id.len() != 26 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Problem::fault(pointer(), Fault::NotAnId));
        }
        let dead_letter =
            DeadLetter::load(&*integrations.platform.store, sink, id).await?.ok_or_else(|| {
                Problem::fault(pointer(), Fault::NotGivenUp { sink: sink.to_owned() })
            })?;
        found.push(dead_letter);
    }
    Ok(found)
}

async fn range(
    integrations: &Arc<Integrations>,
    replay: &Replay,
    user: &UserId,
    from: u64,
    until: u64,
) -> Result<ReplayResponse, Problem> {
    if integrations.platform.store.get(&Head::key(user)).await?.is_none() {
        return Err(Problem::fault("/user", Fault::Unknown));
    }
    let handed = replay.range(user, from..until + 1).await?;
    if handed.is_empty() {
        return Err(Problem::fault("/from", Fault::BeyondEnd));
    }
    Ok(ReplayResponse { events: handed.end - handed.start, users: 1 })
}
