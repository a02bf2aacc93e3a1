//! The profile through HTTP.

use std::sync::Arc;

use selfsame_testbed::{Testbed, User};
use serde_json::{Value, json};

#[tokio::test]
async fn ones_own_profile_has_the_documented_shape() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let data = bed.get("/v1/profile").by(&john).send().await.expect(200).data();
    assert_eq!(
        data,
        json!({
            "userId": john.id, "username": "john", "displayName": "john", "bio": "",
            "avatar": format!("http://127.0.0.1:8080/v1/avatars/{}.svg", john.id),
            "location": "", "timezone": "", "socialLinks": {}, "interests": [], "skills": [], "badges": [],
            "stats": {
                "postsCount": 0, "likesReceived": 0, "commentsCount": 0, "followersCount": 0, "followingCount": 0,
                "joinedAt": "2027-01-15T08:00:00.000Z",
            },
            "privacy": {
                "displayName": "public", "bio": "public", "avatar": "public", "location": "authenticated",
                "socialLinks": "public", "activityStatus": "private",
            },
            "preferences": {
                "theme": "auto", "language": "en", "notifications": {"email": true, "push": true, "inApp": true},
                "privacy": {"showOnlineStatus": false, "allowDirectMessages": true, "showReadReceipts": true},
            },
            "version": 1, "createdAt": "2027-01-15T08:00:00.000Z", "updatedAt": "2027-01-15T08:00:00.000Z",
        })
    );
}

#[tokio::test]
async fn what_was_read_is_changed_and_written_back_whole() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for path in ["/v1/profile", "/v1/account"] {
        let read = bed.get(path).by(&ada).send().await.expect(200).data();
        bed.put(path, &read).by(&ada).send().await.expect(200);
    }
    let mut read = bed.get("/v1/profile").by(&ada).send().await.expect(200).data();
    read["bio"] = json!("Engines");
    read["stats"]["postsCount"] = json!(1_000_000);
    read["userId"] = json!("usr_somebody_else");
    let after = bed.put("/v1/profile", &read).by(&ada).send().await.expect(200).data();
    assert_eq!((&after["bio"], &after["stats"]["postsCount"]), (&json!("Engines"), &json!(0)));
    assert_eq!(after["userId"], json!(ada.id));
    let path = "/profiles";
    let mine =
        bed.post(path, &json!({"displayName": "Work"})).by(&ada).send().await.expect(201).data();
    let path = format!("/profiles/{}", mine["profileId"].as_str().unwrap());
    let read = bed.get(&path).by(&ada).send().await.expect(200).data();
    bed.put(&path, &read).by(&ada).send().await.expect(200);
    let wrong =
        json!({"colour": "red", "displayName": "", "bio": 7, "skills": ["rust", "x".repeat(31)]});
    let mut refused = bed.put("/v1/profile", &wrong).by(&ada).send().await.refused_fields();
    refused.sort();
    assert_eq!(
        refused,
        ["/bio", "/colour", "/displayName", "/skills/1"],
        "all at once, whoever finds it"
    );
    bed.events().await;
}

#[tokio::test]
async fn the_documented_update_is_accepted_and_emitted() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let update = json!({
        "displayName": "John Smith", "bio": "Senior software architect specializing in microservices",
        "location": "New York, NY", "timezone": "America/New_York",
        "socialLinks": {"twitter": "https://twitter.com/johnsmith", "github": "https://github.com/johnsmith"},
        "interests": ["golang", "kubernetes", "serverless"],
    });
    let data = bed.put("/v1/profile", &update).by(&john).send().await.expect(200).data();
    for (name, value) in update.as_object().unwrap() {
        assert_eq!(data.get(name), Some(value));
    }
    assert_eq!(data.get("version"), Some(&json!(2)));
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event_type, "profile.updated");
    assert_eq!(
        events[0].data.get("changed"),
        Some(&json!(["displayName", "bio", "location", "timezone", "socialLinks", "interests"]))
    );
    assert_eq!(
        events[0].data.pointer("/values/location"),
        None,
        "a field that is not public is not told"
    );
    assert_eq!(bed.get("/v1/profile").by(&john).send().await.data(), data);
}

