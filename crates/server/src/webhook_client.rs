//! The client of webhooks, which connects to checked addresses only.
//!
//! The host name is resolved once per attempt. All returned addresses must be allowed, since any of
//! them may be connected to; the connection is then made to one of exactly these. So a name that
//! resolves to another address a moment later (DNS rebinding) changes nothing. A connection is used
//! once: an earlier check of its address proves nothing now (decision 0029).

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::header::{HOST, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_rustls::ConfigBuilderExt as _;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use selfsame_integrations::webhook_delivery::{
    AddressPolicy, PATIENCE, WebhookClient, WebhookError, WebhookResponse,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

/// The longest time to resolve the host, connect and negotiate TLS.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
/// Addresses of a host that are tried, so that each gets enough of the time.
const TRIED: usize = 4;
/// Bytes of a response's body that are read. They are not used, but an endpoint should be able to
/// finish a short text.
const READ: usize = 4096;

/// Resolves host names.
#[async_trait]
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of `host`.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
#[derive(Debug)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// A stream of bytes, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Posts over HTTP/1.1 and TLS, with the certificates that the machine trusts.
pub struct HttpsWebhookClient<R = SystemResolver> {
    policy: AddressPolicy,
    resolver: R,
    tls: TlsConnector,
}

impl<R> fmt::Debug for HttpsWebhookClient<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpsCourier({:?})", self.policy)
    }
}

impl HttpsWebhookClient {
    /// A client that connects to the addresses that `policy` allows. Fails where the machine's
    /// certificates can't be read.
    pub fn new(policy: AddressPolicy) -> io::Result<Self> {
        Self::with(policy, SystemResolver)
    }
}

impl<R: Resolve> HttpsWebhookClient<R> {
    fn with(policy: AddressPolicy, resolver: R) -> io::Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_native_roots()?
            .with_no_client_auth();
        Ok(Self { policy, resolver, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// The addresses of the host, all of them allowed.
    async fn addresses(&self, url: &Url) -> Result<Vec<IpAddr>, WebhookError> {
        let found =
            match url.host() {
                Some(Host::Ipv4(address)) => vec![IpAddr::V4(address)],
                Some(Host::Ipv6(address)) => vec![IpAddr::V6(address)],
                Some(Host::Domain(name)) => self.resolver.resolve(name).await.map_err(|error| {
                    WebhookError::Broken(format!("{name} is not known: {error}"))
                })?,
                None => Vec::new(),
            };
        let host = url.host_str().unwrap_or_default();
        if found.is_empty() {
            return Err(WebhookError::Broken(format!("{host} has no address")));
        }
        let plain = url.scheme() != "https";
        match found.iter().find(|address| !self.policy.admits(**address, plain)) {
            Some(address) => Err(WebhookError::Refused(format!(
                "{host} leads to {address}, where webhooks must not go"
            ))),
            None => Ok(found),
        }
    }

    async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, WebhookError> {
        let addresses = self.addresses(url).await?;
        let port = url.port_or_known_default().unwrap_or(443);
        let stream = reach(&addresses, port).await?;
        if url.scheme() != "https" {
            return Ok(Box::new(stream));
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(broken)?;
        Ok(Box::new(self.tls.connect(name, stream).await.map_err(broken)?))
    }
}

/// A connection to the first of `addresses` that accepts one. Each gets its share of the time.
async fn reach(addresses: &[IpAddr], port: u16) -> Result<TcpStream, WebhookError> {
    let tried = addresses.len().clamp(1, TRIED);
    let share = CONNECTED_WITHIN / u32::try_from(tried).unwrap_or(u32::MAX);
    let mut last = WebhookError::Broken("there is no address".into());
    for address in addresses.iter().take(tried) {
        let address = SocketAddr::new(*address, port);
        last = match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => WebhookError::Broken(format!("{address}: {error}")),
            Err(_) => WebhookError::Slow(format!("{address}: no connection in time")),
        };
    }
    Err(last)
}

#[async_trait]
impl<R: Resolve> WebhookClient for HttpsWebhookClient<R> {
    async fn check(&self, url: &Url) -> Result<(), WebhookError> {
        let late = |_| {
            WebhookError::Slow(format!("its addresses were not found within {CONNECTED_WITHIN:?}"))
        };
        timeout(CONNECTED_WITHIN, self.addresses(url)).await.map_err(late)?.map(drop)
    }

    async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<WebhookResponse, WebhookError> {
        let until = Instant::now() + PATIENCE;
        let connected = timeout(CONNECTED_WITHIN, self.connect(url)).await;
        let late = |_| WebhookError::Slow(format!("no connection within {CONNECTED_WITHIN:?}"));
        let stream = connected.map_err(late)??;
        let request = request(url, headers, body)?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let exchange = async move {
            let answer = timeout_at(until, sender.send_request(request)).await;
            let late = |_| WebhookError::Slow(format!("no answer within {PATIENCE:?}"));
            let answer = answer.map_err(late)?.map_err(broken)?;
            Ok(read(answer, until).await)
        };
        match select(Box::pin(exchange), Box::pin(connection)).await {
            Either::Left((answered, _)) => answered,
            Either::Right((_, exchange)) => exchange.await,
        }
    }
}

fn request(
    url: &Url,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, WebhookError> {
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
    let target =
        url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut request = Request::post(target).body(Full::new(body)).map_err(broken)?;
    *request.headers_mut() = headers;
    request.headers_mut().insert(HOST, HeaderValue::from_str(&host).map_err(broken)?);
    Ok(request)
}

/// The status and `Retry-After`. The body does not change the outcome, so its errors are ignored.
async fn read(answer: Response<Incoming>, until: Instant) -> WebhookResponse {
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let answered = WebhookResponse {
        status: answer.status().as_u16(),
        retry_after: retry_after.map(str::to_owned),
    };
    let mut body = answer.into_body();
    let rest = async {
        let mut length = 0;
        while let Some(Ok(frame)) = body.frame().await {
            length += frame.data_ref().map_or(0, Bytes::len);
            if length >= READ {
                break;
            }
        }
    };
    let _ = timeout_at(until, rest).await;
    answered
}

fn broken(error: impl std::error::Error) -> WebhookError {
    // The outermost text is often only "error"; the source says more.
    let causes = std::iter::successors(error.source(), |error| error.source());
    WebhookError::Broken(causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")))
}

#[cfg(test)]
mod tests;
