//! Items that expire.

use std::time::Duration;

use super::{Harness, body, commit, get, key, put, read_all, sorts, start, write};
use crate::{Guard, Query, StoreError, Write};

const HOUR: Duration = Duration::from_hours(1);
const TICK: Duration = Duration::from_millis(1);

fn put_for_an_hour(sort: &str) -> Write {
    Write::put_until(key(sort), Guard::Any, "x", start().plus(HOUR))
}

/// To the millisecond, however it is read.
pub async fn an_item_is_there_until_its_time_and_absent_from_then_on<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put_for_an_hour("k"), put("stays", "")]).await;
    for (wait, there) in [(HOUR.saturating_sub(TICK), true), (TICK, false), (TICK, false)] {
        harness.clock().advance(wait);
        let item = get(&store, "k").await;
        assert_eq!(
            item.as_ref().map(|item| item.expires_at),
            there.then(|| Some(start().plus(HOUR)))
        );
        assert_eq!(store.get_many(&[key("k"), key("stays")]).await.unwrap()[0], item);
        let all = read_all(&store, Query::prefix("user/1", "")).await;
        assert_eq!(sorts(&all), if there { vec!["k", "stays"] } else { vec!["stays"] });
        let all = read_all(&store, Query::prefix("user/1", "").backward()).await;
        assert_eq!(all.len(), if there { 2 } else { 1 });
    }
}

/// `Absent` holds, its old revision does not.
pub async fn an_expired_item_is_absent_to_every_guard<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put_for_an_hour("k")]).await;
    let revision = Guard::Revision(get(&store, "k").await.unwrap().revision);
    assert_eq!(commit(&store, vec![Write::check(key("k"), revision)]).await, Ok(()));
    harness.clock().advance(HOUR);
    let conflict = Err(StoreError::Conflict(key("k")));
    assert_eq!(commit(&store, vec![Write::check(key("k"), revision)]).await, conflict);
    assert_eq!(commit(&store, vec![Write::put(key("k"), revision, "late")]).await, conflict);
    assert_eq!(commit(&store, vec![Write::delete(key("k"), revision)]).await, conflict);
    assert_eq!(commit(&store, vec![Write::check(key("k"), Guard::Absent)]).await, Ok(()));
    assert_eq!(commit(&store, vec![Write::put(key("k"), Guard::Absent, "again")]).await, Ok(()));
    assert_eq!(body(&store, "k").await.unwrap(), "again");
}

/// Later, never, or past already.
pub async fn an_item_put_again_has_only_its_new_time<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put_for_an_hour("later"), put_for_an_hour("never"), put("sooner", "x")])
        .await;
    let later = Write::put_until(key("later"), Guard::Any, "x", start().plus(HOUR * 2));
    let past = Write::put_until(key("past"), Guard::Any, "x", start());
    write(&store, vec![later, put("never", "x"), put_for_an_hour("sooner"), past]).await;
    assert_eq!(get(&store, "past").await, None);
    harness.clock().advance(HOUR);
    assert_eq!(sorts(&read_all(&store, Query::prefix("user/1", "")).await), ["later", "never"]);
    harness.clock().advance(HOUR);
    assert_eq!(sorts(&read_all(&store, Query::prefix("user/1", "")).await), ["never"]);
}

/// Though a whole page of them comes first.
pub async fn expired_items_do_not_end_a_range_early<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, (0..90).map(|n| put_for_an_hour(&format!("{n:02}"))).collect()).await;
    write(&store, (90..100).map(|n| put(&n.to_string(), "")).collect()).await;
    harness.clock().advance(HOUR);
    for query in
        [Query::prefix("user/1", "").limit(4), Query::prefix("user/1", "").limit(4).backward()]
    {
        assert_eq!(read_all(&store, query).await.len(), 10);
    }
}
