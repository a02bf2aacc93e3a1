//! The web interface: embedded files, and the one page that they make.

mod files;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use files::{Embedded, content_type};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use selfsame_mail_queue::is_neighbour;
use selfsame_primitives::base64url;
use selfsame_web::{Access, Client, Problem, Route};
use url::Url;

use crate::settings::Mode;

/// What a page of the interface may load: its own files and pictures that it holds in memory.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    connect-src 'self'; frame-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The paths of the page, which chooses its content by the path.
const PAGES: &[&str] = &[
    "/",
    "/sign-in",
    "/register",
    "/verify",
    "/forgot",
    "/reset",
    "/undo",
    "/account",
    "/account/{*room}",
    "/u/{username}",
];

/// The path of the development inbox.
const INBOX_PAGE: &str = "/dev/mail";

/// The paths of the interface, as patterns for `RateLimitLayer`: all of them are served from
/// memory.
pub const PATHS: &[&str] = &[
    "/ui/*",
    "/",
    "/sign-in",
    "/register",
    "/verify",
    "/forgot",
    "/reset",
    "/undo",
    "/dev/mail",
    "/account",
    "/account/*",
    "/u/*",
];

/// The source of the files.
#[derive(Clone, Debug)]
enum Files {
    Embedded(&'static Embedded),
    /// A folder, for development of the interface.
    Folder(PathBuf),
}

/// The interface: its files, and what its pages may load.
#[derive(Clone, Debug)]
pub struct Pages {
    files: Arc<Files>,
    policy: HeaderValue,
    mode: Mode,
    /// First segments of paths that only programs request, whatever they accept.
    programs: HashSet<&'static str>,
    public_url: String,
}

/// The URLs of the service, and those that its pages may load from. They may differ from the page's
/// own: a CDN before the service, uploads to a bucket, or another host name.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageUrls<'p> {
    /// The public URL of the service.
    pub public: &'p str,
    /// The base URLs of pictures.
    pub pictures: &'p [String],
    /// The base URLs of uploads.
    pub uploads: &'p [String],
}

impl Pages {
    /// With `folder`, the files are read from there at every request. `api` are the paths of all
    /// other routes.
    pub fn new(
        folder: Option<PathBuf>,
        mode: Mode,
        urls: PageUrls<'_>,
        api: impl Iterator<Item = &'static str>,
    ) -> Self {
        let files = folder.map_or_else(|| Files::Embedded(Embedded::get()), Files::Folder);
        Self {
            files: Arc::new(files),
            policy: policy(urls),
            mode,
            programs: api.map(first_segment).collect(),
            public_url: urls.public.to_owned(),
        }
    }

    /// The routes.
    #[must_use]
    pub fn routes(&self) -> Vec<Route<()>> {
        let files = Arc::clone(&self.files);
        let serve =
            async move |Path(name): Path<String>, headers: HeaderMap| files.answer(&name, &headers);
        let file = Route::get("/ui/{*file}", "A file of the web interface", serve)
            .access(Access::Public)
            .parameter("path", "file", serde_json::json!({"type": "string"}), "The file's path.");
        let inbox = (self.mode == Mode::Development).then(|| self.inbox());
        PAGES.iter().map(|path| self.route(path)).chain(inbox).chain([file]).collect()
    }

    /// The development inbox, for callers on this machine only, as its mails are.
    fn inbox(&self) -> Route<()> {
        let pages = self.clone();
        let page = async move |client: Client, uri: Uri, headers: HeaderMap| {
            if is_neighbour(&client, &uri, &headers, &pages.public_url) {
                pages.page(&headers)
            } else {
                Problem::not_found().into_response()
            }
        };
        Route::get(INBOX_PAGE, "The development inbox", page).access(Access::Public)
    }

    fn route(&self, path: &'static str) -> Route<()> {
        let pages = self.clone();
        let page = async move |headers: HeaderMap| pages.page(&headers);
        Route::get(path, "The web interface", page).access(Access::Public)
    }

    fn page(&self, headers: &HeaderMap) -> Response {
        let mut response = self.files.answer("index.html", headers);
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        response
    }

