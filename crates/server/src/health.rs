//! The health of the service, for load balancers and for the command `doctor`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use selfsame_app::App;
use selfsame_app::installation::check_key;
use selfsame_blobs::BlobName;
use selfsame_events::supervision::{Condition, Supervisor, TaskReport};
use selfsame_primitives::{Clock, Keys, Random};
use selfsame_store::{Commit, CommitToken, Guard, Key, Write};
use serde::Serialize;
use tokio::sync::Mutex;

use crate::wiring::Store;

/// A report is cached for this long, so that frequent probes cost the disk little.
const FRESH: Duration = Duration::from_secs(1);
/// A dependency that has not responded within this time counts as down.
const PATIENCE: Duration = Duration::from_secs(5);
/// The item that tests writing expires after this time.
const TRACE: Duration = Duration::from_mins(10);

/// A name that no picture has, since names are hashes.
const NO_PICTURE: &str = "avatars/health-of-this-service-nothing.jpg";

/// The state of one dependency.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Its name.
    pub name: String,
    /// Whether it works.
    pub ok: bool,
    /// Whether requests need it. One that they do not need makes the service degraded, and it keeps
    /// its traffic: otherwise one broker that is down would take every node out (decision 0039).
    pub required: bool,
    /// How long the check took, in milliseconds.
    #[serde(rename = "latencyMs")]
    pub latency_ms: f64,
    /// What is wrong, for operators; never shown to callers.
    #[serde(skip)]
    pub error: Option<String>,
}

/// The state of all dependencies.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `ready`, `degraded` or `not ready`.
    pub status: &'static str,
    /// Each dependency, and each unhealthy background task.
    pub checks: Vec<Finding>,
}

impl Report {
    fn of(checks: Vec<Finding>) -> Self {
        let fails = |required: bool| {
            checks.iter().any(|finding| !finding.ok && finding.required == required)
        };
        let status = match (fails(true), fails(false)) {
            (true, _) => "not ready",
            (false, true) => "degraded",
            (false, false) => "ready",
        };
        Self { status, checks }
    }

    /// Whether requests can be served.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|finding| finding.ok || !finding.required)
    }
}

/// Checks the dependencies.
pub struct Health {
    store: Store,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    data: PathBuf,
    supervisor: Arc<Supervisor>,
    app: Option<Arc<App>>,
    /// The folder of pictures, unless they are in a bucket.
    pictures: Option<PathBuf>,
    last: Mutex<Option<(Instant, Report)>>,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Health")
    }
}

impl Health {
    /// Checks `store`, which was made under `keys`, and the folder `data`.
    #[must_use]
    pub fn new(
        store: Store,
        keys: Arc<Keys>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        data: &Path,
    ) -> Self {
        let supervisor = Arc::default();
        let (data, last) = (data.to_owned(), Mutex::new(None));
        Self { store, keys, clock, random, data, supervisor, app: None, pictures: None, last }
    }

    /// The same, with the tasks of `supervisor`, and the signing keys of `app`.
    #[must_use]
    pub fn of_running(self, supervisor: Arc<Supervisor>, app: Arc<App>) -> Self {
        Self { supervisor, app: Some(app), ..self }
    }

    /// The same, with the folder of pictures; without one it checks the blob store of the
    /// application.
    #[must_use]
    pub fn of_pictures_in(self, folder: Option<PathBuf>) -> Self {
        Self { pictures: folder, ..self }
    }

    /// The state, at most a second old.
    pub async fn report(&self) -> Report {
        let mut last = self.last.lock().await;
        if let Some((_, report)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return report.clone();
        }
        let report = self.look().await;
        for finding in report.checks.iter().filter(|finding| !finding.ok) {
            tracing::error!(
                dependency = finding.name,
                error = finding.error,
                "a dependency is down"
            );
        }
        *last = Some((Instant::now(), report.clone()));
        report
    }

