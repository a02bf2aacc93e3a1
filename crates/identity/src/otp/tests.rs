use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use selfsame_store::Maintenance as _;
use serde_json::json;

use super::record::{Issued, OtpRecord, Tries};
use super::rule::{CodeOutcome, Tried};
use selfsame_primitives::Timestamp;
use selfsame_testbed::app::Settings;
use selfsame_testbed::bench::{Bench, BenchAnswer, PASSWORD, settings, with_identity};
use selfsame_testbed::identity::settings::SendLimits;

const ADA: &str = "ada@example.org";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
}

fn code(request: Option<&str>, hash: &str, until: i64) -> Issued {
    let request = request.map(str::to_owned);
    Issued {
        request,
        hash: hash.into(),
        long: false,
        expires_at: at(until),
        tries: Tries::default(),
    }
}

fn issued() -> OtpRecord {
    OtpRecord::default().with(code(None, "right", 600), at(0))
}

fn tried(hash: &str) -> Tried {
    Tried { hash: hash.into(), long: false, request: None }
}

/// Checks codes, each at the given second after the start; returns the outcomes.
fn all(record: &mut OtpRecord, tries: &[(Tried, i64)]) -> Vec<CodeOutcome> {
    let decide = |(tried, seconds): &(Tried, i64)| {
        let (after, outcome) = record.clone().decide(tried, at(*seconds));
        *record = after.unwrap_or_else(|| record.clone());
        outcome
    };
    tries.iter().map(decide).collect()
}

/// Wrong, as the first, second, third … in a row.
fn missed<const N: usize>(streaks: [u32; N]) -> [CodeOutcome; N] {
    streaks.map(|streak| CodeOutcome::Missed { streak })
}

fn tries(mut record: OtpRecord, codes: &[(&str, i64)]) -> Vec<CodeOutcome> {
    let codes: Vec<_> = codes.iter().map(|(code, seconds)| (tried(code), *seconds)).collect();
    all(&mut record, &codes)
}

#[test]
fn a_code_is_good_once_and_for_ten_minutes() {
    assert_eq!(tries(issued(), &[("right", 599), ("right", 599)])[0], CodeOutcome::Right);
    assert_eq!(tries(issued(), &[("right", 599), ("right", 599)])[1..], missed([1]));
    assert_eq!(tries(issued(), &[("right", 600)]), missed([1]));
}

#[test]
fn after_three_wrong_codes_the_right_one_is_not_taken_for_a_quarter_of_an_hour() {
    let wait = |seconds| CodeOutcome::Cooling(Duration::from_secs(seconds));
    let record = OtpRecord::default().with(code(None, "right", 100_000), at(0));
    let codes = [("a", 0), ("b", 1), ("c", 2), ("right", 3), ("right", 901), ("right", 902)];
    let outcomes = tries(record, &codes);
    assert_eq!(outcomes[..3], missed([1, 2, 3]));
    assert_eq!(outcomes[3..], [wait(899), wait(1), CodeOutcome::Right]);
}

#[test]
fn two_wrong_codes_are_forgotten_after_a_quarter_of_an_hour() {
    let outcomes =
        tries(issued(), &[("a", 0), ("b", 1), ("c", 901), ("d", 902), ("e", 903), ("f", 904)]);
    assert_eq!(outcomes[..5], missed([1, 2, 3, 4, 5]));
    assert!(matches!(outcomes[5], CodeOutcome::Cooling(_)));
}

