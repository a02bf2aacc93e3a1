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

/// The number of keys that are rate limited at the same time; 280 kB.
const RATE_LIMITED_KEYS: usize = 16_384;

/// The adapters of the application; `server` and `testbed` choose them.
pub struct Adapters {
    /// The record store.
    pub store: Arc<dyn Store>,
    /// The blob store.
    pub blobs: Arc<dyn Blobs>,
    /// The upload store.
    pub uploads: Arc<dyn Uploads>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// The keys of this installation.
    pub keys: Arc<Keys>,
    /// Publishers: event handlers besides those of the features.
    pub sinks: Vec<Arc<dyn EventHandler>>,
    /// Fetches the keys of other issuers.
    pub jwks: Arc<dyn JwksFetcher>,
    /// The adapters of mail.
    pub mail: MailAdapters,
    /// Delivers webhooks.
    pub webhook_client: Arc<dyn WebhookClient>,
}

/// The application: one state for each crate of features.
pub struct App {
    /// The platform of every feature.
    pub platform: Arc<Platform>,
    /// The users.
    pub users: Arc<Users>,
    /// The mail queue.
    pub mail: Arc<MailQueue>,
    /// Storage and processing of pictures.
    pub media: Arc<Media>,
    /// Authentication.
    pub identity: Arc<Identity>,
    /// Profiles, privacy, pictures and aliases.
    pub profiles: Arc<Profiles>,
    /// Activity log, notifications and live streams.
    pub activity: Arc<Activity>,
    /// The service API, messages, reviews, events and webhooks.
    pub integrations: Arc<Integrations>,
    event_handlers: Vec<Arc<dyn EventHandler>>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("App")
    }
}

/// The commit observers. They are made before the journal, which calls them for every write, so
/// they hold the store and never the journal.
struct Observers {
    user_cache: Arc<UserCache>,
    streams: Arc<LiveStreams>,
    endpoint_cache: Arc<EndpointCache>,
    mail_wake_up: Arc<Notify>,
    counters: Arc<Counters>,
}

impl Observers {
    fn new(adapters: &Adapters, infos: &[FeatureInfo], settings: &Settings) -> Self {
        let (store, clock) = (&adapters.store, &adapters.clock);
        let counters = Arc::new(Counters::of(infos));
        let (streams, ttl) = (settings.activity.live_streams, settings.profile_cache_ttl);
        Self {
            user_cache: Arc::new(UserCache::new(Arc::clone(store), Arc::clone(clock), ttl)),
            streams: Arc::new(LiveStreams::new(Arc::clone(store), Arc::clone(&counters), streams)),
            endpoint_cache: Arc::new(EndpointCache::new(Arc::clone(store), Arc::clone(clock))),
            mail_wake_up: Arc::new(Notify::new()),
            counters,
        }
    }

    /// `journal` with these observers.
    fn observe(&self, journal: Journal) -> Journal {
        let (user_cache, streams) = (Arc::clone(&self.user_cache), Arc::clone(&self.streams));
        let (endpoint_cache, counters) =
            (Arc::clone(&self.endpoint_cache), Arc::clone(&self.counters));
        journal
            .with_commit_observer(Arc::new(move |write: &Write, happened| {
                user_cache.on_write(write, happened);
            }))
            .with_commit_observer(Arc::new(move |write: &Write, _| streams.on_write(write)))
            .with_commit_observer(Arc::new(move |write: &Write, _| endpoint_cache.on_write(write)))
            .with_commit_observer(selfsame_identity::otp::counts_sends(&self.counters))
            .with_commit_observer(wake(&self.mail_wake_up))
            .with_event_observer(Arc::new(move |event_type, data| {
                counters.on_event(event_type, data);
            }))
    }
}

impl App {
    /// Assembles the application: adapters, commit observers, the journal, the platform, and the
    /// states of the crates from the lowest floor upwards.
    #[must_use]
    pub fn assemble(adapters: Adapters, settings: Settings) -> Arc<Self> {
        let infos = features();
        let observers = Observers::new(&adapters, infos, &settings);
        let catalog = Arc::new(EventCatalog::of(infos));
        let platform = platform(&adapters, &observers, infos, &settings);
        let Adapters { blobs, uploads, sinks, jwks, mail, webhook_client, .. } = adapters;
        let Observers { user_cache, streams, endpoint_cache, mail_wake_up, .. } = observers;
        let users = Arc::new(Users::new(&platform, user_cache));
        let mail = Arc::new(MailQueue::new(&platform, mail_wake_up, mail, &settings.mail));
        let media = Arc::new(Media::new(&platform, blobs, uploads, settings.pictures));
        let identity = Arc::new(Identity::new(&users, &mail, jwks, settings.identity));
        let profiles_settings = ProfilesSettings {
            gallery: settings.gallery,
            alias_expiry: settings.alias_expiry,
            activity_retention: settings.activity_retention,
            profile_cache_ttl: settings.profile_cache_ttl,
        };
        let profiles = Arc::new(Profiles::new(&media, &identity, profiles_settings));
        let activity = Arc::new(Activity::new(&identity, streams, settings.activity));
        let webhooks = Arc::new(Webhooks::new(
            &platform,
            webhook_client,
            endpoint_cache,
            Arc::clone(&catalog),
        ));
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
            event_handlers: Vec::new(),
        };
        let webhooks = [app.integrations.webhooks.fan_out()];
        app.event_handlers = app.handlers().chain(webhooks).chain(sinks).collect();
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

    /// All event handlers: those of the features, the fan-out to webhooks, and the sinks.
    #[must_use]
    pub fn event_handlers(&self) -> Vec<Arc<dyn EventHandler>> {
        self.event_handlers.clone()
    }

    /// The relay to all event handlers.
    #[must_use]
    pub fn relay(&self) -> Relay {
        self.relay_to(self.event_handlers())
    }

    /// The relay to `handlers`, which are those of this application or wrap them, and to the
    /// webhook endpoints.
    #[must_use]
    pub fn relay_to(&self, event_handlers: Vec<Arc<dyn EventHandler>>) -> Relay {
        let journal = Arc::clone(&self.platform.journal);
        Relay::new(journal, event_handlers)
            .with_roster(self.integrations.webhooks.subscription_source())
    }

    /// Drops what is cached after a commit of another process, such as a command beside the
    /// service. It does not wait.
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
    let endpoint_cache = Arc::clone(&observers.endpoint_cache);
    let subscriptions = infos
        .iter()
        .flat_map(|feature| feature.interests.clone())
        .chain(sinks.iter().map(Subscription::of))
        .chain([Subscription::when(WEBHOOKS, move |event_type| {
            endpoint_cache.subscribes_to(event_type)
        })]);
    let journal = Journal::new(
        Arc::clone(store),
        Arc::clone(clock),
        Arc::clone(random),
        subscriptions.collect(),
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

/// The subscription names of all event handlers, except those of webhook endpoints.
fn subscriptions(
    infos: &[FeatureInfo],
    sinks: &[Arc<dyn EventHandler>],
    webhooks: &Arc<Webhooks>,
) -> Vec<String> {
    let ours = infos.iter().flat_map(|feature| &feature.interests);
    ours.map(|subscription| subscription.name().to_owned())
        .chain(sinks.iter().map(|sink| sink.name().to_owned()))
        .chain([webhooks.fan_out().name().to_owned()])
        .collect()
}
