//! The suite that every store passes: one test for each case and store.
//!
//! A store's tests implement [`Harness`] (and [`Durable`], where data outlives the store) and say
//! `selfsame_store::conformance!(sqlite, SqliteHarness);`. A store that fails one case does not
//! ship.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't go on panics")]

pub mod durability;
pub mod expiry;
pub mod guards;
pub mod limits;
pub mod maintenance;
pub mod order;
pub mod paging;
pub mod races;
pub mod stored_forms;
pub mod tokens;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_primitives::{ManualClock, SystemRandom, Timestamp};

use crate::{Commit, CommitToken, Guard, Item, Key, Maintenance, Query, Store, StoreError, Write};

/// An empty store of its own for one test.
#[async_trait]
pub trait Harness: Sized + Send + Sync {
    /// Makes the store; its clock shows [`start`].
    async fn create() -> Self;
    /// The store.
    fn store(&self) -> Arc<dyn Store>;
    /// Its maintenance.
    fn chores(&self) -> Arc<dyn Maintenance>;
    /// The clock that the store goes by.
    fn clock(&self) -> &ManualClock;
}

/// A store whose data outlives it.
#[async_trait]
pub trait Durable: Harness {
    /// Closes the store and opens it again on the same data.
    async fn reopen(self) -> Self;
}

/// The time at which every case begins: 2026-01-01T00:00:00Z.
#[must_use]
pub const fn start() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000)
}

/// A commit of `writes` with a new token.
#[must_use]
pub fn commit_of(writes: Vec<Write>) -> Commit {
    Commit { token: CommitToken::generate(&SystemRandom), writes }
}

fn key(sort: &str) -> Key {
    Key::new("user/1", sort)
}

fn put(sort: &str, body: impl Into<Bytes>) -> Write {
    Write::put(key(sort), Guard::Any, body)
}

async fn commit(store: &Arc<dyn Store>, writes: Vec<Write>) -> Result<(), StoreError> {
    store.commit(commit_of(writes)).await
}

async fn write(store: &Arc<dyn Store>, writes: Vec<Write>) {
    commit(store, writes).await.unwrap();
}

async fn get(store: &Arc<dyn Store>, sort: &str) -> Option<Item> {
    store.get(&key(sort)).await.unwrap()
}

async fn body(store: &Arc<dyn Store>, sort: &str) -> Option<Bytes> {
    get(store, sort).await.map(|item| item.body)
}

/// All items of a range, read page by page.
async fn read_all(store: &Arc<dyn Store>, mut query: Query) -> Vec<Item> {
    let mut items = Vec::new();
    loop {
        let page = store.query(&query).await.unwrap();
        assert!(page.items.len() <= query.limit, "a page is not longer than asked");
        items.extend(page.items);
        let Some(next) = page.next else { return items };
        query.after = Some(next);
    }
}

fn sorts(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.key.sort.as_str()).collect()
}

/// Expands to a module `$name` with one test for each case, on stores made by the [`Harness`]
/// `$harness`; with `, durable` also the cases of a [`Durable`] one.
#[macro_export]
macro_rules! conformance {
    ($name:ident, $harness:ty) => {
        $crate::conformance!(@tests $name, $harness;
            order::items_come_in_the_byte_order_of_their_keys,
            order::keys_that_look_alike_are_not_the_same,
            order::a_range_has_its_start_and_not_its_end,
            order::a_range_that_holds_nothing_is_an_empty_page,
            order::many_items_come_in_the_order_they_were_asked_for,
            paging::pages_in_both_directions_give_every_item_once,
            paging::the_page_that_reaches_the_end_says_so,
            paging::pages_under_writes_skip_nothing_that_stays,
            paging::a_page_may_start_behind_an_item_that_is_gone,
            paging::a_cursor_outside_the_range_does_not_widen_it,
            paging::a_page_ends_at_a_megabyte,
            limits::the_largest_item_comes_back_whole,
            limits::the_largest_commit_is_made,
            limits::a_commit_beyond_a_limit_is_refused_whole,
            limits::a_read_beyond_a_limit_is_refused,
            guards::a_failing_guard_at_any_place_writes_nothing,
            guards::a_conflict_names_the_key_of_a_guard_that_does_not_hold,
            guards::absent_holds_only_where_nothing_is,
            guards::a_revision_holds_only_for_the_item_it_was_read_from,
            guards::a_check_guards_and_changes_nothing,
            guards::no_guard_always_holds,
            guards::an_item_made_again_has_another_revision,
            guards::all_items_of_a_commit_have_the_revision_of_its_token,
            expiry::an_item_is_there_until_its_time_and_absent_from_then_on,
            expiry::an_expired_item_is_absent_to_every_guard,
            expiry::an_item_put_again_has_only_its_new_time,
            expiry::expired_items_do_not_end_a_range_early,
            races::one_of_many_racing_commits_wins,
            races::a_counter_loses_no_update,
            races::commits_that_share_nothing_all_succeed,
            races::commits_over_the_same_items_in_any_order_keep_their_sum,
            tokens::a_commit_tried_again_is_not_done_again,
            tokens::racing_tries_of_one_commit_all_succeed_and_write_once,
            tokens::a_refused_commit_is_not_taken_for_done,
            maintenance::a_scan_gives_every_item_under_the_prefix_once,
            maintenance::a_sweep_removes_what_has_expired_and_nothing_else,
        );
    };
    ($name:ident, $harness:ty, durable) => {
        $crate::conformance!($name, $harness);
        mod durable {
            use super::*;
            $crate::conformance!(@tests $name, $harness;
                durability::what_was_committed_is_there_after_reopening,
                durability::guards_and_expiry_hold_across_reopening,
            );
        }
    };
    (@tests $name:ident, $harness:ty; $($group:ident :: $case:ident,)+) => {
        mod $name {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    let harness = <$harness as $crate::conformance::Harness>::create().await;
                    $crate::conformance::$group::$case(harness).await;
                }
            )+
        }
    };
}
