//! Generated avatars through HTTP.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{StatusCode, header};
use http_body_util::BodyExt as _;
use selfsame_generated_avatars::{initials, pattern};
use selfsame_primitives::UserId;
use selfsame_testbed::Testbed;
use selfsame_web::Problem;
use serde_json::{Value, json};
use tower_service::Service as _;

use crate::primary_profile::avatar_url;
use selfsame_testbed::bench::{Bench, request};
use selfsame_users::records::Profile;

struct Gallery {
    bench: Bench,
    router: Router,
}

impl Gallery {
    fn new() -> Self {
        let bench = Bench::new();
        let all = bench.app.features().into_iter().flat_map(|feature| feature.routes);
        Self { router: all.fold(Router::new(), |router, route| route.mount(router)), bench }
    }

    async fn get(&self, path: &str) -> Response {
        self.router.clone().call(request("GET", path).body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn get_again(&self, path: &str, tag: &str) -> Response {
        let request = request("GET", path).header(header::IF_NONE_MATCH, tag);
        self.router.clone().call(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// The body of the picture at `path`.
    async fn picture(&self, path: &str) -> Bytes {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.into_body().collect().await.unwrap().to_bytes()
    }

    fn seed(&self, user: &str) -> [u8; 16] {
        self.bench.app.platform.keys.hash("avatar", &[user.as_bytes()])[..16].try_into().unwrap()
    }

    /// A user called `name`, and their token.
    async fn user(&self, name: &str) -> (UserId, String) {
        let answer = self.bench.register("ada@example.org").await;
        self.put(&answer.access(), "/v1/profile", json!({"displayName": name})).await;
        (answer.user(), answer.access())
    }

    async fn put(&self, token: &str, path: &str, body: Value) {
        let request = request("PUT", path).header("authorization", format!("Bearer {token}"));
        let answer = self.bench.send(request.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers()[name].to_str().unwrap()
}

#[tokio::test]
async fn a_public_name_gives_initials() {
    let gallery = Gallery::new();
    let (user, _) = gallery.user("Ada Lovelace").await;
    let generated = gallery.picture(&format!("/v1/avatars/{user}.svg")).await;
    assert_eq!(generated, initials("Ada Lovelace", gallery.seed(user.as_str())).as_str());
}

#[tokio::test]
async fn a_hidden_name_gives_the_avatar_of_an_unknown_user() {
    let gallery = Gallery::new();
    let (user, token) = gallery.user("Ada Lovelace").await;
    for visibility in ["authenticated", "private"] {
        gallery.put(&token, "/v1/profile/privacy", json!({"displayName": visibility})).await;
        let generated = gallery.picture(&format!("/v1/avatars/{user}.svg")).await;
        assert_eq!(generated, pattern(gallery.seed(user.as_str())).as_str());
    }
    let unknown = gallery.picture("/v1/avatars/usr_nobody.svg").await;
    assert_eq!(unknown, pattern(gallery.seed("usr_nobody")).as_str());
}

#[tokio::test]
async fn pictures_may_be_shown_anywhere_and_kept_for_minutes() {
    let gallery = Gallery::new();
    for (path, kind) in [("usr_1.svg", "image/svg+xml"), ("usr_1.png?size=16", "image/png")] {
        let path = format!("/v1/avatars/{path}");
        let response = gallery.get(&path).await;
        assert_eq!(header(&response, "content-type"), kind);
        assert_eq!(header(&response, "cache-control"), "public, max-age=300");
        assert_eq!(header(&response, "cross-origin-resource-policy"), "cross-origin");
        let tag = header(&response, "etag").to_owned();
        let again = gallery.get_again(&path, &format!("\"other\", W/{tag}")).await;
        assert_eq!(
            (again.status(), header(&again, "etag")),
            (StatusCode::NOT_MODIFIED, tag.as_str())
        );
        assert_eq!(header(&again, "cache-control"), "public, max-age=300");
        assert_eq!(gallery.get_again(&path, "\"other\"").await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn pictures_are_kept_no_longer_than_profiles_are() {
    for (seconds, kept) in [(0, "public, no-cache"), (60, "public, max-age=60")] {
        let bed =
            Testbed::with(|settings| settings.profile_cache_ttl = Duration::from_secs(seconds));
        let answer = bed.get("/v1/avatars/usr_1.svg").send().await.expect(200);
        assert_eq!(answer.header("cache-control"), kept);
    }
}

#[tokio::test]
async fn the_address_of_a_picture_holds_ids_of_any_issuer() {
    let gallery = Gallery::new();
    let app = &gallery.bench.app;
    let user = UserId::parse("auth0|ada@example.org").unwrap();
    let url =
        avatar_url(&app.platform.urls, &user, &Profile::new("Ada".to_owned(), app.platform.now()));
    let path = url.strip_prefix(&app.platform.urls.public).unwrap();
    assert_eq!(path, "/v1/avatars/auth0%7Cada@example.org.svg");
    assert_eq!(gallery.picture(path).await, pattern(gallery.seed(user.as_str())).as_str());
}

#[tokio::test]
async fn pictures_that_never_change_come_from_the_cdn() {
    let bed = Testbed::with(|settings| settings.urls.media = "https://cdn.example".into());
    let ada = bed.register("ada").await;
    let path = "/v1/profile/alias?context=room_1&contextType=chat_room";
    let alias = bed.get(path).by(&ada).send().await.expect(200).data();
    let path = alias["avatar"].as_str().unwrap().strip_prefix("https://cdn.example").unwrap();
    bed.get(path).send().await.expect(200);
}

#[tokio::test]
async fn a_png_has_the_requested_size() {
    let gallery = Gallery::new();
    for (query, side) in [("", 512_u32), ("?size=16", 16), ("?size=1024", 1024)] {
        let png = gallery.picture(&format!("/v1/avatars/usr_1.png{query}")).await;
        let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!((&png[1..4], size(16), size(20)), (b"PNG".as_slice(), side, side));
    }
}

#[tokio::test]
async fn sizes_outside_of_the_limits_and_other_forms_are_refused() {
    let gallery = Gallery::new();
    for size in ["15", "1025", "-1", "x"] {
        let response = gallery.get(&format!("/v1/avatars/usr_1.png?size={size}")).await;
        let problem = response.extensions().get::<Problem>().unwrap();
        assert_eq!(
            (response.status(), problem.errors[0].pointer.as_str()),
            (StatusCode::BAD_REQUEST, "?size")
        );
    }
    for name in ["usr_1", "usr_1.gif", ".svg", "usr%201.svg", "usr%2F1.svg"] {
        let response = gallery.get(&format!("/v1/avatars/{name}")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn the_picture_of_an_alias_is_its_animal_and_stays_when_the_alias_ends() {
    let gallery = Gallery::new();
    let (_, token) = gallery.user("Ada Lovelace").await;
    let path = "/v1/profile/alias?context=room&contextType=chat_room";
    let alias = gallery.bench.with_token("GET", path, &token).await;
    let animal = alias.text("/data/displayName").split('_').nth(1).unwrap().to_owned();
    let avatar = alias.text("/data/avatar");
    let address = avatar.strip_prefix("http://127.0.0.1:8080").unwrap();
    gallery.bench.advance(std::time::Duration::from_hours(24 * 400));
    let response = gallery.get(address).await;
    assert_eq!(header(&response, "content-type"), "image/svg+xml");
    assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&response, "cross-origin-resource-policy"), "cross-origin");
    let svg = response.into_body().collect().await.unwrap().to_bytes();
    assert!(std::str::from_utf8(&svg).unwrap().contains(&animal), "{animal}");
}

#[tokio::test]
async fn a_forged_address_shows_nothing() {
    let gallery = Gallery::new();
    let (_, token) = gallery.user("Ada Lovelace").await;
    let path = "/v1/profile/alias?context=room&contextType=chat_room";
    let avatar = gallery.bench.with_token("GET", path, &token).await.text("/data/avatar");
    let name = avatar.rsplit('/').next().unwrap();
    let flipped =
        if name.starts_with('A') { name.replacen('A', "B", 1) } else { format!("A{}", &name[1..]) };
    for forged in [flipped.as_str(), "Panda.svg", ".svg", name.trim_end_matches(".svg")] {
        assert_eq!(
            gallery.get(&format!("/aliases/{forged}")).await.status(),
            StatusCode::NOT_FOUND,
            "{forged}"
        );
    }
    assert_eq!(gallery.get(&format!("/aliases/{name}")).await.status(), StatusCode::OK);
}
