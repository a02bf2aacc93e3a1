//! Lists, cursors, and what is refused.

use std::collections::HashSet;

use http::StatusCode;
use serde_json::json;

use super::*;

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| text(item, "aliasId").to_owned()).collect()
}

/// All ids of the list at `path`, `limit` a page, and the sizes of the pages.
async fn walk(
    scene: &AliasScene,
    person: &Person,
    path: &str,
    limit: usize,
) -> (Vec<String>, Vec<usize>) {
    let (mut all, mut sizes, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let page = data(&scene.get(person, &format!("{path}{mark}limit={limit}{cursor}")).await);
        sizes.push(ids(&page).len());
        all.extend(ids(&page));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (all, sizes),
        }
    }
}

#[tokio::test]
async fn the_history_of_a_context_goes_back_from_the_newest() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(text(&scene.regenerate(&ada, "room").await, "aliasId").to_owned());
    }
    let post = text(&scene.alias(&ada, "room", "post").await, "aliasId").to_owned();
    scene.alias(&ada, "elsewhere", "chat_room").await;
    let newest_first: Vec<String> = made.iter().rev().cloned().collect();

    let (rooms, sizes) =
        walk(&scene, &ada, "/v1/profile/alias/history?context=room&contextType=chat_room", 2).await;
    assert_eq!((&rooms, sizes), (&newest_first, vec![2, 2]));
    let (all, sizes) = walk(&scene, &ada, "/v1/profile/alias/history?context=room", 2).await;
    assert_eq!((&all[1..], sizes), (newest_first.as_slice(), vec![2, 2, 1]));
    assert_eq!(all[0], post);

    let page = data(
        &scene.get(&ada, "/v1/profile/alias/history?context=room&contextType=chat_room").await,
    );
    let active: Vec<bool> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["isActive"].as_bool().unwrap())
        .collect();
    assert_eq!(active, [true, false, false, false]);
}

#[tokio::test]
async fn a_long_history_of_another_kind_is_walked_through() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let first = text(&scene.alias(&ada, "room", "post").await, "aliasId").to_owned();
    for _ in 0..150 {
        scene.regenerate(&ada, "room").await;
    }
    let (posts, _) =
        walk(&scene, &ada, "/v1/profile/alias/history?context=room&contextType=post", 20).await;
    assert_eq!(posts, [first]);
}

#[tokio::test]
async fn all_active_aliases_are_listed_once_and_only_to_their_owner() {
    let scene = AliasScene::new();
    let (ada, eve) = (scene.person("ada").await, scene.person("eve").await);
    let mut active = HashSet::new();
    for number in 0..7 {
        scene.regenerate(&ada, &format!("room{number}")).await;
        active.insert(
            text(&scene.regenerate(&ada, &format!("room{number}")).await, "aliasId").to_owned(),
        );
    }
    let (listed, sizes) = walk(&scene, &ada, "/v1/profile/aliases", 3).await;
    assert_eq!((listed.len(), sizes), (7, vec![3, 3, 1]));
    assert_eq!(listed.into_iter().collect::<HashSet<_>>(), active);
    for path in ["/v1/profile/aliases", "/v1/profile/alias/history?context=room1"] {
        assert_eq!(data(&scene.get(&eve, path).await), json!({"items": [], "nextCursor": null}));
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_or_user_is_refused() {
    let scene = AliasScene::new();
    let (ada, eve) = (scene.person("ada").await, scene.person("eve").await);
    for room in ["a", "b"] {
        scene.regenerate(&ada, room).await;
        scene.regenerate(&ada, room).await;
    }
    let page = data(&scene.get(&ada, "/v1/profile/aliases?limit=1").await);
    let cursor = text(&page, "nextCursor");
    let history = "/v1/profile/alias/history?context=a";
    for (person, path) in [
        (&eve, format!("/v1/profile/aliases?cursor={cursor}")),
        (&ada, format!("{history}&cursor={cursor}")),
        (&ada, "/v1/profile/aliases?cursor=forged".to_owned()),
    ] {
        let answer = scene.get(person, &path).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, ("invalid_request", "?cursor"))
        );
    }
    let page = data(&scene.get(&ada, &format!("{history}&limit=1")).await);
    let cursor = text(&page, "nextCursor");
    let filtered = format!("{history}&contextType=post&cursor={cursor}");
    assert_eq!(scene.get(&ada, &filtered).await.code().1, "?cursor");
}

#[tokio::test]
async fn a_wrong_context_is_refused_with_its_field() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let long = "x".repeat(129);
    for (query, pointer) in [
        ("contextType=post".to_owned(), "?context"),
        ("context=a".to_owned(), "?contextType"),
        ("context=a%20b&contextType=post".to_owned(), "?context"),
        (format!("context={long}&contextType=post"), "?context"),
        ("context=&contextType=post".to_owned(), "?context"),
        ("context=a&contextType=room".to_owned(), "?contextType"),
        ("context=a&contextType=post&more=1".to_owned(), "?more"),
    ] {
        let answer = scene.get(&ada, &format!("/v1/profile/alias?{query}")).await;
        assert_eq!((answer.status, answer.code().1), (StatusCode::BAD_REQUEST, pointer), "{query}");
    }
    for (body, pointer) in [
        (json!({"context": "a"}), "/contextType"),
        (json!({"context": "a/b", "contextType": "post"}), "/context"),
        (json!({"context": "a", "contextType": "Post"}), "/contextType"),
        (json!({"context": "a", "contextType": "post", "more": 1}), "/more"),
    ] {
        for path in ["/v1/profile/alias/regenerate", "/v1/profile/alias/reveal"] {
            let answer = scene.post(&ada, path, body.clone()).await;
            assert_eq!(
                (answer.status, answer.code().1),
                (StatusCode::BAD_REQUEST, pointer),
                "{body}"
            );
        }
    }
    for (query, pointer) in
        [("context=a&limit=0", "?limit"), ("context=a&contextType=x", "?contextType")]
    {
        let answer = scene.get(&ada, &format!("/v1/profile/alias/history?{query}")).await;
        assert_eq!((answer.status, answer.code().1), (StatusCode::BAD_REQUEST, pointer), "{query}");
    }
}

#[tokio::test]
async fn anonymous_callers_are_refused() {
    let scene = AliasScene::new();
    let body = json!({"context": "a", "contextType": "post"});
    for path in ["/v1/profile/alias/regenerate", "/v1/profile/alias/reveal"] {
        assert_eq!(scene.bench.post(path, body.clone()).await.status, StatusCode::UNAUTHORIZED);
    }
    for path in [
        "/v1/profile/alias?context=a&contextType=post",
        "/v1/profile/alias/history?context=a",
        "/v1/profile/aliases",
    ] {
        let answer = scene.bench.send(request("GET", path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}
