//! Creation, use, exchange, reveal and end of an alias.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use selfsame_generated_avatars::Animal;
use selfsame_store::{Guard, Maintenance as _, Write, encode};
use serde_json::json;

use super::super::record::{AliasNameClaim, claim};
use super::*;

const ROOM: &str = "/v1/profile/alias?context=chat_room_123&contextType=chat_room";

#[tokio::test]
async fn the_first_use_makes_an_alias_of_the_documented_shape() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let before = scene.bench.told(&ada.user).await.len();
    let alias = data(&scene.get(&ada, ROOM).await);
    let (id, name, avatar) =
        (text(&alias, "aliasId"), text(&alias, "displayName"), text(&alias, "avatar"));
    let expected = json!({
        "aliasId": id, "displayName": name, "avatar": avatar,
        "context": "chat_room_123", "contextType": "chat_room",
        "createdAt": "2026-01-31T09:30:00.000Z", "expiresAt": "2026-03-02T09:30:00.000Z",
        "isActive": true, "usageCount": 1
    });
    assert_eq!(alias, expected);
    let random = id.strip_prefix("alias_").unwrap();
    assert!(random.len() == 12 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    let parts: Vec<&str> = name.split('_').collect();
    assert!(
        parts[0] == "Anonymous" && Animal::from_name(parts[1]).is_some() && parts.len() == 3,
        "{name}"
    );
    assert!((100..1000).contains(&parts[2].parse::<u32>().unwrap()), "{name}");
    let token = avatar
        .strip_prefix("http://127.0.0.1:8080/aliases/")
        .and_then(|rest| rest.strip_suffix(".svg"));
    assert!(token.is_some_and(|token| !token.contains('/')), "{avatar}");
    let entries = scene.bench.entries(&ada.user).await;
    assert_eq!(entries.len(), before + 1);
    assert_eq!(entries[before].event_type, "alias.created");
    assert_eq!(entries[before].data, json!({"contextType": "chat_room"}));
}

#[tokio::test]
async fn an_alias_is_the_same_in_its_place_and_another_elsewhere() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let first = scene.alias(&ada, "room", "chat_room").await;
    assert_eq!(scene.alias(&ada, "room", "chat_room").await, first);
    let elsewhere =
        [scene.alias(&ada, "other", "chat_room").await, scene.alias(&ada, "room", "post").await];
    for other in elsewhere {
        assert_ne!(other["aliasId"], first["aliasId"]);
        assert_ne!(other["avatar"], first["avatar"]);
    }
}

#[tokio::test]
async fn uses_within_five_minutes_count_once() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let mut counts = Vec::new();
    for minutes in [0, 4, 1, 0, 7] {
        scene.advance(Duration::from_mins(minutes));
        let ada = scene.again(&ada).await;
        counts.push(scene.alias(&ada, "room", "chat_room").await["usageCount"].clone());
    }
    assert_eq!(counts, [1, 1, 2, 2, 3]);
    let emitted = scene.bench.told(&ada.user).await;
    assert_eq!(emitted.iter().filter(|kind| kind.starts_with("alias.")).count(), 1);
}

#[tokio::test]
async fn an_alias_ends_when_its_time_is_over() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let first = scene.alias(&ada, "room", "chat_room").await;
    scene.advance(Duration::from_hours(720) - Duration::from_millis(1));
    let ada = scene.again(&ada).await;
    assert_eq!(scene.alias(&ada, "room", "chat_room").await["aliasId"], first["aliasId"]);
    scene.advance(Duration::from_millis(1));
    let listed = data(&scene.get(&ada, "/v1/profile/aliases").await);
    assert_eq!(listed["items"], json!([]));
    let second = scene.alias(&ada, "room", "chat_room").await;
    assert_ne!(second["aliasId"], first["aliasId"]);
    let emitted = scene.bench.told(&ada.user).await;
    assert_eq!(emitted.iter().filter(|kind| *kind == "alias.created").count(), 2);
    let history = data(&scene.get(&ada, "/v1/profile/alias/history?context=room").await);
    assert_eq!(history["items"][1]["isActive"], false);
    assert_eq!(history["items"][1]["aliasId"], first["aliasId"]);
}

#[tokio::test]
async fn a_regenerated_alias_has_nothing_in_common_with_the_old_one() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let first = scene.alias(&ada, "room", "chat_room").await;
    let second = scene.regenerate(&ada, "room").await;
    for field in ["aliasId", "displayName", "avatar"] {
        assert_ne!(first[field], second[field], "{field}");
    }
    assert_eq!(scene.alias(&ada, "room", "chat_room").await, second);
    let entries = scene.bench.entries(&ada.user).await;
    let last = entries.last().unwrap();
    assert_eq!(
        (last.event_type.as_str(), &last.data),
        ("alias.regenerated", &json!({"contextType": "chat_room"}))
    );
}

