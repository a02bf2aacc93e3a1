//! The development inbox as a mailer.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::Arc;

use selfsame_mail::{Inbox, Mailer, Message};
use selfsame_primitives::{EmailAddress, ManualClock, SeededRandom, Timestamp, new_ulid};
use selfsame_store::{Faults, FaultyStore, MemoryStore, Store};

fn inbox(seed: u64, faults: Faults) -> Arc<Inbox> {
    let memory = MemoryStore::new(Arc::new(ManualClock::new(Timestamp::from_millis(0))));
    let store: Arc<dyn Store> = Arc::new(FaultyStore::new(memory, seed, faults));
    Arc::new(Inbox::new(store, Arc::new(SeededRandom::new(seed))))
}

fn message(number: i64) -> Message {
    let created_at = Timestamp::from_millis(1_800_000_000_000 + number);
    Message {
        id: new_ulid(created_at, &SeededRandom::new(7)),
        to: EmailAddress::parse("ada@example.org").unwrap(),
        subject: format!("mail {number}"),
        text: String::new(),
        html: String::new(),
        created_at,
    }
}

#[tokio::test]
async fn a_mail_that_is_handed_over_twice_is_there_once() {
    let inbox = inbox(1, Faults::default());
    inbox.send(&message(1)).await.unwrap();
    inbox.send(&message(1)).await.unwrap();
    assert_eq!(inbox.newest(None, 10).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mails_that_come_at_once_are_all_there_whatever_the_store_does() {
    let faults = Faults { conflict: 50, unknown: 50, ..Faults::default() };
    for seed in 0..20 {
        let inbox = inbox(seed, faults);
        let sends = (0..24).map(|number| {
            let inbox = Arc::clone(&inbox);
            tokio::spawn(async move { inbox.send(&message(number)).await })
        });
        for send in sends.collect::<Vec<_>>() {
            send.await.unwrap().unwrap();
        }
        let kept = inbox.newest(None, 100).await.unwrap();
        let subjects: Vec<_> = kept.iter().map(|mail| mail.subject.clone()).collect();
        let expected: Vec<_> = (0..24).rev().map(|number| format!("mail {number}")).collect();
        assert_eq!(subjects, expected, "seed {seed}");
    }
}
