//! The form of messages.

use selfsame_events::IncomingMessage;
use selfsame_primitives::UserId;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::user;
use selfsame_web::validation;

/// Who a message comes from where it does not say so.
const SOMEBODY: &str = "messages";
/// The longest name of a service, in bytes.
const LONGEST_NAME: usize = 64;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident $text:literal;)*) => {
        /// What a message asks for.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum MessageKind { $($(#[doc = $doc])+ $name,)* }

        impl MessageKind {
            /// What it is called in a message.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }

        /// All types, and what everything else is counted as.
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

/// What a message of no known type is counted as.
pub(super) const UNKNOWN: &str = "unknown";

/// A message that was understood.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceMessage {
    /// The same at every delivery, and of no other message.
    pub id: String,
    /// What it asks for.
    pub kind: MessageKind,
    /// Whom it is about.
    pub user: UserId,
    /// Who asks.
    pub service: String,
    /// What the service API takes as the body of the request for this.
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
    /// Reads `message`, or says what is wrong with it. Its id is `messageId` or `eventId` of the
    /// body, or the one outside it.
    pub fn read(message: &IncomingMessage) -> Result<Self, String> {
        let envelope: Envelope = serde_json::from_slice(&message.body)
            .map_err(|error| format!("the message: {error}"))?;
        let id = envelope.message_id.or(envelope.event_id).or_else(|| message.id.clone());
        let id = id.ok_or("messageId: is missing")?;
        let service = envelope.service.unwrap_or_else(|| SOMEBODY.to_owned());
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
