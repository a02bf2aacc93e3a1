//! Hashing and verifying passwords, on a pool of their own.

use std::fmt;
use std::sync::Arc;

use argon2::Block;
use selfsame_platform::{PoolError, PoolLimits, WorkerPool};
use selfsame_primitives::{Keys, Random, Secret};
use selfsame_web::{Code, Detail, Fault, Problem};
use zxcvbn::Score;

use crate::record::{HashCost, Peppered, SALT, StoredHash};
use crate::rule::{self, Strength, WeakPassword};

/// What the operator decides about passwords.
#[derive(Clone, Debug)]
pub struct PasswordSettings {
    /// Fewest code points: 15 where the password is all that is asked for (NIST SP 800-63B-4
    /// §3.1.1.1).
    pub shortest: usize,
    /// Fewest code points where a second factor is asked for too (NIST SP 800-63B-4 §3.1.1.1: at
    /// least 8).
    pub shortest_with_second_factor: usize,
    /// What a hash costs.
    pub cost: HashCost,
    /// Threads that hash; never more than there are cores.
    pub threads: usize,
    /// Sign-ins that may wait for a thread; further ones get `unavailable`.
    pub queue: usize,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            shortest: 15,
            shortest_with_second_factor: 8,
            cost: HashCost::OWASP,
            threads: usize::MAX,
            queue: 64,
        }
    }
}

impl PasswordSettings {
    /// With hashes as cheap as Argon2 can be, and one thread for them: for tests.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn cheap() -> Self {
        let cost = HashCost { memory: 8, passes: 1, lanes: 1 };
        Self { cost, threads: 1, ..Self::default() }
    }
}

/// The outcome of a comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PasswordCheck {
    /// Another password, or none is stored.
    Wrong,
    /// The right password.
    Right {
        /// The hash to store, where today's cost differs from the stored one.
        rehashed: Option<String>,
    },
}

impl PasswordCheck {
    /// Whether it was right.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        matches!(self, Self::Right { .. })
    }
}

/// Hashes and verifies passwords.
pub struct Passwords {
    keys: Arc<Keys>,
    random: Arc<dyn Random>,
    settings: PasswordSettings,
    pool: WorkerPool<Vec<Block>>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passwords({:?})", self.settings)
    }
}

impl Passwords {
    /// Hashing with the keys of the installation; its threads start with the first password.
    #[must_use]
    pub fn new(keys: Arc<Keys>, random: Arc<dyn Random>, settings: PasswordSettings) -> Self {
        let limits = PoolLimits {
            workers: settings.threads,
            queued: settings.queue,
            memory_bytes: u64::MAX,
            low_priority: true,
        };
        let pool = WorkerPool::new("hashing", limits);
        Self { keys, random, settings, pool }
    }

    /// Blocks the only hashing thread until the returned guard is dropped.
    #[cfg(any(test, feature = "testing"))]
    pub async fn hold(&self) -> std::sync::mpsc::Sender<()> {
        let (release, held) = std::sync::mpsc::channel();
        let (started, starts) = tokio::sync::oneshot::channel();
        let job = self.pool.run(move |_| (started.send(()), held.recv()));
        tokio::select! {
            outcome = job => assert!(outcome.is_ok(), "there is room"),
            started = starts => assert!(started.is_ok(), "it begins"),
        }
        release
    }

    /// The hash to store for the first `password` of an account, once the rules take it; `own` is
    /// what everybody may know of its owner.
    pub async fn accept(&self, password: &Secret, own: &[&str]) -> Result<String, Problem> {
        let own = own.iter().map(|own| (*own).to_owned()).collect();
        self.choose(password, PasswordContext { own, ..PasswordContext::default() })
            .await
            .map_err(|weak| weak.into_problem_at("/password"))
    }

