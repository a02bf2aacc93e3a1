//! The composition root: which state is made of which adapters and of which states below it.

use std::fmt;
use std::sync::Arc;

use selfsame_activity::Activity;
use selfsame_activity::streams::LiveStreams;
use selfsame_blobs::{Blobs, Uploads};
use selfsame_events::{AddressSealer, EventHandler, Journal, Relay, Subscription};
use selfsame_identity::Identity;
use selfsame_integrations::Integrations;
use selfsame_integrations::event_catalog::EventCatalog;
use selfsame_integrations::webhook_delivery::{
    EndpointCache, NAME as WEBHOOKS, WebhookClient, Webhooks,
};
use selfsame_mail_queue::{MailAdapters, MailQueue, wake};
use selfsame_media::Media;
use selfsame_platform::Platform;
use selfsame_primitives::{Clock, ClockWatch, Keys, Random};
use selfsame_profiles::Profiles;
use selfsame_profiles::settings::ProfilesSettings;
use selfsame_store::{Store, Write};
use selfsame_tokens::JwksFetcher;
use selfsame_users::Users;
use selfsame_users::user_cache::UserCache;
use selfsame_web::{BoundFeature, Counters, FeatureInfo, RateLimiter};
use tokio::sync::Notify;

use crate::{Settings, features};

/// Keys that are rate limited at the same time; 280 kB.
const RATE_LIMITED_KEYS: usize = 16_384;

/// What the application is made of; the server and the testbed choose it.
pub struct Adapters {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Where pictures are kept.
    pub blobs: Arc<dyn Blobs>,
    /// Where clients upload to.
    pub uploads: Arc<dyn Uploads>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where random bytes come from.
    pub random: Arc<dyn Random>,
    /// The keys of this installation.
    pub keys: Arc<Keys>,
    /// What else gets events, besides the features.
    pub sinks: Vec<Arc<dyn EventHandler>>,
    /// What fetches the keys of other issuers.
    pub jwks: Arc<dyn JwksFetcher>,
    /// What hands mail over.
    pub mail: MailAdapters,
    /// What carries webhooks.
    pub courier: Arc<dyn WebhookClient>,
}

/// The application: one state for each crate of features.
pub struct App {
    /// What every feature works with.
    pub platform: Arc<Platform>,
    /// The users.
    pub users: Arc<Users>,
    /// Where mail goes.
    pub mail: Arc<MailQueue>,
    /// Where pictures are kept, and what makes them.
    pub media: Arc<Media>,
    /// Who somebody is.
    pub identity: Arc<Identity>,
    /// What people show.
    pub profiles: Arc<Profiles>,
    /// What people are shown of their accounts.
    pub activity: Arc<Activity>,
    /// What other systems see and do.
    pub integrations: Arc<Integrations>,
    reactors: Vec<Arc<dyn EventHandler>>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("App")
    }
}

/// What observes the commits of the journal: made before it, since it is told of every write.
struct Observers {
    people: Arc<UserCache>,
    streams: Arc<LiveStreams>,
    listing: Arc<EndpointCache>,
    posted: Arc<Notify>,
    counters: Arc<Counters>,
}

impl Observers {
    fn new(adapters: &Adapters, infos: &[FeatureInfo], settings: &Settings) -> Self {
        let (store, clock) = (&adapters.store, &adapters.clock);
        let counters = Arc::new(Counters::of(infos));
        let (streams, ttl) = (settings.activity.live_streams, settings.profile_cache_ttl);
        Self {
            people: Arc::new(UserCache::new(Arc::clone(store), Arc::clone(clock), ttl)),
            streams: Arc::new(LiveStreams::new(Arc::clone(store), Arc::clone(&counters), streams)),
            listing: Arc::new(EndpointCache::new(Arc::clone(store), Arc::clone(clock))),
            posted: Arc::new(Notify::new()),
            counters,
        }
    }

    /// `journal`, whose commits they observe.
    fn observe(&self, journal: Journal) -> Journal {
        let (people, streams) = (Arc::clone(&self.people), Arc::clone(&self.streams));
        let (listing, counters) = (Arc::clone(&self.listing), Arc::clone(&self.counters));
        journal
            .with_commit_observer(Arc::new(move |write: &Write, happened| {
                people.on_write(write, happened);
            }))
            .with_commit_observer(Arc::new(move |write: &Write, _| streams.on_write(write)))
            .with_commit_observer(Arc::new(move |write: &Write, _| listing.hear(write)))
            .with_commit_observer(selfsame_identity::otp::counts_sends(&self.counters))
            .with_commit_observer(wake(&self.posted))
            .with_event_observer(Arc::new(move |event_type, data| {
                counters.on_event(event_type, data);
            }))
    }
}