    /// The response at an unknown path: the page for browsers, a problem for programs.
    #[must_use]
    pub fn not_found(&self, request: &Parts) -> Response {
        if self.programs.contains(first_segment(request.uri.path())) || !reads_pages(request) {
            return Problem::not_found().into_response();
        }
        let mut headers = request.headers.clone();
        // It differs from the response that the browser may have cached.
        headers.remove(IF_NONE_MATCH);
        let mut response = self.page(&headers);
        response.headers_mut().remove(ETAG);
        response.headers_mut().append(VARY, HeaderValue::from_static("Accept"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    }
}

fn first_segment(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

fn reads_pages(request: &Parts) -> bool {
    let accepted = request.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let is_read = matches!(request.method, Method::GET | Method::HEAD);
    is_read && accepted.flat_map(|list| list.split(',')).any(|range| takes(range, "text/html"))
}

fn policy(urls: PageUrls<'_>) -> HeaderValue {
    let text = POLICY
        .replace("img-src 'self'", &format!("img-src {}", sources(urls.pictures)))
        .replace("connect-src 'self'", &format!("connect-src {}", sources(urls.uploads)));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(POLICY))
}

/// The page itself and the origins of `urls`, each once.
fn sources(urls: &[String]) -> String {
    let mut sources = vec!["'self'".to_owned()];
    for origin in urls.iter().filter_map(|url| Url::parse(url).ok()).map(|url| url.origin()) {
        let origin = origin.ascii_serialization();
        if !sources.contains(&origin) {
            sources.push(origin);
        }
    }
    sources.join(" ")
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

/// One file in its served forms.
#[derive(Clone, Debug)]
struct File {
    content_type: &'static str,
    etag: HeaderValue,
    plain: Bytes,
    packed: Option<Bytes>,
}

impl File {
    fn new(name: &str, plain: Bytes, packed: Option<Bytes>) -> Self {
        let hash = ring::digest::digest(&ring::digest::SHA256, &plain);
        // Weak, since the same file is sent compressed and plain.
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
        given
            .to_str()
            .is_ok_and(|list| list.split(',').any(|tag| tag.trim() == own || tag.trim() == "*"))
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let list =
        headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    list.split(',').any(|entry| takes(entry, "gzip"))
}

/// Whether `entry` of an `Accept…` header names `name_sought` and does not refuse it (RFC 9110 §12.4.2).
fn takes(entry: &str, name_sought: &str) -> bool {
    let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
    let is_refused = |text: &str| matches!(text.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
    name.trim().eq_ignore_ascii_case(name_sought) && !parameters.split(';').any(is_refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(header: &[(HeaderName, &str)]) -> Response {
        let headers =
            header.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        Files::Embedded(Embedded::get()).answer("app.js", &headers)
    }

    #[test]
    fn a_file_is_sent_packed_only_where_that_is_understood() {
        let packed = get(&[(ACCEPT_ENCODING, "br, gzip;q=0.5")]);
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        for refused in ["identity", "gzip;q=0", "x-gzip"] {
            assert!(
                !get(&[(ACCEPT_ENCODING, refused)]).headers().contains_key(CONTENT_ENCODING),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_file_that_the_browser_has_is_not_sent_again() {
        let first = get(&[]);
        assert_eq!(first.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
        let etag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert_eq!(get(&[(IF_NONE_MATCH, &etag)]).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get(&[(IF_NONE_MATCH, "\"other\"")]).status(), StatusCode::OK);
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
    fn pictures_come_from_and_files_go_to_the_page_and_the_given_origins_alone() {
        assert_eq!(policy(PageUrls::default()), POLICY);
        let urls = ["https://id.example/app", "https://cdn.example", "https://cdn.example"]
            .map(str::to_owned);
        let uploads = ["https://media.s3.eu-west-1.amazonaws.example/".to_owned()];
        let widened =
            policy(PageUrls { pictures: &urls, uploads: &uploads, ..PageUrls::default() });
        let pictures = "img-src 'self' https://id.example https://cdn.example blob: data:;";
        let uploads = "connect-src 'self' https://media.s3.eu-west-1.amazonaws.example;";
        let widened = widened.to_str().unwrap();
        assert!(widened.contains(pictures) && widened.contains(uploads), "{widened}");
    }

    fn not_found(method: &str, path: &str, accept: &str) -> Response {
        let request = http::Request::builder().method(method).uri(path).header(ACCEPT, accept);
        let request = request.header(IF_NONE_MATCH, "*").body(()).unwrap();
        Pages::new(
            None,
            Mode::Production,
            PageUrls::default(),
            ["/v1/profile", "/auth/login"].into_iter(),
        )
        .not_found(&request.into_parts().0)
    }

    #[test]
    fn a_browser_at_an_unknown_path_gets_a_page() {
        let answer = not_found("GET", "/nowhere", "text/html,application/xhtml+xml,*/*;q=0.8");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(answer.headers()[CONTENT_SECURITY_POLICY], POLICY);
        assert!(!answer.headers().contains_key(ETAG));
        assert!(answer.headers().get_all(VARY).iter().any(|name| name == "Accept"));
    }

    #[test]
    fn a_program_at_an_unknown_path_gets_a_problem() {
        let requests = [
            ("GET", "/nowhere", "*/*"),
            ("GET", "/nowhere", "application/json, text/html;q=0"),
            ("POST", "/nowhere", "text/html"),
            ("GET", "/v1/nowhere", "text/html"),
            ("GET", "/auth/nowhere", "text/html"),
        ];
        for (method, path, accept) in requests {
            let answer = not_found(method, path, accept);
            assert!(answer.extensions().get::<Problem>().is_some(), "{method} {path} {accept}");
        }
    }

    #[test]
    fn the_development_inbox_has_a_page_in_development_mode_alone() {
        let has = |mode| {
            Pages::new(None, mode, PageUrls::default(), std::iter::empty())
                .routes()
                .iter()
                .any(|route| route.info.path == INBOX_PAGE)
        };
        assert_eq!((has(Mode::Development), has(Mode::Production)), (true, false));
    }

    #[test]
    fn every_path_of_the_interface_is_known_to_the_rate_limit() {
        let pages = Pages::new(None, Mode::Development, PageUrls::default(), std::iter::empty());
        let known = |path: &str| {
            PATHS.iter().any(|known| {
                known.strip_suffix('*').map_or(*known == path, |start| path.starts_with(start))
            })
        };
        for route in pages.routes() {
            assert!(known(route.info.path), "{}", route.info.path);
        }
    }
}
