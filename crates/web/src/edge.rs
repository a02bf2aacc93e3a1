//! The one layer around all routes.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, ORIGIN, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use selfsame_basics::{Locale, Random};
use tower_service::Service;
use tracing::{Instrument as _, Span};

use crate::caught::{caught, words};
use crate::cors::Cors;
use crate::guard_headers::GuardHeaders;
use crate::network::{Network, client_address};
use crate::noted::Noted;
use crate::request_id::RequestIds;
use crate::slow_body::SlowBody;
use crate::{Client, Code, Gate, Idempotency, Problem, Trace, not_modified, render, trace};

/// Is told of every answer; the server counts with it.
pub trait Observe: Send + Sync + 'static {
    /// `method` on the route at `route` (its path with `{parameters}`, `-` where there was none) was answered with `status`
    /// after `elapsed`. Both names come from small fixed sets, so that they can be labels.
    fn answered(&self, method: &'static str, route: &'static str, status: StatusCode, elapsed: Duration);
}

/// What the edge is told once.
#[derive(Clone)]
pub struct EdgeSettings {
    /// Where the world finds us, without a slash at the end: `https://id.example.com`. HTTPS here turns HSTS on.
    pub public_url: String,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The origins whose pages may call us; `*` for all, but without cookies.
    pub cors_origins: Vec<String>,
    /// How long a body may take to arrive, with one second more for every 8 kB of it.
    pub body_timeout: Duration,
    /// Is told of every answer.
    pub observe: Option<Arc<dyn Observe>>,
    /// Remembers the answers to POSTs with an `Idempotency-Key`; without it the header is not looked at.
    pub idempotency: Option<Arc<Idempotency>>,
    /// How often one address may call; without it, as often as it likes.
    pub gate: Option<Gate>,
    /// Takes the spans of requests; without it there are none.
    pub trace: Option<&'static dyn Trace>,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".into(),
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            body_timeout: Duration::from_secs(20),
            observe: None,
            idempotency: None,
            gate: None,
            trace: None,
        }
    }
}

struct Shared {
    ids: RequestIds,
    trusted: Vec<Network>,
    cors: Cors,
    guard: GuardHeaders,
    /// What the `type` of every problem starts with.
    types: String,
    body_timeout: Duration,
    observe: Option<Arc<dyn Observe>>,
    idempotency: Option<Arc<Idempotency>>,
    gate: Option<Gate>,
    trace: Option<&'static dyn Trace>,
}

/// All routes with what they share around them: request ids, the client's address, problems in one form, panics caught,
/// security headers, CORS, bodies in time, the access log. One layer, since every layer of its own costs (see the
/// benchmarks).
#[derive(Clone)]
pub struct Edge {
    shared: Arc<Shared>,
    router: Router,
}

/// What is kept of a request while its route works on it.
struct Kept {
    id: Arc<str>,
    method: &'static str,
    is_head: bool,
    origin: Option<HeaderValue>,
    known_tags: Option<HeaderValue>,
    wants_problem_json: bool,
    languages: Option<HeaderValue>,
    started: Option<Instant>,
    span: Span,
}

impl Kept {
    /// How a problem is told: in the language that the request asks for, else in that of the caller's account.
    fn wanted(&self, of_account: Option<Locale>) -> render::Wanted {
        let asked = self.languages.as_ref().and_then(|value| value.to_str().ok()).and_then(Locale::accepted);
        let language = asked.or(of_account).unwrap_or_default();
        render::Wanted { problem_json: self.wants_problem_json, language }
    }
}

impl Edge {
    /// Puts the edge around `router`. `random` gives the first request id; the others follow from it.
    #[must_use]
    pub fn new(router: Router, settings: EdgeSettings, random: &dyn Random) -> Self {
        let public_url = settings.public_url.trim_end_matches('/');
        let shared = Shared {
            ids: RequestIds::new(random),
            trusted: settings.trusted_proxies,
            cors: Cors::new(&settings.cors_origins),
            guard: GuardHeaders::new(public_url.starts_with("https://")),
            types: format!("{public_url}/problems/"),
            body_timeout: settings.body_timeout,
            observe: settings.observe,
            idempotency: settings.idempotency,
            gate: settings.gate,
            trace: settings.trace,
        };
        Self { shared: Arc::new(shared), router }
    }

