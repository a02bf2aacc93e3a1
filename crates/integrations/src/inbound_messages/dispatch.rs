//! Dispatch of messages: each type calls the operation behind the service API's request with the
//! same data.

use schemars::JsonSchema;
use selfsame_web::{Fault, JsonType, Problem, read_value};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::message::{MessageKind, ServiceMessage};
use crate::service_api::{activity, badges, stats};
use crate::{Integrations, reviews};
use selfsame_identity::actor::Actor;
use selfsame_identity::suspension;

/// Carries out `message`.
pub(super) async fn dispatch(
    integrations: &Integrations,
    message: &ServiceMessage,
    by: &Actor,
) -> Result<(), Problem> {
    done(integrations, message, by).await.map_err(|problem| problem.below("/data"))
}

/// The same; problems point into the data.
async fn done(
    integrations: &Integrations,
    message: &ServiceMessage,
    by: &Actor,
) -> Result<(), Problem> {
    let (user, data) = (&message.user, message.data.clone());
    match message.kind {
        MessageKind::StatsIncrement => {
            stats::apply(integrations, user, &read(named(data, message))?, by).await.map(drop)
        }
        MessageKind::BadgesSet => {
            badges::apply(integrations, user, &read(data)?, by).await.map(drop)
        }
        MessageKind::ReviewRecorded => {
            let (id, data) = review(data, message)?;
            reviews::record(integrations, &id, &read(data)?, by).await.map(drop)
        }
        MessageKind::ActivityRecorded => {
            activity::apply(integrations, user, &read(named(data, message))?, by).await.map(drop)
        }
        MessageKind::UserSuspend => {
            suspension::suspend(&integrations.identity, user, &read(data)?, by).await.map(drop)
        }
        MessageKind::UserReinstate => {
            if !data.is_empty() {
                return Err(Problem::fault("", Fault::NotEmpty));
            }
            suspension::reinstate(&integrations.identity, user, by).await.map(drop)
        }
    }
}

/// Finishes what a crash may have left of a processed message.
pub(super) async fn finish(
    integrations: &Integrations,
    message: &ServiceMessage,
    by: &Actor,
) -> Result<(), Problem> {
    match message.kind {
        MessageKind::UserSuspend => {
            suspension::end_remaining_sessions(&integrations.identity, &message.user, by).await
        }
        MessageKind::StatsIncrement
        | MessageKind::BadgesSet
        | MessageKind::ReviewRecorded
        | MessageKind::ActivityRecorded
        | MessageKind::UserReinstate => Ok(()),
    }
}

fn read<T: DeserializeOwned + JsonSchema>(data: Map<String, Value>) -> Result<T, Problem> {
    read_value(&Value::Object(data))
}

/// `data` with the id of the message as event id, unless it has one of its own.
fn named(mut data: Map<String, Value>, message: &ServiceMessage) -> Map<String, Value> {
    data.entry("eventId").or_insert_with(|| message.id.clone().into());
    data
}

/// The id of the review, and the rest of `data`, for the user that the message names.
fn review(
    mut data: Map<String, Value>,
    message: &ServiceMessage,
) -> Result<(String, Map<String, Value>), Problem> {
    let Some(Value::String(id)) = data.remove("reviewId") else {
        return Err(Problem::fault("/reviewId", Fault::WrongType { expected: JsonType::String }));
    };
    let user = Value::from(message.user.as_str());
    if data.insert("userId".into(), user.clone()).is_some_and(|given| given != user) {
        return Err(Problem::fault("/userId", Fault::OtherUser));
    }
    Ok((id, data))
}
