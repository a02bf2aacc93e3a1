//! The feature through HTTP: what a page receives, and when the stream ends.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use selfsame_events::{Changes, Entry, EventPayload, Journal, Origin, Status};
use selfsame_primitives::{SeededRandom, UserId};
use selfsame_store::{Commit, CommitToken, Guard, Store, StoreError, Write};
use selfsame_testbed::{Stream, Testbed, User};
use serde::Serialize;
use serde_json::{Value, json};

use super::STREAMS;

const PATH: &str = "/v1/account/events";

/// A stream that has begun.
async fn follow(bed: &Testbed, user: &User, path: &str) -> Stream {
    let mut stream = bed.get(path).by(user).open().await;
    assert_eq!(stream.status, 200);
    stream.next().await.unwrap();
    stream
}

async fn rename(bed: &Testbed, user: &User, name: &str) {
    bed.put("/v1/profile", &json!({"displayName": name})).by(user).send().await.expect(200);
}

/// The fields of an event on the wire: `id`, `event` and `data`.
fn fields(event: &str) -> (u64, &str, Value) {
    let mut lines = event.strip_suffix("\n\n").unwrap().lines();
    let mut field = |name: &str| lines.next().unwrap().strip_prefix(name).unwrap();
    let found = (field("id: ").parse().unwrap(), field("event: "), field("data: "));
    (found.0, found.1, serde_json::from_str(found.2).unwrap())
}

fn ids(piece: &str) -> Vec<u64> {
    piece
        .lines()
        .filter_map(|line| line.strip_prefix("id: "))
        .map(|id| id.parse().unwrap())
        .collect()
}

fn counted(bed: &Testbed) -> Vec<u64> {
    bed.app.platform.counters.readings().find(|reading| reading.metric == STREAMS).unwrap().counts
}

#[tokio::test]
async fn a_commit_is_sent_at_once_in_the_form_of_all_consumers() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut stream = bed.get("/v1/account/events").by(&ada).open().await;
    assert_eq!(
        (stream.status, &stream.headers["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    assert_eq!(stream.headers["cache-control"], "no-store");
    let beginning = stream.next().await.unwrap();
    assert_eq!(beginning, format!("retry: 2000\nid: {}\n\n", ids(&beginning)[0]));
    assert_eq!(stream.ready(), None, "nothing has happened yet");
    rename(&bed, &ada, "Ada L.").await;
    let piece = stream.next().await.unwrap();
    let (id, event, data) = fields(&piece);
    let [expected] = &bed.events().await[..] else { panic!("one event") };
    assert_eq!((id, event), (expected.sequence, "profile.updated"));
    assert_eq!(data, serde_json::to_value(expected).unwrap());
    assert_eq!(id, ids(&beginning)[0] + 1);
}

#[tokio::test]
async fn a_stream_holds_no_events_of_others() {
    let bed = Testbed::new();
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    let mut stream = follow(&bed, &ada, PATH).await;
    rename(&bed, &bob, "Bobby").await;
    bed.app.activity.streams.poll_heads().await.unwrap();
    assert_eq!(stream.ready(), None);
}

#[tokio::test]
async fn a_client_that_reconnects_misses_nothing() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let first = ids(&bed.get(PATH).by(&ada).open().await.next().await.unwrap())[0];
    for name in ["A", "B", "C"] {
        rename(&bed, &ada, name).await;
    }
    let mut by_address = follow(&bed, &ada, &format!("{PATH}?since={first}")).await;
    assert_eq!(ids(&by_address.next().await.unwrap()), [first + 1, first + 2, first + 3]);
    // The header is what the client saw later, since it reconnects at the same URL.
    let path = format!("{PATH}?since={first}");
    let call = bed.get(&path).by(&ada).header("Last-Event-ID", &(first + 2).to_string());
    let mut by_header = call.open().await;
    assert_eq!(ids(&by_header.next().await.unwrap()), [first + 2]);
    assert_eq!(ids(&by_header.next().await.unwrap()), [first + 3]);
    assert_eq!(by_header.ready(), None);
}

#[tokio::test]
async fn many_events_come_in_pieces_of_bounded_size_and_in_order() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let first = ids(&bed.get(PATH).by(&ada).open().await.next().await.unwrap())[0];
    for turn in 0..70 {
        rename(&bed, &ada, &format!("Ada {turn}")).await;
    }
    let mut stream = follow(&bed, &ada, &format!("{PATH}?since={first}")).await;
    let (mut all, mut sizes) = (Vec::new(), Vec::new());
    while let Some(piece) = stream.ready() {
        sizes.push(ids(&piece).len());
        all.extend(ids(&piece));
    }
    assert_eq!(sizes, [32, 32, 6]);
    assert_eq!(all, (first + 1..=first + 70).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_damaged_entry_is_skipped_and_the_next_one_is_sent() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let first = ids(&bed.get(PATH).by(&ada).open().await.next().await.unwrap())[0];
    for name in ["A", "B", "C"] {
        rename(&bed, &ada, name).await;
    }
    bed.events().await;
    let key = Entry::key(&UserId::parse(&ada.id).unwrap(), first + 2);
    let writes = vec![Write::put(key, Guard::Any, "entry/1\n{")];
    let token = CommitToken::generate(&*bed.app.platform.random);
    bed.store.commit(Commit { token, writes }).await.unwrap();
    let mut stream = follow(&bed, &ada, &format!("{PATH}?since={first}")).await;
    let piece = stream.next().await.unwrap();
    assert_eq!(ids(&piece), [first + 1, first + 2, first + 3]);
    assert!(
        piece.contains(&format!("\n\nid: {}\n\nid: {}\nevent: ", first + 2, first + 3)),
        "{piece}"
    );
    assert_eq!(piece.matches("event: profile.updated").count(), 2);
}

#[tokio::test]
async fn a_position_beyond_the_newest_entry_continues_with_new_events() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut stream = follow(&bed, &ada, &format!("{PATH}?since=999999")).await;
    rename(&bed, &ada, "Ada L.").await;
    assert!(stream.next().await.unwrap().contains("event: profile.updated"));
}

