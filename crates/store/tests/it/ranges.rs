//! Ranges against the plainest way to compute them.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

use std::sync::Arc;

use proptest::prelude::*;
use selfsame_primitives::ManualClock;
use selfsame_store::conformance::{commit_of, start};
use selfsame_store::{Direction, Guard, Key, MemoryStore, Query, Store, Write};

fn text() -> impl Strategy<Value = String> {
    "[abé]{0,3}"
}

fn expected(sorts: &[String], query: &Query) -> Vec<String> {
    let mut found: Vec<String> = sorts
        .iter()
        .filter(|sort| {
            **sort >= query.from && query.until.as_ref().is_none_or(|until| *sort < until)
        })
        .filter(|sort| match (&query.after, query.direction) {
            (None, _) => true,
            (Some(after), Direction::Forward) => *sort > after,
            (Some(after), Direction::Backward) => *sort < after,
        })
        .cloned()
        .collect();
    found.sort();
    if query.direction == Direction::Backward {
        found.reverse();
    }
    found
}

async fn found(sorts: &[String], query: &Query) -> (Vec<String>, Option<String>) {
    let store = MemoryStore::new(Arc::new(ManualClock::new(start())));
    let writes = sorts
        .iter()
        .map(|sort| Write::put(Key::new("p", sort), Guard::Any, ""))
        .collect::<Vec<_>>();
    if !writes.is_empty() {
        store.commit(commit_of(writes)).await.unwrap();
    }
    let page = store.query(query).await.unwrap();
    (page.items.into_iter().map(|item| item.key.sort).collect(), page.next)
}

proptest! {
    #[test]
    fn a_page_is_the_first_part_of_the_filtered_and_sorted_keys(
        sorts in proptest::collection::hash_set("[abé]{1,3}", 0..30),
        from in text(), until in proptest::option::of(text()), after in proptest::option::of(text()),
        backward: bool, limit in 1_usize..40,
    ) {
        let direction = if backward { Direction::Backward } else { Direction::Forward };
        let query = Query { partition: "p".into(), from, until, direction, after, limit };
        let sorts: Vec<String> = sorts.into_iter().collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (items, next) = runtime.block_on(found(&sorts, &query));
        let expected = expected(&sorts, &query);
        let page = expected.get(..limit.min(expected.len())).unwrap();
        prop_assert_eq!(&items, page);
        prop_assert_eq!(next.as_ref(), if expected.len() > limit { page.last() } else { None });
    }
}
