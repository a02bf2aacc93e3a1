//! A smaller week through the whole application: the same script, the same findings.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use selfsame_testbed::Testbed;
use serde_json::json;

use super::http::{LAPTOP, PASSWORD, THIEF, login, mails, settled, take_address};

/// People who sign in at home and at work, once a day each.
const PEOPLE: [&str; 12] =
    ["ada", "bob", "cleo", "dora", "emil", "fay", "gus", "hal", "ida", "jan", "kim", "leo"];
const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1";

fn home(person: usize) -> [u8; 4] {
    [84, 57, u8::try_from(person).unwrap(), 7]
}

fn work(person: usize) -> [u8; 4] {
    [193, 27, u8::try_from(person / 4).unwrap(), 9]
}

/// A day of everyone: the laptop at home, the phone at work, and for one of them a password that
/// was mistyped twice.
async fn ordinary_day(bed: &Testbed, day: usize) {
    for (person, name) in PEOPLE.into_iter().enumerate() {
        if person == day {
            login(bed, name, "a slip", home(person), LAPTOP).await.expect(401);
            login(bed, name, "a slip", home(person), LAPTOP).await.expect(401);
        }
        login(bed, name, PASSWORD, home(person), LAPTOP).await.expect(200);
        login(bed, name, PASSWORD, work(person), PHONE).await.expect(200);
        bed.clock.advance(Duration::from_mins(30));
    }
    bed.clock.advance(Duration::from_hours(18));
}

/// The attack of a day; returns its victim and the expected kind.
async fn attack(bed: &Testbed, day: usize) -> (&'static str, &'static str) {
    let elsewhere = [45, 155, 3, 3];
    match day {
        0 => {
            for network in 0..5 {
                login(bed, "gus", "a guess", [45, 155, network, 1], THIEF).await.expect(401);
            }
            ("gus", "failed_sign_ins")
        }
        1 => {
            login(bed, "hal", PASSWORD, elsewhere, THIEF).await.expect(200);
            ("hal", "new_device")
        }
        2 => {
            login(bed, "fay", PASSWORD, elsewhere, PHONE).await.expect(200);
            ("fay", "new_network")
        }
        3 | 4 => {
            let (name, pause) = if day == 3 { ("jan", 0) } else { ("kim", 120) };
            for _ in 0..3 {
                bed.clock.advance(Duration::from_mins(pause));
                let email = format!("{name}@example.org");
                let body = json!({"email": email, "otp": "000000", "newPassword": "a sentence nobody knows"});
                bed.post("/auth/password/reset", &body).send().await.problem(400, "otp_invalid");
            }
            (name, "otp_guessing")
        }
        5 => {
            let here = login(bed, "leo", PASSWORD, home(11), LAPTOP).await.expect(200).data();
            let stolen = json!({"refreshToken": here["refreshToken"]});
            let successor = bed.post("/auth/refresh", &stolen).send().await.expect(200).data();
            let successor = json!({"refreshToken": successor["refreshToken"]});
            bed.post("/auth/refresh", &successor).send().await.expect(200);
            bed.clock.advance(Duration::from_mins(1));
            bed.post("/auth/refresh", &stolen)
                .from(elsewhere)
                .send()
                .await
                .problem(401, "unauthenticated");
            ("leo", "token_reuse")
        }
        _ => {
            let thief = login(bed, "ida", PASSWORD, elsewhere, THIEF).await.expect(200).data();
            take_address(bed, thief["accessToken"].as_str().unwrap()).await;
            ("ida", "change_after_new_device")
        }
    }
}

#[tokio::test]
async fn a_week_in_the_whole_application_finds_what_was_planted_and_mails_no_other_user() {
    let bed = Testbed::new();
    for (person, name) in PEOPLE.into_iter().enumerate() {
        settled(&bed, name).await;
        // Phone and place of work are seen before the week begins, as the account was made at home.
        login(&bed, name, PASSWORD, home(person), LAPTOP).await.expect(200);
        login(&bed, name, PASSWORD, work(person), PHONE).await.expect(200);
    }
    bed.events().await;
    let mut before = BTreeMap::new();
    for name in PEOPLE {
        before.insert(name, mails(&bed, name).await.len());
    }
    let mut planted = BTreeMap::new();
    let mut found: Vec<(String, String)> = Vec::new();
    for day in 0..7 {
        ordinary_day(&bed, day).await;
        let (name, kind) = attack(&bed, day).await;
        planted.insert(name, kind);
        for event in bed.events().await.iter().filter(|event| event.event_type == "security.alert")
        {
            found
                .push((event.subject.to_string(), event.data["kind"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(planted.len(), 7);
    for kind in planted.values() {
        assert!(found.iter().any(|(_, found)| found == kind), "{kind} is not among {found:?}");
    }
    let affected: BTreeSet<_> = found.iter().map(|(user, _)| user).collect();
    assert_eq!(affected.len(), planted.len(), "alerts about others: {found:?}");
    for name in PEOPLE.into_iter().filter(|name| !planted.contains_key(name)) {
        assert_eq!(mails(&bed, name).await.len(), before[name], "{name} was mailed for nothing");
    }
}
