//! One run: two nodes that make changes and deliver events, while the store fails, the clock jumps
//! and nodes die.

use std::sync::Arc;
use std::time::Duration;

use selfsame_events::{Journal, Relay, Replay, Subscription, dead_letters};
use selfsame_primitives::{Clock as _, ManualClock, MonotonicTime, SeededRandom, Timestamp};
use selfsame_store::{Faults, FaultyStore, Maintenance as _, MemoryStore};

use super::clocks::NodeClock;
use super::disk::{Access, Disk, Trace};
use super::scheduler::{Scheduler, Step, below, pause};
use super::world::{Change, World, user};

const NODES: usize = 2;
const USERS: u64 = 2;
const FAULTS: Faults = Faults { conflict: 60, unavailable: 25, unknown: 60, interleave: 300 };
/// Outcomes are unknown so often that five tries in a row now and then don't find one out.
const UNKNOWN_OUTCOMES: Faults = Faults { unknown: 400, ..FAULTS };
/// Far more steps than any run takes: a run that reaches this never ends.
const STEPS: u64 = 400_000;

/// One node in one of its lives.
struct Node {
    journal: Arc<Journal>,
    store: Arc<Access>,
}

pub(crate) struct Run {
    seed: u64,
    lives: u64,
    disk: Disk,
    clock: Arc<ManualClock>,
    /// Each node's own.
    clocks: Vec<Arc<NodeClock>>,
    /// Until when each node stands still.
    paused_until: Vec<MonotonicTime>,
    world: World,
    random: SeededRandom,
    changes: Vec<Change>,
    nodes: Vec<Node>,
    scheduler: Scheduler,
    crashes: u64,
    steps: u64,
    /// No faults, crashes, pauses, wrong clocks or replays: then nothing may be delivered twice.
    quiet: bool,
    faults: Faults,
}

/// What a run was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ran {
    /// The number of everything that happened, in order.
    pub(crate) trace: u64,
    pub(crate) crashes: u64,
}

/// Runs `seed`; an error says what is not as it must be.
pub(crate) fn run(seed: u64) -> Result<Ran, String> {
    let mut run = Run::new(seed);
    run.live()?;
    run.settle()?;
    run.replay_what_is_dead()?;
    run.world.check_progress()?;
    let check = run.world.check(&run.disk, &run.changes, USERS);
    futures_util::FutureExt::now_or_never(check)
        .ok_or("the store in memory lets nobody wait")??;
    if run.quiet {
        run.world.check_once()?;
    }
    Ok(Ran { trace: run.world.trace.finish().0, crashes: run.crashes })
}

impl Run {
    fn new(seed: u64) -> Self {
        let random = SeededRandom::new(seed);
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let changes: Vec<Change> =
            (0..4 + below(&random, 9)).map(|number| Change::draw(&random, number, USERS)).collect();
        let world = World {
            outside: Arc::default(),
            random: Arc::new(SeededRandom::new(seed ^ 0xA5A5)),
            trace: Trace::default(),
            handlers: 2 + usize::from(below(&random, 2) == 0),
        };
        let quiet = below(&random, 8) == 0;
        world.outside.lock().unwrap().calm = quiet;
        world.outside.lock().unwrap().script = changes.iter().cloned().collect();
        let disk = Disk::new(MemoryStore::new(clock.clone()));
        let scheduler = Scheduler::new(seed ^ 0x5A5A);
        let mut run = Self {
            seed,
            lives: 0,
            disk,
            clocks: Vec::new(),
            paused_until: vec![MonotonicTime::default(); NODES],
            clock,
            world,
            random,
            changes,
            nodes: Vec::new(),
            scheduler,
            crashes: 0,
            steps: 0,
            quiet,
            faults: if seed.is_multiple_of(5) { UNKNOWN_OUTCOMES } else { FAULTS },
        };
        let faults = if quiet { Faults::default() } else { run.faults };
        for _ in 0..NODES {
            let rate = if quiet { 1000 } else { 990 + below(&run.random, 21) };
            run.clocks.push(Arc::new(NodeClock::new(Arc::clone(&run.clock), rate)));
        }
        run.nodes = (0..NODES).map(|node| run.start(node, faults)).collect();
        run
    }

