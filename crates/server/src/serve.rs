//! The service itself, from start to end.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::request::Parts;
use selfsame_accounts::gallery::Sweeper;
use selfsame_accounts::live::Live;
use selfsame_accounts::{FEATURES, Registration, Shared, name_callers};
use selfsame_events::Reactor;
use selfsame_web::{Edge, EdgeSettings, Gate, Idempotency, Limits, Observe, Policy, Throttle, router, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::application::{assemble, desk};
use crate::background::Background;
use crate::failure::Failure;
use crate::health::Health;
use crate::metrics::{
    MeasuredBlobs, MeasuredReactor, MeasuredStore, MeasuredUploads, Metrics, SharedMetrics,
};
use crate::settings::Settings;
use crate::traces::{self, Traces};
use crate::ui::{self, Pages, Places};
use crate::wiring::{Beginning, Installation, PicturePlaces, connect_blobs};
use crate::{inbound, logs, operations, sinks};

/// Addresses whose calls are counted at once: about 1 MB.
const COUNTED: usize = 65_536;

/// Serves until the process is told to stop (SIGTERM or SIGINT), and then ends what is under way and sends the last traces.
pub async fn run(settings: Settings) -> Result<(), Failure> {
    let traces = Traces::connect(&settings)?;
    logs::start(&settings, traces.layer());
    let served = serve_on(settings).await;
    traces.finish().await;
    served
}

async fn serve_on(mut settings: Settings) -> Result<(), Failure> {
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| Failure::System { what: format!("can't listen on {}", settings.listen), error })?;
    // Port 0 lets the system choose.
    settings.listen = listener.local_addr()?;
    let stop = told_to_stop()?;
    let service = Service::assemble(Installation::open(settings, Beginning::Allowed).await?).await?;
    // For scripts that had the system choose the port.
    writeln!(std::io::stdout().lock(), "http://{}", service.settings.listen)?;
    tracing::info!(
        address = %listener.local_addr()?,
        mode = ?service.settings.mode,
        "Selfsame is at {}",
        service.settings.public_url()
    );
    service.run(listener, stop).await;
    Ok(())
}

struct Service {
    settings: Settings,
    edge: Edge,
    live: Arc<Live>,
    background: Background,
}

impl Service {
    async fn assemble(installation: Installation) -> Result<Self, Failure> {
        sinks::check(&installation.settings).await?;
        let metrics: SharedMetrics = Arc::new(Metrics::default());
        let store = MeasuredStore::new(Arc::clone(&installation.store.items), Arc::clone(&metrics));
        let PicturePlaces { blobs, uploads } =
            connect_blobs(&installation.settings, desk(&installation)).await?;
        let blobs = Arc::new(MeasuredBlobs::new(blobs, Arc::clone(&metrics)));
        let uploads = Arc::new(MeasuredUploads::new(uploads, Arc::clone(&metrics)));
        let app = assemble(
            &installation,
            Arc::new(store),
            PicturePlaces { blobs, uploads },
            sinks::connect(&installation.settings),
            registration(&installation.settings),
        )?;
        let mut background = Background::default();
        background.relay(app.relay_to(watched_reactors(&app, &metrics)));
        let (sightings, stop) = (Arc::clone(&app.sightings), background.stopped());
        background.run(async move { sightings.run(stop).await });
        let (noticings, stop) = (Arc::clone(&app.noticings), background.stopped());
        background.run(async move { noticings.run(stop).await });
        let (ledger, stop) = (Arc::clone(&app.ledger), background.stopped());
        background.run(async move { ledger.run(stop).await });
        let (live, stop) = (Arc::clone(&app.live), background.stopped());
        background.run(async move { live.run(stop).await });
        let (sweeper, stop) = (Sweeper::new(&app), background.stopped());
        background.run(sweeper.run(stop));
        let (post, stop) = (Arc::clone(&app.post), background.stopped());
        background.run(async move { post.run(stop).await });
        inbound::take(&installation.settings, &app, &mut background);
        background.sweep(installation.store.clone(), Arc::clone(&installation.clock));
        background.rotate_keys(Arc::clone(&app), installation.settings.key_rotation);
        background.count(installation.store.clone(), Arc::clone(&app), Arc::clone(&metrics));
        // The store must not keep alive whoever keeps it.
        let hearing = Arc::downgrade(&app);
        let hear = move || {
            if let Some(app) = hearing.upgrade() {
                app.others_committed();
            }
        };
        installation.store.chores.watch(Arc::new(hear));
        metrics.show(Arc::clone(&app.counts));
        let live = Arc::clone(&app.live);
        let edge = edge_settings(&installation, &app, Arc::clone(&metrics));
        let edge = Edge::new(routes(&installation, &metrics, app), edge, &*installation.random);
        Ok(Self { settings: installation.settings, edge, live, background })
    }

