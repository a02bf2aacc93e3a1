//! Scans and sweeps.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Harness, commit, get, key, put, start, write};
use crate::{Guard, Key, StoreError, Write};

/// Across partitions and pages; without the expired.
pub async fn a_scan_gives_every_item_under_the_prefix_once<H: Harness>(harness: H) {
    let store = harness.store();
    let mut expected = BTreeSet::new();
    for user in 0..30 {
        let partition = format!("user/{user}");
        expected.extend((0..50).map(|n| Key::new(partition.clone(), format!("{n}"))));
        let items = (0..50)
            .map(|n| Write::put(Key::new(partition.clone(), format!("{n}")), Guard::Any, "x"));
        let dead = Write::put_until(Key::new(partition.clone(), "dead"), Guard::Any, "x", start());
        write(&store, items.chain([dead]).collect()).await;
    }
    let others = ["user", "user0", "usher/1", "a", "z"];
    write(
        &store,
        others.iter().map(|name| Write::put(Key::new(*name, "s"), Guard::Any, "")).collect(),
    )
    .await;
    let found = scan(&harness, "user/").await;
    assert_eq!(found.len(), expected.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(scan(&harness, "").await.len(), expected.len() + others.len());
    assert_eq!(scan(&harness, "nobody").await, []);
}

async fn scan<H: Harness>(harness: &H, prefix: &str) -> Vec<Key> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = harness.chores().scan(prefix, after.as_ref()).await.unwrap();
        found.extend(page.items.into_iter().map(|item| item.key));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// Not what expires later than `before`; readers see no difference.
pub async fn a_sweep_removes_what_has_expired_and_nothing_else<H: Harness>(harness: H) {
    let (store, chores) = (harness.store(), harness.chores());
    let hour = Duration::from_hours(1);
    let hourly =
        |n: i32| Write::put_until(key(&format!("{n}")), Guard::Any, "", start().plus(hour));
    write(&store, (0..20).map(hourly).collect()).await;
    let later = Write::put_until(key("later"), Guard::Any, "", start().plus(hour * 2));
    write(&store, vec![put("stays", ""), later]).await;
    assert_eq!(chores.sweep(start().plus(hour * 3)).await, Ok(0), "nothing has expired yet");
    harness.clock().advance(hour);
    assert_eq!(chores.sweep(start().plus(hour / 2)).await, Ok(0));
    assert!(matches!(chores.sweep(start().plus(hour * 3)).await, Ok(0 | 20)));
    assert_eq!(chores.sweep(start().plus(hour * 3)).await, Ok(0));
    assert!(get(&store, "stays").await.is_some() && get(&store, "later").await.is_some());
    assert_eq!(
        commit(&store, vec![Write::put(key("0"), Guard::Absent, "")]).await,
        Ok::<_, StoreError>(())
    );
}