#[test]
fn tries_that_bring_the_id_of_their_request_are_counted_for_it_alone() {
    let of = |request: &str, hash: &str| Tried { request: Some(request.into()), ..tried(hash) };
    let both = OtpRecord::default().with(code(Some("one"), "right", 600), at(0));
    let mut both = both.with(code(Some("two"), "other", 600), at(0));
    let wrong: Vec<_> = ["one", "two", "unknown"]
        .iter()
        .flat_map(|id| [(of(id, "wrong"), 1), (of(id, "wrong"), 2)])
        .collect();
    assert_eq!(all(&mut both, &wrong), missed([1, 2, 3, 4, 5, 6]));
    assert_eq!(
        all(&mut both, &[(of("two", "wrong"), 3), (of("unknown", "right"), 3)]),
        missed([7, 8])
    );
    let outcomes = all(
        &mut both,
        &[(of("two", "other"), 4), (tried("right"), 4), (of("unknown", "right"), 4)],
    );
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, CodeOutcome::Cooling(_))),
        "{outcomes:?}"
    );
    // Another code for the same request does not change that.
    let both = both.with(code(Some("two"), "another", 600), at(4));
    assert!(matches!(both.clone().decide(&of("two", "another"), at(5)).1, CodeOutcome::Cooling(_)));
    assert_eq!(both.decide(&of("one", "right"), at(5)).1, CodeOutcome::Right);
}

/// Thirty days in seconds.
const MONTH: i64 = 30 * 24 * 3600;

#[test]
fn after_a_hundred_wrong_codes_only_a_long_one_is_taken_until_none_was_looked_at_for_a_month() {
    let mut record = issued();
    for streak in 1..=100 {
        let time = at(i64::from(streak - 1) * 900);
        let (after, outcome) = record.at(time).decide(&tried("wrong"), time);
        assert_eq!(outcome, CodeOutcome::Missed { streak });
        record = after.unwrap();
    }
    let (now, month_later) = (at(100 * 900), 99 * 900 + MONTH);
    assert!(record.clone().at(at(month_later - 1)).wants_long());
    assert!(!record.clone().at(at(month_later)).wants_long());
    let long = Issued { long: true, ..code(Some("id"), "long", 100_000) };
    let record = record.with(code(None, "right", month_later + 1), now).with(long, now);
    let decide = |tried: &Tried| record.clone().at(now).decide(tried, now).1;
    assert_eq!(decide(&tried("right")), CodeOutcome::Closed);
    let opened = record.clone().at(at(month_later));
    assert_eq!(opened.decide(&tried("right"), at(month_later)).1, CodeOutcome::Right);
    let long = |hash: &str, request: Option<&str>| Tried {
        hash: hash.into(),
        long: true,
        request: request.map(str::to_owned),
    };
    for request in [None, Some("id"), Some("another")] {
        assert_eq!(decide(&long("long", request)), CodeOutcome::Right, "{request:?}");
        assert_eq!(decide(&long("wrong", request)), CodeOutcome::Wrong);
    }
    let after = record.clone().decide(&long("long", None), now).0.unwrap();
    assert!(after.wants_long(), "a right code does not show in the counts");
    assert_eq!(
        record.clone().decide(&long("wrong", None), now).0,
        None,
        "a wrong long code is not counted"
    );
}

#[test]
fn a_right_code_ends_all_others_and_takes_back_nothing_that_was_counted() {
    let of = |request: &str, hash: &str| Tried { request: Some(request.into()), ..tried(hash) };
    let both = OtpRecord::default().with(code(Some("own"), "right", 600), at(0));
    let mut both = both.with(code(Some("strangers"), "other", 600), at(0));
    for number in 0..3 {
        all(&mut both, &[(of("strangers", "wrong"), number), (tried("wrong"), number)]);
    }
    assert_eq!(all(&mut both, &[(of("own", "right"), 3)]), [CodeOutcome::Right]);
    let outcomes = all(&mut both, &[(of("strangers", "wrong"), 4), (tried("wrong"), 4)]);
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, CodeOutcome::Cooling(_))),
        "{outcomes:?}"
    );
    assert_eq!(all(&mut both, &[(of("own", "right"), 5)]), missed([7]));
    let hashless = Tried { hash: String::new(), ..of("own", "right") };
    assert_eq!(
        all(&mut both, &[(hashless, 6)]),
        missed([8]),
        "nothing fits a code that is used up"
    );
}