    async fn run(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let grace = self.settings.shutdown_grace;
        let limits = Limits { drain_timeout: grace, ..Limits::default() };
        let stop = async {
            stop.await;
            // Streams end only when they are told to: requests that never finish would use up the whole grace.
            self.live.close();
        };
        serve(listener, self.edge, limits, stop).await;
        tracing::info!("no more requests; background work ends");
        if !self.background.finish(grace).await {
            tracing::warn!("some background work did not end in time; another start goes on with it");
        }
        tracing::info!("stopped");
    }
}

fn watched_reactors(app: &Shared, metrics: &SharedMetrics) -> Vec<Arc<dyn Reactor>> {
    let watched = |inner| -> Arc<dyn Reactor> {
        Arc::new(MeasuredReactor::new(inner, Arc::clone(metrics), Arc::clone(&app.clock)))
    };
    app.reactors().into_iter().map(watched).collect()
}

fn registration(settings: &Settings) -> Registration {
    if settings.enumeration_safe { Registration::Discreet } else { Registration::Immediate }
}

fn routes(installation: &Installation, metrics: &SharedMetrics, app: Shared) -> Router {
    let Installation { settings, clock, random, keys, store, .. } = installation;
    let health = Health::new(
        Arc::clone(&store.items),
        Arc::clone(keys),
        Arc::clone(clock),
        Arc::clone(random),
        &settings.data,
    );
    let api = FEATURES.iter().flat_map(|feature| (feature.routes)()).map(|route| route.path);
    let places =
        Places { pictures: &[settings.public_url(), settings.media_url()], uploads: &[app.uploads.url()] };
    let pages = Pages::new(settings.ui_folder.clone(), settings.mode, places, api);
    operations::routes(Arc::new(health), Arc::clone(metrics), settings.metrics_token.clone())
        .into_iter()
        .chain(pages.routes())
        .fold(router(FEATURES, app), |router, route| route.mount(router))
        .fallback(async move |request: Parts| pages.lost(&request))
}

fn edge_settings(installation: &Installation, app: &Shared, metrics: SharedMetrics) -> EdgeSettings {
    let settings = &installation.settings;
    let Installation { clock, random, keys, store, .. } = installation;
    let idempotency =
        Idempotency::new(Arc::clone(&store.items), Arc::clone(keys), Arc::clone(clock), Arc::clone(random));
    EdgeSettings {
        public_url: settings.public_url(),
        trusted_proxies: settings.trusted_proxies.clone(),
        cors_origins: settings.cors_origins.clone(),
        observe: Some(metrics as Arc<dyn Observe>),
        gate: Some(gate(installation)),
        idempotency: Some(Arc::new(idempotency.name_callers(name_callers(app)))),
        trace: traces::REQUESTS,
        ..EdgeSettings::default()
    }
}

fn gate(installation: &Installation) -> Gate {
    let settings = &installation.settings;
    let policy = |name, limit| Policy::new(name, limit, Duration::from_mins(1));
    let session = policy("session", settings.session_requests);
    let counted = [
        ("/auth/refresh", session),
        ("/auth/logout", session),
        ("/auth/register", policy("register", settings.registrations)),
        ("/auth/*", policy("auth", settings.auth_requests)),
    ];
    Gate {
        throttle: Arc::new(Throttle::new(COUNTED)),
        clock: Arc::clone(&installation.clock),
        paths: counted.into_iter().chain(ui::PATHS.iter().map(|path| (*path, Policy::FREE))).collect(),
        strangers: policy("anonymous", settings.anonymous_requests),
    }
}

/// Resolves at the first SIGTERM or SIGINT; a second one ends the process at once.
fn told_to_stop() -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new connections; again to stop at once");
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(1);
        });
    })
}