    /// A new life of `node`, with other random numbers than any before.
    fn start(&mut self, node: usize, faults: Faults) -> Node {
        self.lives += 1;
        let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(self.lives);
        let store = FaultyStore::<MemoryStore>::new(self.disk.clone(), seed, faults);
        if faults != Faults::default() && below(&self.random, 3) > 0 {
            store.crash_at(below(&self.random, 120));
        }
        let store =
            Arc::new(Access { node, store, disk: self.disk.clone(), world: self.world.clone() });
        let subscriptions = self.world.handlers().iter().map(Subscription::of).collect();
        let random = Arc::new(SeededRandom::new(!seed));
        let retention = Duration::from_hours(24 * 365);
        let journal = Journal::new(
            store.clone(),
            Arc::clone(&self.clocks[node]) as _,
            random,
            subscriptions,
            retention,
        );
        Node { journal: Arc::new(journal), store }
    }

    /// Clients ask for changes and for replays, nodes deliver and die, time goes on.
    fn live(&mut self) -> Result<(), String> {
        (0..NODES).for_each(|node| self.spawn_tasks(node));
        loop {
            match self.step()? {
                None => return Ok(()),
                Some(node) => self.replace_dead(node),
            }
            if !self.quiet && below(&self.random, 150) == 0 {
                let pauses = [1, 700, 3_000, 61_000, 130_000];
                let chosen = usize::try_from(below(&self.random, pauses.len() as u64)).unwrap();
                self.clock.advance(Duration::from_millis(pauses[chosen]));
            }
            self.disturb();
        }
    }

    /// Nodes stand still now and then while time goes on for the others, and wall clocks are set to
    /// wrong times.
    fn disturb(&mut self) {
        if self.quiet {
            return;
        }
        let now = self.clock.monotonic();
        if self.paused_until.iter().any(|until| now < *until) {
            self.clock.advance(Duration::from_millis(below(&self.random, 2_000)));
        } else if below(&self.random, 100) == 0 {
            let (node, seconds) = (self.node(), 1 + below(&self.random, 200));
            self.world.trace.note(("pause", node, seconds));
            self.paused_until[node] = now.plus(Duration::from_secs(seconds));
        }
        if below(&self.random, 300) == 0 {
            let (node, hour) = (self.node(), 3_600_000_i64);
            let ahead = i64::try_from(below(&self.random, 7_200_000)).unwrap() - hour;
            self.world.trace.note(("set", node, ahead));
            self.clocks[node].set(ahead);
        }
    }

    fn node(&self) -> usize {
        usize::try_from(below(&self.random, NODES as u64)).unwrap()
    }

    /// The tasks of a node: two clients, one that replays, and a relay with the worker of each
    /// handler.
    fn spawn_tasks(&mut self, node: usize) {
        let journal = Arc::clone(&self.nodes[node].journal);
        for _ in 0..2 {
            self.scheduler.spawn(node, client(self.world.clone(), Arc::clone(&journal)));
        }
        if !self.quiet {
            self.scheduler.spawn(node, replayer(self.world.clone(), Arc::clone(&journal)));
        }
        for handler in self.world.handlers() {
            let relay = Relay::new(Arc::clone(&journal), vec![handler]);
            self.scheduler.spawn(node, async move {
                for _ in 0..2 {
                    // Fails once the store does; the next round tries again.
                    let _ = relay.drain().await;
                }
            });
        }
    }

