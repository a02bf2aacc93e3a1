//! Enumeration: in two worlds that differ only in one account, every request has the same answer
//! and leaves the same records.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{Request, StatusCode};
use selfsame_primitives::{EmailAddress, Random, SeededRandom};
use selfsame_store::Maintenance as _;
use serde_json::{Value, json};

use selfsame_testbed::bench::{Bench, BenchAnswer, PASSWORD, settings, with_identity};
use selfsame_testbed::identity::settings::RegistrationMode;
use selfsame_testbed::identity::settings::SendLimits;

const KNOWN: &str = "ada@example.org";
const UNKNOWN: &str = "eve@example.org";
const NAMES: &[&str] = &["ada", "wanted", "other.name", "pau1"];

/// A service in which ada has an account, and an address that callers ask about.
struct World {
    bench: Bench,
    target: &'static str,
    /// The ids that were given out, by the order in which they were.
    ids: Vec<String>,
}

impl World {
    async fn with(target: &'static str) -> Self {
        let registration = RegistrationMode::EnumerationSafe;
        let bench = Bench::with(with_identity(settings(), |identity| {
            identity.registration = registration;
            identity.otp_limits = SendLimits::PRODUCTION;
        }));
        let mut world = Self { bench, target, ids: Vec::new() };
        world.join(KNOWN, "ada").await;
        world.ids.clear();
        // Long enough that nothing counts of it.
        world.bench.advance(Duration::from_hours(48));
        world
    }

    /// Registers with an address that the caller reads.
    async fn join(&mut self, email: &str, name: &str) -> Vec<Value> {
        let body = json!({"email": email, "password": PASSWORD, "username": name});
        let applied = self.post("/auth/register", body).await;
        if applied["status"] != 202 {
            return vec![applied];
        }
        let (otp, id) = (self.bench.code(email).await, self.ids.last().cloned());
        let body = json!({"email": email, "otp": otp, "registrationId": id});
        vec![applied, self.post("/auth/email/verify", body).await]
    }

    async fn post(&mut self, path: &str, body: Value) -> Value {
        let answer = self.bench.post(path, body).await;
        self.seen(answer)
    }

