//! The form of messages.

use selfsame_events::IncomingMessage;
use selfsame_primitives::UserId;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::user;
use selfsame_web::validation;

/// The name of the sender of a message that names none.
const DEFAULT_SERVICE: &str = "messages";
/// The longest name of a service, in bytes.
const LONGEST_NAME: usize = 64;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident $text:literal;)*) => {
        /// The kind of a message.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum MessageKind { $($(#[doc = $doc])+ $name,)* }

        impl MessageKind {
            /// The type in a message.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }

        /// All types, and the label of every other one, for metrics.
        pub(super) const TYPES: &[&str] = &[$($text,)* UNKNOWN];
    };
}

kinds! {
    /// `POST /internal/v1/users/{id}/stats`.
    StatsIncrement "stats.increment";
    /// `PUT /internal/v1/users/{id}/badges`.
    BadgesSet "badges.set";
    /// `PUT /internal/v1/reviews/{reviewId}`, with `reviewId` in the data.
    ReviewRecorded "review.recorded";
    /// `POST /internal/v1/users/{id}/activity`.
    ActivityRecorded "activity.recorded";
    /// `POST /internal/v1/users/{id}/suspend`.
    UserSuspend "user.suspend";
    /// `POST /internal/v1/users/{id}/reinstate`.
    UserReinstate "user.reinstate";
}

/// The metric label of unknown types.
pub(super) const UNKNOWN: &str = "unknown";

/// A parsed message.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceMessage {
    /// The same at every delivery, and unique among messages.
    pub id: String,
    /// The kind of change.
    pub kind: MessageKind,
    /// The user it is about.
    pub user: UserId,
    /// The sender.
    pub service: String,
    /// The body of the corresponding request of the service API.
    pub data: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope {
    message_id: Option<String>,
    event_id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    user_id: String,
    service: Option<String>,
    #[serde(default)]
    data: Map<String, Value>,
}

impl ServiceMessage {
    /// Parses `message`, or says what is wrong with it. Its id is `messageId` or `eventId` of the
    /// body, or that of the broker's message.
    pub fn read(message: &IncomingMessage) -> Result<Self, String> {
        let envelope: Envelope = serde_json::from_slice(&message.body)
            .map_err(|error| format!("the message: {error}"))?;
        let id = envelope.message_id.or(envelope.event_id).or_else(|| message.id.clone());
        let id = id.ok_or("messageId: is missing")?;
        let service = envelope.service.unwrap_or_else(|| DEFAULT_SERVICE.to_owned());
        let service = validation::name(&service).map_err(|error| format!("service: {error}"))?;
        if service.len() > LONGEST_NAME {
            return Err(format!("service: must be at most {LONGEST_NAME} characters"));
        }
        Ok(Self {
            id: validation::name(&id).map_err(|error| format!("messageId: {error}"))?,
            kind: MessageKind::parse(&envelope.kind)
                .ok_or_else(|| format!("type: must be one of {}", known()))?,
            user: user(&envelope.user_id)?,
            service,
            data: envelope.data,
        })
    }
}

fn known() -> String {
    TYPES.iter().filter(|name| **name != UNKNOWN).copied().collect::<Vec<_>>().join(", ")
}
