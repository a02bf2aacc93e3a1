//! The wall clock is set to wrong times, and back, while users work.

use std::net::Ipv4Addr;
use std::time::Duration;

use selfsame_primitives::{Clock as _, Timestamp};
use selfsame_store::Maintenance as _;
use selfsame_testbed::{Testbed, User};
use serde_json::json;

const PASSWORD: &str = "correct horse battery staple";
const ATTACKER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
const DAY: Duration = Duration::from_hours(24);

fn bed() -> Testbed {
    // Tokens outlive the steps of the clock: these tests are about limits and expiry.
    Testbed::with(|settings| settings.identity.tokens.access = Duration::from_hours(24 * 1000))
}

async fn sign_in(bed: &Testbed, password: &str, from: Ipv4Addr) -> u16 {
    let body = json!({"identifier": "ada", "password": password});
    bed.post("/auth/login", &body).from(from).send().await.status
}

/// A user's day: all of it works, whatever the clock has shown before.
async fn a_day_goes_by(bed: &Testbed, ada: &User, number: usize) {
    let bio = json!({"bio": format!("Notes {number}")});
    bed.put("/v1/profile", &bio).by(ada).send().await.expect(200);
    bed.get("/v1/profile").by(ada).send().await.expect(200);
    assert_eq!(sign_in(bed, PASSWORD, Ipv4Addr::LOCALHOST).await, 200);
    // An attacker guesses until the limit.
    for _ in 0..8 {
        let status = sign_in(bed, "a wrong guess", ATTACKER).await;
        assert!([401, 429].contains(&status), "{status}");
    }
    bed.get("/v1/account/activity").by(ada).send().await.expect(200);
    bed.events().await;
}

/// The times that the clock is set to, and the right time `right`.
fn steps(right: Timestamp) -> [Timestamp; 4] {
    [right.plus(DAY), right.minus(DAY), right.plus(DAY * 400), right.minus(DAY * 400)]
}

#[tokio::test]
async fn a_clock_that_is_set_to_wrong_times_and_back_locks_no_user_out() {
    let bed = bed();
    let ada = bed.register("ada").await;
    for (number, wrong) in steps(bed.clock.now()).into_iter().enumerate() {
        let right = bed.clock.now();
        a_day_goes_by(&bed, &ada, number).await;
        bed.clock.set(wrong);
        let body = json!({"identifier": "ada", "password": PASSWORD});
        assert_eq!(bed.post("/auth/login", &body).send().await.status, 200, "at {wrong}");
        for _ in 0..8 {
            sign_in(&bed, "a wrong guess", ATTACKER).await;
        }
        bed.clock.set(right);
        a_day_goes_by(&bed, &ada, number + 10).await;
        // A client that guessed wrong waits for a quarter of an hour at most, as ever.
        bed.clock.advance(Duration::from_mins(15));
        assert_eq!(sign_in(&bed, PASSWORD, ATTACKER).await, 200, "after {wrong}");
    }
}

#[tokio::test]
async fn times_written_under_a_clock_far_ahead_delay_no_user() {
    let bed = bed();
    let ada = bed.register("ada").await;
    let right = bed.clock.now();
    let rename = async |name: &str, token: &str| {
        bed.put("/auth/profile/username", &json!({"username": name}))
            .token(token)
            .send()
            .await
            .status
    };
    bed.clock.set(right.plus(DAY * 400));
    let body = json!({"identifier": "ada", "password": PASSWORD});
    let signed_in = bed.post("/auth/login", &body).send().await.expect(200).data();
    assert_eq!(rename("countess", signed_in["accessToken"].as_str().unwrap()).await, 200);
    bed.clock.set(right);
    // No limit lasts longer than its thirty days.
    assert_eq!(rename("lovelace", ada.data["accessToken"].as_str().unwrap()).await, 200);
    bed.events().await;
}

#[tokio::test]
async fn nothing_that_has_not_expired_is_removed_while_the_clock_is_wrong() {
    let bed = bed();
    let ada = bed.register("ada").await;
    let profiles = bed.get("/profiles").by(&ada).send().await.expect(200).data();
    let media = format!("/profiles/{}/media", profiles["items"][0]["profileId"].as_str().unwrap());
    // {"size":2048576,"format":"png","width":1440,"height":1920}
    let meta = "eyJzaXplIjoyMDQ4NTc2LCJmb3JtYXQiOiJwbmciLCJ3aWR0aCI6MTQ0MCwiaGVpZ2h0IjoxOTIwfQ==";
    let expected = json!({"mediaType": "image", "mediaMeta": meta, "mediaOrder": 1});
    bed.post(&media, &expected).by(&ada).send().await.expect(200);
    bed.events().await;
    let awaited = async || bed.store.scan("media-due/", None).await.unwrap().items.len();
    let right = bed.clock.now();
    for wrong in [right.plus(DAY), right.plus(DAY * 400)] {
        bed.clock.set(wrong);
        assert!(!bed.app.platform.clock_watch.is_steady());
        bed.sweep().await;
        bed.clock.set(right);
        bed.sweep().await;
        assert_eq!(awaited().await, 1, "the upload is awaited still");
    }
    // What has really expired is removed.
    bed.clock.advance(DAY);
    bed.sweep().await;
    assert_eq!(awaited().await, 0);
    bed.events().await;
}
