//! Who listens, and who wakes them.

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

/// How often streams are woken to look at the time, and heads for what other nodes have committed.
const BEAT: Duration = Duration::from_secs(5);
/// Streams of one user: a few devices with a few pages each.
const PER_USER: usize = 8;
/// Heads that are read together, as many as a store takes.
const TOGETHER: usize = 100;
/// Who is refused may come back after so many seconds.
const RETRY_AFTER: u64 = 30;

/// Those that are open are `opened` less `closed`.
pub(crate) const STREAMS: Metric = Metric::counter(
    "live_streams",
    "Streams of events, by what became of them: those that are open are `opened` less `closed`",
    "step",
    &["opened", "closed", "refused_user", "refused_all"],
);

/// What streams are told: numbers that only grow. Only whether they have changed matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct StreamSignal {
    /// Something may have been committed.
    pub(super) news: u64,
    /// Time has passed.
    beats: u64,
}

/// All streams of one user.
struct UserStreams {
    word: watch::Sender<StreamSignal>,
    streams: usize,
    /// The head as it was at the last beat.
    seen: Option<Revision>,
}

/// The seats by partition; `None` once no more streams are wanted.
type Seats = Option<HashMap<String, UserStreams>>;

/// The open streams of this process.
pub struct LiveStreams {
    store: Arc<dyn Store>,
    counts: Arc<Counters>,
    most: usize,
    seats: Mutex<Seats>,
    open: AtomicUsize,
    /// Others have committed something.
    others: Notify,
}

impl fmt::Debug for LiveStreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Live({} streams)", self.open.load(Ordering::Relaxed))
    }
}

/// A place in the audience, given back when dropped.
pub(super) struct StreamPermit {
    live: Arc<LiveStreams>,
    partition: String,
    pub(super) word: watch::Receiver<StreamSignal>,
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        self.live.give_back(&self.partition);
    }
}

impl LiveStreams {
    /// No streams yet, and never more than `most`.
    pub fn new(store: Arc<dyn Store>, counts: Arc<Counters>, most: usize) -> Self {
        let seats = Mutex::new(Some(HashMap::new()));
        Self { store, counts, most, seats, open: AtomicUsize::new(0), others: Notify::new() }
    }

    /// A place for one more stream of `user`.
    pub(super) fn open(self: &Arc<Self>, user: &UserId) -> Result<StreamPermit, Problem> {
        let partition = user_partition(user);
        let mut seats = self.seats();
        let Some(seats) = seats.as_mut() else { return Err(stopping()) };
        if self.open.load(Ordering::SeqCst) >= self.most {
            self.counts.add(&STREAMS, "refused_all");
            return Err(full());
        }
        if seats.get(&partition).is_some_and(|seat| seat.streams >= PER_USER) {
            self.counts.add(&STREAMS, "refused_user");
            return Err(too_many());
        }
        let seat = seats.entry(partition.clone()).or_insert_with(|| UserStreams {
            word: watch::Sender::new(StreamSignal::default()),
            streams: 0,
            seen: None,
        });
        seat.streams += 1;
        self.open.fetch_add(1, Ordering::SeqCst);
        self.counts.add(&STREAMS, "opened");
        Ok(StreamPermit { live: Arc::clone(self), partition, word: seat.word.subscribe() })
    }

    fn give_back(&self, partition: &str) {
        self.open.fetch_sub(1, Ordering::SeqCst);
        self.counts.add(&STREAMS, "closed");
        let mut seats = self.seats();
        let Some(seats) = seats.as_mut() else { return };
        if let Some(seat) = seats.get_mut(partition) {
            seat.streams -= 1;
            if seat.streams == 0 {
                seats.remove(partition);
            }
        }
    }

    /// Wakes the streams of the user whose head was written. Called for every write of every
    /// commit, so the cheap questions come first.
    pub fn on_write(&self, write: &Write) {
        if self.open.load(Ordering::SeqCst) == 0 || write.key.sort != "head" {
            return;
        }
        if let Some(seat) =
            self.seats().as_mut().and_then(|seats| seats.get_mut(&write.key.partition))
        {
            seat.word.send_modify(|word| word.news += 1);
        }
    }

    /// Looks at the heads of all who listen and wakes every stream: for what other nodes commit,
    /// and for what time alone brings. The server does this every few seconds.
    pub async fn poll_heads(&self) -> Result<(), StoreError> {
        let partitions: Vec<String> =
            self.seats().iter().flatten().map(|(name, _)| name.clone()).collect();
        let mut outcome = Ok(());
        for some in partitions.chunks(TOGETHER) {
            let keys: Vec<Key> = some.iter().map(|partition| Key::new(partition, "head")).collect();
            match self.store.get_many(&keys).await {
                Ok(heads) => self.wake(some, |seat, place| {
                    let head = heads.get(place).and_then(Option::as_ref);
                    seat.update_head(head.map(|head| head.revision));
                }),
                // Time passes all the same.
                Err(error) => {
                    self.wake(some, |seat, _| seat.update_head(seat.seen));
                    outcome = Err(error);
                }
            }
        }
        outcome
    }

    fn wake(&self, partitions: &[String], beat: impl Fn(&mut UserStreams, usize)) {
        let mut seats = self.seats();
        let Some(seats) = seats.as_mut() else { return };
        for (place, partition) in partitions.iter().enumerate() {
            if let Some(seat) = seats.get_mut(partition) {
                beat(seat, place);
            }
        }
    }

    /// Has the next beat be now, since others have committed something.
    pub fn look(&self) {
        self.others.notify_one();
    }

    /// Beats until `stop` turns true.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        run_until(stop, BEAT, Some(&self.others), || async {
            if let Err(error) = self.poll_heads().await {
                tracing::warn!(%error, "live streams could not look for news; they do so at the next beat");
            }
            NextStep::Wait
        })
        .await;
    }

    /// Ends all streams and takes no more: a service that stops must not wait for them. Their
    /// clients come back elsewhere.
    pub fn close(&self) {
        // Without a sender there is nothing more to hear, and a stream ends.
        self.seats().take();
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UserStreams {
    fn update_head(&mut self, head: Option<Revision>) {
        let news = head != self.seen;
        self.seen = head;
        self.word.send_modify(|word| {
            word.beats += 1;
            word.news += u64::from(news);
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
