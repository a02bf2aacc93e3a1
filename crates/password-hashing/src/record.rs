//! The stored form of passwords: the PHC string format, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use selfsame_primitives::same_secret;

/// Bytes of a salt (RFC 9106 §3.1 recommends 16).
pub(crate) const SALT: usize = 16;
/// Bytes of a hash.
const HASH: usize = 32;

/// What a hash costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes; one thread does them all, one after the other.
    pub lanes: u32,
}

impl HashCost {
    /// 19 MiB, two passes, one lane: OWASP's Password Storage Cheat Sheet, first choice for
    /// servers.
    pub const OWASP: Self = Self { memory: 19 * 1024, passes: 2, lanes: 1 };

    /// The parameters, where the cost is within bounds: an imported hash must not use up the
    /// memory.
    fn params(self) -> Option<Params> {
        let sane = self.memory <= 256 * 1024 && self.passes <= 64 && self.lanes <= 16;
        Params::new(self.memory, self.passes, self.lanes, Some(HASH)).ok().filter(|_| sane)
    }
}

/// A hash with everything that is needed to compute it again.
pub(crate) struct StoredHash {
    pub(crate) cost: HashCost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

/// What is hashed: never the password itself, but its keyed hash.
pub(crate) type Peppered = [u8; 32];

impl StoredHash {
    /// Hashes `password`; `None` where the cost is out of bounds.
    pub(crate) fn new(
        password: &Peppered,
        salt: [u8; SALT],
        cost: HashCost,
        memory: &mut Vec<Block>,
    ) -> Option<Self> {
        let hash = compute(password, &salt, cost, memory)?;
        Some(Self { cost, salt: salt.to_vec(), hash: hash.to_vec() })
    }

    /// A hash that no password matches: the comparison for missing accounts takes as long.
    pub(crate) fn dummy(cost: HashCost) -> Self {
        Self { cost, salt: vec![0; SALT], hash: vec![0; HASH] }
    }

    /// Whether `password` matches.
    pub(crate) fn verifies(&self, password: &Peppered, memory: &mut Vec<Block>) -> bool {
        compute(password, &self.salt, self.cost, memory)
            .is_some_and(|hash| same_secret(&hash, &self.hash))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (cost, salt, hash) = (parse_cost(parts.next()?)?, parts.next()?, parts.next()?);
        let decode = |text: &str| STANDARD_NO_PAD.decode(text).ok();
        let stored = Self { cost, salt: decode(salt)?, hash: decode(hash)? };
        (parts.next().is_none() && stored.hash.len() == HASH).then_some(stored)
    }

    pub(crate) fn write(&self) -> String {
        let HashCost { memory, passes, lanes } = self.cost;
        let (salt, hash) = (STANDARD_NO_PAD.encode(&self.salt), STANDARD_NO_PAD.encode(&self.hash));
        format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")
    }
}

fn parse_cost(text: &str) -> Option<HashCost> {
    let mut numbers =
        text.split(',').zip(["m=", "t=", "p="]).map(|(part, name)| part.strip_prefix(name));
    let mut next = || numbers.next().flatten()?.parse().ok();
    let cost = HashCost { memory: next()?, passes: next()?, lanes: next()? };
    (text.split(',').count() == 3).then_some(cost)
}

fn compute(
    password: &Peppered,
    salt: &[u8],
    cost: HashCost,
    memory: &mut Vec<Block>,
) -> Option<[u8; HASH]> {
    let params = cost.params()?;
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::new());
    }
    let blocks = memory.get_mut(..params.block_count())?;
    let mut hash = [0; HASH];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password, salt, &mut hash, blocks).ok().map(|()| hash)
}
