//! What a reader of the store learns without the master key.

use std::collections::HashSet;

use selfsame_store::{Guard, Item, Maintenance as _, Write};

use super::super::items_elsewhere;
use super::*;

/// Every stored item.
async fn everything(scene: &AliasScene) -> Vec<Item> {
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let page = scene.bench.store.scan("", after.as_ref()).await.unwrap();
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            return items;
        }
    }
}

fn bytes(item: &Item) -> String {
    format!("{} {} {}", item.key.partition, item.key.sort, String::from_utf8_lossy(&item.body))
}

/// Items about aliases: in partitions of users, and elsewhere.
fn of_aliases(items: &[Item]) -> (Vec<&Item>, Vec<&Item>) {
    let own = |item: &&Item| {
        item.key.partition.starts_with("user/") && item.key.sort.starts_with("alias")
    };
    let elsewhere = |item: &&Item| item.key.partition.starts_with("alias");
    (items.iter().filter(own).collect(), items.iter().filter(elsewhere).collect())
}

/// Every sequence of eight bytes of an item's keyed parts: its names (not the number that orders a
/// log) and its body.
fn stretches(item: &Item) -> HashSet<Vec<u8>> {
    let body = String::from_utf8_lossy(&item.body).into_owned();
    let sealed =
        body.split("\"sealed\":\"").nth(1).unwrap_or_default().trim_end_matches("\"}").to_owned();
    let is_own = item.key.partition.starts_with("user/");
    let partition = item.key.partition.split('/').nth(1).filter(|_| !is_own).unwrap_or_default();
    let sort = item.key.sort.split('/').nth(usize::from(is_own)).unwrap_or_default();
    let texts = [partition.to_owned(), sort.to_owned(), sealed];
    texts
        .iter()
        .flat_map(|text| text.as_bytes().windows(8).map(<[u8]>::to_vec).collect::<Vec<_>>())
        .collect()
}

#[tokio::test]
async fn the_store_names_no_alias_no_context_and_outside_of_partitions_no_user() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let mut secrets = Vec::new();
    for (context, kind) in
        [("the-room-of-ada", "chat_room"), ("another:place", "post"), ("visit.1", "session")]
    {
        let alias = scene.alias(&ada, context, kind).await;
        let picture =
            text(&alias, "avatar").rsplit('/').next().unwrap().trim_end_matches(".svg").to_owned();
        secrets.extend([context.to_owned(), picture]);
        secrets.extend(["aliasId", "displayName"].map(|field| text(&alias, field).to_owned()));
    }
    let old = scene.regenerate(&ada, "the-room-of-ada").await;
    secrets.push(text(&old, "aliasId").to_owned());
    let items = everything(&scene).await;
    for secret in &secrets {
        assert!(items.iter().all(|item| !bytes(item).contains(secret.as_str())), "{secret}");
    }
    let (own, elsewhere) = of_aliases(&items);
    assert_eq!((own.len(), elsewhere.len()), (3 + 4, 2 * 4));
    assert!(elsewhere.iter().all(|item| !bytes(item).contains(ada.user.as_str())));
}

#[tokio::test]
async fn no_revision_time_or_length_joins_an_alias_with_its_owner() {
    let scene = AliasScene::new();
    let (ada, long) = (scene.person("ada").await, "x".repeat(128));
    for context in ["a", long.as_str()] {
        scene.alias(&ada, context, "session").await;
    }
    let items = everything(&scene).await;
    let (_, elsewhere) = of_aliases(&items);
    let of_ada: Vec<&Item> =
        items.iter().filter(|item| item.key.partition.starts_with("user/")).collect();
    for item in &elsewhere {
        assert!(of_ada.iter().all(|own| own.revision != item.revision), "{item:?}");
        assert!(of_ada.iter().all(|own| own.expires_at != item.expires_at), "{item:?}");
        assert_eq!(item.expires_at.unwrap().millis() % (24 * 3600 * 1000), 0);
    }
    let lengths = |prefix: &str| -> HashSet<usize> {
        let all = items.iter().filter(|item| item.body.starts_with(prefix.as_bytes()));
        all.map(|item| item.body.len()).collect()
    };
    assert_eq!(
        (lengths("alias/1").len(), lengths("alias-holder/1").len(), lengths("alias-name/1").len()),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn two_contexts_have_no_bytes_in_common() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let mut seen: Vec<String> = everything(&scene).await.iter().map(bytes).collect();
    let mut sets = Vec::new();
    for context in ["first", "second"] {
        scene.alias(&ada, context, "chat_room").await;
        let items = everything(&scene).await;
        let (own, elsewhere) = of_aliases(&items);
        let new: Vec<&Item> =
            own.into_iter().chain(elsewhere).filter(|item| !seen.contains(&bytes(item))).collect();
        assert_eq!(new.len(), 4);
        sets.push(new.iter().flat_map(|item| stretches(item)).collect::<HashSet<_>>());
        seen = items.iter().map(bytes).collect();
    }
    assert!(sets.iter().all(|set| set.len() > 2_000));
    assert_eq!(sets[0].intersection(&sets[1]).count(), 0);
}

#[tokio::test]
async fn everything_outside_of_the_partition_is_found_for_erasure() {
    let scene = AliasScene::new();
    let (ada, eve) = (scene.person("ada").await, scene.person("eve").await);
    for _ in 0..60 {
        scene.regenerate(&ada, "room").await;
    }
    scene.alias(&ada, "visit", "session").await;
    scene.alias(&eve, "room", "chat_room").await;
    let app = &scene.bench.app;
    let mut after = None;
    loop {
        let (keys, next) =
            items_elsewhere(&crate::testing::profiles(app), &ada.user, after).await.unwrap();
        let writes = keys.into_iter().map(|key| Write::delete(key, Guard::Any)).collect();
        app.platform.journal.commit(writes).await.unwrap();
        after = next;
        if after.is_none() {
            break;
        }
    }
    let items = everything(&scene).await;
    assert_eq!(of_aliases(&items).1.len(), 2, "what is left is eve's");
}
