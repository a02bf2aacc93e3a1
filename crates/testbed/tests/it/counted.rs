//! The metrics of the features.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test that can't go on has failed")]

use std::collections::HashSet;

use selfsame_app::features;
use selfsame_testbed::Testbed;
use selfsame_web::MetricKind;
use serde_json::json;

#[test]
fn every_metric_has_a_name_of_its_own_a_text_and_labels() {
    let metrics: Vec<_> = features().iter().flat_map(|feature| feature.metrics).collect();
    let names: HashSet<_> = metrics.iter().map(|metric| metric.name).collect();
    assert!(names.len() == metrics.len() && names.len() > 10);
    for metric in metrics {
        assert!(metric.help.len() > 10 && !metric.help.ends_with('.'), "{metric:?}");
        assert!(
            metric.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{metric:?}"
        );
        match metric.kind {
            MetricKind::Counter { values, .. } => {
                let different: HashSet<_> = values.iter().collect();
                assert!(different.len() == values.len() && values.len() > 1, "{metric:?}");
            }
            MetricKind::Gauge => {}
            MetricKind::Histogram { bounds, .. } => {
                assert!(bounds.is_sorted() && bounds.len() > 1, "{metric:?}");
            }
        }
    }
}

#[test]
fn what_is_shown_has_base_units() {
    let metrics: Vec<_> = features().iter().flat_map(|feature| feature.metrics).collect();
    for metric in metrics {
        let text_words: Vec<_> = metric.name.split('_').collect();
        for unit in
            ["milliseconds", "ms", "minutes", "hours", "days", "percent", "kilobytes", "kb", "mb"]
        {
            assert!(!text_words.contains(&unit), "{} is not in a base unit", metric.name);
        }
        // A ratio is counted in percent, and a duration of less than seconds in milliseconds.
        let is_ratio = text_words.last() == Some(&"ratio");
        let parts = if let MetricKind::Histogram { parts, .. } = metric.kind { parts } else { 1 };
        assert!([1, if is_ratio { 100 } else { 1000 }].contains(&parts), "{metric:?}");
        assert!(is_ratio == (parts == 100), "{metric:?}");
    }
}

#[tokio::test]
async fn every_code_that_is_sent_is_counted_whatever_it_is_for() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    assert_eq!(figure(&bed, "otp_sends", "sent"), 1);
    bed.post("/auth/password/forgot", &json!({"email": "ada@example.org"}))
        .send()
        .await
        .expect(202);
    bed.post("/auth/email/verify/resend", &json!({"email": "ada@example.org"}))
        .send()
        .await
        .expect(202);
    let change = json!({"newEmail": "countess@example.org"});
    bed.post("/auth/profile/email/initiate", &change).by(&ada).send().await.expect(200);
    assert_eq!(figure(&bed, "otp_sends", "sent"), 4);
}

#[test]
fn a_metric_is_counted_from_the_events_of_its_own_feature() {
    for feature in features() {
        let emitted: Vec<_> = feature.events.iter().map(|kind| kind.name).collect();
        let types = feature.metrics.iter().filter_map(|metric| metric.counted_from);
        for event_type in types.map(|counted| counted.event_type) {
            assert!(emitted.contains(&event_type), "{event_type} of {}", feature.name);
        }
    }
}

/// The count of `value` of the label of the metric `name` on this testbed.
fn figure(bed: &Testbed, name: &str, value: &str) -> u64 {
    let reading = bed.app.platform.counters.readings().find(|reading| reading.metric.name == name);
    let reading = reading.unwrap_or_else(|| panic!("no {name}"));
    let MetricKind::Counter { values, .. } = reading.metric.kind else {
        panic!("{name} has no label")
    };
    let index = values.iter().position(|known| *known == value);
    reading.counts[index.unwrap_or_else(|| panic!("no {value} of {name}"))]
}

fn all(bed: &Testbed, name: &str) -> u64 {
    bed.app
        .platform
        .counters
        .readings()
        .filter(|reading| reading.metric.name == name)
        .flat_map(|r| r.counts)
        .sum()
}

fn emitted(bed: &Testbed, event_type: &str) -> u64 {
    bed.app
        .platform
        .counters
        .events()
        .find(|(name, _)| *name == event_type)
        .map_or(0, |(_, count)| count)
}

