//! Properties of every route, read from the list that the router is made from.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::collections::BTreeSet;
use std::path::Path;

use selfsame_app::features;
use selfsame_store::Maintenance as _;
use selfsame_testbed::Testbed;
use selfsame_web::{Access, RouteInfo};

/// Every route without a token. Adding one is a decision, so the list repeats it here.
const PUBLIC: &[&str] = &[
    "GET /.well-known/jwks.json",
    "GET /aliases/{picture}",
    "GET /asyncapi.json",
    "GET /avatars/{name}",
    "GET /events/catalog",
    "GET /medium/{name}",
    "GET /original/{name}",
    "GET /profiles",
    "GET /profiles/{profileId}",
    "GET /profiles/{profileId}/media",
    "GET /profiles/{profileId}/media/{mediaId}",
    "GET /thumb/{name}",
    "GET /dev/mail/messages",
    "GET /dev/mail/messages/{id}",
    "GET /dev/mail/previews",
    "GET /dev/mail/previews/{kind}/{language}",
    "GET /v1/avatars/{picture}",
    "GET /v1/profile/by-username/{username}",
    "GET /v1/profile/{userId}",
    "POST /auth/email/verify",
    "POST /auth/email/verify/resend",
    "POST /auth/login",
    "POST /auth/login/2fa",
    "POST /auth/logout",
    "POST /auth/passkeys/login",
    "POST /auth/passkeys/options",
    "POST /auth/password/forgot",
    "POST /auth/password/reset",
    "POST /auth/refresh",
    "POST /auth/register",
    "POST /auth/undo",
    "POST /uploads/{bucket}",
    "POST /webhooks/resend",
];

fn routes() -> impl Iterator<Item = &'static RouteInfo> {
    features().iter().flat_map(|feature| &feature.routes)
}

fn is_public(route: &RouteInfo) -> bool {
    matches!(route.access, Access::Public | Access::Viewer)
}

#[test]
fn only_what_is_on_the_short_list_is_public() {
    let public: BTreeSet<String> =
        routes().filter(|route| is_public(route)).map(RouteInfo::name).collect();
    let expected: BTreeSet<String> = PUBLIC.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(public, expected);
}

#[tokio::test]
async fn every_other_route_refuses_anonymous_callers_whatever_they_send() {
    let bed = Testbed::new();
    for route in routes().filter(|route| !is_public(route)) {
        let path = route.path.replace(['{', '}'], "");
        let call = || bed.call(route.method.as_str(), &path);
        call().send().await.problem(401, "unauthenticated");
        call().token("not.a.token").send().await.problem(401, "unauthenticated");
        let body = route.bodies.first().and_then(|body| body.example.clone());
        if let Some(body) = body {
            call().json(&body).send().await.problem(401, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn a_users_token_opens_no_route_of_services() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for route in routes().filter(|route| matches!(route.access, Access::Service(_))) {
        let path = route.path.replace(['{', '}'], "");
        bed.call(route.method.as_str(), &path)
            .by(&ada)
            .send()
            .await
            .problem(401, "unauthenticated");
    }
}

/// Reads that write by design: an alias is made at its first use, and a look-up of one is recorded.
/// The stream has no end.
const WRITING_READS: &[&str] =
    &["GET /v1/profile/alias", "GET /internal/v1/aliases/{aliasId}", "GET /v1/account/events"];

#[tokio::test]
async fn reads_write_nothing() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let profiles = bed.get("/profiles").by(&ada).send().await.expect(200).data();
    let profile = profiles["items"][0]["profileId"].as_str().unwrap();
    bed.settle_presence().await;
    for route in routes().filter(|route| route.method == http::Method::GET) {
        if WRITING_READS.contains(&route.name().as_str()) {
            continue;
        }
        let path = route.path.replace("{userId}", &ada.id).replace("{username}", "ada");
        let path = path.replace("{profileId}", profile).replace(['{', '}'], "");
        let before = bed.store.stats().await.unwrap().commits;
        let status = bed.get(&path).by(&ada).send().await.status;
        assert!(status < 500, "{path}: {status}");
        assert_eq!(bed.store.stats().await.unwrap().commits, before, "{path}");
    }
    assert_eq!(bed.events().await, []);
}

#[test]
fn every_route_is_exercised_by_a_test() {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("..");
    let mut called = Vec::new();
    collect(&root, false, &mut called);
    let missing: Vec<String> = routes()
        .filter(|route| !called.iter().any(|path| fits(route.path, path)))
        .map(RouteInfo::name)
        .collect();
    assert_eq!(missing, Vec::<String>::new(), "no test calls these");
}

/// Whether a path in a test matches the route.
fn fits(route: &str, path: &str) -> bool {
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    let same = |(pattern, part): (&&str, &&str)| pattern.starts_with('{') || pattern == part;
    route.len() == path.len() && route.iter().zip(&path).all(same)
}

/// Everything between quotes in the tests below `folder` that looks like a path.
fn collect(folder: &Path, in_tests: bool, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" {
            collect(&path, in_tests || name == "tests", paths);
        } else if in_tests && path.extension().is_some_and(|kind| kind == "rs")
            || name == "tests.rs"
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').map(|text| text.split('?').next().unwrap_or_default());
            paths.extend(quoted.filter(|text| text.starts_with('/')).map(str::to_owned));
        }
    }
}