#[tokio::test]
async fn a_merge_patch_means_the_same() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let patch = bed.call("PATCH", "/v1/profile").by(&john);
    let data = patch
        .body("application/merge-patch+json", r#"{"bio":"Hi"}"#)
        .send()
        .await
        .expect(200)
        .data();
    assert_eq!(data.get("bio"), Some(&json!("Hi")));
    assert_eq!(bed.event_types().await, ["profile.updated"]);
}

#[tokio::test]
async fn a_profile_is_stored_as_it_is_shown_and_a_time_zone_by_its_present_name() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let update =
        json!({"displayName": "\u{feff}Jo\u{ad}hn\u{200e}", "timezone": " asia/calcutta "});
    let data = bed.put("/v1/profile", &update).by(&john).send().await.expect(200).data();
    assert_eq!((&data["displayName"], &data["timezone"]), (&json!("John"), &json!("Asia/Kolkata")));
    for nothing in ["\u{3164}", "\u{2800}", "\u{200d}"] {
        let update = json!({"displayName": nothing, "location": nothing, "interests": [nothing]});
        let mut refused = bed.put("/v1/profile", &update).by(&john).send().await.refused_fields();
        refused.sort();
        assert_eq!(refused, ["/displayName", "/interests/0", "/location"], "{nothing:?}");
    }
    bed.events().await;
}

#[tokio::test]
async fn wrong_fields_are_named_and_change_nothing() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let update = json!({"displayName": "x".repeat(51), "timezone": "Mars/Base", "bio": "fine"});
    let refused = bed.put("/v1/profile", &update).by(&john).send().await.refused_fields();
    assert_eq!(refused, ["/displayName", "/timezone"]);
    let refused =
        bed.put("/v1/profile", &json!({"badge": ["vip"]})).by(&john).send().await.refused_fields();
    assert_eq!(refused, ["/badge"]);
    assert_eq!(
        bed.get("/v1/profile").by(&john).send().await.data().get("version"),
        Some(&json!(1))
    );
    assert!(bed.event_types().await.is_empty());
}

#[tokio::test]
async fn a_stale_write_is_refused_and_a_current_one_taken() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let etag = bed.get("/v1/profile").by(&john).send().await.header("etag").to_owned();
    let write = |bio: &str| {
        bed.put("/v1/profile", &json!({"bio": bio})).by(&john).header("if-match", &etag)
    };
    write("first").send().await.expect(200);
    write("second").send().await.problem(412, "version_conflict");
    assert_eq!(
        bed.get("/v1/profile").by(&john).send().await.data().get("bio"),
        Some(&json!("first"))
    );
    assert_eq!(bed.event_types().await, ["profile.updated"]);
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let etag = bed.get("/v1/profile").by(&john).send().await.header("etag").to_owned();
    let again =
        bed.get("/v1/profile").by(&john).header("if-none-match", &etag).send().await.expect(304);
    assert!(again.bytes.is_empty());
    bed.put("/v1/profile", &json!({"bio": "new"})).by(&john).send().await.expect(200);
    bed.get("/v1/profile").by(&john).header("if-none-match", &etag).send().await.expect(200);
    assert_eq!(bed.event_types().await, ["profile.updated"]);
}

#[tokio::test]
async fn sixty_four_writers_lose_no_update_and_the_version_counts_every_one() {
    let bed = Arc::new(Testbed::new());
    let john = Arc::new(bed.register("john").await);
    let writers: tokio::task::JoinSet<_> = (0..64)
        .map(|number| {
            let (bed, john) = (Arc::clone(&bed), Arc::clone(&john));
            async move {
                let answer = bed
                    .put("/v1/profile", &json!({"bio": format!("writer {number}")}))
                    .by(&john)
                    .send()
                    .await;
                answer.expect(200).data().get("version").and_then(Value::as_u64).unwrap()
            }
        })
        .collect();
    let mut versions = writers.join_all().await;
    versions.sort_unstable();
    assert_eq!(versions, (2..=65).collect::<Vec<_>>());
    let sequences: Vec<_> = bed.events().await.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences.len(), 64);
    assert!(sequences.windows(2).all(|pair| pair[1] == pair[0] + 1));
}

