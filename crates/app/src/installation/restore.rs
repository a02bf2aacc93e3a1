//! What a restored store must not accept any more.
//!
//! A backup is of some moment in the past. Sessions that ended since would be valid again, and so
//! would codes and links that were used since. So nothing of the kind outlives a restore (decision
//! 0036).

use selfsame_events::quarantine::{PARTITIONS, Quarantined};
use selfsame_primitives::{Keys, Random, Timestamp};
use selfsame_store::limits::MAX_WRITES;
use selfsame_store::{
    Commit, CommitToken, Guard, Item, Maintenance, Record, Store, StoreError, Write, decode,
    encode, kind,
};

use super::check::fingerprint;
use super::record::Installation;
use selfsame_users::records::SecondFactor;

/// Kinds of records that are valid once, or for their holder only, and the records that lead there.
const VOID: &[&str] = &[
    "challenge",
    "idempotency",
    // A mail holds a code or a link, which is void now, or reports what was reported before. A
    // queue entry without its mail is dropped.
    "mail",
    "one-time-password",
    "pending-email",
    // A registration waits for a code that is void.
    "registration",
    // Only a link that is void leads back to it.
    "removed-passkey",
    "session",
    // Without the keys all access tokens are void, and the first use makes a new key.
    "signing-key",
    "spent-challenge",
    "undo",
];

/// Counts of what was made void.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Voided {
    /// Sessions that ended.
    pub sessions: u64,
    /// Codes, links, stored answers and other single-use records.
    pub secrets: u64,
    /// Second factors that can't be read; they were kept.
    pub unreadable: u64,
}

/// The decision about an item.
enum Decision {
    Keep,
    Void,
    /// The record is damaged, so it is kept: one damaged record must not keep the others from being
    /// restored.
    Unreadable,
}