    /// What a caller can tell two answers apart by.
    fn seen(&mut self, answer: BenchAnswer) -> Value {
        let headers: BTreeMap<_, _> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "etag")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let problem = answer.problem.map(|problem| {
            let fields = format!("{:?}", problem.errors);
            json!([
                problem.code.as_str(),
                format!("{:?}", problem.detail),
                problem.retry_after,
                fields
            ])
        });
        let mut json = answer.json;
        for name in ["registrationId", "resetId"] {
            if let Some(id) = json.pointer_mut(&format!("/data/{name}")) {
                assert_eq!(id.as_str().unwrap().len(), 22);
                self.ids.push(id.as_str().unwrap().to_owned());
                *id = json!(self.ids.len());
            }
        }
        let text = json.to_string().replace(self.target, "target");
        json!({"status": answer.status.as_u16(), "headers": headers, "problem": problem, "json": text})
    }

    /// One action of a caller; `number` makes unique names.
    async fn act(&mut self, random: &dyn Random, number: usize) -> Vec<Value> {
        // No two registrations began at the same moment: the last one is the same in both worlds.
        self.bench.advance(Duration::from_millis(1));
        let (target, name) = (self.target, NAMES[usize::try_from(random.below(4)).unwrap()]);
        let id = match (random.below(4), self.ids.len()) {
            (0, _) | (_, 0) => None,
            (1, _) => Some("nobody gave this out".to_owned()),
            (_, count) => {
                Some(self.ids[usize::try_from(random.below(count as u64)).unwrap()].clone())
            }
        };
        let password = if random.below(2) == 0 { PASSWORD } else { "something else entirely" };
        let otp = if random.below(6) == 0 { "00000-00000-00000-00000-00000" } else { "000000" };
        let (path, body) = match random.below(10) {
            0 | 1 => {
                ("/auth/register", json!({"email": target, "password": PASSWORD, "username": name}))
            }
            2 => (
                "/auth/register",
                json!({"email": target, "password": PASSWORD, "displayName": "Somebody"}),
            ),
            3 => {
                let shown = match &id {
                    Some(id) => json!({"email": target, "otp": otp, "registrationId": id}),
                    None => json!({"email": target, "otp": otp, "password": password}),
                };
                ("/auth/email/verify", shown)
            }
            4 => ("/auth/email/verify/resend", json!({"email": target, "registrationId": id})),
            5 => ("/auth/password/forgot", json!({"email": target})),
            6 => {
                let new = "a bridge of very old and quiet stones";
                (
                    "/auth/password/reset",
                    json!({"email": target, "otp": otp, "newPassword": new, "resetId": id}),
                )
            }
            7 => {
                let wrong = "nobody has this password";
                (
                    "/auth/login",
                    json!({"identifier": if random.below(2) == 0 { target } else { name }, "password": wrong}),
                )
            }
            8 => {
                let path = format!("/v1/profile/by-username/{name}");
                let request =
                    selfsame_testbed::bench::request("GET", &path).body(axum::body::Body::empty());
                let request: Request<_> = request.unwrap();
                let answer = self.bench.send(request).await;
                return vec![json!([
                    answer.status.as_u16(),
                    answer.problem.map(|problem| problem.code.as_str())
                ])];
            }
            _ => {
                self.bench.advance(Duration::from_secs(1 + random.below(40 * 60)));
                return self.join(&format!("caller{number}@example.org"), name).await;
            }
        };
        let answer = self.post(path, body).await;
        self.bench.app.mail.drain().await.unwrap();
        vec![answer]
    }

    /// What stands for `address` in keys of the store.
    fn names(&self, address: &str) -> Vec<String> {
        let address = EmailAddress::parse(address).unwrap();
        let purposes = ["email", "otp-sends", "otp-nobody"];
        purposes
            .map(|purpose| {
                self.bench.app.platform.keys.name(purpose, &[address.canonical().as_bytes()])
            })
            .to_vec()
    }

    /// What the store holds, without what is secret, and without the account and the inbox.
    async fn left(&self) -> Vec<String> {
        self.bench.app.mail.drain().await.unwrap();
        let names = self.names(self.target);
        // Where another address is asked about, the records of ada's registration are left out.
        let of_ada = if self.target == KNOWN { Vec::new() } else { self.names(KNOWN) };
        let items = self.bench.store.scan("", None).await.unwrap().items;
        let is_compared = |key: &str| {
            !key.starts_with("development-inbox")
                && !key.starts_with("user/")
                && !key.starts_with("claim/email/")
                && !of_ada.iter().any(|name| key.contains(name.as_str()))
        };
        let now = self.bench.app.platform.now();
        let mut left: Vec<_> = items
            .iter()
            .filter(|item| {
                is_compared(&item.key.partition) && item.expires_at.is_none_or(|at| at > now)
            })
            .map(|item| {
                let body = String::from_utf8_lossy(&item.body).into_owned();
                let key = names
                    .iter()
                    .fold(item.key.to_string(), |key, name| key.replace(name, "target"));
                format!("{} {} {:?}", without_shard(&masked(&key)), masked(&body), item.expires_at)
            })
            .collect();
        left.sort();
        left
    }
}

/// Without the two digits of the shard, which follow from an id that is random.
fn without_shard(key: &str) -> String {
    let shard = key
        .split(['/', ' '])
        .find(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()));
    shard.map_or_else(|| key.to_owned(), |shard| key.replacen(&format!("/{shard} "), "/shard ", 1))
}

/// Without what is random or a keyed hash: words of at least 20 characters that are no time.
fn masked(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_:.".contains(c);
    let mut all = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if is_word(letter) {
            word.push(letter);
            continue;
        }
        let is_time = word.ends_with('Z') && word.contains(':');
        all.push_str(if word.len() >= 20 && !is_time { "#" } else { &word });
        all.push(letter);
        word.clear();
    }
    all
}

#[tokio::test]
async fn whatever_two_callers_do_an_address_with_an_account_answers_and_leaves_what_one_without_does()
 {
    for seed in 0..20 {
        let (mut known, mut unknown) = (World::with(KNOWN).await, World::with(UNKNOWN).await);
        for number in 0..60 {
            let act = seed * 1000 + number;
            let one = known.act(&SeededRandom::new(act), usize::try_from(number).unwrap()).await;
            let other =
                unknown.act(&SeededRandom::new(act), usize::try_from(number).unwrap()).await;
            assert_eq!(one, other, "seed {seed}, act {number}");
        }
        assert_eq!(known.left().await, unknown.left().await, "seed {seed}");
    }
}