#[tokio::test]
async fn sign_ins_are_counted_by_outcome_and_unknown_accounts_as_wrong_passwords() {
    let bed = Testbed::new();
    bed.register("ada").await;
    let login = |name: &str, password: &str| {
        let body = json!({"identifier": name, "password": password});
        let call = bed.post("/auth/login", &body);
        async { call.send().await }
    };
    login("ada", "correct horse battery staple").await.expect(200);
    login("nobody", "correct horse battery staple").await.problem(401, "invalid_credentials");
    for _ in 0..5 {
        login("ada", "wrong horse battery staple").await.problem(401, "invalid_credentials");
    }
    login("ada", "wrong horse battery staple").await.problem(429, "rate_limited");
    let figures = ["succeeded", "refused", "throttled", "failed"]
        .map(|outcome| figure(&bed, "sign_ins", outcome));
    assert_eq!(figures, [1, 6, 1, 0]);
    assert_eq!(
        (figure(&bed, "registrations", "password"), figure(&bed, "registrations", "issuer")),
        (1, 0)
    );
    assert_eq!((emitted(&bed, "user.registered"), emitted(&bed, "session.created")), (1, 2));
    bed.events().await;
}

#[tokio::test]
async fn a_session_that_ends_is_counted_by_reason_and_a_spent_token_as_an_alert() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let spent = json!({"refreshToken": ada.data["refreshToken"]});
    let successor = bed.post("/auth/refresh", &spent).send().await.expect(200).data();
    let successor = json!({"refreshToken": successor["refreshToken"]});
    bed.post("/auth/refresh", &successor).send().await.expect(200);
    bed.post("/auth/refresh", &spent).send().await.problem(401, "unauthenticated");
    let eve = bed.register("eve").await;
    bed.post("/auth/logout", &json!({})).by(&eve).send().await.expect(200);
    let figures = ["logout", "revoked", "limit", "token_reuse"];
    assert_eq!(figures.map(|reason| figure(&bed, "sessions_ended", reason)), [1, 0, 0, 1]);
    bed.events().await;
    let alerts = ["token_reuse", "new_device"].map(|kind| figure(&bed, "security_alerts", kind));
    assert_eq!(alerts, [1, 0]);
}

#[tokio::test]
async fn changes_of_a_profile_are_counted_by_field_and_links_by_platform() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let links = json!({"github": "https://github.com/ada", "codeberg": "https://codeberg.org/ada"});
    let update = json!({"bio": "Hello", "socialLinks": links});
    // The second changes nothing and the third is refused.
    bed.put("/v1/profile", &update).by(&ada).send().await.expect(200);
    bed.put("/v1/profile", &update).by(&ada).send().await.expect(200);
    bed.put("/v1/profile", &json!({"displayName": null}))
        .by(&ada)
        .send()
        .await
        .problem(400, "invalid_request");
    bed.put("/v1/profile", &json!({"bio": "Hi"})).by(&ada).send().await.expect(200);
    let fields =
        ["displayName", "bio", "socialLinks"].map(|field| figure(&bed, "profile_updates", field));
    assert_eq!(fields, [0, 2, 1]);
    let platforms =
        ["github", "twitter", "other"].map(|name| figure(&bed, "social_links_added", name));
    assert_eq!(platforms, [1, 0, 1]);
    let completion =
        bed.app.platform.counters.readings().find(|r| r.metric.name == "profile_completion_ratio");
    // A name, a bio and links are three of eight parts.
    assert_eq!(completion.map(|r| (r.counts, r.sum)), Some((vec![0, 0, 2, 0, 0, 0, 0, 0, 0], 74)));
    let narrower = json!({"bio": "private", "location": "private", "avatar": "public"});
    bed.put("/v1/profile/privacy", &narrower).by(&ada).send().await.expect(200);
    let fields = ["bio", "location", "avatar"].map(|field| figure(&bed, "privacy_changes", field));
    assert_eq!((fields, all(&bed, "privacy_changes")), ([1, 1, 0], 2));
    bed.events().await;
}

#[tokio::test]
async fn aliases_are_counted_by_kind_of_place_and_only_what_is_new() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let alias_context = json!({"context": "room_1", "contextType": "chat_room"});
    let path = "/v1/profile/alias?context=room_1&contextType=chat_room";
    bed.get(path).by(&ada).send().await.expect(200);
    bed.get(path).by(&ada).send().await.expect(200);
    bed.post("/v1/profile/alias/regenerate", &alias_context).by(&ada).send().await.expect(200);
    bed.post("/v1/profile/alias/reveal", &alias_context).by(&ada).send().await.expect(200);
    bed.post("/v1/profile/alias/reveal", &alias_context).by(&ada).send().await.expect(200);
    for name in ["aliases_created", "aliases_regenerated", "aliases_converted"] {
        assert_eq!((figure(&bed, name, "chat_room"), all(&bed, name)), (1, 1), "{name}");
    }
    bed.events().await;
}
