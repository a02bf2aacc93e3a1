//! An account as its owner sees it.

use schemars::JsonSchema;
use selfsame_primitives::{Locale, Timestamp, UserId, Username};
use selfsame_store::{Item, Record, StoreError, decode};
use serde::Serialize;
use serde_json::{Value, json};

use super::operation::LoadedAccount;
use super::record::{Address, Name};
use crate::Profiles;
use crate::{
    primary_profile::OwnProfile, primary_profile::avatar_url, primary_profile::own_example,
    primary_profile::whole,
};
use selfsame_identity::administrators::is_administrator;
use selfsame_identity::authentication::SignedIn;
use selfsame_identity::email_change::PendingEmail;
use selfsame_mail_queue::MailStatus;
use selfsame_users::user_cache::UserSnapshot;
use selfsame_users::{records::Preferences, records::Profile, records::SecondFactor};

/// An account with everything in it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountView<'a> {
    /// Who.
    user_id: &'a UserId,
    /// The name others find the person by.
    username: Option<&'a str>,
    /// What the person is called; `null` where a part is not known.
    name: &'a Name,
    /// Where mail goes.
    email: Option<&'a str>,
    /// Whether its owner has shown that it is theirs.
    email_verified: bool,
    /// The address that is to take its place: it got a code that was not given back yet and is
    /// still good.
    pending_email: Option<&'a str>,
    /// Why `email` gets no more mail: `bounced` (there is no such mailbox) or `complained` (a mail
    /// was reported as spam).
    email_problem: Option<MailStatus>,
    /// In the form of E.164: `+14155552671`.
    phone: Option<&'a str>,
    /// The country the number belongs to (ISO 3166-1 alpha-2); none for numbers of no country, such
    /// as +800.
    phone_country: Option<&'a str>,
    /// Whether its owner has shown that the number is theirs. Nothing asks for that yet, so no
    /// number is verified.
    phone_verified: bool,
    /// Where mail on paper goes; `null` where nothing of it is known.
    address: Option<&'a Address>,
    /// The address of the picture: the uploaded one or a drawn one.
    picture_url: String,
    /// The language of mails and pages.
    language: Locale,
    /// Whether sign-ins ask for a second factor.
    two_factor_enabled: bool,
    /// Which terms were accepted.
    terms: Terms,
    /// Whether the person is an administrator of this installation; absent where not.
    #[serde(skip_serializing_if = "Option::is_none")]
    administrator: Option<bool>,
    /// When the account was made.
    created_at: Timestamp,
    /// When its owner last signed in with a password.
    last_login_at: Option<Timestamp>,
    /// How the person wants things to be.
    preferences: &'a Preferences,
    /// Counts the changes of name, phone and address; 0 before the first.
    version: u64,
}

/// Which terms a person has accepted.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
struct Terms {
    /// Whether the present ones are. There is no way to accept any yet, so this is `false`.
    accepted: bool,
    /// Which version was accepted last.
    version: Option<String>,
    /// When.
    accepted_at: Option<Timestamp>,
}

/// A complete user: the account, with the profile in it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserView<'a> {
    /// The private side.
    #[serde(flatten)]
    account: AccountView<'a>,
    /// What others may see some of.
    profile: OwnProfile<'a>,
}

/// The sources of a user's views.
pub(super) struct Sources<'a> {
    profiles: &'a Profiles,
    person: &'a UserSnapshot,
    held: LoadedAccount,
    /// The profile, where it is newer than the cached one.
    profile: Option<Profile>,
    two_factor_enabled: bool,
    pending_email: Option<PendingEmail>,
    email_problem: Option<MailStatus>,
    administrator: bool,
}

