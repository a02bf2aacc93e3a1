//! The service, from start to end.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::FutureExt as _;
use http::request::Parts;
use selfsame_activity::streams::LiveStreams;
use selfsame_app::{App, features};
use selfsame_events::EventHandler;
use selfsame_identity::{authentication::identify_callers, settings::RegistrationMode};
use selfsame_primitives::{Clock as _, Secret, SystemClock};
use selfsame_web::{
    ConnectionLimits, CorsHeaders, Hsts, Idempotency, MiddlewareSettings, MiddlewareStack, Problem,
    ResponseObserver, Route, router, serve,
};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::assembly::{assemble, upload_form_signer};
use crate::background::Background;
use crate::failure::Failure;
use crate::health::Health;
use crate::metrics::{
    MeasuredBlobs, MeasuredHandler, MeasuredStore, MeasuredUploads, Metrics, SharedMetrics,
};
use crate::operations::Stopping;
use crate::settings::{Settings, warnings};
use crate::sweep::Sweep;
use crate::traces::{self, Traces};
use crate::ui::{PageUrls, Pages};
use crate::wiring::{
    BLOBS_FOLDER, Beginning, Installation, Patience, PictureStores, connect_blobs,
};
use crate::{consumers, files, logs, operations, publishers, rate_limits, start};

/// Serves until SIGTERM or SIGINT, then finishes what is under way and sends the last traces.
pub async fn run(settings: Settings) -> Result<(), Failure> {
    let traces = Traces::connect(&settings)?;
    logs::start(&settings, traces.layer());
    let served = serve_on(settings).await;
    traces.finish().await;
    served
}

async fn serve_on(mut settings: Settings) -> Result<(), Failure> {
    for warning in warnings(&settings) {
        tracing::warn!("{warning}");
    }
    start::check(&settings, SystemClock.now())?;
    let listener = listen(settings.listen).await?;
    // Port 0 lets the system choose.
    settings.listen = listener.local_addr()?;
    let management = match settings.management_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let stop = shutdown_signal()?;
    let hangup = signal(SignalKind::hangup())?;
    let installation = Installation::open(settings, Beginning::Allowed, Patience::Service).await?;
    let service = Service::assemble(installation).await?;
    // For scripts that let the system choose the port.
    writeln!(std::io::stdout().lock(), "http://{}", service.settings.listen)?;
    tracing::info!(
        address = %listener.local_addr()?,
        mode = ?service.settings.mode,
        "Selfsame is at {}",
        service.settings.public_url()
    );
    if let Some(management) = &management {
        tracing::info!(address = %management.local_addr()?, "probes and metrics have an address of their own");
    }
    tokio::select! {
        () = service.run(listener, management, stop) => {}
        () = heed(hangup) => {}
    }
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listening = TcpListener::bind(address).await;
    listening.map_err(|error| Failure::System { what: format!("can't listen on {address}"), error })
}

/// SIGHUP, which a closing terminal sends too, ends nothing.
async fn heed(mut hangup: Signal) {
    while hangup.recv().await.is_some() {
        tracing::info!(
            "SIGHUP: a file of events that was moved is opened anew by itself; settings are read at the start only"
        );
    }
    std::future::pending::<()>().await;
}

struct Service {
    settings: Settings,
    stack: MiddlewareStack,
    /// Probes and metrics, where they have an address of their own.
    management: MiddlewareStack,
    stopping: Stopping,
    live: Arc<LiveStreams>,
    background: Background,
}

