//! Users are counted by the commits that change their populations.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

use selfsame_app::App;
use std::sync::Arc;

use selfsame_events::{Head, add_up, quarantine};
use selfsame_primitives::UserId;
use selfsame_store::{
    Commit, CommitToken, Guard, Key, Maintenance, Store as _, StoreError, Write, decode, encode,
};
use selfsame_testbed::{Testbed, User};
use selfsame_users::records::Profile;
use selfsame_users::{populations::look, populations::show};
use serde_json::json;

/// What the server does every few seconds.
async fn count(app: &Arc<App>, maintenance: &dyn Maintenance) -> Result<(), StoreError> {
    look(&app.platform, maintenance).await?;
    add_up(&app.platform.journal).await?;
    show(&app.platform).await
}

/// All users, and those with a complete profile, a picture, an alias.
async fn counted(bed: &Testbed) -> [u64; 4] {
    count(&bed.app, &*bed.store).await.unwrap();
    ["users", "users_with_complete_profile", "users_with_own_avatar", "users_with_alias"].map(
        |name| {
            let reading =
                bed.app.platform.counters.readings().find(|reading| reading.metric.name == name);
            reading.unwrap().counts[0]
        },
    )
}

async fn fill_in(bed: &Testbed, user: &User) {
    let update = json!({
        "bio": "Numbers", "location": "London", "timezone": "Europe/London", "interests": ["chess"],
        "skills": ["analysis"], "socialLinks": {"github": "https://github.com/ada"}
    });
    bed.put("/v1/profile", &update).by(user).send().await.expect(200);
}

/// The smallest GIF that shows something.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

async fn upload(bed: &Testbed, user: &User) {
    let head =
        b"--edge\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.gif\"\r\n\r\n";
    let body = [head.as_slice(), GIF, b"\r\n--edge--\r\n"].concat();
    let call = bed.call("POST", "/v1/profile/avatar").by(user);
    call.body("multipart/form-data; boundary=edge", body).send().await.expect(200);
}

#[tokio::test]
async fn each_change_of_a_population_counts_once() {
    let bed = Testbed::new();
    assert_eq!(counted(&bed).await, [0, 0, 0, 0]);
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    assert_eq!(counted(&bed).await, [2, 0, 0, 0]);
    fill_in(&bed, &ada).await;
    fill_in(&bed, &bob).await;
    upload(&bed, &ada).await;
    upload(&bed, &ada).await;
    assert_eq!(counted(&bed).await, [2, 1, 1, 0]);
    bed.get("/v1/profile/alias?context=room_1&contextType=chat_room")
        .by(&bob)
        .send()
        .await
        .expect(200);
    bed.get("/v1/profile/alias?context=room_2&contextType=chat_room")
        .by(&bob)
        .send()
        .await
        .expect(200);
    bed.put("/v1/profile", &json!({"bio": null})).by(&ada).send().await.expect(200);
    assert_eq!(counted(&bed).await, [2, 0, 1, 1]);
    bed.delete("/v1/profile/avatar").by(&ada).send().await.expect(200);
    assert_eq!(counted(&bed).await, [2, 0, 0, 1]);
    assert_eq!(counted(&bed).await, [2, 0, 0, 1]);
}

