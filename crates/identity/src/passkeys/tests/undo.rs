//! Mails about passkeys, and their undo links.

use std::sync::Arc;
use std::time::Duration;

use selfsame_events::{Changes, Origin};
use selfsame_mail::{Circumstances, InboxMessage, Template};
use selfsame_primitives::{EmailAddress, SessionId, Timestamp, UserId, new_ulid};
use selfsame_store::{Faults, FaultyStore, MemoryStore, StoreError};

use super::super::challenge::{CeremonyPurpose, Challenge, issue};
use super::super::record::Passkey;
use super::super::rule::{Refusal, RegisterPasskey};
use super::*;
use crate::two_factor::undo_link;
use crate::undo_links::UndoNotice;
use selfsame_testbed::bench::Bench;

const PASSWORD: &str = "correct horse battery staple";

async fn newest_mail(bed: &Testbed) -> InboxMessage {
    bed.app.mail.drain().await.unwrap();
    let to = EmailAddress::parse("ada@example.org").unwrap();
    bed.app.mail.inbox().unwrap().newest(Some(&to), 1).await.unwrap().remove(0)
}

/// An attacker with ada's password.
async fn thief(bed: &Testbed, ada: &User) -> User {
    // So that what is mailed now is newer than what was mailed before.
    bed.clock.advance(Duration::from_secs(1));
    let body = json!({"identifier": "ada", "password": PASSWORD});
    let data = bed.post("/auth/login", &body).send().await.expect(200).data();
    User { token: data["accessToken"].as_str().unwrap().to_owned(), ..ada.clone() }
}

async fn change_password(bed: &Testbed, user: &User) {
    bed.clock.advance(Duration::from_secs(1));
    let body = json!({"currentPassword": PASSWORD, "newPassword": "a bridge of very old and quiet stones"});
    bed.post("/v1/account/password", &body).by(user).send().await.expect(200);
}

/// The names of the passkeys that the undo removed.
async fn undo(bed: &Testbed, token: &str) -> Value {
    let data = bed.post("/auth/undo", &json!({"token": token})).send().await.expect(200).data();
    data["removedPasskeys"].clone()
}

async fn signs_in(bed: &Testbed, phone: &Authenticator) -> bool {
    let answer = phone.get(&sign_in_options(bed, &json!({})).await);
    login(bed, &answer).await.status == 200
}

#[tokio::test]
async fn a_new_passkey_is_mailed_with_a_link_that_takes_it_back() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let thief = thief(&bed, &ada).await;
    let phone = Authenticator::p256();
    registered(&bed, &thief, &phone).await;
    let mail = newest_mail(&bed).await;
    assert_eq!(mail.subject, "A passkey was added to your account");
    for row in [
        "Passkey: Phone",
        &format!("When: {}", &bed.app.platform.now().to_string()[..10]),
        "Address: ",
    ] {
        assert!(mail.text.contains(row), "{row}: {}", mail.text);
    }
    assert!(signs_in(&bed, &phone).await);
    bed.events().await;
    assert_eq!(undo(&bed, &undo_link(&bed).await).await, json!(["Phone"]));
    assert!(!signs_in(&bed, &phone).await);
    bed.get("/v1/account").by(&thief).send().await.problem(401, "unauthenticated");
    let body = json!({"identifier": "ada", "password": PASSWORD});
    bed.post("/auth/login", &body).send().await.problem(401, "invalid_credentials");
    let event_types = bed.event_types().await;
    assert_eq!(event_types[..2], ["passkey.removed", "user.changes_undone"]);
    assert!(event_types[2..].iter().all(|kind| kind == "session.ended"), "{event_types:?}");
}

async fn remove(bed: &Testbed, user: &User, id: &str) {
    bed.clock.advance(Duration::from_secs(1));
    bed.delete(&format!("/v1/account/passkeys/{id}")).by(user).send().await.expect(200);
}

#[tokio::test]
async fn a_removed_passkey_is_mailed_with_a_link_that_locks_the_account_and_brings_it_back() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let phone = Authenticator::p256();
    let id = registered(&bed, &ada, &phone).await;
    bed.clock.advance(Duration::from_hours(8 * 24));
    let thief = thief(&bed, &ada).await;
    remove(&bed, &thief, &id).await;
    let mail = newest_mail(&bed).await;
    assert_eq!(mail.subject, "A passkey was removed from your account");
    assert!(mail.text.contains("Passkey: Phone"), "{}", mail.text);
    assert!(!signs_in(&bed, &phone).await);
    bed.events().await;
    assert_eq!(undo(&bed, &undo_link(&bed).await).await, json!([]));
    bed.get("/v1/account").by(&thief).send().await.problem(401, "unauthenticated");
    assert!(signs_in(&bed, &phone).await);
    assert!(bed.event_types().await.contains(&"passkey.added".to_owned()));
}

#[tokio::test]
async fn wherever_a_crash_comes_a_link_that_is_used_up_has_brought_removed_passkeys_back() {
    let mut crashes = 0;
    for step in 0..64 {
        let bed = Testbed::new();
        let ada = bed.register("ada").await;
        let phone = Authenticator::p256();
        let id = registered(&bed, &ada, &phone).await;
        bed.clock.advance(Duration::from_hours(8 * 24));
        let thief = thief(&bed, &ada).await;
        remove(&bed, &thief, &id).await;
        let link = json!({"token": undo_link(&bed).await});
        bed.events().await;
        let store = FaultyStore::<MemoryStore>::new(Arc::clone(&bed.store), 1, Faults::default());
        let store = Arc::new(store);
        let dying = bed.again(Arc::clone(&store) as _, 1000);
        store.restart();
        store.crash_at(step);
        dying.post("/auth/undo", &link).send().await;
        let is_cut = store.is_crashed();
        crashes += u32::from(is_cut);
        store.restart();
        // Where the link is good yet, its reader follows it again.
        bed.post("/auth/undo", &link).send().await;
        assert!(signs_in(&bed, &phone).await, "step {step}");
        bed.events().await;
        if !is_cut {
            break;
        }
    }
    assert!((3..64).contains(&crashes), "{crashes} crashes: the scenario was not cut everywhere");
}