#[tokio::test]
async fn a_position_that_is_no_number_is_refused() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let by_header = bed.get(PATH).by(&ada).header("Last-Event-ID", "yesterday").send().await;
    assert_eq!(by_header.refused_fields(), ["Last-Event-ID"]);
    let by_address = bed.get("/v1/account/events?since=-1").by(&ada).send().await;
    assert_eq!(by_address.refused_fields(), ["?since"]);
    let unknown = bed.get("/v1/account/events?from=1").by(&ada).send().await;
    assert_eq!(unknown.refused_fields(), ["?from"]);
}

/// Something that another node tells of.
#[derive(Serialize, JsonSchema)]
struct Elsewhere {}

impl EventPayload for Elsewhere {
    const TYPE: &'static str = "test.elsewhere";
    const SUMMARY: &'static str = "Something has happened on another node.";
}

#[tokio::test]
async fn what_another_node_commits_is_found_at_the_next_beat() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut stream = follow(&bed, &ada, PATH).await;
    let user = UserId::parse(&ada.id).unwrap();
    let store = Arc::clone(&bed.store) as Arc<dyn Store>;
    let (clock, random) = (Arc::clone(&bed.clock) as _, Arc::new(SeededRandom::new(7)) as _);
    let elsewhere =
        Arc::new(Journal::new(store, clock, random, Vec::new(), Duration::from_hours(1)));
    let decide = |_: &_| Ok::<_, StoreError>((Changes::none().emit(&Elsewhere {}), ()));
    elsewhere.change(&user, &[], &Origin::default(), decide).await.unwrap();
    assert_eq!(stream.ready(), None, "nobody has told this node");
    bed.app.activity.streams.poll_heads().await.unwrap();
    assert!(stream.ready().unwrap().contains("event: test.elsewhere"));
    bed.app.activity.streams.poll_heads().await.unwrap();
    assert_eq!(stream.ready(), None, "each event comes once");
}