async fn filled(bed: &Testbed) -> User {
    let jane = bed.register("jane").await;
    let update = json!({
        "bio": "Full-stack developer", "location": "Lisbon", "timezone": "Europe/Lisbon",
        "socialLinks": {"github": "https://github.com/jane"}, "interests": ["tea"],
    });
    bed.put("/v1/profile", &update).by(&jane).send().await.expect(200);
    jane
}

#[tokio::test]
async fn others_see_what_they_may_and_nothing_of_the_rest() {
    let bed = Testbed::new();
    let jane = filled(&bed).await;
    let john = bed.register("john").await;
    let path = format!("/v1/profile/{}", jane.id);
    let anonymous = bed.get(&path).send().await.expect(200).data();
    let signed_in = bed.get(&path).by(&john).send().await.expect(200).data();
    for hidden in
        ["location", "timezone", "privacy", "preferences", "version", "activityStatus", "updatedAt"]
    {
        assert_eq!(anonymous.get(hidden), None, "{hidden}");
    }
    assert_eq!(signed_in.get("location"), Some(&json!("Lisbon")));
    assert_eq!(signed_in.get("privacy"), None);
    let own = bed.get(&path).by(&jane).send().await.expect(200).data();
    assert!(own.get("privacy").is_some());
}

#[tokio::test]
async fn a_hidden_field_cannot_be_told_from_an_empty_one() {
    let bed = Testbed::new();
    let jane = filled(&bed).await;
    let path = format!("/v1/profile/{}", jane.id);
    bed.put("/v1/profile/privacy", &json!({"bio": "private"})).by(&jane).send().await.expect(200);
    let hidden = bed.get(&path).send().await;
    bed.put("/v1/profile", &json!({"bio": null})).by(&jane).send().await.expect(200);
    bed.put("/v1/profile/privacy", &json!({"bio": "public"})).by(&jane).send().await.expect(200);
    let empty = bed.get(&path).send().await;
    assert_eq!(hidden.bytes, empty.bytes);
    assert_eq!(hidden.header("etag"), empty.header("etag"));
}

#[tokio::test]
async fn view_as_is_byte_for_byte_what_the_viewer_gets() {
    let bed = Testbed::new();
    let jane = filled(&bed).await;
    let john = bed.register("john").await;
    let path = format!("/v1/profile/{}", jane.id);
    let public = bed.get("/v1/profile?viewAs=public").by(&jane).send().await.expect(200);
    assert_eq!(public.bytes, bed.get(&path).send().await.bytes);
    let authenticated =
        bed.get("/v1/profile?viewAs=authenticated").by(&jane).send().await.expect(200);
    assert_eq!(authenticated.bytes, bed.get(&path).by(&john).send().await.bytes);
    let refused = bed.get("/v1/profile?viewAs=king").by(&jane).send().await.refused_fields();
    assert_eq!(refused, ["?viewAs"]);
}

#[tokio::test]
async fn people_are_found_by_name_whatever_its_case() {
    let bed = Testbed::new();
    let jane = filled(&bed).await;
    let by_id = bed.get(&format!("/v1/profile/{}", jane.id)).send().await;
    let by_name = bed.get("/v1/profile/by-username/JANE").send().await.expect(200);
    assert_eq!(by_id.bytes, by_name.bytes);
    bed.get("/v1/profile/by-username/j4ne").send().await.problem(404, "not_found");
    bed.get("/v1/profile/by-username/no%20name").send().await.problem(404, "not_found");
    bed.get("/v1/profile/usr_nobody").send().await.problem(404, "not_found");
}

#[tokio::test]
async fn completion_says_what_is_missing() {
    let bed = Testbed::new();
    let jane = filled(&bed).await;
    let data = bed.get("/v1/profile/completion").by(&jane).send().await.expect(200).data();
    assert_eq!(data, json!({"percent": 75, "missing": ["avatar", "skills"]}));
}