#[tokio::test]
async fn a_pending_registration_is_no_user() {
    let bed = Testbed::with(|settings| {
        settings.identity.registration =
            selfsame_identity::settings::RegistrationMode::EnumerationSafe;
    });
    let body = json!({"email": "ada@example.org", "password": "correct horse battery staple"});
    bed.post("/auth/register", &body).send().await;
    assert_eq!(counted(&bed).await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn users_of_releases_without_populations_are_counted_once() {
    let bed = Testbed::new();
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    bed.get("/v1/profile/alias?context=room_1&contextType=chat_room")
        .by(&ada)
        .send()
        .await
        .expect(200);
    upload(&bed, &bob).await;
    make_uncounted(&bed, &[&ada, &bob]).await;
    assert_eq!(counted(&bed).await, [2, 0, 1, 1]);
    fill_in(&bed, &bob).await;
    assert_eq!(counted(&bed).await, [2, 1, 1, 1]);
}

#[tokio::test]
async fn a_change_before_a_user_was_counted_counts_nothing_twice() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    make_uncounted(&bed, &[&ada]).await;
    upload(&bed, &ada).await;
    fill_in(&bed, &ada).await;
    assert_eq!(counted(&bed).await, [1, 1, 1, 0]);
}

#[tokio::test]
async fn a_damaged_user_does_not_keep_others_from_being_counted() {
    let bed = Testbed::new();
    let (ada, bob, eve) =
        (bed.register("ada").await, bed.register("bob").await, bed.register("eve").await);
    bed.events().await;
    make_uncounted(&bed, &[&ada, &bob, &eve]).await;
    let profile = |user: &User| Profile::key(&UserId::parse(&user.id).unwrap());
    let whole = bed.store.get(&profile(&bob)).await.unwrap().unwrap().body;
    put(&bed, vec![Write::put(profile(&ada), Guard::Any, "damaged")]).await;
    put(&bed, vec![Write::put(profile(&bob), Guard::Any, "profile/999\n{}")]).await;
    assert_eq!(counted(&bed).await, [1, 0, 0, 0]);
    assert_eq!(counted(&bed).await, [1, 0, 0, 0], "nobody is counted twice");
    // A record of a later release.
    put(&bed, vec![Write::put(profile(&bob), Guard::Any, whole)]).await;
    assert_eq!(counted(&bed).await, [2, 0, 0, 0]);
}

#[tokio::test]
async fn a_difference_that_can_not_be_read_keeps_no_other_from_being_added_up() {
    let bed = Testbed::new();
    bed.register("ada").await;
    let (mut newer, mut damaged) = (Vec::new(), Vec::new());
    for item in bed.store.scan("populations/", None).await.unwrap().items {
        // More than one commit adds up, all of them before the readable one.
        for number in 0..95 {
            let key = Key::new(&item.key.partition, format!("difference/000{number:02}"));
            newer.push(Write::put(key, Guard::Absent, "populations/999\n{}"));
        }
        let key = Key::new(&item.key.partition, "difference/0001");
        damaged.push(Write::put(key, Guard::Absent, "damaged"));
    }
    let count_of_newer = newer.len();
    assert_eq!((count_of_newer, damaged.len()), (95, 1), "one user makes one difference");
    put(&bed, newer).await;
    put(&bed, damaged).await;
    assert_eq!(counted(&bed).await, [1, 0, 0, 0]);
    assert_eq!(quarantine::counts(&*bed.store).await.unwrap(), [("populations".to_owned(), 1)]);
    let left = bed.store.scan("populations/", None).await.unwrap().items;
    assert_eq!(left.len(), count_of_newer + 1, "the sum, and what a later release has written");
}

#[tokio::test]
async fn concurrent_nodes_add_up_once() {
    let bed = Testbed::new();
    for number in 0..20 {
        bed.register(&format!("user{number}")).await;
    }
    let nodes = (0..8).map(|_| {
        let (app, store) = (Arc::clone(&bed.app), Arc::clone(&bed.store));
        tokio::spawn(async move { count(&app, &*store).await })
    });
    for node in nodes.collect::<Vec<_>>() {
        node.await.unwrap().unwrap();
    }
    assert_eq!(counted(&bed).await, [20, 0, 0, 0]);
}

async fn put(bed: &Testbed, writes: Vec<Write>) {
    let commit = Commit { token: CommitToken::generate(&*bed.app.platform.random), writes };
    bed.store.commit(commit).await.unwrap();
}

/// Stores `users` as before populations existed, and resets the progress of counting.
async fn make_uncounted(bed: &Testbed, users: &[&User]) {
    for user in users {
        let key = Head::key(&UserId::parse(&user.id).unwrap());
        let item = bed.store.get(&key).await.unwrap().unwrap();
        let head = Head { populations: None, ..decode(&item.body).unwrap() };
        put(bed, vec![Write::put(key, Guard::Any, encode(&head))]).await;
    }
    forget(bed).await;
}

/// Deletes all counts.
async fn forget(bed: &Testbed) {
    let mut after = None;
    loop {
        let page = selfsame_store::Maintenance::scan(&*bed.store, "populations", after.as_ref())
            .await
            .unwrap();
        let deletions: Vec<_> =
            page.items.into_iter().map(|item| Write::delete(item.key, Guard::Any)).collect();
        if !deletions.is_empty() {
            put(bed, deletions).await;
        }
        after = page.next;
        if after.is_none() {
            return;
        }
    }
}
