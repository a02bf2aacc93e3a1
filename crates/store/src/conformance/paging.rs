//! Ranges that are read in several pages.

use bytes::Bytes;

use super::{Harness, key, put, read_all, sorts, write};
use crate::limits::MAX_PAGE_BYTES;
use crate::{Direction, Guard, Query, Write};

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{n:04}")).collect()
}

async fn fill<H: Harness>(harness: &H, count: usize) -> Vec<String> {
    let names = numbered(count);
    for chunk in names.chunks(100) {
        write(&harness.store(), chunk.iter().map(|sort| put(sort, "x")).collect()).await;
    }
    names
}

/// With every kind of page size.
pub async fn pages_in_both_directions_give_every_item_once<H: Harness>(harness: H) {
    let mut names = fill(&harness, 157).await;
    for direction in [Direction::Forward, Direction::Backward] {
        for limit in [1, 2, 50, 156, 157, 158, 1000] {
            let query = Query { direction, limit, ..Query::prefix("user/1", "0") };
            assert_eq!(
                sorts(&read_all(&harness.store(), query).await),
                names,
                "{direction:?} by {limit}"
            );
        }
        names.reverse();
    }
}

/// Also when it is full to the last item.
pub async fn the_page_that_reaches_the_end_says_so<H: Harness>(harness: H) {
    fill(&harness, 10).await;
    for (limit, next) in [(9, Some("0008")), (10, None), (11, None)] {
        let page = harness.store().query(&Query::prefix("user/1", "").limit(limit)).await.unwrap();
        assert_eq!((page.items.len(), page.next.as_deref()), (limit.min(10), next));
    }
    let page =
        harness.store().query(&Query::prefix("user/1", "").limit(3).backward()).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("0007"));
}

/// Items that come and go between two pages, on both sides of the cursor, don't move those that
/// stay.
pub async fn pages_under_writes_skip_nothing_that_stays<H: Harness>(harness: H) {
    let store = harness.store();
    let mut names = fill(&harness, 60).await;
    for direction in [Direction::Forward, Direction::Backward] {
        let mut query = Query { direction, limit: 7, ..Query::prefix("user/1", "") };
        let (mut stayed, mut came) = (Vec::new(), Vec::<String>::new());
        loop {
            let page = store.query(&query).await.unwrap();
            stayed.extend(
                page.items.into_iter().map(|item| item.key.sort).filter(|sort| sort.len() == 4),
            );
            let Some(next) = page.next else { break };
            let gone = came
                .drain(..)
                .map(|sort| Write::delete(key(&sort), Guard::Any))
                .collect::<Vec<_>>();
            came.extend(
                ["!first", "0000-", &format!("{next}-next"), "~last"]
                    .map(|sort| format!("{sort}{next}")),
            );
            write(&store, came.iter().map(|sort| put(sort, "")).chain(gone).collect()).await;
            query.after = Some(next);
        }
        assert_eq!(stayed, names);
        names.reverse();
    }
}

/// The cursor is a position, not an item.
pub async fn a_page_may_start_behind_an_item_that_is_gone<H: Harness>(harness: H) {
    let store = harness.store();
    fill(&harness, 6).await;
    write(&store, vec![Write::delete(key("0003"), Guard::Any)]).await;
    let query = Query::prefix("user/1", "").after(Some("0003".into()));
    assert_eq!(sorts(&read_all(&store, query.clone()).await), ["0004", "0005"]);
    assert_eq!(sorts(&read_all(&store, query.backward()).await), ["0002", "0001", "0000"]);
}

/// On neither side, in neither direction.
pub async fn a_cursor_outside_the_range_does_not_widen_it<H: Harness>(harness: H) {
    let store = harness.store();
    fill(&harness, 6).await;
    let range =
        Query { from: "0002".into(), until: Some("0004".into()), ..Query::prefix("user/1", "") };
    let before = range.clone().after(Some("0000".into()));
    let behind = range.after(Some("0005".into()));
    assert_eq!(sorts(&read_all(&store, before.clone()).await), ["0002", "0003"]);
    assert_eq!(sorts(&read_all(&store, behind.clone().backward()).await), ["0003", "0002"]);
    assert!(read_all(&store, behind).await.is_empty());
    assert!(read_all(&store, before.backward()).await.is_empty());
}

/// Whatever the limit; and the next page continues without a gap.
pub async fn a_page_ends_at_a_megabyte<H: Harness>(harness: H) {
    let store = harness.store();
    let large = Bytes::from(vec![b'x'; 190_000]);
    let names = numbered(13);
    for chunk in names.chunks(10) {
        write(&store, chunk.iter().map(|sort| put(sort, large.clone())).collect()).await;
    }
    let query = Query::prefix("user/1", "").limit(1000);
    let page = store.query(&query).await.unwrap();
    let bytes: usize = page.items.iter().map(|item| item.key.size() + item.body.len()).sum();
    assert!(!page.items.is_empty() && bytes <= MAX_PAGE_BYTES, "{bytes}");
    assert_eq!(page.next.as_ref(), page.items.last().map(|item| &item.key.sort));
    assert_eq!(sorts(&read_all(&store, query).await), names);
}