#[tokio::test]
async fn a_quiet_stream_shows_that_it_lives_every_fifteen_seconds() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut stream = follow(&bed, &ada, PATH).await;
    bed.clock.advance(Duration::from_secs(14));
    bed.app.activity.streams.poll_heads().await.unwrap();
    assert_eq!(stream.ready(), None);
    bed.clock.advance(Duration::from_secs(1));
    bed.app.activity.streams.poll_heads().await.unwrap();
    assert_eq!(stream.ready().as_deref(), Some(":\n\n"));
    bed.clock.advance(Duration::from_secs(10));
    rename(&bed, &ada, "Ada L.").await;
    assert!(stream.ready().unwrap().contains("profile.updated"));
    bed.clock.advance(Duration::from_secs(10));
    bed.app.activity.streams.poll_heads().await.unwrap();
    assert_eq!(stream.ready(), None, "an event is a sign of life too");
}

#[tokio::test]
async fn it_ends_when_the_token_expires() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut stream = follow(&bed, &ada, PATH).await;
    bed.clock.advance(Duration::from_mins(15));
    bed.app.activity.streams.poll_heads().await.unwrap();
    assert!(stream.has_ended());
    drop(stream);
    assert_eq!(counted(&bed), [1, 1, 0, 0]);
}

#[tokio::test]
async fn it_ends_with_its_session_and_sends_no_later_event() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let login = json!({"identifier": "ada", "password": "correct horse battery staple"});
    let other = bed.post("/auth/login", &login).send().await.expect(200).data();
    let other = User { token: other["accessToken"].as_str().unwrap().to_owned(), ..ada.clone() };
    let (mut ended, mut lasting) =
        (follow(&bed, &ada, PATH).await, follow(&bed, &other, PATH).await);
    bed.post("/auth/logout", &json!({})).by(&ada).send().await.expect(200);
    rename(&bed, &other, "Ada L.").await;
    assert!(ended.has_ended());
    let frame = lasting.next().await.unwrap();
    assert!(
        frame.contains("event: session.ended") && frame.contains("event: profile.updated"),
        "{frame}"
    );
    bed.events().await;
}

#[tokio::test]
async fn it_ends_when_the_account_is_stopped() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut stream = follow(&bed, &ada, PATH).await;
    let user = UserId::parse(&ada.id).unwrap();
    let stop = |_: &_| Ok::<_, StoreError>((Changes::none().status(Status::Suspended), ()));
    bed.app.platform.journal.change(&user, &[], &Origin::default(), stop).await.unwrap();
    assert!(stream.has_ended());
}

#[tokio::test]
async fn one_user_has_at_most_eight_and_a_closed_one_frees_its_permit() {
    let bed = Testbed::new();
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(follow(&bed, &ada, PATH).await);
    }
    let refused = bed.get(PATH).by(&ada).send().await;
    assert_eq!(refused.header("retry-after"), "30");
    refused.problem(429, "rate_limited");
    follow(&bed, &bob, PATH).await;
    open.pop();
    open.push(follow(&bed, &ada, PATH).await);
    assert_eq!(counted(&bed), [10, 2, 1, 0]);
}

#[tokio::test]
async fn there_are_never_more_than_the_operator_allows() {
    let bed = Testbed::with(|settings| settings.activity.live_streams = 1);
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    let first = follow(&bed, &ada, PATH).await;
    bed.get(PATH).by(&bob).send().await.problem(503, "unavailable");
    drop(first);
    follow(&bed, &bob, PATH).await;
    assert_eq!(counted(&bed), [2, 2, 0, 1]);
}

#[tokio::test]
async fn a_service_that_stops_ends_all_and_takes_no_more() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut stream = follow(&bed, &ada, PATH).await;
    bed.app.activity.streams.close();
    assert!(stream.has_ended());
    let refused = bed.get(PATH).by(&ada).send().await;
    assert_eq!(refused.header("retry-after"), "1");
    refused.problem(503, "unavailable");
    bed.app.activity.streams.poll_heads().await.unwrap();
}