    async fn look(&self) -> Report {
        let mut checks = vec![
            timed("store.read", self.read()).await,
            timed("store.write", self.write()).await,
            timed("master_key", self.key()).await,
            timed("data", folder_works(self.data.clone())).await,
        ];
        if let Some(app) = &self.app {
            checks.push(timed("signing_keys", signs(app)).await);
            // Most requests work without pictures: no node would be better for taking all of them
            // out.
            checks.push(Finding {
                required: false,
                ..timed("pictures", self.keeps_pictures(app)).await
            });
        }
        checks.extend(self.supervisor.report().iter().filter_map(unwell));
        Report::of(checks)
    }

    async fn keeps_pictures(&self, app: &App) -> Result<(), String> {
        if let Some(folder) = &self.pictures {
            return folder_works(folder.clone()).await;
        }
        // A blob store that reports a missing blob works; listing and writing cost more.
        let nothing = BlobName::parse(NO_PICTURE).map_err(|error| error.to_string())?;
        app.media.blobs.get(&nothing, None).await.map(drop).map_err(|error| error.to_string())
    }

    fn trace() -> Key {
        Key::new("operations/health", "trace")
    }

    /// Whether the store was made under this key.
    async fn key(&self) -> Result<(), String> {
        check_key(&*self.store.items, &self.keys).await.map(drop).map_err(|error| error.to_string())
    }

    /// Whether the store is still the file that was opened, not another in its place, and can be
    /// read.
    async fn read(&self) -> Result<(), String> {
        self.store.maintenance.check_place().await.map_err(|error| error.to_string())?;
        self.store.items.get(&Self::trace()).await.map(drop).map_err(|error| error.to_string())
    }

    async fn write(&self) -> Result<(), String> {
        let until = self.clock.now().plus(TRACE);
        let write = Write::put_until(Self::trace(), Guard::Any, Vec::new(), until);
        let commit = Commit { token: CommitToken::generate(&*self.random), writes: vec![write] };
        self.store.items.commit(commit).await.map_err(|error| error.to_string())
    }
}

async fn signs(app: &App) -> Result<(), String> {
    app.identity.tokens.can_sign().await.map_err(|error| error.to_string())
}

/// The finding about an unhealthy background task.
fn unwell(task: &TaskReport) -> Option<Finding> {
    let error = match task.condition {
        Condition::Runs => return None,
        Condition::Restarts => "it ended by itself and is begun again soon",
        Condition::Stalled => "task_stalled: it has made no progress for a minute",
    };
    Some(Finding {
        name: format!("task.{}", task.name),
        ok: false,
        required: false,
        latency_ms: 0.0,
        error: Some(error.to_owned()),
    })
}