impl Service {
    async fn assemble(installation: Installation) -> Result<Self, Failure> {
        publishers::check(&installation.settings).await?;
        let metrics: SharedMetrics = Arc::new(Metrics::default());
        let store = MeasuredStore::new(Arc::clone(&installation.store.items), Arc::clone(&metrics));
        let PictureStores { blobs, uploads } =
            connect_blobs(&installation.settings, upload_form_signer(&installation)).await?;
        let blobs = Arc::new(MeasuredBlobs::new(blobs, Arc::clone(&metrics)));
        let uploads = Arc::new(MeasuredUploads::new(uploads, Arc::clone(&metrics)));
        let app = assemble(
            &installation,
            Arc::new(store),
            PictureStores { blobs, uploads },
            publishers::connect(&installation.settings),
            registration(&installation.settings),
        )?;
        // Before any task that removes expired data begins: all of them use the doubt that this
        // finds. Where the store can't be read there is no start.
        let sweep = Sweep::new(installation.store.clone(), &app).await?;
        let mut background = Background::default();
        background.relay(app.relay_to(watched_reactors(&app, &metrics)));
        background.maintenance(&app);
        consumers::take(&installation.settings, &app, &mut background);
        background.sweep(sweep);
        background.rotate_keys(Arc::clone(&app), installation.settings.key_rotation);
        background.count(installation.store.clone(), Arc::clone(&app), Arc::clone(&metrics));
        // Weak, so that the stored callback does not keep its owner alive.
        let hearing = Arc::downgrade(&app);
        let hear = move || {
            if let Some(app) = hearing.upgrade() {
                app.others_committed();
            }
        };
        installation.store.maintenance.watch(Arc::new(hear));
        metrics.show(Arc::clone(&app.platform.counters));
        metrics.show_tasks(background.supervisor());
        let live = Arc::clone(&app.activity.streams);
        let (middleware, stopping) =
            (middleware_settings(&installation, &app, Arc::clone(&metrics)), Stopping::default());
        let health = health(&installation).of_running(background.supervisor(), Arc::clone(&app));
        let operators = Operators::new(&installation.settings, health, metrics, stopping.clone());
        let management = MiddlewareStack::new(
            operators.alone(),
            MiddlewareSettings::default(),
            &*installation.random,
        );
        let stack = MiddlewareStack::new(
            routes(&installation, &operators, &app),
            middleware,
            &*installation.random,
        );
        Ok(Self { settings: installation.settings, stack, management, stopping, live, background })
    }

    async fn run(
        self,
        listener: TcpListener,
        management: Option<TcpListener>,
        stop: impl Future<Output = ()>,
    ) {
        let grace = self.settings.shutdown_grace;
        let limits = limits(&self.settings);
        let (stopped, is_stopped) = oneshot::channel::<()>();
        // Probes are answered to the end, so that a stopping service is not taken for a dead one.
        let managed = management.map(|listener| {
            let limits = ConnectionLimits {
                connections: 64,
                drain_timeout: Duration::ZERO,
                ..ConnectionLimits::default()
            };
            tokio::spawn(serve(listener, self.management, limits, is_stopped.map(drop)))
        });
        let stop = async {
            stop.await;
            self.stopping.begin();
            if !self.settings.shutdown_delay.is_zero() {
                tracing::info!("stopping: /readyz says so from now on");
                tokio::time::sleep(self.settings.shutdown_delay).await;
            }
            tracing::info!("stopping: no new connections; again to stop at once");
            // Streams end only when they are closed: endless requests would use up the whole grace.
            self.live.close();
        };
        serve(listener, self.stack, limits, stop).await;
        drop(stopped);
        if let Some(managed) = managed {
            let _ = managed.await;
        }
        tracing::info!("no more requests; background work ends");
        if !self.background.finish(grace).await {
            tracing::warn!(
                "some background work did not end in time; another start goes on with it"
            );
        }
        tracing::info!("stopped");
    }
}

fn watched_reactors(app: &Arc<App>, metrics: &SharedMetrics) -> Vec<Arc<dyn EventHandler>> {
    let watched = |inner| -> Arc<dyn EventHandler> {
        Arc::new(MeasuredHandler::new(inner, Arc::clone(metrics), Arc::clone(&app.platform.clock)))
    };
    app.event_handlers().into_iter().map(watched).collect()
}

fn registration(settings: &Settings) -> RegistrationMode {
    if settings.enumeration_safe {
        RegistrationMode::EnumerationSafe
    } else {
        RegistrationMode::Immediate
    }
}

