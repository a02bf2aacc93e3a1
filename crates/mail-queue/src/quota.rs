//! How many mails a provider takes a day, counted across nodes in the commit that takes the mails.

use std::time::Duration;

use selfsame_primitives::Timestamp;
use selfsame_store::{Guard, Key, Record, Store, StoreError, Write, decode, encode};
use serde::{Deserialize, Serialize};

use super::queue_entry::QueueEntry;

const DAY: i64 = 86_400_000;
/// How long a day's count is kept, for the operator.
const RETENTION: Duration = Duration::from_hours(72);

/// A provider's quota.
#[derive(Clone, Debug)]
pub(super) struct Quota {
    provider: &'static str,
    /// Mails a day (UTC); 0 is no limit.
    limit: u32,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct DailyCount {
    mails: u32,
}

impl Record for DailyCount {
    const KIND: &'static str = "mail-count";
}

/// One day's count, as it is in the store and as it will be.
pub(super) struct QuotaDay {
    limit: u32,
    number: i64,
    key: Key,
    guard: Guard,
    before: u32,
    mails: u32,
}

impl Quota {
    pub(super) const fn new(provider: &'static str, limit: u32) -> Self {
        Self { provider, limit }
    }

    /// Whether there is anything to count.
    pub(super) const fn is_limited(&self) -> bool {
        self.limit != 0
    }

    pub(super) async fn today(
        &self,
        store: &dyn Store,
        now: Timestamp,
    ) -> Result<QuotaDay, StoreError> {
        let number = now.millis().div_euclid(DAY);
        let key = Key::new(format!("mail-quota/{}", self.provider), number.to_string());
        let found = if self.is_limited() { store.get(&key).await? } else { None };
        let guard = found.as_ref().map_or(Guard::Absent, |item| Guard::Revision(item.revision));
        // An unreadable count starts over: mail goes on, and the provider enforces its own limit.
        let count: DailyCount = found.and_then(|item| decode(&item.body).ok()).unwrap_or_default();
        Ok(QuotaDay {
            limit: self.limit,
            number,
            key,
            guard,
            before: count.mails,
            mails: count.mails,
        })
    }
}

impl QuotaDay {
    /// Counts `entry`, unless it was counted today already; returns whether it may be sent today.
    pub(super) fn take(&mut self, entry: &mut QueueEntry) -> bool {
        if self.limit == 0 || entry.counted_on == Some(self.number) {
            return true;
        }
        if self.mails >= entry.share.of_limit(self.limit) {
            return false;
        }
        self.mails += 1;
        entry.counted_on = Some(self.number);
        true
    }

    /// When the next day begins.
    pub(super) const fn end(&self) -> Timestamp {
        Timestamp::from_millis((self.number + 1) * DAY)
    }

    /// What has to be written for what was counted.
    pub(super) fn write(self) -> Option<Write> {
        let count = DailyCount { mails: self.mails };
        let until = self.end().plus(RETENTION);
        (self.mails != self.before)
            .then(|| Write::put_until(self.key, self.guard, encode(&count), until))
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::DailyCount>();
    }
}