impl App {
    /// Puts the application together: adapters, what observes commits, the journal, the platform,
    /// and the states of the crates from the lowest floor upwards.
    #[must_use]
    pub fn assemble(adapters: Adapters, settings: Settings) -> Arc<Self> {
        let infos = features();
        let observers = Observers::new(&adapters, infos, &settings);
        let catalog = Arc::new(EventCatalog::of(infos));
        let platform = platform(&adapters, &observers, infos, &settings);
        let Adapters { blobs, uploads, sinks, jwks, mail, courier, .. } = adapters;
        let Observers { people, streams, listing, posted, .. } = observers;
        let users = Arc::new(Users::new(&platform, people));
        let mail = Arc::new(MailQueue::new(&platform, posted, mail, &settings.mail));
        let media = Arc::new(Media::new(&platform, blobs, uploads, settings.pictures));
        let identity = Arc::new(Identity::new(&users, &mail, jwks, settings.identity));
        let shown = ProfilesSettings {
            gallery: settings.gallery,
            alias_expiry: settings.alias_expiry,
            activity_retention: settings.activity_retention,
            profile_cache_ttl: settings.profile_cache_ttl,
        };
        let profiles = Arc::new(Profiles::new(&media, &identity, shown));
        let activity = Arc::new(Activity::new(&identity, streams, settings.activity));
        let webhooks = Arc::new(Webhooks::new(&platform, courier, listing, Arc::clone(&catalog)));
        let subscriptions = subscriptions(infos, &sinks, &webhooks);
        let integrations = Integrations::new(
            &profiles,
            &activity,
            catalog,
            webhooks,
            settings.webhooks,
            subscriptions,
        );
        let integrations = Arc::new(integrations);
        let mut app = Self {
            platform,
            users,
            mail,
            media,
            identity,
            profiles,
            activity,
            integrations,
            reactors: Vec::new(),
        };
        let webhooks = [app.integrations.webhooks.fan_out()];
        app.reactors = app.handlers().chain(webhooks).chain(sinks).collect();
        Arc::new(app)
    }

    /// Every feature with its state, in the order of the documentation.
    #[must_use]
    pub fn features(&self) -> Vec<BoundFeature> {
        let identity = selfsame_identity::FEATURES.iter().map(|one| one.bind(&self.identity));
        let profiles = selfsame_profiles::FEATURES.iter().map(|one| one.bind(&self.profiles));
        let activity = selfsame_activity::FEATURES.iter().map(|one| one.bind(&self.activity));
        let outside = selfsame_integrations::FEATURES.iter();
        let integrations = outside.map(|one| one.bind(&self.integrations));
        let mail = selfsame_mail_queue::FEATURES.iter().map(|one| one.bind(&self.mail));
        identity.chain(profiles).chain(activity).chain(integrations).chain(mail).collect()
    }

    /// The event handlers of every feature.
    fn handlers(&self) -> impl Iterator<Item = Arc<dyn EventHandler>> {
        let identity = selfsame_identity::FEATURES.iter();
        let profiles = selfsame_profiles::FEATURES.iter();
        let activity = selfsame_activity::FEATURES.iter();
        let integrations = selfsame_integrations::FEATURES.iter();
        let mail = selfsame_mail_queue::FEATURES.iter();
        identity
            .flat_map(|one| one.handlers(&self.identity))
            .chain(profiles.flat_map(|one| one.handlers(&self.profiles)))
            .chain(activity.flat_map(|one| one.handlers(&self.activity)))
            .chain(integrations.flat_map(|one| one.handlers(&self.integrations)))
            .chain(mail.flat_map(|one| one.handlers(&self.mail)))
    }

    /// Everything that handles events: the features, and the sinks.
    #[must_use]
    pub fn reactors(&self) -> Vec<Arc<dyn EventHandler>> {
        self.reactors.clone()
    }

    /// What brings events to all of them.
    #[must_use]
    pub fn relay(&self) -> Relay {
        self.relay_to(self.reactors())
    }

    /// What brings events to `reactors`, which are those of this application or stand before them,
    /// and to the webhooks.
    #[must_use]
    pub fn relay_to(&self, reactors: Vec<Arc<dyn EventHandler>>) -> Relay {
        let journal = Arc::clone(&self.platform.journal);
        Relay::new(journal, reactors).with_roster(self.integrations.webhooks.roster())
    }

    /// Another process, such as a command beside the service, has committed to the store: whatever
    /// is known here may be old. Waits for nothing.
    pub fn others_committed(&self) {
        self.users.cache.forget_all();
        self.identity.tokens.doubt();
        self.integrations.webhooks.doubt();
        self.activity.streams.look();
    }
}

fn platform(
    adapters: &Adapters,
    observers: &Observers,
    infos: &[FeatureInfo],
    settings: &Settings,
) -> Arc<Platform> {
    let Adapters { store, clock, random, keys, sinks, .. } = adapters;
    let addresses = Arc::new(AddressSealer::new(
        Arc::clone(store),
        Arc::clone(clock),
        Arc::clone(random),
        Arc::clone(keys),
    ));
    let listing = Arc::clone(&observers.listing);
    let interests = infos
        .iter()
        .flat_map(|feature| feature.interests.clone())
        .chain(sinks.iter().map(Subscription::of))
        .chain([Subscription::when(WEBHOOKS, move |event_type| listing.wants(event_type))]);
    let journal = Journal::new(
        Arc::clone(store),
        Arc::clone(clock),
        Arc::clone(random),
        interests.collect(),
        settings.activity_retention,
    )
    .with_address_sealer(Arc::clone(&addresses));
    Arc::new(Platform {
        store: Arc::clone(store),
        journal: Arc::new(observers.observe(journal)),
        clock: Arc::clone(clock),
        clock_watch: Arc::new(ClockWatch::new(Arc::clone(clock))),
        random: Arc::clone(random),
        keys: Arc::clone(keys),
        counters: Arc::clone(&observers.counters),
        addresses,
        rate_limiter: RateLimiter::new(RATE_LIMITED_KEYS),
        urls: settings.urls.clone(),
    })
}

/// The names of all that handles events, but for the webhooks' own.
fn subscriptions(
    infos: &[FeatureInfo],
    sinks: &[Arc<dyn EventHandler>],
    webhooks: &Arc<Webhooks>,
) -> Vec<String> {
    let ours = infos.iter().flat_map(|feature| &feature.interests);
    ours.map(|interest| interest.name().to_owned())
        .chain(sinks.iter().map(|sink| sink.name().to_owned()))
        .chain([webhooks.fan_out().name().to_owned()])
        .collect()
}