#[tokio::test]
async fn what_an_address_may_get_is_used_up_alike_and_then_both_get_a_long_code() {
    let mut answers = Vec::new();
    for target in [KNOWN, UNKNOWN] {
        let mut world = World::with(target).await;
        let mut seen = Vec::new();
        for number in 0..16 {
            let path = ["/auth/register", "/auth/email/verify/resend", "/auth/password/forgot"]
                [number % 3];
            let body = match path {
                "/auth/register" => json!({"email": target, "password": PASSWORD}),
                _ => json!({"email": target}),
            };
            seen.push(world.post(path, body).await);
        }
        answers.push((seen, world.left().await));
    }
    assert_eq!(answers[0], answers[1]);
    let statuses: Vec<_> = answers[0].0.iter().map(|answer| answer["status"].clone()).collect();
    // Ten registrations and codes for them, whatever else was asked for between them.
    let accepted = vec![json!(StatusCode::ACCEPTED.as_u16()); 15];
    assert_eq!(statuses[..15], accepted);
    assert_eq!(statuses[15], json!(StatusCode::TOO_MANY_REQUESTS.as_u16()));
}

impl World {
    /// An action of ada at home, which others don't see.
    async fn at_home(&self, path: &str, body: &Value) -> BenchAnswer {
        let ip = [198, 51, 100, 9].into();
        let home = selfsame_web::Client { request_id: "req-2".into(), ip, device: None };
        let request = selfsame_testbed::bench::request("POST", path)
            .body(axum::body::Body::from(body.to_string()));
        let mut request = request.unwrap();
        request.extensions_mut().insert(home);
        self.bench.send(request).await
    }

    /// Whoever reads the mail of the target asks for a new password, and has one where there is an
    /// account.
    async fn renew(&self, new: &str) {
        self.bench.advance(Duration::from_millis(1));
        self.at_home("/auth/password/forgot", &json!({"email": self.target})).await;
        if self.target == KNOWN {
            let body =
                json!({"email": KNOWN, "otp": self.bench.code(KNOWN).await, "newPassword": new});
            assert_eq!(self.at_home("/auth/password/reset", &body).await.status, StatusCode::OK);
            let body = json!({"identifier": KNOWN, "password": new});
            assert_eq!(self.at_home("/auth/login", &body).await.status, StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn the_owners_actions_do_not_show_in_answers_to_others() {
    let (mut known, mut unknown) = (World::with(KNOWN).await, World::with(UNKNOWN).await);
    for round in 0..115_u32 {
        let mut answers = Vec::new();
        for world in [&mut known, &mut unknown] {
            let (target, mut own, mut seen) = (world.target, None, Vec::new());
            let body = |id: Option<&String>| {
                let new = "nobody chooses this one";
                json!({"email": target, "otp": "000000", "newPassword": new, "resetId": id})
            };
            if round == 29 {
                seen.push(world.post("/auth/password/forgot", json!({"email": target})).await);
                own = world.ids.last().cloned();
                for _ in 0..4 {
                    seen.push(world.post("/auth/password/reset", body(own.as_ref())).await);
                }
            }
            match round {
                29 => world.renew("a bridge of very old and quiet stones").await,
                60 | 100 | 103 => {
                    // Where another address is asked about, ada has the password that she had.
                    let new = "a bridge of very old and quiet stones";
                    let password = if target == KNOWN { new } else { PASSWORD };
                    let body = json!({"identifier": KNOWN, "password": password});
                    assert_eq!(world.at_home("/auth/login", &body).await.status, StatusCode::OK);
                }
                105 => world.renew("eleven quiet otters read the news").await,
                _ => {}
            }
            seen.push(world.post("/auth/password/reset", body(own.as_ref())).await);
            let verify = json!({"email": target, "otp": "000000", "password": PASSWORD});
            seen.push(world.post("/auth/email/verify", verify).await);
            world.bench.advance(Duration::from_mins(15));
            answers.push(seen);
        }
        assert_eq!(answers[0], answers[1], "round {round}");
        let closed =
            answers[0].iter().filter(|answer| answer["problem"][0] == "otp_closed").count();
        assert_eq!(closed > 0, round >= 98, "round {round}: {closed}");
    }
}
