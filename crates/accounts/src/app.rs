//! What every handler shares.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use selfsame_basics::{
    Clock, ClockWatch, EmailAddress, Keys, MonotonicTime, Random, Timestamp, Username,
};
use selfsame_blobs::{Blobs, Uploads};
use selfsame_events::{Addresses, Interest, Journal, Reactor, Relay};
use selfsame_items::{ItemStore, Key, StoreError, Write};
use selfsame_web::{Client, Problem, Throttle};
use tokio::sync::Notify;

use crate::counts::Counts;
use crate::duties;
use crate::gallery::GallerySettings;
use crate::garbage::Ledger;
use crate::live::Live;
use crate::mail::{self, MailParts, MailSettings, Post};
use crate::monitoring::{MAIL_FROM_RISK, Noticings, Reads, Refusals};
use crate::otp::{self, SendLimits};
use crate::passwords::{PasswordSettings, Passwords};
use crate::person::People;
use crate::pictures::{PictureSettings, Pictures};
use crate::pixels::Pixels;
use crate::presence::Sightings;
use crate::records::Claim;
use crate::sign_in::{Attempt, Backoff, too_many};
use crate::tokens::{JwksSource, TokenParts, TokenSettings, Tokens};
use crate::webhooks::{self, AddressPolicy, Courier, Listing, WebhookParts, Webhooks};
use crate::{FEATURES, SignedIn};

/// Users whose doings are counted at the same time; 280 kB.
const THROTTLED: usize = 16_384;

/// What an operator decides, as far as the features care.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the service is reached from outside, without a slash at the end:
    /// `http://127.0.0.1:8080`.
    pub public_url: String,
    /// Where pictures are reached from outside; the service itself unless a CDN stands before it.
    pub media_url: String,
    /// No answer is older than this, even when nobody says that something has changed.
    pub profile_cache_ttl: Duration,
    /// How long activity entries are kept.
    pub activity_retention: Duration,
    /// How long an alias is good for.
    pub alias_expiry: Duration,
    /// Which pictures are taken.
    pub pictures: PictureSettings,
    /// Which files galleries take, and how.
    pub gallery: GallerySettings,
    /// Origins besides `public_url` whose pages may use the session cookie:
    /// `https://app.example.org`.
    pub origins: Vec<String>,
    /// What is decided about tokens.
    pub tokens: TokenSettings,
    /// What is decided about passwords.
    pub passwords: PasswordSettings,
    /// What a registration leads to.
    pub registration: Registration,
    /// Whether people may register here, rather than only with another issuer.
    pub local_registration: bool,
    /// Routes that ask for no recent proof of who one is, although they should:
    /// `POST /auth/profile/email/initiate`.
    pub step_up_exempt: Vec<String>,
    /// How many one-time passwords an address may get.
    pub otp_limits: SendLimits,
    /// What is decided about mail.
    pub mail: MailSettings,
    /// How many pages may follow events at once, of all users together; each takes a connection.
    pub live_streams: usize,
    /// Alerts of at least this risk are mailed; 101 for none.
    pub alert_mail_from_risk: u8,
    /// Which addresses webhooks may go to.
    pub webhooks: AddressPolicy,
    /// What was given out up to then and is kept nowhere is void: the store was brought back from a
    /// backup.
    pub void_before: Timestamp,
}

/// What a registration leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Registration {
    /// The same answer whether the address has an account or not: a mail tells its owner, and a new
    /// account works once the code in that mail was given back. So nobody finds out who has an
    /// account.
    Discreet,
    /// A session at once. The mail asks for the code all the same, and whoever tries an address
    /// that is taken is told so.
    Immediate,
    /// Like `Immediate`, without a mail: an operator vouches for the address.
    Vouched,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".into(),
            media_url: "http://127.0.0.1:8080".into(),
            profile_cache_ttl: Duration::from_mins(5),
            activity_retention: Duration::from_hours(365 * 24),
            alias_expiry: Duration::from_hours(720),
            pictures: PictureSettings::default(),
            gallery: GallerySettings::default(),
            origins: Vec::new(),
            tokens: TokenSettings::default(),
            passwords: PasswordSettings::default(),
            registration: Registration::Discreet,
            local_registration: true,
            step_up_exempt: Vec::new(),
            otp_limits: SendLimits::DEVELOPMENT,
            mail: MailSettings::default(),
            live_streams: 5_000,
            alert_mail_from_risk: MAIL_FROM_RISK,
            webhooks: AddressPolicy::default(),
            void_before: Timestamp::default(),
        }
    }
}

/// What the application is made of; the server and the testbed choose the parts.
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn ItemStore>,
    /// Where pictures are kept.
    pub blobs: Arc<dyn Blobs>,
    /// Where clients upload to.
    pub uploads: Arc<dyn Uploads>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub random: Arc<dyn Random>,
    /// The keys of this installation.
    pub keys: Arc<Keys>,
    /// Who else is told of events, besides the features.
    pub sinks: Vec<Arc<dyn Reactor>>,
    /// Who fetches the keys of other issuers.
    pub jwks: Arc<dyn JwksSource>,
    /// Who hands mail over.
    pub mail: MailParts,
    /// Who carries webhooks.
    pub courier: Arc<dyn Courier>,
    /// What the operator decided.
    pub settings: Settings,
}

