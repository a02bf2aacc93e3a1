//! Conditions and what they protect.

use super::{Harness, body, commit, commit_of, get, key, put, read_all, write};
use crate::{CommitToken, Guard, Query, Revision, StoreError, Write};

fn other() -> Revision {
    CommitToken::generate(&selfsame_primitives::SystemRandom).revision()
}

fn conflict(sort: &str) -> Result<(), StoreError> {
    Err(StoreError::Conflict(key(sort)))
}

/// First, last or between, with every kind of guard and action around it.
pub async fn a_failing_guard_at_any_place_writes_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put("there", "old"), put("gone", "old"), put("checked", "old")]).await;
    let before = read_all(&store, Query::prefix("user/1", "")).await;
    let revision = Guard::Revision(get(&store, "there").await.unwrap().revision);
    let good = [
        Write::put(key("there"), revision, "new"),
        Write::put(key("new"), Guard::Absent, "new"),
        Write::put(key("any"), Guard::Any, "new"),
        Write::delete(key("gone"), revision),
        Write::check(key("checked"), revision),
    ];
    let bad = [
        Write::put(key("checked/"), Guard::Revision(other()), "new"),
        Write::delete(key("missing"), Guard::Revision(other())),
        Write::check(key("missing"), Guard::Revision(other())),
    ];
    for bad in bad {
        for place in 0..=good.len() {
            let mut writes = good.to_vec();
            writes.insert(place, bad.clone());
            assert_eq!(
                commit(&store, writes).await,
                Err(StoreError::Conflict(bad.key.clone())),
                "at {place}"
            );
            assert_eq!(read_all(&store, Query::prefix("user/1", "")).await, before, "at {place}");
        }
    }
    assert_eq!(commit(&store, good.to_vec()).await, Ok(()));
}

/// Of one of them, where several don't hold.
pub async fn a_conflict_names_the_key_of_a_guard_that_does_not_hold<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put("taken", "")]).await;
    let claim = |sort| Write::put(key(sort), Guard::Absent, "");
    assert_eq!(
        commit(&store, vec![claim("free"), claim("taken"), claim("free too")]).await,
        conflict("taken")
    );
    let stale = Write::check(key("stale"), Guard::Revision(other()));
    let refused = commit(&store, vec![stale, claim("free"), claim("taken")]).await;
    assert!(refused == conflict("taken") || refused == conflict("stale"), "{refused:?}");
}

/// For all actions.
pub async fn absent_holds_only_where_nothing_is<H: Harness>(harness: H) {
    let store = harness.store();
    assert_eq!(commit(&store, vec![Write::check(key("k"), Guard::Absent)]).await, Ok(()));
    assert_eq!(commit(&store, vec![Write::delete(key("k"), Guard::Absent)]).await, Ok(()));
    assert_eq!(commit(&store, vec![Write::put(key("k"), Guard::Absent, "1")]).await, Ok(()));
    assert_eq!(commit(&store, vec![Write::put(key("k"), Guard::Absent, "2")]).await, conflict("k"));
    assert_eq!(commit(&store, vec![Write::delete(key("k"), Guard::Absent)]).await, conflict("k"));
    assert_eq!(commit(&store, vec![Write::check(key("k"), Guard::Absent)]).await, conflict("k"));
    assert_eq!(body(&store, "k").await.unwrap(), "1");
}

/// For all actions; an older one, another's and one of nothing don't.
pub async fn a_revision_holds_only_for_the_item_it_was_read_from<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put("k", "1")]).await;
    let first = get(&store, "k").await.unwrap().revision;
    assert_eq!(
        commit(&store, vec![Write::put(key("k"), Guard::Revision(first), "2")]).await,
        Ok(())
    );
    let second = get(&store, "k").await.unwrap().revision;
    assert_ne!(first, second);
    for stale in [Guard::Revision(first), Guard::Revision(other())] {
        assert_eq!(commit(&store, vec![Write::put(key("k"), stale, "3")]).await, conflict("k"));
        assert_eq!(commit(&store, vec![Write::delete(key("k"), stale)]).await, conflict("k"));
        assert_eq!(commit(&store, vec![Write::check(key("k"), stale)]).await, conflict("k"));
    }
    assert_eq!(body(&store, "k").await.unwrap(), "2");
    assert_eq!(
        commit(&store, vec![Write::delete(key("k"), Guard::Revision(second))]).await,
        Ok(())
    );
    assert_eq!(get(&store, "k").await, None);
    assert_eq!(
        commit(&store, vec![Write::delete(key("k"), Guard::Revision(second))]).await,
        conflict("k")
    );
}

/// Not even the revision.
pub async fn a_check_guards_and_changes_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put("k", "1")]).await;
    let before = get(&store, "k").await;
    let guard = Guard::Revision(before.as_ref().unwrap().revision);
    let writes = vec![
        Write::check(key("k"), guard),
        Write::check(key("none"), Guard::Absent),
        Write::check(key("any"), Guard::Any),
        put("other", "2"),
    ];
    assert_eq!(commit(&store, writes).await, Ok(()));
    assert_eq!(get(&store, "k").await, before);
    assert_eq!(body(&store, "other").await.unwrap(), "2");
    assert_eq!((get(&store, "none").await, get(&store, "any").await), (None, None));
    assert_eq!(
        commit(&store, vec![Write::check(key("k"), guard), put("other", "3")]).await,
        Ok(())
    );
}

/// Whether or not there is something, for all actions.
pub async fn no_guard_always_holds<H: Harness>(harness: H) {
    let store = harness.store();
    for content in ["1", "2"] {
        write(&store, vec![put("k", content)]).await;
        assert_eq!(body(&store, "k").await.unwrap(), content);
    }
    for _ in 0..2 {
        write(&store, vec![Write::delete(key("k"), Guard::Any)]).await;
        assert_eq!(get(&store, "k").await, None);
    }
    write(&store, vec![Write::check(key("k"), Guard::Any)]).await;
}

/// So a writer that has read the first one can't overwrite the second.
pub async fn an_item_made_again_has_another_revision<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put("k", "same")]).await;
    let first = get(&store, "k").await.unwrap();
    write(&store, vec![Write::delete(key("k"), Guard::Any)]).await;
    write(&store, vec![Write::put(key("k"), Guard::Absent, "same")]).await;
    assert_ne!(get(&store, "k").await.unwrap().revision, first.revision);
    let late = Write::put(key("k"), Guard::Revision(first.revision), "late");
    assert_eq!(commit(&store, vec![late]).await, conflict("k"));
}

/// However they are read.
pub async fn all_items_of_a_commit_have_the_revision_of_its_token<H: Harness>(harness: H) {
    let store = harness.store();
    let commit = commit_of(vec![put("a", "1"), put("b", "2")]);
    let revision = commit.token.revision();
    assert_eq!(store.commit(commit).await, Ok(()));
    let one = vec![get(&store, "a").await.unwrap(), get(&store, "b").await.unwrap()];
    assert!(one.iter().all(|item| item.revision == revision));
    let many = store.get_many(&[key("a"), key("b")]).await.unwrap();
    assert_eq!(many.into_iter().flatten().collect::<Vec<_>>(), one);
    assert_eq!(read_all(&store, Query::prefix("user/1", "")).await, one);
}
