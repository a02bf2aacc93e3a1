//! The record of a user's preferences.

use schemars::JsonSchema;
use selfsame_primitives::{Locale, stored};
use serde::{Deserialize, Serialize};

/// A person's preferences.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preferences {
    /// Light, dark, or as the device has it.
    #[serde(deserialize_with = "stored::choice")]
    pub theme: Theme,
    /// The language of mails and pages.
    #[serde(deserialize_with = "stored::choice")]
    pub language: Locale,
    /// Where news reaches the person.
    pub notifications: NotificationPreferences,
    /// What others see and may do.
    pub privacy: ContactPreferences,
}

/// A colour scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// As the device has it.
    #[default]
    Auto,
}

/// Where news reaches the person. Security mail always does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Notifications")]
pub struct NotificationPreferences {
    /// By mail.
    pub email: bool,
    /// On their devices.
    pub push: bool,
    /// Inside the application.
    pub in_app: bool,
}

impl Default for NotificationPreferences {
    fn default() -> Self {
        Self { email: true, push: true, in_app: true }
    }
}

/// What others see and may do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Contact")]
pub struct ContactPreferences {
    /// Whether others may see that one is online, as far as `activityStatus` allows.
    pub show_online_status: bool,
    /// Whether others may write.
    pub allow_direct_messages: bool,
    /// Whether others see what one has read.
    pub show_read_receipts: bool,
}

impl Default for ContactPreferences {
    fn default() -> Self {
        Self { show_online_status: false, allow_direct_messages: true, show_read_receipts: true }
    }
}
