//! What just fits, and what just does not.

use bytes::Bytes;

use super::{Harness, body, commit, key, put, read_all};
use crate::limits::{
    MAX_COMMIT_BYTES, MAX_ITEM_BYTES, MAX_KEY_PART_BYTES, MAX_KEYS, MAX_PAGE_ITEMS, MAX_WRITES,
};
use crate::{Guard, Key, Query, StoreError, Write};

fn filled(length: usize) -> Bytes {
    (0..=u8::MAX).cycle().take(length).collect::<Vec<u8>>().into()
}

fn long(length: usize) -> String {
    "é".repeat(length / 2) + &"k".repeat(length % 2)
}

/// Every byte of it, with the longest key; and so does the smallest.
pub async fn the_largest_item_comes_back_whole<H: Harness>(harness: H) {
    let store = harness.store();
    let key = Key::new(long(MAX_KEY_PART_BYTES), long(MAX_KEY_PART_BYTES));
    let largest = filled(MAX_ITEM_BYTES - key.size());
    let tiny = Write::put(Key::new("p", "s"), Guard::Absent, Bytes::new());
    let writes = vec![Write::put(key.clone(), Guard::Absent, largest.clone()), tiny];
    assert_eq!(commit(&store, writes).await, Ok(()));
    assert!(store.get(&key).await.unwrap().unwrap().body == largest, "the largest body");
    assert_eq!(store.get(&Key::new("p", "s")).await.unwrap().unwrap().body, Bytes::new());
    let found = read_all(&store, Query::prefix(key.partition.clone(), &key.sort)).await;
    assert!(
        found.len() == 1 && found[0].key == key && found[0].body == largest,
        "the largest item in a range"
    );
}

/// 100 writes of 4 MB together.
pub async fn the_largest_commit_is_made<H: Harness>(harness: H) {
    let store = harness.store();
    let writes = full(MAX_COMMIT_BYTES);
    assert_eq!(commit(&store, writes.clone()).await, Ok(()));
    for write in &writes {
        let found = store.get(&write.key).await.unwrap().unwrap();
        assert_eq!(found.body.len(), write.action.size());
    }
}

fn full(bytes: usize) -> Vec<Write> {
    let share = bytes / MAX_WRITES;
    let rest = bytes - share * MAX_WRITES;
    let sized = |n: usize| {
        let key = key(&format!("{n:03}"));
        let extra = if n == 0 { rest } else { 0 };
        let body = filled(share + extra - key.size());
        Write::put(key, Guard::Absent, body)
    };
    (0..MAX_WRITES).map(sized).collect()
}

/// Each limit by one; the writes that were in order are not made either.
pub async fn a_commit_beyond_a_limit_is_refused_whole<H: Harness>(harness: H) {
    let store = harness.store();
    let many = (0..=MAX_WRITES).map(|n| put(&n.to_string(), "")).collect();
    let with = |write: Write| vec![put("good", ""), write];
    let item = key("large");
    let large = filled(MAX_ITEM_BYTES - item.size() + 1);
    let bad: Vec<(&str, Vec<Write>)> = vec![
        ("no writes", vec![]),
        ("too many writes", many),
        ("too many bytes", full(MAX_COMMIT_BYTES + 1)),
        ("two writes for one key", with(put("good", "again"))),
        ("a large item", with(Write::put(item, Guard::Any, large))),
        ("no partition", with(Write::put(Key::new("", "s"), Guard::Any, ""))),
        ("no sort key", with(put("", ""))),
        ("a long partition", with(Write::put(Key::new(long(513), "s"), Guard::Any, ""))),
        ("a long sort key", with(put(&long(513), ""))),
        ("a NUL in the partition", with(Write::put(Key::new("p\0", "s"), Guard::Any, ""))),
        ("a NUL in the sort key", with(put("s\0", ""))),
        ("a deletion of no key", with(Write::delete(key(""), Guard::Any))),
        ("a check of no key", with(Write::check(key(""), Guard::Absent))),
    ];
    for (what, writes) in bad {
        let refused = commit(&store, writes).await;
        assert!(matches!(refused, Err(StoreError::Limit(_))), "{what}: {refused:?}");
        assert_eq!(body(&store, "good").await, None, "{what}");
        assert_eq!(body(&store, "000").await, None, "{what}");
    }
}

/// And just within it, it is not.
pub async fn a_read_beyond_a_limit_is_refused<H: Harness>(harness: H) {
    let store = harness.store();
    let refused = |result: Option<StoreError>| matches!(result, Some(StoreError::Limit(_)));
    assert!(refused(store.get(&key(&long(MAX_KEY_PART_BYTES + 1))).await.err()));
    assert!(refused(store.get(&key("")).await.err()));
    assert!(refused(store.get_many(&vec![key("k"); MAX_KEYS + 1]).await.err()));
    assert!(store.get_many(&vec![key("k"); MAX_KEYS]).await.is_ok());
    let all = Query::prefix("user/1", "");
    assert!(refused(store.query(&all.clone().limit(0)).await.err()));
    assert!(refused(store.query(&all.clone().limit(MAX_PAGE_ITEMS + 1)).await.err()));
    assert!(refused(store.query(&all.clone().after(Some("\0".into()))).await.err()));
    assert!(refused(store.query(&Query::prefix("", "")).await.err()));
    assert!(store.query(&all.limit(MAX_PAGE_ITEMS)).await.is_ok());
    assert!(store.query(&Query::prefix("user/1", &("k".repeat(511) + "\u{7F}"))).await.is_ok());
}
