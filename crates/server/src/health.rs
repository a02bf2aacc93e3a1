//! Whether the service can do its work: asked by load balancers, and by the command `doctor`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use selfsame_accounts::installation::check_key;
use selfsame_basics::{Clock, Keys, Random};
use selfsame_items::{Commit, CommitToken, Guard, ItemStore, Key, Write};
use serde::Serialize;
use tokio::sync::Mutex;

/// A report is given to everybody who asks within this time, so that asking costs the disk little.
const FRESH: Duration = Duration::from_secs(1);
/// A dependency that has not answered within this time counts as down.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is written to see that writing works is gone after this time.
const TRACE: Duration = Duration::from_mins(10);

/// How one dependency is.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Which one.
    pub name: &'static str,
    /// Whether it works.
    pub ok: bool,
    /// How long it took, in milliseconds.
    #[serde(rename = "latencyMs")]
    pub latency_ms: f64,
    /// What is wrong, for operators; never shown to callers.
    #[serde(skip)]
    pub error: Option<String>,
}

/// How all dependencies are.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `ready` or `not ready`.
    pub status: &'static str,
    /// Each dependency.
    pub checks: Vec<Finding>,
}

impl Report {
    /// Whether all of them work.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|finding| finding.ok)
    }
}

/// Looks after the dependencies.
pub struct Health {
    store: Arc<dyn ItemStore>,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    data: PathBuf,
    last: Mutex<Option<(Instant, Report)>>,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Health")
    }
}

impl Health {
    /// Looks after `store`, which was made under `keys`, and the folder `data`.
    #[must_use]
    pub fn new(
        store: Arc<dyn ItemStore>,
        keys: Arc<Keys>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        data: &Path,
    ) -> Self {
        Self { store, keys, clock, random, data: data.to_owned(), last: Mutex::new(None) }
    }

    /// How things are, at most a second ago.
    pub async fn report(&self) -> Report {
        let mut last = self.last.lock().await;
        if let Some((_, report)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return report.clone();
        }
        let report = self.look().await;
        for finding in report.checks.iter().filter(|finding| !finding.ok) {
            tracing::error!(dependency = finding.name, error = finding.error, "a dependency is down");
        }
        *last = Some((Instant::now(), report.clone()));
        report
    }

    async fn look(&self) -> Report {
        let checks = vec![
            timed("store.read", self.read()).await,
            timed("store.write", self.write()).await,
            timed("master_key", self.key()).await,
            timed("data", folder_works(self.data.clone())).await,
        ];
        let ready = checks.iter().all(|finding| finding.ok);
        Report { status: if ready { "ready" } else { "not ready" }, checks }
    }

    fn trace() -> Key {
        Key::new("operations/health", "trace")
    }

    /// Whether the store is still the one that was opened, and not another that was put in its place.
    async fn key(&self) -> Result<(), String> {
        check_key(&*self.store, &self.keys).await.map(drop).map_err(|error| error.to_string())
    }

    async fn read(&self) -> Result<(), String> {
        self.store.get(&Self::trace()).await.map(drop).map_err(|error| error.to_string())
    }

    async fn write(&self) -> Result<(), String> {
        let until = self.clock.now().plus(TRACE);
        let write = Write::put_until(Self::trace(), Guard::Any, Vec::new(), until);
        let commit = Commit { token: CommitToken::generate(&*self.random), writes: vec![write] };
        self.store.commit(commit).await.map_err(|error| error.to_string())
    }
}

async fn timed(name: &'static str, check: impl Future<Output = Result<(), String>>) -> Finding {
    let started = Instant::now();
    let late = || Err(format!("no answer within {PATIENCE:?}"));
    let result = tokio::time::timeout(PATIENCE, check).await.unwrap_or_else(|_| late());
    let latency_ms = (started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
    Finding { name, ok: result.is_ok(), latency_ms, error: result.err() }
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
    use selfsame_accounts::installation::adopt;
    use selfsame_basics::{SystemClock, SystemRandom};
    use selfsame_items::MemoryStore;

    use super::*;

    /// A store that was made under the key `made` and is used with the key `used`.
    async fn health(folder: &Path, made: u8, used: u8) -> Health {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        adopt(&*store, &Keys::from_master(&[made; 32]), &SystemRandom).await.unwrap();
        Health::new(store, Arc::new(Keys::from_master(&[used; 32])), clock, Arc::new(SystemRandom), folder)
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
    async fn a_data_folder_that_is_gone_is_told_without_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let report = health(&folder.path().join("gone"), 7, 7).await.report().await;
        assert!(!report.is_ready());
        let json = serde_json::to_string(&report).unwrap();
        assert!(json.contains(r#""name":"data","ok":false"#) && !json.contains("gone"), "{json}");
    }
}
