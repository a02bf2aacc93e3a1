//! Requests to other servers: few, slow and untrusted, so everything is limited.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, LOCATION, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;
use url::Url;

use crate::settings::HttpUrl;

/// The largest response that is read, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// The longest wait for all of it, redirects included.
const PATIENCE: Duration = Duration::from_secs(10);
/// Redirects that are followed.
const REDIRECTS: usize = 3;

/// Why there is no response.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The URL is neither `https://` nor `http://` on this machine.
    #[error("{0} is not https")]
    Insecure(String),
    /// No response in time.
    #[error("no answer within {PATIENCE:?}")]
    Slow,
    /// A status other than 200.
    #[error("answered with {0}")]
    Status(StatusCode),
    /// Too many redirects, or one without a target.
    #[error("redirected too often or to nowhere")]
    Redirects,
    /// The connection failed, or the response was larger than 1 MB.
    #[error("{0}")]
    Broken(String),
}

/// A client for occasional requests.
#[derive(Clone)]
pub struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetcher")
    }
}

impl Fetcher {
    /// A client that trusts the certificates that the machine trusts.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self::with(connector()?))
    }

    fn with(connector: HttpsConnector<HttpConnector>) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build(connector) }
    }

    /// The body at `url`.
    pub async fn get(&self, url: &str) -> Result<Bytes, FetchError> {
        tokio::time::timeout(PATIENCE, self.follow(url)).await.unwrap_or(Err(FetchError::Slow))
    }

    async fn follow(&self, url: &str) -> Result<Bytes, FetchError> {
        let mut url = Url::parse(url).map_err(broken)?;
        for _ in 0..=REDIRECTS {
            match self.ask(&url).await? {
                Answer::Body(bytes) => return Ok(bytes),
                Answer::Elsewhere(next) => url = url.join(&next).map_err(broken)?,
            }
        }
        Err(FetchError::Redirects)
    }

    async fn ask(&self, url: &Url) -> Result<Answer, FetchError> {
        if !HttpUrl::from(url.clone()).is_confidential() {
            return Err(FetchError::Insecure(url.to_string()));
        }
        let request = Request::get(url.as_str())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("selfsame/", env!("CARGO_PKG_VERSION")))
            .body(Empty::new())
            .map_err(broken)?;
        let response = self.client.request(request).await.map_err(broken)?;
        if response.status().is_redirection() {
            let next = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            return next
                .map(|next| Answer::Elsewhere(next.to_owned()))
                .ok_or(FetchError::Redirects);
        }
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
        body.map(|body| Answer::Body(body.to_bytes()))
            .map_err(|error| FetchError::Broken(error.to_string()))
    }
}

/// Connections over TLS, with the certificates that the machine trusts, or in plain text.
pub(crate) fn connector() -> std::io::Result<HttpsConnector<HttpConnector>> {
    let provider = rustls::crypto::ring::default_provider();
    let connector = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)?;
    Ok(connector.https_or_http().enable_http1().build())
}

enum Answer {
    Body(Bytes),
    Elsewhere(String),
}

fn broken(error: impl std::error::Error) -> FetchError {
    // hyper's own text is often only "client error"; the source says more.
    let causes = std::iter::successors(error.source(), |error| error.source());
    FetchError::Broken(causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;

    use super::*;

    async fn server() -> String {
        let router = Router::new()
            .route("/keys", get(async || "{}"))
            .route("/moved", get(async || Redirect::permanent("/keys")))
            .route("/circle", get(async || Redirect::temporary("/circle")))
            .route("/away", get(async || Redirect::temporary("http://example.com/")))
            .route("/huge", get(async || vec![b'x'; MOST_BYTES + 1]));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_body_is_read_and_a_redirect_followed() {
        let (server, fetcher) = (server().await, Fetcher::new().unwrap());
        assert_eq!(fetcher.get(&format!("{server}/keys")).await.unwrap(), "{}");
        assert_eq!(fetcher.get(&format!("{server}/moved")).await.unwrap(), "{}");
    }

    #[tokio::test]
    async fn redirect_loops_insecure_targets_and_large_bodies_end() {
        let (server, fetcher) = (server().await, Fetcher::new().unwrap());
        let failed = async |path: &str| fetcher.get(&format!("{server}{path}")).await.unwrap_err();
        assert!(matches!(failed("/circle").await, FetchError::Redirects));
        assert!(matches!(failed("/away").await, FetchError::Insecure(_)));
        assert!(matches!(failed("/huge").await, FetchError::Broken(_)));
        assert!(matches!(failed("/nothing").await, FetchError::Status(StatusCode::NOT_FOUND)));
    }

    #[tokio::test]
    async fn nothing_is_requested_in_plain_text_beyond_this_machine() {
        let fetcher = Fetcher::new().unwrap();
        let error = fetcher.get("http://192.0.2.1/keys").await.unwrap_err();
        assert!(matches!(error, FetchError::Insecure(_)));
    }
}
