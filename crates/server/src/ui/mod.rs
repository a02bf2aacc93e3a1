//! The web interface: files that lie in the binary, and the one page that they make.

mod files;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use files::{Embedded, content_type};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use selfsame_basics::base64url;
use selfsame_web::{Access, Problem, Route};

/// What a page of the interface may load: its own files, pictures it holds in memory, and nothing of anybody else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; \
     font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'",
);
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The paths at which the page is shown; it finds out by itself what to show there.
const ROOMS: &[&str] = &["/", "/sign-in", "/register", "/account", "/account/{*room}", "/u/{username}"];

/// Where the files come from.
#[derive(Clone, Debug)]
enum Files {
    Embedded(&'static Embedded),
    /// While somebody works on them.
    Folder(PathBuf),
}

/// The routes of the interface. With `folder` its files are read from there at every request.
///
/// `images` is a further origin that pictures are loaded from, where there is one.
#[must_use]
pub fn routes(folder: Option<PathBuf>, images: Option<&str>) -> Vec<Route<()>> {
    let files = folder.map_or_else(|| Files::Embedded(Embedded::get()), Files::Folder);
    let files = Arc::new(files);
    let policy = policy(images);
    let mut routes: Vec<_> =
        ROOMS.iter().map(|path| room(path, Arc::clone(&files), policy.clone())).collect();
    let serve = async move |Path(name): Path<String>, headers: HeaderMap| files.answer(&name, &headers);
    routes.push(
        Route::get("/ui/{*file}", "A file of the web interface", serve).access(Access::Public).parameter(
            "path",
            "file",
            serde_json::json!({"type": "string"}),
            "The file's path.",
        ),
    );
    routes
}

fn room(path: &'static str, files: Arc<Files>, policy: HeaderValue) -> Route<()> {
    let page = async move |headers: HeaderMap| {
        let mut response = files.answer("index.html", &headers);
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy.clone());
        response
    };
    Route::get(path, "The web interface", page).access(Access::Public)
}

fn policy(images: Option<&str>) -> HeaderValue {
    let Some(origin) = images else { return POLICY };
    let text =
        POLICY.to_str().unwrap_or_default().replace("img-src 'self'", &format!("img-src 'self' {origin}"));
    HeaderValue::from_str(&text).unwrap_or(POLICY)
}

/// One file, ready to be sent.
#[derive(Clone, Debug)]
struct File {
    content_type: &'static str,
    etag: HeaderValue,
    plain: Bytes,
    packed: Option<Bytes>,
}

impl Files {
    fn answer(&self, name: &str, headers: &HeaderMap) -> Response {
        match self {
            Self::Embedded(files) => files.find(name).map(|file| file.respond(headers)),
            Self::Folder(folder) => from_disk(folder, name).map(|file| file.respond(headers)),
        }
        .unwrap_or_else(|| Problem::not_found().into_response())
    }
}

fn from_disk(folder: &std::path::Path, name: &str) -> Option<File> {
    let inside = name.split('/').all(|part| !part.is_empty() && part != ".." && part != ".");
    let bytes = inside.then(|| std::fs::read(folder.join(name)).ok()).flatten()?;
    Some(File::new(name, bytes.into(), None))
}

impl File {
    fn new(name: &str, plain: Bytes, packed: Option<Bytes>) -> Self {
        let hash = ring::digest::digest(&ring::digest::SHA256, &plain);
        // Weak, since the same file is sent packed and plain.
        let etag = format!("W/\"{}\"", base64url(hash.as_ref().split_at(12).0));
        let etag = HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("W/\"\""));
        Self { content_type: content_type(name), etag, plain, packed }
    }

    fn respond(&self, headers: &HeaderMap) -> Response {
        let shared = [
            (ETAG, self.etag.clone()),
            (CACHE_CONTROL, REVALIDATE),
            (VARY, HeaderValue::from_static("Accept-Encoding")),
            // Other applications may embed the account area.
            (RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
        ];
        if headers.get(IF_NONE_MATCH).is_some_and(|given| self.is_named(given)) {
            return (StatusCode::NOT_MODIFIED, shared).into_response();
        }
        let content_type = [(CONTENT_TYPE, HeaderValue::from_static(self.content_type))];
        match &self.packed {
            Some(packed) if takes_gzip(headers) => {
                let encoding = [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
                (shared, content_type, encoding, packed.clone()).into_response()
            }
            _ => (shared, content_type, self.plain.clone()).into_response(),
        }
    }

    fn is_named(&self, given: &HeaderValue) -> bool {
        let own = self.etag.to_str().unwrap_or_default();
        given.to_str().is_ok_and(|list| list.split(',').any(|tag| tag.trim() == own || tag.trim() == "*"))
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let list = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    list.split(',').any(|entry| {
        let (coding, weight) = entry.split_once(';').unwrap_or((entry, ""));
        coding.trim().eq_ignore_ascii_case("gzip")
            && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(header: &[(HeaderName, &str)]) -> Response {
        let headers = header.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        Files::Embedded(Embedded::get()).answer("app.js", &headers)
    }

    #[test]
    fn a_file_is_sent_packed_only_where_that_is_understood() {
        let packed = asked(&[(ACCEPT_ENCODING, "br, gzip;q=0.5")]);
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        for refused in ["identity", "gzip;q=0", "x-gzip"] {
            assert!(
                !asked(&[(ACCEPT_ENCODING, refused)]).headers().contains_key(CONTENT_ENCODING),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_file_that_the_browser_has_is_not_sent_again() {
        let first = asked(&[]);
        assert_eq!(first.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
        let etag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert_eq!(asked(&[(IF_NONE_MATCH, &etag)]).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(asked(&[(IF_NONE_MATCH, "\"other\"")]).status(), StatusCode::OK);
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("ui");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        std::fs::write(inside.join("index.html"), "h").unwrap();
        assert!(from_disk(&inside, "index.html").is_some());
        for name in ["../secret", "/etc/hostname", "a/../../secret", "", "./index.html"] {
            assert!(from_disk(&inside, name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_cdn_is_the_only_other_origin_of_pictures() {
        assert_eq!(policy(None), POLICY);
        let widened = policy(Some("https://cdn.example"));
        assert!(widened.to_str().unwrap().contains("img-src 'self' https://cdn.example blob: data:;"));
    }
}