    /// Answers `request`, which came from `peer` (or else from the [`ConnectInfo`] it carries).
    pub async fn handle<B>(&self, mut request: Request<B>, peer: Option<IpAddr>) -> Response
    where
        B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let mut kept = self.receive(&mut request, peer);
        if self.shared.cors.is_preflight(request.method(), request.headers()) {
            return self.preflight(&kept);
        }
        kept.span = trace::begin(self.shared.trace, kept.method, &kept.id, request.headers());
        let allowance = match self.shared.gate.as_ref().map_or(Ok(None), |gate| gate.pass(&request)) {
            Ok(allowance) => allowance,
            Err(problem) => {
                let mut response = problem.into_response();
                self.finish(&kept, Noted::default(), &mut response);
                return response;
            }
        };
        // Pinned here and not moved again: requests are large enough for the copies to be seen in a profile.
        let future = pin!(self.router.clone().call(self.prepared(request)).instrument(kept.span.clone()));
        let (mut response, noted) = run(future, &kept.id).await;
        if let Some(allowance) = allowance {
            allowance.put(response.headers_mut());
        }
        self.finish(&kept, noted, &mut response);
        response
    }

    fn prepared<B>(&self, mut request: Request<B>) -> Request<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        if let Some(idempotency) = &self.shared.idempotency
            && Idempotency::concerns(&request)
        {
            request.extensions_mut().insert(Arc::clone(idempotency));
        }
        request.map(|body| self.timed(body))
    }

    fn receive<B>(&self, request: &mut Request<B>, peer: Option<IpAddr>) -> Kept {
        let client = self.client(request, peer);
        let kept = Kept {
            id: client.request_id.clone(),
            method: method_name(request.method()),
            is_head: request.method() == Method::HEAD,
            origin: request.headers().get(ORIGIN).cloned(),
            known_tags: not_modified::known_tags(request),
            wants_problem_json: render::wants_problem_json(request.headers()),
            languages: request.headers().get(ACCEPT_LANGUAGE).cloned(),
            started: self.is_watched().then(Instant::now),
            span: Span::none(),
        };
        request.extensions_mut().insert(client);
        kept
    }

    fn client<B>(&self, request: &Request<B>, peer: Option<IpAddr>) -> Client {
        let connection = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let peer = peer.or_else(connection).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let headers = request.headers();
        Client {
            request_id: self.shared.ids.take(headers.get("x-request-id")),
            ip: client_address(peer, headers, &self.shared.trusted),
            device: device(headers),
        }
    }

    fn is_watched(&self) -> bool {
        self.shared.observe.is_some() || tracing::enabled!(target: "access", tracing::Level::INFO)
    }

    fn timed<B>(&self, body: B) -> Body
    where
        B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        if body.is_end_stream() {
            Body::empty()
        } else {
            Body::new(SlowBody::new(body, self.shared.body_timeout))
        }
    }

    fn preflight(&self, kept: &Kept) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        self.shared.cors.answer(kept.origin.as_ref(), response.headers_mut());
        self.shared.guard.put(&kept.id, response.headers_mut());
        response
    }

    fn finish(&self, kept: &Kept, noted: Noted, response: &mut Response) {
        let (matched, route) = (noted.route, noted.route.unwrap_or("-"));
        if let Some(problem) = render::problem_of(response) {
            if problem.code == Code::Internal {
                tracing::error!(
                    id = &*kept.id,
                    method = kept.method,
                    route,
                    "a request failed by our mistake"
                );
            }
            render::write(&problem, &kept.id, &self.shared.types, kept.wanted(noted.language), response);
            if kept.is_head {
                render::drop_body(response);
            }
        }
        not_modified::spare(kept.known_tags.as_ref(), response);
        self.shared.cors.allow(kept.origin.as_ref(), response.headers_mut());
        self.shared.guard.put(&kept.id, response.headers_mut());
        trace::answered(self.shared.trace, &kept.span, kept.method, matched, response.status());
        self.report(kept, route, response.status());
    }

    fn report(&self, kept: &Kept, route: &'static str, status: StatusCode) {
        let Some(started) = kept.started else { return };
        let elapsed = started.elapsed();
        if let Some(observe) = &self.shared.observe {
            observe.answered(kept.method, route, status, elapsed);
        }
        let (id, status) = (&*kept.id, status.as_u16());
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(target: "access", method = kept.method, route, status, micros, id);
    }
}

impl<B> Service<Request<B>> for Edge
where
    B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let edge = self.clone();
        Box::pin(async move { Ok(edge.handle(request, None).await) })
    }
}

/// The route's answer and its path; a panic becomes a problem like any other.
async fn run<F>(future: Pin<&mut F>, id: &str) -> (Response, Noted)
where
    F: Future<Output = Result<Response, Infallible>>,
{
    let mut noted = Noted::default();
    let answer = caught(future, || noted.take()).await;
    let response = match answer {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(panic) => {
            tracing::error!(id, panic = words(&panic), "a handler panicked");
            Problem::internal().into_response()
        }
    };
    (response, noted)
}

fn device(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(Arc::from(text.get(..200).unwrap_or(text)))
}

fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}