impl<'a> Sources<'a> {
    /// The sources for the caller, with data that were just written or read.
    pub(super) async fn of(
        profiles: &'a Profiles,
        caller: &'a SignedIn,
        held: LoadedAccount,
    ) -> Result<Self, StoreError> {
        let (user, person) = (caller.id(), &*caller.person);
        let mut keys = vec![SecondFactor::key(user), PendingEmail::key(user)];
        keys.extend(
            person
                .account
                .email
                .iter()
                .map(|email| MailStatus::key(&profiles.platform.keys, email)),
        );
        let found = profiles.platform.store.get_many(&keys).await?;
        let mut found = found.iter().map(Option::as_ref);
        let factor = record::<SecondFactor>(found.next().flatten())?;
        Ok(Self {
            profiles,
            person,
            held,
            profile: None,
            two_factor_enabled: factor.is_some_and(|factor| factor.enabled_at.is_some()),
            pending_email: record(found.next().flatten())?,
            email_problem: found.next().flatten().map(MailStatus::of).transpose()?,
            // The cached user may be from before the command line made them an administrator.
            administrator: is_administrator(&*profiles.platform.store, user).await?,
        })
    }

    /// The same with a profile that was just written.
    pub(super) fn with(self, profile: Profile) -> Self {
        Self { profile: Some(profile), ..self }
    }

    /// The version of the personal data.
    pub(super) fn version(&self) -> u64 {
        self.held.version
    }

    fn profile(&self) -> &Profile {
        self.profile.as_ref().unwrap_or(&self.person.profile)
    }

    pub(super) fn account(&self) -> AccountView<'_> {
        let UserSnapshot { user_id, account, .. } = self.person;
        let (data, profile) = (&self.held.data, self.profile());
        AccountView {
            user_id,
            username: account.username.as_ref().map(Username::as_str),
            name: &data.name,
            email: account.email.as_ref().map(selfsame_primitives::EmailAddress::as_str),
            email_verified: account.email_verified,
            pending_email: self.pending_email.as_ref().map(|pending| pending.email.as_str()),
            email_problem: self.email_problem,
            phone: data.phone.as_ref().map(|phone| phone.number.as_str()),
            phone_country: data.phone.as_ref().and_then(|phone| phone.country.as_deref()),
            phone_verified: false,
            address: Some(&data.address).filter(|address| **address != Address::default()),
            picture_url: avatar_url(&self.profiles.platform.urls, user_id, profile),
            language: profile.preferences.language,
            two_factor_enabled: self.two_factor_enabled,
            terms: Terms { accepted: false, version: None, accepted_at: None },
            administrator: self.administrator.then_some(true),
            created_at: account.created_at,
            last_login_at: account.last_login_at,
            preferences: &profile.preferences,
            version: self.held.version,
        }
    }

    pub(super) fn user(&self) -> UserView<'_> {
        let UserSnapshot { user_id, account, stats, presence, .. } = self.person;
        let profile =
            whole(&self.profiles.platform.urls, user_id, account, self.profile(), stats, presence);
        UserView { account: self.account(), profile }
    }
}

fn record<R: Record>(item: Option<&Item>) -> Result<Option<R>, StoreError> {
    Ok(item.map(|item| decode(&item.body)).transpose()?)
}

pub(super) fn account_example() -> Value {
    json!({
        "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "username": "john",
        "name": {"first": "John", "last": "Doe"},
        "email": "john@example.org",
        "emailVerified": true,
        "pendingEmail": null,
        "emailProblem": null,
        "phone": "+14155552671",
        "phoneCountry": "US",
        "phoneVerified": false,
        "address": {
            "line1": "1 Market Street", "line2": null, "city": "San Francisco", "region": "CA",
            "postalCode": "94105", "country": "US"
        },
        "pictureUrl": "https://id.example.org/avatars/4f8Gk2mQx7Lw9Zr1Bv6Tn3-2048.jpg",
        "language": "en",
        "twoFactorEnabled": false,
        "terms": {"accepted": false, "version": null, "acceptedAt": null},
        "createdAt": "2026-01-15T10:00:00.000Z",
        "lastLoginAt": "2026-11-20T08:15:30.250Z",
        "preferences": serde_json::to_value(Preferences::default()).unwrap_or_default(),
        "version": 3
    })
}

pub(super) fn user_example() -> Value {
    let mut example = account_example();
    if let Value::Object(fields) = &mut example {
        fields.insert("profile".to_owned(), own_example());
    }
    example
}