#[tokio::test]
async fn regenerating_where_there_is_none_makes_one() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    scene.regenerate(&ada, "room").await;
    assert_eq!(scene.bench.told(&ada.user).await.last().unwrap(), "alias.created");
}

#[tokio::test]
async fn who_shows_themselves_is_told_of_once_and_nobody_else() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let alias = scene.alias(&ada, "room", "chat_room").await;
    scene.advance(Duration::from_mins(1));
    let body = json!({"context": "room", "contextType": "chat_room"});
    let shown = data(&scene.post(&ada, "/v1/profile/alias/reveal", body.clone()).await);
    assert_eq!(shown["revealedAt"], "2026-01-31T09:31:00.000Z");
    assert_eq!(shown["aliasId"], alias["aliasId"]);
    scene.advance(Duration::from_mins(1));
    assert_eq!(data(&scene.post(&ada, "/v1/profile/alias/reveal", body).await), shown);
    let entries = scene.bench.entries(&ada.user).await;
    let emitted: Vec<_> =
        entries.iter().filter(|entry| entry.event_type == "alias.converted").collect();
    let expected = json!({
        "userId": ada.user, "aliasId": alias["aliasId"], "displayName": alias["displayName"],
        "context": "room", "contextType": "chat_room"
    });
    assert_eq!(emitted.iter().map(|entry| &entry.data).collect::<Vec<_>>(), [&expected]);
}

#[tokio::test]
async fn nobody_can_show_themselves_where_they_wear_nothing() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let body = json!({"context": "room", "contextType": "chat_room"});
    let answer = scene.post(&ada, "/v1/profile/alias/reveal", body).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn five_hundred_people_in_one_context_have_five_hundred_names() {
    let scene = AliasScene::new();
    let mut people = Vec::new();
    for number in 0..500 {
        people.push(scene.person(&format!("guest{number}")).await);
    }
    let aliases =
        join_all(people.iter().map(|person| scene.alias(person, "ball", "chat_room"))).await;
    for field in ["displayName", "aliasId", "avatar"] {
        let different: HashSet<&str> = aliases.iter().map(|alias| text(alias, field)).collect();
        assert_eq!(different.len(), 500, "{field}");
    }
}

#[tokio::test]
async fn a_crowded_place_has_longer_numbers() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let app = &scene.bench.app;
    let names =
        Animal::ALL.iter().flat_map(|animal| (100..1000).map(move |number| (animal, number)));
    let names: Vec<String> =
        names.map(|(animal, number)| format!("Anonymous_{}_{number}", animal.name())).collect();
    for some in names.chunks(100) {
        let take = |name: &String| {
            Write::put(
                claim(&crate::testing::profiles(app), "ball", name),
                Guard::Absent,
                encode(&AliasNameClaim {}),
            )
        };
        app.platform.journal.commit(some.iter().map(take).collect()).await.unwrap();
    }
    let alias = scene.alias(&ada, "ball", "chat_room").await;
    let number = text(&alias, "displayName").rsplit('_').next().unwrap().to_owned();
    assert_eq!(number.len(), 4, "{alias}");
}

#[tokio::test]
async fn two_first_uses_at_once_are_one_alias_and_leave_no_name_behind() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let (left, right) = tokio::join!(
        scene.alias(&ada, "room", "chat_room"),
        scene.alias(&ada, "room", "chat_room")
    );
    assert_eq!(left, right);
    let names = scene.bench.store.scan("alias-name/", None).await.unwrap();
    let holders = scene.bench.store.scan("alias/", None).await.unwrap();
    assert_eq!((names.items.len(), holders.items.len()), (1, 1));
}

#[tokio::test]
async fn a_session_alias_belongs_to_its_session_and_ends_with_it() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let other = scene.again(&ada).await;
    let first = scene.alias(&ada, "visit", "session").await;
    let second = scene.alias(&other, "visit", "session").await;
    assert_ne!(first["aliasId"], second["aliasId"]);
    assert_eq!(scene.alias(&ada, "visit", "session").await, first);
    let listed = data(&scene.get(&other, "/v1/profile/aliases").await);
    assert_eq!(listed["items"], json!([second]));

    let active = async |person: &Person| {
        let history = data(&scene.get(person, "/v1/profile/alias/history?context=visit").await);
        let items = history["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["isActive"].as_bool().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(active(&other).await, [true, true]);
    let ended = scene.bench.with_token("DELETE", "/v1/account/sessions", &other.token).await;
    assert!(ended.status.is_success(), "{ended:?}");
    assert_eq!(scene.get(&ada, ROOM).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(active(&other).await, [true, false]);
}

#[tokio::test]
async fn nobody_puts_on_aliases_without_end() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    for _ in 0..300 {
        scene.regenerate(&ada, "room").await;
    }
    let body = json!({"context": "room", "contextType": "chat_room"});
    let answer = scene.post(&ada, "/v1/profile/alias/regenerate", body).await;
    assert_eq!((answer.status, answer.code().0), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    // An active alias can still be read.
    scene.alias(&ada, "room", "chat_room").await;
}
