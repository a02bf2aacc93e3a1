//! Which commits were made already.

use std::collections::{HashSet, VecDeque};

use crate::CommitToken;

/// The last 65,536 tokens: how embedded stores recognize a retry.
///
/// A bounded memory is enough for them: their commits never end as
/// [`Unknown`](crate::StoreError::Unknown) while the process that made them lives (but for a disk
/// that fails to flush), so a retry comes at once or never.
#[derive(Debug, Default)]
pub struct RecentTokens {
    known: HashSet<CommitToken>,
    order: VecDeque<CommitToken>,
}

impl RecentTokens {
    /// How many tokens are held.
    pub const CAPACITY: usize = 65_536;

    /// Whether the commit named `token` was made.
    #[must_use]
    pub fn contains(&self, token: CommitToken) -> bool {
        self.known.contains(&token)
    }

    /// Adds `token`, and drops the oldest one beyond [`RecentTokens::CAPACITY`].
    pub fn insert(&mut self, token: CommitToken) {
        if !self.known.insert(token) {
            return;
        }
        self.order.push_back(token);
        if self.order.len() > Self::CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use selfsame_primitives::SeededRandom;

    use super::*;

    #[test]
    fn the_newest_tokens_are_known_and_the_oldest_forgotten() {
        let random = SeededRandom::new(1);
        let all: Vec<_> =
            (0..=RecentTokens::CAPACITY).map(|_| CommitToken::generate(&random)).collect();
        let mut tokens = RecentTokens::default();
        for token in &all {
            tokens.insert(*token);
        }
        assert!(!tokens.contains(all[0]));
        assert!(all[1..].iter().all(|token| tokens.contains(*token)));
    }
}
