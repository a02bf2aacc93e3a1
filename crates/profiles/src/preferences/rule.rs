//! How preferences change.

use schemars::JsonSchema;
use selfsame_primitives::Locale;
use selfsame_web::Patch;
use serde::Deserialize;

use selfsame_users::{
    records::ContactPreferences, records::NotificationPreferences, records::Preferences,
    records::Theme,
};

/// A change of preferences. Fields that are absent stay as they are, `null` goes back to the
/// default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreferencesUpdate {
    /// Light, dark, or as the device has it.
    #[serde(default)]
    pub theme: Patch<Theme>,
    /// The language of mails and pages.
    #[serde(default)]
    pub language: Patch<Locale>,
    /// Where news reaches the person.
    #[serde(default)]
    pub notifications: Patch<NotificationsUpdate>,
    /// What others see and may do.
    #[serde(default)]
    pub privacy: Patch<ContactUpdate>,
}

/// A change of where news reaches the person.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotificationsUpdate {
    /// By mail.
    #[serde(default)]
    pub email: Patch<bool>,
    /// On their devices.
    #[serde(default)]
    pub push: Patch<bool>,
    /// Inside the application.
    #[serde(default)]
    pub in_app: Patch<bool>,
}

/// A change of what others see and may do.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactUpdate {
    /// Whether others may see that one is online.
    #[serde(default)]
    pub show_online_status: Patch<bool>,
    /// Whether others may write.
    #[serde(default)]
    pub allow_direct_messages: Patch<bool>,
    /// Whether others see what one has read.
    #[serde(default)]
    pub show_read_receipts: Patch<bool>,
}

/// The preferences after `update`.
pub(super) fn updated(before: &Preferences, update: &PreferencesUpdate) -> Preferences {
    let standard = Preferences::default();
    Preferences {
        theme: update.theme.or(before.theme, standard.theme),
        language: update.language.or(before.language, standard.language),
        notifications: match &update.notifications {
            Patch::Keep => before.notifications.clone(),
            Patch::Clear => standard.notifications,
            Patch::Set(update) => notifications(&before.notifications, update),
        },
        privacy: match &update.privacy {
            Patch::Keep => before.privacy.clone(),
            Patch::Clear => standard.privacy,
            Patch::Set(update) => contact(&before.privacy, update),
        },
    }
}

fn notifications(
    before: &NotificationPreferences,
    update: &NotificationsUpdate,
) -> NotificationPreferences {
    let standard = NotificationPreferences::default();
    NotificationPreferences {
        email: update.email.or(before.email, standard.email),
        push: update.push.or(before.push, standard.push),
        in_app: update.in_app.or(before.in_app, standard.in_app),
    }
}

fn contact(before: &ContactPreferences, update: &ContactUpdate) -> ContactPreferences {
    let standard = ContactPreferences::default();
    ContactPreferences {
        show_online_status: update
            .show_online_status
            .or(before.show_online_status, standard.show_online_status),
        allow_direct_messages: update
            .allow_direct_messages
            .or(before.allow_direct_messages, standard.allow_direct_messages),
        show_read_receipts: update
            .show_read_receipts
            .or(before.show_read_receipts, standard.show_read_receipts),
    }
}

/// The names of the parts that differ, as the API calls them.
pub(super) fn changed(before: &Preferences, after: &Preferences) -> Vec<&'static str> {
    [
        ("theme", before.theme != after.theme),
        ("language", before.language != after.language),
        ("notifications", before.notifications != after.notifications),
        ("privacy", before.privacy != after.privacy),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_switch_leaves_the_others_alone() {
        let before = Preferences { theme: Theme::Dark, ..Preferences::default() };
        let update = serde_json::from_str(
            r#"{"notifications":{"push":false},"privacy":{"showOnlineStatus":true}}"#,
        );
        let after = updated(&before, &update.unwrap());
        assert_eq!(
            after.notifications,
            NotificationPreferences { push: false, ..NotificationPreferences::default() }
        );
        assert!(after.privacy.show_online_status && after.privacy.allow_direct_messages);
        assert_eq!(after.theme, Theme::Dark);
        assert_eq!(changed(&before, &after), ["notifications", "privacy"]);
    }

    #[test]
    fn null_goes_back_to_the_default() {
        let before =
            Preferences { theme: Theme::Dark, language: Locale::Ja, ..Preferences::default() };
        let after = updated(&before, &serde_json::from_str(r#"{"theme":null}"#).unwrap());
        assert_eq!((after.theme, after.language), (Theme::Auto, Locale::Ja));
    }
}