    /// Replaces a node whose store has crashed, or that is killed at random.
    fn replace_dead(&mut self, node: usize) {
        let is_dead = self.nodes[node].store.store.is_crashed()
            || !self.quiet && below(&self.random, 3_000) == 0;
        if is_dead {
            self.crashes += 1;
            self.world.trace.note(("crash", node));
            self.scheduler.kill(node);
            self.nodes[node] = self.start(node, self.faults);
            self.spawn_tasks(node);
        }
    }

    fn step(&mut self) -> Result<Option<usize>, String> {
        self.steps += 1;
        let (now, paused_until) = (self.clock.monotonic(), &self.paused_until);
        match self.scheduler.step(|node| now < paused_until[node]) {
            _ if self.steps > STEPS => Err("it never ends".into()),
            Step::Paused => {
                self.clock.advance(Duration::from_secs(1));
                self.step()
            }
            Step::Went(node) => Ok(Some(node)),
            Step::Idle => Ok(None),
            Step::Stuck => Err("all tasks wait for each other".into()),
        }
    }

    /// Works on until nothing is left; the store works again, the handlers fail on.
    fn settle(&mut self) -> Result<(), String> {
        self.nodes = (0..NODES).map(|node| self.start(node, Faults::default())).collect();
        for round in 0..400 {
            let node = round % NODES;
            let relay = Relay::new(Arc::clone(&self.nodes[node].journal), self.world.handlers());
            self.scheduler.spawn(node, async move {
                let _ = relay.drain().await;
            });
            while self.step()?.is_some() {}
            if self.left().is_empty() {
                return Ok(());
            }
            self.clock.advance(Duration::from_mins(3));
        }
        Err(format!("left to do for ever: {}", self.left().join(", ")))
    }

    /// The keys of all outbox records and delivery cursors.
    fn left(&self) -> Vec<String> {
        let all = ["outbox/", "todo/"].map(|prefix| {
            let page = futures_util::FutureExt::now_or_never(self.disk.scan(prefix, None));
            page.map(|page| page.unwrap().items).unwrap_or_default()
        });
        all.iter().flatten().map(|item| item.key.to_string()).collect()
    }

    /// Replays all dead letters, once the handlers no longer fail.
    fn replay_what_is_dead(&mut self) -> Result<(), String> {
        self.world.outside.lock().unwrap().calm = true;
        for handler in self.world.names() {
            let (disk, journal) = (self.disk.clone(), Arc::clone(&self.nodes[0].journal));
            self.scheduler.spawn(0, async move {
                let dead_letters = dead_letters(&*disk, handler).await.unwrap();
                Replay::new(journal, handler).replay_dead_letters(&dead_letters).await.unwrap();
            });
        }
        while self.step()?.is_some() {}
        self.settle()?;
        let dead = futures_util::FutureExt::now_or_never(self.disk.scan("dead/", None));
        let dead = dead.map(|page| page.unwrap().items).unwrap_or_default();
        if dead.is_empty() {
            Ok(())
        } else {
            Err(format!("{} letters are dead for ever", dead.len()))
        }
    }
}

/// Makes one change after the other. One that a crash interrupts is not repeated.
async fn client(world: World, journal: Arc<Journal>) {
    loop {
        let next = world.outside.lock().unwrap().script.pop_front();
        let Some(change) = next else { return };
        if change.make(&journal).await.is_ok() {
            world.trace.note(("acknowledged", change.number));
            world.outside.lock().unwrap().acknowledged.push(change.number);
        }
        pause().await;
    }
}

/// Replays some of the events, whatever happens to them at the time.
async fn replayer(world: World, journal: Arc<Journal>) {
    for _ in 0..below(&world.random, 80) {
        pause().await;
    }
    let user = user(below(&world.random, USERS));
    for handler in world.names() {
        let (first, before) = (below(&world.random, 8), world.deliveries(handler, &user));
        let replay = Replay::new(Arc::clone(&journal), handler);
        if let Ok(range) = replay.range(&user, first..first + 1 + below(&world.random, 4)).await {
            range.for_each(|sequence| world.replayed(handler, user.clone(), sequence, before));
        }
    }
}