async fn timed(name: &str, check: impl Future<Output = Result<(), String>>) -> Finding {
    let started = Instant::now();
    let late = || Err(format!("no answer within {PATIENCE:?}"));
    let result = tokio::time::timeout(PATIENCE, check).await.unwrap_or_else(|_| late());
    let latency_ms = (started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
    Finding {
        name: name.to_owned(),
        ok: result.is_ok(),
        required: true,
        latency_ms,
        error: result.err(),
    }
}

/// Whether a file can be made in `folder`.
pub(crate) async fn folder_works(folder: PathBuf) -> Result<(), String> {
    let attempt = move || {
        let path = folder.join(format!(".probe-{}", std::process::id()));
        std::fs::write(&path, b"probe").and_then(|()| std::fs::remove_file(&path))
    };
    let done = tokio::task::spawn_blocking(attempt).await.map_err(|error| error.to_string())?;
    done.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use selfsame_app::installation::begin;
    use selfsame_primitives::{Fatal, SystemClock, SystemRandom};
    use selfsame_store::MemoryStore;
    use selfsame_store_sqlite::{Options, SqliteStore};
    use selfsame_testbed::Testbed;
    use serde_json::json;

    use super::*;

    /// A store that was made under the key `made` and is used with the key `used`.
    async fn health(folder: &Path, made: u8, used: u8) -> Health {
        let store = Arc::new(MemoryStore::new(Arc::new(SystemClock)));
        health_of(Store { items: store.clone(), maintenance: store }, folder, made, used).await
    }

    async fn health_of(store: Store, folder: &Path, made: u8, used: u8) -> Health {
        begin(&*store.items, &Keys::from_master(&[made; 32]), &SystemRandom).await.unwrap();
        let keys = Arc::new(Keys::from_master(&[used; 32]));
        Health::new(store, keys, Arc::new(SystemClock), Arc::new(SystemRandom), folder)
    }

    #[tokio::test]
    async fn all_is_well_where_everything_works() {
        let folder = tempfile::tempdir().unwrap();
        let report = health(folder.path(), 7, 7).await.report().await;
        assert!(report.is_ready(), "{report:?}");
        assert_eq!(report.checks.len(), 4);
    }

    #[tokio::test]
    async fn a_store_of_another_key_makes_it_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let report = health(folder.path(), 7, 8).await.report().await;
        assert!(!report.is_ready());
        let json = serde_json::to_string(&report).unwrap();
        assert!(json.contains(r#""name":"master_key","ok":false"#), "{json}");
    }

    #[tokio::test]
    async fn a_store_in_whose_place_another_was_put_makes_it_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let open = |name: &str| {
            let (clock, fatal) = (Arc::new(SystemClock), Fatal::new(|_| ()));
            Arc::new(SqliteStore::open(&path(name), clock, Options::default(), fatal).unwrap())
        };
        drop(open("other.sqlite"));
        let store = open("store.sqlite");
        let health =
            health_of(Store { items: store.clone(), maintenance: store }, folder.path(), 7, 7)
                .await;
        let report = health.look().await;
        assert!(report.is_ready(), "{report:?}");
        std::fs::rename(path("other.sqlite"), path("store.sqlite")).unwrap();
        let json = serde_json::to_string(&health.look().await).unwrap();
        assert!(json.contains(r#""status":"not ready""#), "{json}");
        assert!(json.contains(r#""name":"store.read","ok":false"#), "{json}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_run_makes_the_service_degraded_and_not_unready() {
        let folder = tempfile::tempdir().unwrap();
        let bed = Testbed::new();
        let supervisor = Arc::new(Supervisor::default());
        let health = health(folder.path(), 7, 7).await;
        let health = health.of_running(Arc::clone(&supervisor), Arc::clone(&bed.app));
        let report = health.report().await;
        assert_eq!((report.status, report.checks.len()), ("ready", 6), "{report:?}");
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let keeper = Arc::clone(&supervisor);
        tokio::spawn(async move {
            keeper.supervise("mail", stopped, || async { panic!("out of paper") }).await;
        });
        tokio::time::sleep(FRESH * 2).await;
        let report = health.look().await;
        assert_eq!((report.status, report.is_ready()), ("degraded", true), "{report:?}");
        let json = serde_json::to_value(&report).unwrap();
        let task = json!({"name": "task.mail", "ok": false, "required": false, "latencyMs": 0.0});
        assert_eq!(json["checks"][6], task);
    }

    #[tokio::test]
    async fn a_failed_blob_store_makes_the_service_degraded_and_not_unready() {
        let folder = tempfile::tempdir().unwrap();
        let bed = Testbed::new();
        let health =
            health(folder.path(), 7, 7).await.of_running(Arc::default(), Arc::clone(&bed.app));
        // In a bucket, and in a folder.
        assert_eq!(health.look().await.status, "ready");
        let blobs = folder.path().join("blobs");
        let health = health.of_pictures_in(Some(blobs.clone()));
        let report = health.look().await;
        assert_eq!((report.status, report.is_ready()), ("degraded", true), "{report:?}");
        let json = serde_json::to_string(&report).unwrap();
        assert!(json.contains(r#""name":"pictures","ok":false,"required":false"#), "{json}");
        std::fs::create_dir(&blobs).unwrap();
        assert_eq!(health.look().await.status, "ready");
        assert_eq!(std::fs::read_dir(&blobs).unwrap().count(), 0, "nothing is left there");
    }

    #[tokio::test]
    async fn a_missing_data_folder_is_reported_without_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let report = health(&folder.path().join("gone"), 7, 7).await.report().await;
        assert!(!report.is_ready());
        let json = serde_json::to_string(&report).unwrap();
        assert!(json.contains(r#""name":"data","ok":false"#) && !json.contains("gone"), "{json}");
    }
}