/// The limit of connections: the setting, at most as many as the process may have files open for.
fn limits(settings: &Settings) -> ConnectionLimits {
    let connections = settings.connections.min(files::for_connections(files::raise_limit()));
    if connections < settings.connections {
        tracing::warn!(
            connections,
            wanted = settings.connections,
            "the system allows fewer open files (RLIMIT_NOFILE) than http.connections needs"
        );
    }
    let share = match settings.connections_per_address {
        0 => connections.div_ceil(4),
        share => share,
    };
    ConnectionLimits {
        connections,
        connections_of_one: share,
        drain_timeout: settings.shutdown_grace,
        ..ConnectionLimits::default()
    }
}

fn health(installation: &Installation) -> Health {
    let Installation { settings, clock, random, keys, store, .. } = installation;
    let folder = settings.avatars_bucket.is_none().then(|| settings.data.join(BLOBS_FOLDER));
    let (keys, clock, random) = (Arc::clone(keys), Arc::clone(clock), Arc::clone(random));
    Health::new(store.clone(), keys, clock, random, &settings.data).of_pictures_in(folder)
}

/// The routes of operators.
struct Operators {
    health: Arc<Health>,
    stopping: Stopping,
    metrics: SharedMetrics,
    token: Option<Secret>,
    /// Whether they have an address of their own.
    apart: bool,
}

impl Operators {
    fn new(
        settings: &Settings,
        health: Health,
        metrics: SharedMetrics,
        stopping: Stopping,
    ) -> Self {
        let (token, apart) = (settings.metrics_token.clone(), settings.management_listen.is_some());
        Self { health: Arc::new(health), stopping, metrics, token, apart }
    }

    fn probes(&self) -> Vec<Route<()>> {
        operations::probes(Arc::clone(&self.health), self.stopping.clone())
    }

    fn counted(&self) -> Route<()> {
        operations::counted(Arc::clone(&self.metrics), self.token.clone())
    }

    /// All routes at their own address.
    fn alone(&self) -> Router {
        let routes = self.probes().into_iter().chain([self.counted()]);
        let not_found = async || Problem::not_found();
        routes.fold(Router::new(), |router, route| route.mount(router)).fallback(not_found)
    }

    /// Their routes beside all others.
    fn beside_all(&self) -> Vec<Route<()>> {
        let counted = (!self.apart).then(|| self.counted());
        self.probes().into_iter().chain(counted).collect()
    }
}

fn routes(installation: &Installation, operators: &Operators, app: &App) -> Router {
    let settings = &installation.settings;
    let infos = features();
    let api = infos.iter().flat_map(|feature| &feature.routes).map(|route| route.path);
    let (public, media) = (settings.public_url(), settings.media_url());
    let urls = PageUrls {
        public: &public,
        pictures: &[public.clone(), media],
        uploads: &[app.media.uploads.url()],
    };
    let pages = Pages::new(settings.ui_folder.clone(), settings.mode, urls, api);
    operators
        .beside_all()
        .into_iter()
        .chain(pages.routes())
        .fold(router(app.features()), |router, route| route.mount(router))
        .fallback(async move |request: Parts| pages.not_found(&request))
}

fn middleware_settings(
    installation: &Installation,
    app: &Arc<App>,
    metrics: SharedMetrics,
) -> MiddlewareSettings {
    let settings = &installation.settings;
    let Installation { clock, random, keys, store, .. } = installation;
    let idempotency = Idempotency::new(
        Arc::clone(&store.items),
        Arc::clone(keys),
        Arc::clone(clock),
        Arc::clone(random),
        identify_callers(&app.identity),
    );
    MiddlewareSettings {
        public_url: settings.public_url(),
        trusted_proxies: settings.trusted_proxies.clone(),
        cors_origins: settings.cors_origins.clone(),
        cors_headers: CorsHeaders::of(features()),
        observer: Some(metrics as Arc<dyn ResponseObserver>),
        rate_limits: Some(rate_limits::layer(installation, app)),
        hsts: Hsts::new(settings.hsts, settings.hsts_subdomains),
        idempotency: Some(Arc::new(idempotency)),
        trace: traces::REQUESTS,
        ..MiddlewareSettings::default()
    }
}

/// Resolves at the first SIGTERM or SIGINT; a second one ends the process at once.
fn shutdown_signal() -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(1);
        });
    })
}

#[cfg(test)]
mod tests;