    /// The hash to store for a new `password`, once the rules take it.
    pub async fn choose(
        &self,
        password: &Secret,
        choice: PasswordContext,
    ) -> Result<String, PasswordError> {
        let password = rule::normalized(password);
        let (peppered, salt, cost) = (self.pepper(&password), self.salt(), self.settings.cost);
        let strength = self.strength(choice.second_factor);
        // Rating takes milliseconds as well, so it runs on the same threads.
        let work = move |memory: &mut _| {
            rule::check(&password, strength, &choice.own)?;
            let mut before = choice.before.iter().filter_map(|stored| StoredHash::parse(stored));
            if before.any(|stored| stored.verifies(&peppered, memory)) {
                return Err(WeakPassword::Reused);
            }
            Ok(StoredHash::new(&peppered, salt, cost, memory))
        };
        let hash = self
            .pool
            .run(work)
            .await
            .map_err(|error| PasswordError::Other(busy(error)))?
            .map_err(PasswordError::Weak)?;
        hash.map(|hash| hash.write()).ok_or_else(|| PasswordError::Other(misconfigured()))
    }

    /// Checks the length of `password`: the only rule that costs nothing.
    pub fn check_length(&self, password: &Secret, second_factor: bool) -> Result<(), Fault> {
        let shortest = self.strength(second_factor).shortest;
        rule::check_length(&rule::normalized(password), shortest).map_err(Fault::from)
    }

    /// Whether `password` is long enough to do without a second factor.
    #[must_use]
    pub fn stands_alone(&self, password: &Secret) -> bool {
        rule::normalized(password).expose().chars().count() >= self.settings.shortest
    }

    const fn strength(&self, second_factor: bool) -> Strength {
        if second_factor {
            Strength { shortest: self.settings.shortest_with_second_factor, score: Score::Two }
        } else {
            Strength { shortest: self.settings.shortest, score: Score::Three }
        }
    }

    /// Compares `password` with `stored`. Without a stored hash it takes as long, against a dummy
    /// hash.
    pub async fn verify(
        &self,
        password: &Secret,
        stored: Option<&str>,
    ) -> Result<PasswordCheck, Problem> {
        let (peppered, salt, cost) =
            (self.pepper(&rule::normalized(password)), self.salt(), self.settings.cost);
        let stored = stored.and_then(StoredHash::parse).unwrap_or_else(|| StoredHash::dummy(cost));
        let work = move |memory: &mut _| {
            if !stored.verifies(&peppered, memory) {
                return PasswordCheck::Wrong;
            }
            let anew =
                (stored.cost != cost).then(|| StoredHash::new(&peppered, salt, cost, memory));
            PasswordCheck::Right { rehashed: anew.flatten().map(|hash| hash.write()) }
        };
        self.pool.run(work).await.map_err(busy)
    }

    /// The keyed hash of `password`: a stolen store is useless without the installation's key.
    fn pepper(&self, password: &Secret) -> Peppered {
        self.keys.hash("password", &[password.expose().as_bytes()])
    }

    fn salt(&self) -> [u8; SALT] {
        self.random.bytes()
    }
}

/// What a new password is checked against.
#[derive(Clone, Debug, Default)]
pub struct PasswordContext {
    /// What everybody may know of its owner.
    pub own: Vec<String>,
    /// Whether a second factor is asked for too.
    pub second_factor: bool,
    /// The hashes of the present password and of earlier ones.
    pub before: Vec<String>,
}

/// Why there is no hash.
#[derive(Clone, PartialEq, Debug)]
pub enum PasswordError {
    /// The rules refuse the password.
    Weak(WeakPassword),
    /// A failure unrelated to the password.
    Other(Problem),
}

impl PasswordError {
    /// The problem, where the password stands at `pointer` of the request.
    #[must_use]
    pub fn into_problem_at(self, pointer: &str) -> Problem {
        match self {
            Self::Weak(weak) => Problem::fault(pointer, weak),
            Self::Other(problem) => problem,
        }
    }
}

fn busy(_: PoolError) -> Problem {
    Problem::new(Code::Unavailable, Detail::ManySignIns).retry_after(1)
}

fn misconfigured() -> Problem {
    Problem::internal().because("the configured cost of password hashes is out of bounds")
}