/// Ends all sessions and makes all single-use secrets void in a restored store that nothing uses
/// yet, and records that it was restored at `now`. `progress` gets the number of items of every
/// page.
pub async fn make_void(
    store: &dyn Store,
    maintenance: &dyn Maintenance,
    keys: &Keys,
    random: &dyn Random,
    now: Timestamp,
    mut progress: impl FnMut(usize),
) -> Result<Voided, StoreError> {
    let commit = async |writes: Vec<Write>| {
        store.commit(Commit { token: CommitToken::generate(random), writes }).await
    };
    let (mut voided, mut after) = (Voided::default(), None);
    loop {
        let page = maintenance.scan("", after.as_ref()).await?;
        progress(page.items.len());
        let mut voided_items = Vec::new();
        for item in &page.items {
            match decide(item) {
                Decision::Keep => {}
                Decision::Unreadable => voided.unreadable += 1,
                Decision::Void => {
                    voided.count(item);
                    voided_items.push(Write::delete(item.key.clone(), Guard::Any));
                }
            }
        }
        for some in voided_items.chunks(MAX_WRITES) {
            commit(some.to_vec()).await?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let record = Installation { key_fingerprint: fingerprint(keys), restored_at: Some(now) };
    commit(vec![Write::put(Installation::key(), Guard::Any, encode(&record))]).await?;
    Ok(voided)
}

fn decide(item: &Item) -> Decision {
    let should_be = quarantined_kind(item);
    if should_be.is_none() && kind(&item.body) == Some(SecondFactor::KIND) {
        return match decode::<SecondFactor>(&item.body) {
            // A second factor that was never confirmed.
            Ok(factor) if factor.enabled_at.is_none() => Decision::Void,
            Ok(_) => Decision::Keep,
            Err(_) => Decision::Unreadable,
        };
    }
    // A quarantined record goes by the kind that it should have, since it can't be read, and its
    // report goes with it.
    match should_be.or_else(|| kind(&item.body)) {
        Some(kind) if VOID.contains(&kind) => Decision::Void,
        _ => Decision::Keep,
    }
}

/// The kind that a quarantined item should have.
fn quarantined_kind(item: &Item) -> Option<&str> {
    item.key.partition.strip_prefix(PARTITIONS)
}

impl Voided {
    fn count(&mut self, item: &Item) {
        match quarantined_kind(item).or_else(|| kind(&item.body)) {
            // The quarantined record is counted, its report is not.
            _ if kind(&item.body) == Some(Quarantined::KIND) => {}
            Some("session") => self.sessions += 1,
            _ => self.secrets += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use selfsame_events::quarantine;
    use selfsame_store::Key;
    use selfsame_testbed::Testbed;
    use serde_json::{Value, json};

    use super::*;
    use crate::installation::check_key;

    /// Kinds that stay. Every kind is either here or void, so a new kind needs a decision.
    const STAYING: &[&str] = &[
        "account",
        "address-key",
        "alias",
        "alias-holder",
        "alias-look-up",
        "alias-name",
        "at-work",
        "avatar-upload",
        "blob-note",
        "claim",
        "dead-letter",
        "development-mail",
        "development-mail-count",
        "entry",
        "failed-mail",
        "familiar-network",
        "galleries",
        "head",
        "identity",
        "inbound-message",
        "installation",
        "mail-count",
        "mail-slip",
        "media-due",
        "monitoring",
        "notifications",
        "one-time-password-sends",
        "passkey",
        "passwords",
        "personal",
        "pointer",
        "populations",
        "populations-progress",
        "presence",
        "profile",
        "quarantined",
        "review",
        "review-place",
        "review-tally",
        "service-once",
        "service-token",
        "stats",
        "suppressed",
        "suspension",
        "todo",
        "two-factor",
        "username",
        "webhook-delivery",
        "webhook-failing",
        "webhooks",
    ];

    /// The kinds of records in the sources of all crates, without those of tests.
    fn kinds() -> BTreeSet<String> {
        let crates =
            std::fs::read_dir(Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join(".."))
                .unwrap();
        let mut open: Vec<_> = crates.map(|folder| folder.unwrap().path().join("src")).collect();
        let mut kinds = BTreeSet::new();
        while let Some(path) = open.pop() {
            if path.file_stem().is_some_and(|name| name == "tests") {
                continue;
            }
            if path.is_dir() {
                open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let source = std::fs::read_to_string(path).unwrap();
                let code = source.split("#[cfg(test)]").next().unwrap();
                let named = code.split("const KIND: &'static str = \"").skip(1);
                kinds.extend(named.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
        kinds
    }

    #[test]
    fn every_kind_of_record_is_either_kept_or_void() {
        let decided: BTreeSet<_> =
            STAYING.iter().chain(VOID).map(|kind| (*kind).to_owned()).collect();
        assert_eq!(decided.len(), STAYING.len() + VOID.len(), "no kind is both");
        assert_eq!(kinds(), decided);
    }

    async fn restore(bed: &Testbed) -> Voided {
        let (store, app) = (&*bed.store, &bed.app);
        let platform = &app.platform;
        make_void(store, store, &platform.keys, &*platform.random, platform.now(), |_| ())
            .await
            .unwrap()
    }

    fn code(mails: &Value) -> String {
        let text = mails[0]["text"].as_str().unwrap();
        text.lines().find(|line| line.starts_with("    ")).unwrap().trim().to_owned()
    }

    #[tokio::test]
    async fn sessions_codes_and_waiting_mails_of_a_backup_are_good_for_nothing() {
        let bed = Testbed::new();
        let ada = bed.register("ada").await;
        let forgot = json!({"email": "ada@example.org"});
        bed.post("/auth/password/forgot", &forgot).send().await.expect(202);
        bed.app.mail.drain().await.unwrap();
        let code = code(&bed.get("/dev/mail/messages?to=ada@example.org").send().await.json());
        let change = json!({"newEmail": "new@example.org"});
        bed.post("/auth/profile/email/initiate", &change).by(&ada).send().await.expect(200);
        bed.events().await;

        let voided = restore(&bed).await;
        assert_eq!(voided.sessions, 1);
        assert!(
            voided.secrets >= 4,
            "two codes, a pending address, a letter, a signing key: {voided:?}"
        );
        let mut found = BTreeSet::new();
        for item in bed.store.scan("", None).await.unwrap().items {
            found.extend(kind(&item.body).map(str::to_owned));
        }
        assert!(VOID.iter().all(|kind| !found.contains(*kind)), "{found:?}");
        let restored = check_key(&*bed.store, &bed.app.platform.keys).await.unwrap();
        assert_eq!(restored.restored_at, Some(bed.app.platform.now()));

        // A new process has nothing cached, as a running one after commits of other processes.
        bed.app.others_committed();
        bed.get("/v1/account").by(&ada).send().await.expect(401);
        let refresh = json!({"refreshToken": ada.data["refreshToken"]});
        bed.post("/auth/refresh", &refresh).send().await.expect(401);
        let reset = json!({"email": "ada@example.org", "otp": code, "newPassword": "notes on another engine"});
        bed.post("/auth/password/reset", &reset).send().await.expect(400);
        let sign_in = json!({"identifier": "ada", "password": "correct horse battery staple"});
        let anew = bed.post("/auth/login", &sign_in).send().await.expect(200).data();
        let token = anew["accessToken"].as_str().unwrap();
        bed.get("/v1/account").token(token).send().await.expect(200);
        bed.events().await;
    }

    #[tokio::test]
    async fn what_is_in_quarantine_goes_or_stays_with_what_tells_of_it() {
        let bed = Testbed::new();
        for (kind, body) in
            [("mail", "mail/1\n{\"half"), ("mail", "no heading"), ("todo", "todo/1\n{}")]
        {
            let key = Key::new("test", "damaged");
            let write = Write::put(key.clone(), Guard::Any, body);
            bed.app.platform.journal.commit(vec![write]).await.unwrap();
            let item = bed.store.get(&key).await.unwrap().unwrap();
            quarantine::set_aside(&bed.app.platform.journal, kind, &item, "test").await.unwrap();
        }
        assert_eq!(restore(&bed).await, Voided { secrets: 2, ..Voided::default() });
        let left = bed.store.scan(quarantine::PARTITIONS, None).await.unwrap().items;
        assert_eq!(left.len(), 2, "what was set aside, and what tells of it: {left:?}");
        assert_eq!(quarantine::counts(&*bed.store).await.unwrap(), [("todo".to_owned(), 1)]);
        let report = quarantine::list(&*bed.store, "todo", 10).await.unwrap().remove(0);
        let (_, body) = quarantine::find(&*bed.store, "todo", &report.id).await.unwrap().unwrap();
        assert_eq!(body, b"todo/1\n{}");
    }

    #[tokio::test]
    async fn a_damaged_second_factor_is_kept_and_counted() {
        let bed = Testbed::new();
        let key = |user: &str| Key::new("test", user);
        let bodies = [
            ("damaged", "two-factor/1\n{\"secret\":"),
            ("later", "two-factor/99\n{}"),
            (
                "begun",
                "two-factor/1\n{\"secret\":\"c2VhbGVk\",\"lastStep\":0,\"recoveryCodes\":[]}",
            ),
        ];
        for (user, body) in bodies {
            bed.app
                .platform
                .journal
                .commit(vec![Write::put(key(user), Guard::Any, body)])
                .await
                .unwrap();
        }
        assert_eq!(restore(&bed).await, Voided { secrets: 1, unreadable: 2, ..Voided::default() });
        for (user, is_kept) in [("damaged", true), ("later", true), ("begun", false)] {
            assert_eq!(bed.store.get(&key(user)).await.unwrap().is_some(), is_kept, "{user}");
        }
    }
}
