//! Sending the mails of the queue.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use selfsame_events::CommitObserver;
use selfsame_events::quarantine::{Read, read_or_set_aside};
use selfsame_events::supervision::progress;
use selfsame_mail::webhook::{self, Reason};
use selfsame_mail::{Inbox, Mailer, Message, SendError, Template, Templates};
use selfsame_platform::{DueQueue, LeasedEntry, NextStep, Platform, Settled, run_until};
use selfsame_primitives::{EmailAddress, Random, Secret, Timestamp};
use selfsame_store::{Guard, Store, StoreError, Write, encode};
use tokio::sync::{Notify, watch};

use super::failed::{self, FailedMail};
use super::metrics::{MAILS, SECONDS};
use super::outgoing_mail::{MailContent, OutgoingMail, Recipient, StoredMail};
use super::queue::{self, FARTHEST};
use super::queue_entry::{self, QUEUE, QueueEntry};
use super::quota::Quota;
use super::suppression;

/// How often the queue is read without a notification: other nodes can't wake this one.
const POLL: Duration = Duration::from_secs(1);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// Mails that are sent concurrently.
const WIDTH: usize = 16;

/// What the operator decided about mail.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Mails that the provider takes a day (UTC); 0 is no limit.
    pub daily_quota: u32,
    /// Whether the development inbox is shown; never in production.
    pub shows_inbox: bool,
    /// The secret that Resend signs its reports with.
    pub reports: Option<Secret>,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self { daily_quota: 0, shows_inbox: true, reports: None }
    }
}

/// The adapters of mail.
#[derive(Clone)]
pub struct MailAdapters {
    /// To the provider.
    pub mailer: Arc<dyn Mailer>,
    /// The development inbox.
    pub inbox: Arc<Inbox>,
    /// The templates of mails.
    pub templates: Arc<Templates>,
}

impl MailAdapters {
    /// Sends mails to the development inbox in `store`.
    #[must_use]
    pub fn development(store: Arc<dyn Store>, random: Arc<dyn Random>) -> Self {
        let inbox = Arc::new(Inbox::new(store, random));
        let templates = Arc::new(Templates::built_in("Selfsame"));
        Self { mailer: Arc::clone(&inbox) as Arc<dyn Mailer>, inbox, templates }
    }
}

impl fmt::Debug for MailAdapters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailAdapters({})", self.mailer.name())
    }
}

/// Notifies `queued` of every queue entry that this process writes.
pub fn wake(queued: &Arc<Notify>) -> CommitObserver {
    let queued = Arc::clone(queued);
    Arc::new(move |write, _| {
        if write.key.partition.starts_with(queue_entry::PARTITIONS) {
            queued.notify_one();
        }
    })
}

/// Sends the mails of the queue.
pub struct MailQueue {
    pub(crate) platform: Arc<Platform>,
    queue: DueQueue<QueueEntry>,
    /// Notified when this process has queued a mail.
    queued: Arc<Notify>,
    adapters: MailAdapters,
    quota: Quota,
    reports: Option<Vec<u8>>,
    shows_inbox: bool,
}

impl fmt::Debug for MailQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailQueue({})", self.adapters.mailer.name())
    }
}

/// The outcome of one try.
enum DeliveryOutcome {
    Sent,
    Postponed(String),
    Suppressed,
    Failed {
        kind: String,
        reason: String,
    },
    /// There is no mail, or it is a decoy.
    Gone,
}

impl MailQueue {
    /// Sends mails by `adapters`. `queued` is notified of every mail ([`wake`]).
    #[must_use]
    pub fn new(
        platform: &Arc<Platform>,
        queued: Arc<Notify>,
        adapters: MailAdapters,
        settings: &MailSettings,
    ) -> Self {
        let quota = Quota::new(adapters.mailer.name(), settings.daily_quota);
        let reports = settings.reports.as_ref().and_then(webhook::signing_key);
        let (store, journal) = (Arc::clone(&platform.store), Arc::clone(&platform.journal));
        Self {
            platform: Arc::clone(platform),
            queue: DueQueue::new(QUEUE, FARTHEST, store, journal, Arc::clone(&platform.clock)),
            queued,
            adapters,
            quota,
            reports,
            shows_inbox: settings.shows_inbox,
        }
    }

    /// The development inbox, where it is shown.
    #[must_use]
    pub fn inbox(&self) -> Option<&Inbox> {
        self.shows_inbox.then_some(&*self.adapters.inbox)
    }

