//! What a store that was brought back must not take as good any more.
//!
//! A backup is of some moment in the past. Sessions that ended since then would live again, and codes and links that were used since
//! would be good once more, for whoever has kept them. So nothing of the kind outlives a restore.

use selfsame_basics::{Keys, Random, Timestamp};
use selfsame_items::limits::MAX_WRITES;
use selfsame_items::{
    Commit, CommitToken, Guard, Item, ItemStore, Maintenance, Record, StoreError, Write, decode, encode, kind,
};

use super::check::fingerprint;
use super::record::Installation;
use crate::records::SecondFactor;

/// What is good only once, or only for whoever holds it, by kinds of records; and what leads there.
const VOID: &[&str] = &[
    "challenge",
    "idempotency",
    // A letter holds a code or a link, which leads nowhere now, or tells what was told before. A slip without its letter is dropped.
    "mail",
    "one-time-password",
    "pending-email",
    // A registration waits for a code that is void.
    "registration",
    // Only a link that is void leads back to it.
    "removed-passkey",
    "session",
    // With the keys all access tokens end, and the first use makes a new one.
    "signing-key",
    "spent-challenge",
    "undo",
];

/// How much was made void.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Voided {
    /// Sessions that ended.
    pub sessions: u64,
    /// Codes, links, answers and whatever else was good once.
    pub secrets: u64,
}

/// Ends all sessions and makes all single-use secrets void in a store that was just brought back and that nobody uses yet, and notes
/// that it was restored `now`. `progress` is told of every page of how many items it was.
pub async fn make_void(
    store: &dyn ItemStore,
    chores: &dyn Maintenance,
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
        let page = chores.scan("", after.as_ref()).await?;
        progress(page.items.len());
        let mut gone = Vec::new();
        for item in &page.items {
            if is_void(item)? {
                voided.count(item);
                gone.push(Write::delete(item.key.clone(), Guard::Any));
            }
        }
        for some in gone.chunks(MAX_WRITES) {
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

fn is_void(item: &Item) -> Result<bool, StoreError> {
    Ok(match kind(&item.body) {
        // One that its owner has begun to set up and not shown to work.
        Some(SecondFactor::KIND) => decode::<SecondFactor>(&item.body)?.enabled_at.is_none(),
        Some(kind) => VOID.contains(&kind),
        None => false,
    })
}

impl Voided {
    fn count(&mut self, item: &Item) {
        match kind(&item.body) {
            Some("session") => self.sessions += 1,
            _ => self.secrets += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use selfsame_testbed::Testbed;
    use serde_json::{Value, json};

    use super::*;
    use crate::installation::check_key;

    /// What stays as it was. Every kind of record is either here or void: who adds one has to decide.
    const KEPT: &[&str] = &[
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

    /// The kinds of records that the sources of all crates name, without those of tests.
    fn kinds() -> BTreeSet<String> {
        let crates =
            std::fs::read_dir(Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("..")).unwrap();
        let mut open: Vec<_> = crates.map(|folder| folder.unwrap().path().join("src")).collect();
        let mut kinds = BTreeSet::new();
        while let Some(path) = open.pop() {
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
        let decided: BTreeSet<_> = KEPT.iter().chain(VOID).map(|kind| (*kind).to_owned()).collect();
        assert_eq!(decided.len(), KEPT.len() + VOID.len(), "no kind is both");
        assert_eq!(kinds(), decided);
    }

    async fn restore(bed: &Testbed) -> Voided {
        let (store, app) = (&*bed.store, &bed.app);
        make_void(store, store, &app.keys, &*app.random, app.now(), |_| ()).await.unwrap()
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
        bed.app.post.drain().await.unwrap();
        let code = code(&bed.get("/dev/mail/messages?to=ada@example.org").send().await.json());
        let change = json!({"newEmail": "new@example.org"});
        bed.post("/auth/profile/email/initiate", &change).by(&ada).send().await.expect(200);
        bed.events().await;

        let voided = restore(&bed).await;
        assert_eq!(voided.sessions, 1);
        assert!(voided.secrets >= 4, "two codes, a pending address, a letter, a signing key: {voided:?}");
        let mut found = BTreeSet::new();
        for item in bed.store.scan("", None).await.unwrap().items {
            found.extend(kind(&item.body).map(str::to_owned));
        }
        assert!(VOID.iter().all(|kind| !found.contains(*kind)), "{found:?}");
        let restored = check_key(&*bed.store, &bed.app.keys).await.unwrap();
        assert_eq!(restored.restored_at, Some(bed.app.now()));

        // A process that starts on it knows nothing of before, as one that hears of others' commits.
        bed.app.others_committed();
        bed.get("/v1/account").by(&ada).send().await.expect(401);
        let refresh = json!({"refreshToken": ada.data["refreshToken"]});
        bed.post("/auth/refresh", &refresh).send().await.expect(401);
        let reset =
            json!({"email": "ada@example.org", "otp": code, "newPassword": "notes on another engine"});
        bed.post("/auth/password/reset", &reset).send().await.expect(400);
        let sign_in = json!({"identifier": "ada", "password": "correct horse battery staple"});
        let anew = bed.post("/auth/login", &sign_in).send().await.expect(200).data();
        let token = anew["accessToken"].as_str().unwrap();
        bed.get("/v1/account").token(token).send().await.expect(200);
        bed.events().await;
    }
}