impl Parts {
    fn addresses(&self) -> Addresses {
        Addresses::new(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            Arc::clone(&self.random),
            Arc::clone(&self.keys),
        )
    }
}

/// The application: what handlers get as their state.
pub struct App {
    /// Where everything is kept.
    pub store: Arc<dyn ItemStore>,
    /// Where pictures are kept.
    pub blobs: Arc<dyn Blobs>,
    /// Where clients upload to.
    pub uploads: Arc<dyn Uploads>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whether the wall clock was set.
    pub clock_watch: Arc<ClockWatch>,
    /// Where chance comes from.
    pub random: Arc<dyn Random>,
    /// The keys of this installation.
    pub keys: Arc<Keys>,
    /// The way in which anything about a user changes.
    pub journal: Arc<Journal>,
    /// Who seals the addresses that people call from.
    pub addresses: Arc<Addresses>,
    /// What is known about users, ready to be shown.
    pub people: Arc<People>,
    /// Keeps blobs and records in step.
    pub ledger: Arc<Ledger>,
    /// Makes what is shown out of what is uploaded.
    pub pictures: Pictures,
    /// Who gives out and verifies tokens.
    pub tokens: Tokens,
    /// Who hashes and verifies passwords.
    pub passwords: Passwords,
    /// Who notes when users were last seen; whoever serves requests has it run.
    pub sightings: Arc<Sightings>,
    /// Who hands over the mails that were asked for; whoever serves requests has it run.
    pub post: Arc<Post>,
    /// What is counted; whoever serves `/metrics` reads it.
    pub counts: Arc<Counts>,
    /// Who follows events; whoever serves requests has it run, and closes it when it stops.
    pub live: Arc<Live>,
    /// What was noticed and is not written yet; whoever serves requests has it run.
    pub noticings: Arc<Noticings>,
    /// How often sign-ins were refused lately.
    pub(crate) refusals: Refusals,
    /// How many profiles callers have read lately.
    pub(crate) reads: Reads,
    /// Where else events are posted to.
    pub webhooks: Arc<Webhooks>,
    /// Who slows down guessing.
    pub(crate) backoff: Backoff,
    /// How often who has done what lately.
    pub(crate) throttle: Throttle,
    /// Who turns drawings into pixels, a few at a time.
    pub(crate) pixels: Pixels,
    /// What the operator decided.
    pub settings: Settings,
    sinks: Vec<Arc<dyn Reactor>>,
}

/// The state of every route.
pub type Shared = Arc<App>;

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("App")
    }
}

impl App {
    /// Puts the application together.
    #[must_use]
    pub fn new(parts: Parts) -> Shared {
        let addresses = Arc::new(parts.addresses());
        let Parts {
            store,
            blobs,
            uploads,
            clock,
            random,
            keys,
            sinks,
            jwks,
            mail,
            courier,
            settings,
        } = parts;
        let people =
            Arc::new(People::new(Arc::clone(&store), Arc::clone(&clock), settings.clone()));
        let counts = Arc::new(Counts::of(FEATURES));
        let (watching, hearing) = (Arc::clone(&people), Arc::clone(&counts));
        let live =
            Arc::new(Live::new(Arc::clone(&store), Arc::clone(&counts), settings.live_streams));
        let waking = Arc::clone(&live);
        let listing = Arc::new(Listing::new(Arc::clone(&store), Arc::clone(&clock)));
        let (listed, wanted) = (Arc::clone(&listing), Arc::clone(&listing));
        let interests = duties::interests(FEATURES, &sinks)
            .chain([Interest::when(webhooks::NAME, move |event_type| wanted.wants(event_type))]);
        let journal = Journal::new(
            Arc::clone(&store),
            Arc::clone(&clock),
            Arc::clone(&random),
            interests.collect(),
            settings.activity_retention,
        )
        .sealing_by(Arc::clone(&addresses))
        .observed_by(Arc::new(move |write: &Write, happened| watching.take_up(write, happened)))
        .observed_by(Arc::new(move |write: &Write, _| waking.hear(write)))
        .observed_by(Arc::new(move |write: &Write, _| listed.hear(write)))
        .observed_by(otp::counts_sends(&counts))
        .heard_by(Arc::new(move |event_type, data| hearing.hear(event_type, data)));
        let posted = Arc::new(Notify::new());
        let journal = Arc::new(journal.observed_by(mail::wake(&posted)));
        let tools = mail::Tools {
            store: Arc::clone(&store),
            journal: Arc::clone(&journal),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            keys: Arc::clone(&keys),
            counts: Arc::clone(&counts),
            posted,
        };
        let post = Arc::new(Post::new(tools, mail, &settings.mail));
        let clock_watch = Arc::new(ClockWatch::new(Arc::clone(&clock)));
        let ledger = Ledger::new(
            Arc::clone(&store),
            Arc::clone(&journal),
            Arc::clone(&blobs),
            Arc::clone(&clock),
            Arc::clone(&random),
            Arc::clone(&clock_watch),
        );
        let (ledger, pictures) = (Arc::new(ledger), Pictures::new(&settings.pictures));
        let tokens = Tokens::new(TokenParts {
            store: Arc::clone(&store),
            journal: Arc::clone(&journal),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            keys: Arc::clone(&keys),
            source: jwks,
            public_url: settings.public_url.clone(),
            settings: settings.tokens.clone(),
        });
        let webhooks = Webhooks::new(WebhookParts {
            store: Arc::clone(&store),
            journal: Arc::clone(&journal),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            keys: Arc::clone(&keys),
            counts: Arc::clone(&counts),
            courier,
            listing,
        });
        let passwords =
            Passwords::new(Arc::clone(&keys), Arc::clone(&random), settings.passwords.clone());
        Arc::new(Self {
            sightings: Arc::new(Sightings::new(Arc::clone(&journal))),
            noticings: Arc::new(Noticings::new(Arc::clone(&journal))),
            backoff: Backoff::default(),
            store,
            blobs,
            uploads,
            clock,
            clock_watch,
            random,
            keys,
            journal,
            addresses,
            people,
            ledger,
            pictures,
            tokens,
            passwords,
            post,
            counts,
            live,
            refusals: Refusals::default(),
            reads: Reads::default(),
            webhooks: Arc::new(webhooks),
            throttle: Throttle::new(THROTTLED),
            pixels: Pixels::default(),
            settings,
            sinks,
        })
    }

