//! Keys, order and ranges.

use std::collections::BTreeSet;

use super::{Harness, commit, key, put, read_all, sorts, write};
use crate::{Guard, Key, Query, Write};

// Sorted by no rule: case, accents in both Unicode forms, digits, and the two sides of the
// surrogates, which UTF-16 orders the other way round.
const TEXTS: [&str; 22] = [
    "b",
    "a",
    "B",
    "A",
    "aa",
    "a b",
    "a-b",
    "a/b",
    "a~",
    "10",
    "9",
    "é",
    "e\u{301}",
    "z",
    "ß",
    "ss",
    "\u{1}",
    "\u{FFFD}",
    "\u{1F600}",
    "\u{10FFFF}",
    "日本",
    "日",
];

/// Forward by the bytes of their UTF-8, backward the same reversed.
pub async fn items_come_in_the_byte_order_of_their_keys<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, TEXTS.iter().map(|text| put(text, *text)).collect()).await;
    let sorted: Vec<&str> = TEXTS.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(sorts(&read_all(&store, Query::prefix("user/1", "")).await), sorted);
    let backward = read_all(&store, Query::prefix("user/1", "").backward()).await;
    assert_eq!(sorts(&backward), sorted.iter().rev().copied().collect::<Vec<_>>());
}

/// Neither as sort keys nor as partitions: no case folding, no normal forms, no trimming.
pub async fn keys_that_look_alike_are_not_the_same<H: Harness>(harness: H) {
    let store = harness.store();
    let texts =
        ["k", "K", "k ", " k", "ké", "ke\u{301}", "k/", "kk", "%", "_", "'", "\"", "\\", "\n"];
    for text in texts {
        let sort = Write::put(key(text), Guard::Absent, text);
        let partition = Write::put(Key::new(text, "s"), Guard::Absent, text);
        assert_eq!(commit(&store, vec![sort, partition]).await, Ok(()), "{text:?}");
    }
    for text in texts {
        assert_eq!(store.get(&key(text)).await.unwrap().unwrap().body, text);
        let page = store.query(&Query::prefix(text, "")).await.unwrap();
        assert_eq!(
            page.items.iter().map(|item| item.body.as_ref()).collect::<Vec<_>>(),
            [text.as_bytes()]
        );
    }
}

/// In both directions.
pub async fn a_range_has_its_start_and_not_its_end<H: Harness>(harness: H) {
    let store = harness.store();
    write(
        &store,
        ["a", "b", "b/1", "b/2", "c", "d"].into_iter().map(|sort| put(sort, "")).collect(),
    )
    .await;
    let mut query = Query::prefix("user/1", "b");
    assert_eq!(sorts(&read_all(&store, query.clone()).await), ["b", "b/1", "b/2"]);
    assert_eq!(sorts(&read_all(&store, query.clone().backward()).await), ["b/2", "b/1", "b"]);
    query.until = None;
    assert_eq!(sorts(&read_all(&store, query.clone()).await), ["b", "b/1", "b/2", "c", "d"]);
    query.until = Some("d".into());
    assert_eq!(sorts(&read_all(&store, query.backward()).await), ["c", "b/2", "b/1", "b"]);
}

/// Whether there is no such partition, nothing in the range, or no room in it.
pub async fn a_range_that_holds_nothing_is_an_empty_page<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put("b", "")]).await;
    let nobody = Query::prefix("user/2", "");
    let nothing = Query::prefix("user/1", "c");
    let reversed =
        Query { from: "c".into(), until: Some("a".into()), ..Query::prefix("user/1", "") };
    let point = Query { from: "b".into(), until: Some("b".into()), ..Query::prefix("user/1", "") };
    for query in [nobody, nothing, reversed, point] {
        for query in [query.clone(), query.backward()] {
            let page = store.query(&query).await.unwrap();
            assert_eq!((page.items, page.next), (vec![], None));
        }
    }
}

/// With gaps where there is nothing, and as often as they were asked for.
pub async fn many_items_come_in_the_order_they_were_asked_for<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, (0..60).map(|n| put(&format!("{n}"), format!("{n}"))).collect()).await;
    let asked: Vec<String> = (0..100).map(|n| (n * 7 % 101).to_string()).collect();
    let mut keys: Vec<Key> = asked.iter().map(|sort| key(sort)).collect();
    keys[99] = keys[0].clone();
    let found = store.get_many(&keys).await.unwrap();
    assert_eq!(found.len(), keys.len());
    for (key, item) in keys.iter().zip(found) {
        let there = key.sort.parse::<u32>().unwrap() < 60;
        assert_eq!(
            item.map(|item| (item.body, item.key)),
            there.then(|| (key.sort.clone().into(), key.clone()))
        );
    }
    assert_eq!(store.get_many(&[]).await, Ok(vec![]));
}
