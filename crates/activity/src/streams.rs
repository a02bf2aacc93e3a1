//! The open live streams of this process, and what wakes them.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_events::user_partition;
use selfsame_platform::{NextStep, run_until};
use selfsame_primitives::UserId;
use selfsame_store::{Key, Revision, Store, StoreError, Write};
use selfsame_web::{Code, Counters, Detail, Metric, Problem};
use tokio::sync::{Notify, watch};

/// How often the heads are polled for commits of other nodes, and streams check the time.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Streams of one user: a few devices with a few pages each.
const PER_USER: usize = 8;
/// Heads per read, as many as a store takes.
const TOGETHER: usize = 100;
/// Seconds after which a refused client may retry.
const RETRY_AFTER: u64 = 30;

/// The number of open streams is `opened` less `closed`.
pub(crate) const STREAMS: Metric = Metric::counter(
    "live_streams",
    "Streams of events, by what became of them: those that are open are `opened` less `closed`",
    "step",
    &["opened", "closed", "refused_user", "refused_all"],
);

/// The signal to streams: numbers that only grow. Only a change matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct StreamSignal {
    /// Counts commits that the user may have.
    pub(super) commits: u64,
    /// Counts polls.
    polls: u64,
}

/// All streams of one user.
struct UserStreams {
    signal: watch::Sender<StreamSignal>,
    streams: usize,
    /// The revision of the head at the last poll.
    seen: Option<Revision>,
}

/// The streams by partition; `None` once they are closed.
type StreamsByUser = Option<HashMap<String, UserStreams>>;

/// The open streams of this process.
pub struct LiveStreams {
    store: Arc<dyn Store>,
    counts: Arc<Counters>,
    most: usize,
    users: Mutex<StreamsByUser>,
    open: AtomicUsize,
    /// Notified when another process has committed.
    other_processes: Notify,
}

impl fmt::Debug for LiveStreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LiveStreams({} streams)", self.open.load(Ordering::Relaxed))
    }
}

/// The permit of one open stream, returned when dropped.
pub(super) struct StreamPermit {
    live: Arc<LiveStreams>,
    partition: String,
    pub(super) signal: watch::Receiver<StreamSignal>,
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        self.live.release(&self.partition);
    }
}

impl LiveStreams {
    /// No streams yet, and at most `most`.
    pub fn new(store: Arc<dyn Store>, counts: Arc<Counters>, most: usize) -> Self {
        let users = Mutex::new(Some(HashMap::new()));
        Self {
            store,
            counts,
            most,
            users,
            open: AtomicUsize::new(0),
            other_processes: Notify::new(),
        }
    }

    /// A permit for one more stream of `user`. A problem where the user, or the process, has too
    /// many, or the process stops.
    pub(super) fn open(self: &Arc<Self>, user: &UserId) -> Result<StreamPermit, Problem> {
        let partition = user_partition(user);
        let mut users = self.users();
        let Some(users) = users.as_mut() else { return Err(stopping()) };
        if self.open.load(Ordering::SeqCst) >= self.most {
            self.counts.add(&STREAMS, "refused_all");
            return Err(full());
        }
        if users.get(&partition).is_some_and(|user_streams| user_streams.streams >= PER_USER) {
            self.counts.add(&STREAMS, "refused_user");
            return Err(too_many());
        }
        let user_streams = users.entry(partition.clone()).or_insert_with(|| UserStreams {
            signal: watch::Sender::new(StreamSignal::default()),
            streams: 0,
            seen: None,
        });
        user_streams.streams += 1;
        self.open.fetch_add(1, Ordering::SeqCst);
        self.counts.add(&STREAMS, "opened");
        Ok(StreamPermit {
            live: Arc::clone(self),
            partition,
            signal: user_streams.signal.subscribe(),
        })
    }

    fn release(&self, partition: &str) {
        self.open.fetch_sub(1, Ordering::SeqCst);
        self.counts.add(&STREAMS, "closed");
        let mut users = self.users();
        let Some(users) = users.as_mut() else { return };
        if let Some(user_streams) = users.get_mut(partition) {
            user_streams.streams -= 1;
            if user_streams.streams == 0 {
                users.remove(partition);
            }
        }
    }

    /// Wakes the streams of the user whose head was written. It is called for every write of every
    /// commit, so the cheap checks come first.
    pub fn on_write(&self, write: &Write) {
        if self.open.load(Ordering::SeqCst) == 0 || write.key.sort != "head" {
            return;
        }
        if let Some(user_streams) =
            self.users().as_mut().and_then(|users| users.get_mut(&write.key.partition))
        {
            user_streams.signal.send_modify(|signal| signal.commits += 1);
        }
    }

    /// Polls the heads of all users with a stream and wakes every stream: for commits of other
    /// nodes, and for heartbeats and expiry. The server does this every few seconds.
    pub async fn poll_heads(&self) -> Result<(), StoreError> {
        let partitions: Vec<String> =
            self.users().iter().flatten().map(|(name, _)| name.clone()).collect();
        let mut outcome = Ok(());
        for some in partitions.chunks(TOGETHER) {
            let keys: Vec<Key> = some.iter().map(|partition| Key::new(partition, "head")).collect();
            match self.store.get_many(&keys).await {
                Ok(heads) => self.wake(some, |user_streams, index| {
                    let head = heads.get(index).and_then(Option::as_ref);
                    user_streams.update_head(head.map(|head| head.revision));
                }),
                // Heartbeats and expiry do not depend on the store.
                Err(error) => {
                    self.wake(some, |user_streams, _| user_streams.update_head(user_streams.seen));
                    outcome = Err(error);
                }
            }
        }
        outcome
    }

    fn wake(&self, partitions: &[String], update: impl Fn(&mut UserStreams, usize)) {
        let mut users = self.users();
        let Some(users) = users.as_mut() else { return };
        for (index, partition) in partitions.iter().enumerate() {
            if let Some(user_streams) = users.get_mut(partition) {
                update(user_streams, index);
            }
        }
    }

    /// Polls now, since another process has committed.
    pub fn look(&self) {
        self.other_processes.notify_one();
    }

    /// Polls until `stop` turns true.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        run_until(stop, POLL_INTERVAL, Some(&self.other_processes), || async {
            if let Err(error) = self.poll_heads().await {
                tracing::warn!(%error, "live streams could not look for news; they do so at the next beat");
            }
            NextStep::Wait
        })
        .await;
    }

    /// Ends all streams and opens no more: a stopping server must not wait for them. Their clients
    /// reconnect elsewhere.
    pub fn close(&self) {
        // Without a sender the receivers fail, which ends the streams.
        self.users().take();
    }

    fn users(&self) -> MutexGuard<'_, StreamsByUser> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UserStreams {
    fn update_head(&mut self, head: Option<Revision>) {
        let changed = head != self.seen;
        self.seen = head;
        self.signal.send_modify(|signal| {
            signal.polls += 1;
            signal.commits += u64::from(changed);
        });
    }
}

fn too_many() -> Problem {
    Problem::new(Code::RateLimited, Detail::StreamsOpen { max: PER_USER }).retry_after(RETRY_AFTER)
}

fn full() -> Problem {
    Problem::new(Code::Unavailable, Detail::StreamsFull).retry_after(RETRY_AFTER)
}

fn stopping() -> Problem {
    Problem::new(Code::Unavailable, Detail::Stopping).retry_after(1)
}