    pub(super) fn templates(&self) -> &Templates {
        &self.adapters.templates
    }

    pub(super) fn reports_key(&self) -> Option<&[u8]> {
        self.reports.as_deref()
    }

    /// A mail to be added to the changes that it is about.
    pub fn compose(&self, recipient: Recipient, template: Template) -> OutgoingMail {
        OutgoingMail::new(
            &self.platform.keys,
            &*self.platform.random,
            self.now(),
            recipient,
            template,
        )
    }

    /// Sends `address` no more mail.
    pub(super) async fn suppress(
        &self,
        address: &EmailAddress,
        reason: Reason,
    ) -> Result<(), StoreError> {
        self.platform
            .journal
            .commit(vec![suppression::suppress(&self.platform.keys, address, reason, self.now())])
            .await
    }

    /// Sends mail to `address` again; returns whether it was suppressed.
    pub async fn unsuppress(&self, address: &EmailAddress) -> Result<bool, StoreError> {
        let was_stopped =
            suppression::is_suppressed(&*self.platform.store, &self.platform.keys, address).await?;
        self.platform
            .journal
            .commit(vec![suppression::unsuppress(&self.platform.keys, address)])
            .await?;
        Ok(was_stopped)
    }

    /// Works until `stop` turns true.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        run_until(stop, POLL, Some(&self.queued), || async {
            match self.step().await {
                Ok(true) => NextStep::Now,
                Ok(false) => NextStep::Wait,
                Err(error) => {
                    tracing::warn!(%error, "mail could not be looked after; it is tried again");
                    NextStep::Wait
                }
            }
        })
        .await;
    }

    /// Works until nothing is due any more. A mail that waits for its next try is not due.
    pub async fn drain(&self) -> Result<(), StoreError> {
        while self.step().await? {}
        Ok(())
    }

    /// Sends what is due, one round over all shards; returns whether there was anything.
    async fn step(&self) -> Result<bool, StoreError> {
        let (mut worked, mut outcome) = (false, Ok(()));
        let far = self.queue.is_time_for_misdated();
        for shard in self.queue.shards() {
            let (access, part) = ((&*self.platform.store, &*self.platform.keys), (shard, far));
            let mails = queue::take(access, &self.queue, &self.quota, part, self.now()).await?;
            (0..mails.deferred).for_each(|_| self.count("deferred"));
            worked |= mails.deferred > 0 || !mails.leased.is_empty();
            let work = mails.leased.into_iter().map(|leased| self.deliver(leased));
            let mut delivered = stream::iter(work).buffer_unordered(WIDTH);
            // An error of one does not stop the others.
            while let Some(one) = delivered.next().await {
                outcome = outcome.and(one);
                progress();
            }
        }
        outcome.map(|()| worked)
    }

    async fn deliver(&self, leased: LeasedEntry<QueueEntry>) -> Result<(), StoreError> {
        let key = StoredMail::key(&leased.value.partition, &leased.value.letter);
        let found = self.platform.store.get(&key).await?;
        let Some(item) = found else {
            // Erased with its recipient.
            return self.settle(leased, None, DeliveryOutcome::Gone).await;
        };
        let stored: StoredMail = match read_or_set_aside(&self.platform.journal, &item).await? {
            Read::Record(stored) => stored,
            Read::SetAside => {
                let reason = "the letter can't be read; it is in quarantine".to_owned();
                return self
                    .settle(leased, None, DeliveryOutcome::Failed { kind: String::new(), reason })
                    .await;
            }
            Read::Newer => {
                let reason = "a later release has written the letter".to_owned();
                return self.settle(leased, None, DeliveryOutcome::Postponed(reason)).await;
            }
        };
        // A panic fails this mail alone, which is tried again.
        let sent = AssertUnwindSafe(self.send(&leased.value, &stored)).catch_unwind().await;
        let outcome = sent
            .unwrap_or_else(|_| Ok(DeliveryOutcome::Postponed("the mailer panicked".to_owned())))?;
        self.settle(leased, Some(&stored), outcome).await
    }

    async fn send(
        &self,
        entry: &QueueEntry,
        stored: &StoredMail,
    ) -> Result<DeliveryOutcome, StoreError> {
        let failed = |kind: &str, reason: &str| DeliveryOutcome::Failed {
            kind: kind.to_owned(),
            reason: reason.to_owned(),
        };
        let Ok(content) = stored.open(&self.platform.keys, &entry.partition) else {
            return Ok(failed("", "the letter does not open with this master key"));
        };
        let (Some(to), kind) = (&content.to, content.template.kind()) else {
            return Ok(DeliveryOutcome::Gone);
        };
        if self.now() >= stored.until {
            return Ok(failed(kind, "it could not be handed over while it was worth anything"));
        }
        if suppression::is_suppressed(&*self.platform.store, &self.platform.keys, to).await? {
            return Ok(DeliveryOutcome::Suppressed);
        }
        let message = match self.message(stored, to, &content) {
            Ok(message) => message,
            Err(error) => return Ok(failed(kind, &error.to_string())),
        };
        Ok(match self.adapters.mailer.send(&message).await {
            Ok(()) => DeliveryOutcome::Sent,
            Err(SendError::GiveUp(reason)) => failed(kind, &reason),
            Err(SendError::Retry(reason)) => DeliveryOutcome::Postponed(reason),
        })
    }

    fn message(
        &self,
        stored: &StoredMail,
        to: &EmailAddress,
        content: &MailContent,
    ) -> Result<Message, selfsame_mail::BrokenTemplate> {
        let mail = self.adapters.templates.render(&content.template, content.locale)?;
        Ok(Message {
            id: stored.id.clone(),
            to: to.clone(),
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
            created_at: stored.asked_at,
        })
    }

    /// Records the outcome of a mail. Where the lease was lost meanwhile, the node that has it now
    /// does that.
    async fn settle(
        &self,
        leased: LeasedEntry<QueueEntry>,
        stored: Option<&StoredMail>,
        outcome: DeliveryOutcome,
    ) -> Result<(), StoreError> {
        self.log_outcome(stored, &outcome);
        let entry = &leased.value;
        let delete_mail =
            || Write::delete(StoredMail::key(&entry.partition, &entry.letter), Guard::Any);
        let (end, with) = match outcome {
            DeliveryOutcome::Postponed(_) => {
                let later =
                    QueueEntry { failures: entry.failures.saturating_add(1), ..entry.clone() };
                let due = self.now().plus(pause(later.failures));
                (Settled::Again { due, value: later }, Vec::new())
            }
            DeliveryOutcome::Failed { kind, reason } => {
                let tries = entry.failures.saturating_add(1);
                let failed =
                    FailedMail { id: entry.letter.clone(), kind, reason, at: self.now(), tries };
                let until = self.now().plus(failed::RETENTION);
                let failed = Write::put_until(failed.key(), Guard::Any, encode(&failed), until);
                (Settled::Done, vec![failed, delete_mail()])
            }
            DeliveryOutcome::Sent | DeliveryOutcome::Suppressed | DeliveryOutcome::Gone => {
                (Settled::Done, vec![delete_mail()])
            }
        };
        self.queue.settle(leased, end, with).await.map(drop)
    }

    fn log_outcome(&self, stored: Option<&StoredMail>, outcome: &DeliveryOutcome) {
        let provider = self.adapters.mailer.name();
        let id = stored.map(|stored| stored.id.as_str()).unwrap_or_default();
        match outcome {
            DeliveryOutcome::Sent => {
                self.count("sent");
                let waited = stored.map_or(0, |stored| self.now().since(stored.asked_at).as_secs());
                self.platform.counters.observe(&SECONDS, waited);
            }
            DeliveryOutcome::Postponed(reason) => {
                self.count("postponed");
                tracing::warn!(provider, mail = id, reason, "a mail is tried again later");
            }
            DeliveryOutcome::Suppressed => self.count("suppressed"),
            DeliveryOutcome::Failed { kind, reason } => {
                self.count("failed");
                tracing::error!(provider, mail = id, kind, reason, "gave up on a mail");
            }
            DeliveryOutcome::Gone => {}
        }
    }

    fn count(&self, outcome: &str) {
        self.platform.counters.add(&MAILS, outcome);
    }

    fn now(&self) -> Timestamp {
        self.platform.clock.now()
    }
}

/// The pause after the `failures`-th failure: one second, doubled each time up to
/// [`LONGEST_PAUSE`].
fn pause(failures: u32) -> Duration {
    Duration::from_secs(1_u64 << failures.saturating_sub(1).min(20)).min(LONGEST_PAUSE)
}