    /// Everybody who does something because of events: the features, and the sinks.
    #[must_use]
    pub fn reactors(self: &Arc<Self>) -> Vec<Arc<dyn Reactor>> {
        let ours = duties::reactors(FEATURES, self).chain([self.webhooks.fan_out()]);
        ours.chain(self.sinks.iter().cloned()).collect()
    }

    /// The names of everybody whom events may wait for, sorted: [`App::reactors`], and one for each
    /// webhook.
    pub async fn reactor_names(self: &Arc<Self>) -> Result<Vec<String>, StoreError> {
        let mut names: Vec<_> =
            self.reactors().iter().map(|reactor| reactor.name().to_owned()).collect();
        names.extend(self.webhooks.lanes().await?);
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// Who brings events to all of them.
    #[must_use]
    pub fn relay(self: &Arc<Self>) -> Relay {
        self.relay_to(self.reactors())
    }

    /// Who brings events to `reactors`, which are those of this application or stand before them,
    /// and to the webhooks.
    #[must_use]
    pub fn relay_to(self: &Arc<Self>, reactors: Vec<Arc<dyn Reactor>>) -> Relay {
        Relay::new(Arc::clone(&self.journal), reactors).with_roster(self.webhooks.roster())
    }

    /// Somebody else, such as a command beside the service, has committed to the store: whatever is
    /// known here may be old. Waits for nothing.
    pub fn others_committed(&self) {
        self.people.forget_all();
        self.tokens.doubt();
        self.webhooks.doubt();
        self.live.look();
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The present, by a clock that nobody sets: for limits.
    #[must_use]
    pub fn monotonic(&self) -> MonotonicTime {
        self.clock.monotonic()
    }

    /// Lets a signed-in user try to show anew who they are, or says how long to wait.
    pub(crate) async fn attempt(&self, caller: &SignedIn) -> Result<Attempt, Problem> {
        let from = caller
            .session
            .as_ref()
            .map_or_else(|| caller.client.ip.to_string(), ToString::to_string);
        let known = format!("user/{}/{from}", caller.id());
        self.backoff.attempt_of_known(&known, &*self.clock).await.map_err(too_many)
    }

    /// Lets `client` try to get in as `name`, or says how long to wait.
    pub(crate) async fn attempt_as(&self, name: &str, client: &Client) -> Result<Attempt, Problem> {
        self.backoff.attempt(name, client.ip, &*self.clock).await.map_err(too_many)
    }

    /// The place of the claim on an email address: its keyed hash, so that the store holds no list
    /// of addresses.
    #[must_use]
    pub fn email_claim(&self, email: &EmailAddress) -> Key {
        Key::new(
            format!("claim/email/{}", self.keys.name("email", &[email.canonical().as_bytes()])),
            "claim",
        )
    }

    /// The places of the claims on a username: one for each form that nobody else may have.
    #[must_use]
    pub fn username_claims(&self, username: &Username) -> Vec<Key> {
        username.claimed_forms().iter().map(|form| Claim::username_key(form)).collect()
    }

    /// The same for whoever may have no username.
    pub(crate) fn claims_of(&self, username: Option<&Username>) -> Vec<Key> {
        username.map(|name| self.username_claims(name)).unwrap_or_default()
    }
}
