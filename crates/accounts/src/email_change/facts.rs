//! What is told about email addresses.

use schemars::JsonSchema;
use selfsame_basics::{EmailAddress, Timestamp, UserId};
use selfsame_events::Fact;
use serde::Serialize;

/// `user.email_updated`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmailUpdated {
    /// Whose it is.
    pub(crate) user_id: UserId,
    /// The address before; none where it is their first.
    pub(crate) old_email: Option<EmailAddress>,
    /// The address from now on.
    pub(crate) new_email: EmailAddress,
    /// Whether its owner has shown that it is theirs.
    pub(crate) email_verified: bool,
    /// Since when.
    pub(crate) updated_at: Timestamp,
}

impl Fact for EmailUpdated {
    const TYPE: &'static str = "user.email_updated";
    const SUMMARY: &'static str = "Somebody has another email address.";
}
