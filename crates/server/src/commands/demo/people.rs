//! A generated user.

use std::time::Duration;

use selfsame_app::App;
use selfsame_events::{Entry, Head, Origin, Populations};
use selfsame_primitives::{
    EmailAddress, Random, SeededRandom, Timestamp, UserId, Username, new_ulid,
};
use selfsame_store::{Guard, Key, Record, Write, encode};
use selfsame_users::populations::by_profile;
use selfsame_users::visibility::Visibility;
use selfsame_users::{records::Account, records::Claim};
use selfsame_users::{records::Presence, records::Profile, records::Stats};
use serde_json::json;

use super::words::{BADGES, FAMILIES, GIVEN, INTERESTS, LOCATIONS, SENTENCES, SKILLS};

/// The registration time of the first user.
const BEGINNING: Timestamp = Timestamp::from_millis(1_735_689_600_000);
/// The registration time of the last one is at most this much later, in minutes.
const SPAN_MINUTES: u64 = 300 * 24 * 60;

/// A generated user.
pub(super) struct MadeUp {
    pub(super) username: String,
    pub(super) user: UserId,
    name: String,
    came: Timestamp,
    random: SeededRandom,
}

impl MadeUp {
    /// The user with this number among those of `seed`.
    pub(super) fn new(seed: u16, number: u64) -> Self {
        let random = SeededRandom::new(
            u64::from(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15)
                ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93),
        );
        let dice: &dyn Random = &random;
        let came = BEGINNING.plus(Duration::from_mins(dice.below(SPAN_MINUTES)));
        let (given, family) = (pick(dice, GIVEN), pick(dice, FAMILIES));
        let username = format!("{}.{}.{seed}.{number}", plain(given), plain(family));
        let (user, name) = (UserId::generate(came, dice), format!("{given} {family}"));
        Self { username, user, name, came, random }
    }

    /// The writes for this user; their populations are added to `counted`.
    pub(super) fn writes(
        &self,
        app: &App,
        password: &str,
        counted: &mut Populations,
    ) -> Vec<Write> {
        let user = &self.user;
        let email = EmailAddress::parse(&format!("{}@example.com", self.username)).ok();
        let username = Username::parse(&self.username).ok();
        let claims = email.iter().map(|email| app.users.email_claim(email));
        let claims = claims.chain(username.iter().flat_map(|name| app.users.username_claims(name)));
        let claim = Claim::of(user.clone());
        let mut writes: Vec<Write> = claims.map(|key| made(key, &claim)).collect();
        let (account, profile) = (self.account(email, username, password), self.profile());
        let mut head = Head { sequence: 1, ..Head::default() };
        let populations = by_profile(&profile).into_iter().filter(|(_, is_in)| *is_in);
        counted.count(&mut head, populations.map(|(population, _)| population));
        writes.push(made(Head::key(user), &head));
        writes.push(made(Account::key(user), &account));
        writes.push(made(Profile::key(user), &profile));
        writes.push(made(Stats::key(user), &self.stats()));
        writes.push(made(Presence::key(user), &Presence { last_active_at: Some(self.later()) }));
        writes.push(made(Entry::key(user, 1), &self.entry()));
        writes
    }

    fn account(
        &self,
        email: Option<EmailAddress>,
        username: Option<Username>,
        password: &str,
    ) -> Account {
        Account {
            email,
            email_verified: true,
            username,
            password: Some(password.to_owned()),
            created_at: self.came,
            last_login_at: Some(self.later()),
            administrator: false,
        }
    }

    fn profile(&self) -> Profile {
        let dice: &dyn Random = &self.random;
        let mut profile = Profile::new(self.name.clone(), self.came);
        profile.bio = some(dice, SENTENCES, 3).join(" ");
        let (location, timezone) =
            LOCATIONS.get(index(dice, LOCATIONS.len())).copied().unwrap_or_default();
        (profile.location, profile.timezone) = (location.to_owned(), timezone.to_owned());
        profile.interests = some(dice, INTERESTS, 6).into_iter().map(str::to_owned).collect();
        profile.skills = some(dice, SKILLS, 5).into_iter().map(str::to_owned).collect();
        profile.badges = some(dice, BADGES, 3).into_iter().map(str::to_owned).collect();
        if dice.below(3) > 0 {
            profile
                .social_links
                .insert("github".into(), format!("https://github.com/{}", self.handle()));
        }
        if dice.below(10) == 0 {
            profile.privacy.bio = Visibility::Private;
        }
        profile
    }

    fn handle(&self) -> String {
        self.username.replace('.', "-")
    }

    fn stats(&self) -> Stats {
        let dice: &dyn Random = &self.random;
        Stats {
            posts_count: dice.below(200),
            likes_received: dice.below(2000),
            comments_count: dice.below(500),
            followers_count: dice.below(900),
            following_count: dice.below(400),
        }
    }

    fn later(&self) -> Timestamp {
        let dice: &dyn Random = &self.random;
        self.came.plus(Duration::from_mins(dice.below(20 * 24 * 60)))
    }

    fn entry(&self) -> Entry {
        Entry {
            event_id: new_ulid(self.came, &self.random),
            event_type: "user.registered".into(),
            occurred_at: self.came,
            origin: Origin::default(),
            data: json!({"way": "password", "username": self.username, "issuer": null}),
            traceparent: None,
        }
    }
}

fn made<R: Record>(key: Key, record: &R) -> Write {
    Write::put(key, Guard::Absent, encode(record))
}

fn index(dice: &dyn Random, length: usize) -> usize {
    usize::try_from(dice.below(length as u64)).unwrap_or(0)
}

fn pick<'w>(dice: &dyn Random, words: &[&'w str]) -> &'w str {
    words.get(index(dice, words.len())).copied().unwrap_or_default()
}

/// Up to `most` different words, in the order of the list.
fn some<'w>(dice: &dyn Random, words: &[&'w str], most: usize) -> Vec<&'w str> {
    let count = index(dice, most + 1);
    let mut chosen: Vec<_> = (0..count).map(|_| pick(dice, words)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// The first seven letters of the name, in lower case and without accents: with seed and number at
/// most 30 characters.
fn plain(name: &str) -> String {
    let unaccented = |letter: char| match letter {
        'á' | 'ã' => 'a',
        'é' | 'è' | 'ë' => 'e',
        'í' | 'ı' => 'i',
        'ó' | 'ø' | 'ö' | 'Ö' => 'o',
        'ü' => 'u',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(unaccented).filter(char::is_ascii_alphabetic).take(7).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_people_and_another_makes_others() {
        let name = |seed, number| MadeUp::new(seed, number).username;
        assert_eq!(name(1, 7), name(1, 7));
        assert_ne!(name(1, 7), name(2, 7));
        assert_eq!(MadeUp::new(1, 7).user, MadeUp::new(1, 7).user);
    }

    #[test]
    fn everybody_has_a_name_of_their_own_that_the_rules_take() {
        let names: HashSet<_> = (0..2000).map(|number| MadeUp::new(3, number).username).collect();
        assert_eq!(names.len(), 2000);
        for name in names.iter().chain([&MadeUp::new(u16::MAX, 99_999_999).username]) {
            assert!(Username::parse(name).is_ok(), "{name}");
            assert!(EmailAddress::parse(&format!("{name}@example.com")).is_ok(), "{name}");
        }
    }
}