#[test]
fn what_counts_no_more_is_forgotten_when_another_code_is_sent() {
    let mut record = OtpRecord::default();
    for number in 0..50 {
        record =
            record.with(code(Some(&number.to_string()), "a", number * 60 + 600), at(number * 60));
    }
    assert_eq!(record.codes.len(), 10);
}

async fn verify(bench: &Bench, email: &str, otp: &str) -> BenchAnswer {
    bench
        .post("/auth/email/verify", json!({"email": email, "otp": otp, "password": PASSWORD}))
        .await
}

async fn resend(bench: &Bench, email: &str) -> BenchAnswer {
    bench.post("/auth/email/verify/resend", json!({"email": email})).await
}

fn production() -> Settings {
    with_identity(settings(), |identity| identity.otp_limits = SendLimits::PRODUCTION)
}

/// A code that is not `right`.
fn other_than(right: &str) -> String {
    format!("{:06}", (right.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn another_code_resets_neither_what_was_counted_nor_the_cooldown_and_ends_the_one_before() {
    let bench = Bench::new();
    bench.register(ADA).await;
    let first = bench.code(ADA).await;
    for _ in 0..2 {
        assert_eq!(verify(&bench, ADA, &other_than(&first)).await.code().0, "otp_invalid");
    }
    assert_eq!(resend(&bench, ADA).await.status, StatusCode::ACCEPTED);
    bench.advance(Duration::from_millis(1));
    let second = bench.code(ADA).await;
    assert_eq!(verify(&bench, ADA, &first).await.code().0, "otp_invalid", "the third wrong one");
    let refused = verify(&bench, ADA, &second).await;
    assert_eq!((refused.status, refused.code().0), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    assert_eq!(refused.problem.unwrap().retry_after, Some(900));
    let sends = (resend(&bench, ADA).await.status, bench.mails(ADA).await.len());
    assert_eq!(sends, (StatusCode::TOO_MANY_REQUESTS, 2), "no code is sent that can't be used");
}

#[tokio::test]
async fn the_eleventh_code_in_an_hour_is_refused_whether_the_address_has_an_account_or_not() {
    let bench = Bench::with(production());
    bench.register(ADA).await;
    for _ in 0..9 {
        assert_eq!(resend(&bench, ADA).await.status, StatusCode::ACCEPTED);
    }
    for _ in 0..10 {
        assert_eq!(resend(&bench, "nobody@example.org").await.status, StatusCode::ACCEPTED);
    }
    for email in [ADA, "nobody@example.org"] {
        let refused = resend(&bench, email).await;
        assert_eq!(
            (refused.status, refused.code().0),
            (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            "{email}"
        );
        assert_eq!(refused.problem.unwrap().retry_after, Some(3600));
    }
    assert_eq!(bench.mails(ADA).await.len(), 10);
    assert_eq!(bench.mails("nobody@example.org").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_wrong_tries_at_once_on_two_nodes_exactly_three_are_looked_at() {
    let bench = Arc::new(Bench::new());
    bench.register(ADA).await;
    let right = bench.code(ADA).await;
    let other = Bench::on(Arc::clone(&bench.store), Arc::clone(&bench.clock), settings(), 2);
    let nodes = [Arc::clone(&bench), Arc::new(other)];
    let calls = (0..100).map(|number| {
        let (node, wrong) = (Arc::clone(&nodes[number % 2]), other_than(&right));
        tokio::spawn(async move { verify(&node, ADA, &wrong).await.code().0 })
    });
    let mut wrong = 0;
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            "otp_invalid" => wrong += 1,
            code => assert_eq!(code, "rate_limited"),
        }
    }
    assert_eq!(wrong, 3);
    assert_eq!(verify(&bench, ADA, &right).await.code().0, "rate_limited", "however right");
    bench.advance(Duration::from_mins(15));
    resend(&bench, ADA).await;
    let right = bench.code(ADA).await;
    assert_eq!(verify(&bench, ADA, &right).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_sends_at_once_on_two_nodes_exactly_ten_an_hour_go_out() {
    let bench = Arc::new(Bench::with(production()));
    let other = Bench::on(Arc::clone(&bench.store), Arc::clone(&bench.clock), production(), 2);
    bench.register(ADA).await;
    let nodes = [Arc::clone(&bench), Arc::new(other)];
    let calls = (0..60).map(|number| {
        let node = Arc::clone(&nodes[number % 2]);
        tokio::spawn(async move { resend(&node, ADA).await.status })
    });
    let mut sent = 0;
    for call in calls.collect::<Vec<_>>() {
        sent += usize::from(call.await.unwrap() == StatusCode::ACCEPTED);
    }
    assert_eq!((sent, bench.mails(ADA).await.len()), (9, 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_uses_of_one_code_one_succeeds() {
    let bench = Arc::new(Bench::new());
    bench.register(ADA).await;
    let right = bench.code(ADA).await;
    let calls = (0..20).map(|_| {
        let (bench, right) = (Arc::clone(&bench), right.clone());
        tokio::spawn(async move { verify(&bench, ADA, &right).await.status })
    });
    let mut right = 0;
    for call in calls.collect::<Vec<_>>() {
        right += usize::from(call.await.unwrap() == StatusCode::OK);
    }
    assert_eq!(right, 1);
}

#[tokio::test]
async fn a_code_fits_only_the_address_it_was_sent_to_however_it_is_typed() {
    let bench = Bench::new();
    bench.register(ADA).await;
    bench.register("eve@example.org").await;
    let code = bench.code(ADA).await;
    assert_eq!(verify(&bench, "eve@example.org", &code).await.code().0, "otp_invalid");
    for bad in ["12345", "1234567", "12345a", "", "１２３４５"] {
        assert_eq!(verify(&bench, ADA, bad).await.code(), ("invalid_request", "/otp"), "{bad}");
    }
    let wide: String =
        code.chars().filter_map(|digit| char::from_u32(u32::from(digit) + 0xFEE0)).collect();
    let pasted = format!(" {} - {}\n", &code[..3], wide.chars().skip(3).collect::<String>());
    assert_eq!(verify(&bench, &ADA.to_uppercase(), &pasted).await.status, StatusCode::OK);
}

#[tokio::test]
async fn uncounted_codes_raise_no_signal() {
    let bench = Bench::new();
    let user = bench.register(ADA).await.user();
    let right = bench.code(ADA).await;
    let reset = async |otp: &str| {
        let body = json!({"email": ADA, "otp": otp, "newPassword": "a sentence that nobody knows"});
        let refused = bench.post("/auth/password/reset", body).await;
        bench.app.identity.signals.writer.write().await.unwrap();
        refused.code().0
    };
    for _ in 0..3 {
        assert_eq!(reset(&other_than(&right)).await, "otp_invalid");
    }
    let event_types = bench.told(&user).await;
    assert_eq!(
        event_types.iter().filter(|kind| *kind == "security.code_guessing").count(),
        1,
        "{event_types:?}"
    );
    for _ in 0..100 {
        assert_eq!(reset("AAAAA-AAAAA-AAAAA-AAAAA-AAAAA").await, "otp_invalid");
    }
    assert_eq!(bench.told(&user).await, event_types);
}

#[tokio::test]
async fn the_store_holds_no_code() {
    let bench = Bench::new();
    bench.register(ADA).await;
    let code = bench.code(ADA).await;
    for item in bench.store.scan("", None).await.unwrap().items {
        let text = String::from_utf8_lossy(&item.body);
        assert!(
            item.key.partition.starts_with("development-inbox") || !text.contains(&code),
            "{}",
            item.key
        );
    }
}