#[tokio::test]
async fn a_removed_passkey_that_is_suspect_itself_stays_gone() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let phone = Authenticator::p256();
    let id = registered(&bed, &thief(&bed, &ada).await, &phone).await;
    remove(&bed, &ada, &id).await;
    assert_eq!(undo(&bed, &undo_link(&bed).await).await, json!([]));
    assert!(!signs_in(&bed, &phone).await);
    bed.events().await;
}

#[tokio::test]
async fn a_thief_who_adds_a_passkey_first_is_out_by_the_link_of_any_later_change_and_an_old_passkey_stays()
 {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (own, first, second) =
        (Authenticator::p256(), Authenticator::ed25519(), Authenticator::p256());
    registered(&bed, &ada, &own).await;
    bed.clock.advance(Duration::from_hours(7 * 24));
    registered(&bed, &thief(&bed, &ada).await, &first).await;
    bed.clock.advance(Duration::from_hours(6 * 24));
    let thief = thief(&bed, &ada).await;
    change_password(&bed, &thief).await;
    let link = undo_link(&bed).await;
    registered(&bed, &thief, &second).await;
    assert_eq!(undo(&bed, &link).await, json!(["Phone", "Phone"]));
    assert!(!signs_in(&bed, &first).await && !signs_in(&bed, &second).await);
    assert!(signs_in(&bed, &own).await);
    bed.events().await;
}

#[tokio::test]
async fn a_passkey_is_taken_back_from_the_list_of_what_happened() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let phone = Authenticator::p256();
    registered(&bed, &ada, &phone).await;
    let list = bed.get("/v1/account/activity").by(&ada).send().await.expect(200).data();
    let entry =
        list["items"].as_array().unwrap().iter().find(|entry| entry["type"] == "passkey.added");
    let id = entry.unwrap()["id"].as_str().unwrap();
    let path = format!("/v1/account/activity/{id}/disown");
    let data = bed.post(&path, &json!({})).by(&ada).send().await.expect(200).data();
    assert_eq!(data["undone"], true, "{data}");
    assert!(!signs_in(&bed, &phone).await);
    bed.events().await;
}

/// A passkey that nothing can use.
fn dummy(id: &str, created_at: Timestamp) -> Passkey {
    let stored = json!({
        "passkeyId": id, "credentialId": "AQID", "publicKey": {"algorithm": "EdDSA", "key": "BwcH"}, "signCount": 0,
        "name": id, "transports": [], "backedUp": false, "createdAt": created_at, "lastUsedAt": null
    });
    serde_json::from_value(stored).unwrap()
}

#[tokio::test]
async fn more_passkeys_than_fit_into_one_commit_go_too() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let user = UserId::parse(&ada.id).unwrap();
    let ids: Vec<String> = (10..35).map(|number| format!("passkey{number}")).collect();
    let put = |changes: Changes, id: &String| {
        changes.put(Passkey::key(&user, id), &dummy(id, bed.app.platform.now()))
    };
    let decide = |_: &_| Ok::<_, StoreError>((ids.iter().fold(Changes::none(), put), ()));
    bed.app.platform.journal.change(&user, &[], &Origin::default(), decide).await.unwrap();
    change_password(&bed, &ada).await;
    assert_eq!(undo(&bed, &undo_link(&bed).await).await, json!(ids));
    assert!(Passkey::all(&*bed.app.platform.store, &user).await.unwrap().is_empty());
    bed.events().await;
}

#[tokio::test]
async fn no_passkey_is_kept_in_a_session_that_ended_meanwhile() {
    let bench = Bench::new();
    let (app, user) = (&*bench.app, bench.register("ada@example.org").await.user());
    let session = SessionId::parse(&new_ulid(app.platform.now(), &*app.platform.random)).unwrap();
    let purpose = CeremonyPurpose::Register(&user, &session);
    let bytes = issue(&app.platform.keys, &*app.platform.random, app.platform.now(), purpose);
    let challenge = Challenge::read(
        &app.platform.keys,
        &bytes,
        app.platform.now(),
        app.identity.settings.void_before,
        purpose,
    )
    .unwrap();
    let person = app.users.cache.get(&user).await.unwrap().unwrap();
    let to = (person.account.email.clone(), person.profile.preferences.language);
    let template = |undo_url, circumstances| Template::PasskeyAdded {
        name: "Phone".into(),
        undo_url,
        circumstances,
    };
    let circumstances = Circumstances { at: app.platform.now(), device: None, ip: None };
    let notice = UndoNotice::for_alert(
        &crate::testing::identity(app),
        &user,
        to,
        circumstances,
        None,
        template,
    );
    let passkey = dummy("passkey", app.platform.now());
    let new =
        RegisterPasskey { user: &user, session: &session, passkey, challenge: &challenge, notice };
    let add = |loaded: &_| new.add(loaded);
    let refusal =
        app.platform.journal.change(&user, &new.keys(), &Origin::default(), add).await.unwrap_err();
    assert!(matches!(refusal, Refusal::SignedOut), "{refusal:?}");
}
