//! The one layer around all routes.

use std::convert::Infallible;
use std::future::ready;
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
use futures_util::future::Either;
use http::header::{ACCEPT_LANGUAGE, ORIGIN, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use selfsame_basics::{Locale, Random};
use tower_service::Service;
use tracing::{Instrument as _, Span};

use crate::caught::{caught, words};
use crate::cors::Cors;
use crate::gate::Passed;
use crate::guard_headers::GuardHeaders;
use crate::network::{Network, client_address};
use crate::noted::Noted;
use crate::request_id::RequestIds;
use crate::slow_body::SlowBody;
use crate::{
    Allowance, Client, CorsHeaders, Gate, Hsts, Idempotency, Problem, Trace, not_modified, render,
    trace,
};

/// Is told of every answer; the server counts with it.
pub trait Observe: Send + Sync + 'static {
    /// `method` on the route at `route` (its path with `{parameters}`, `-` where there was none)
    /// was answered with `status` after `elapsed`. Both names come from small fixed sets, so that
    /// they can be labels.
    fn answered(
        &self,
        method: &'static str,
        route: &'static str,
        status: StatusCode,
        elapsed: Duration,
    );
}

/// What the edge is told once.
#[derive(Clone)]
pub struct EdgeSettings {
    /// Where the world finds us, without a slash at the end: `https://id.example.com`.
    pub public_url: String,
    /// How long browsers are to come over TLS only, where `public_url` does.
    pub hsts: Hsts,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The origins whose pages may call us; `*` for all, but without cookies.
    pub cors_origins: Vec<String>,
    /// Which headers those pages may send and read.
    pub cors_headers: CorsHeaders,
    /// How long a body may take to arrive, with one second more for every 8 kB of it.
    pub body_timeout: Duration,
    /// Is told of every answer.
    pub observe: Option<Arc<dyn Observe>>,
    /// Remembers the answers to POSTs with an `Idempotency-Key`; without it the header is not
    /// looked at.
    pub idempotency: Option<Arc<Idempotency>>,
    /// How often one caller may call; without it, as often as they like.
    pub gate: Option<Gate>,
    /// Takes the spans of requests; without it there are none.
    pub trace: Option<&'static dyn Trace>,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".into(),
            hsts: Hsts::default(),
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            cors_headers: CorsHeaders::default(),
            body_timeout: Duration::from_secs(20),
            observe: None,
            idempotency: None,
            gate: None,
            trace: None,
        }
    }
}

type Admitted = Result<Option<Allowance>, Problem>;

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

/// All routes with what they share around them: request ids, the client's address, problems in one
/// form, panics caught, security headers, CORS, bodies in time, the access log. One layer, since
/// every layer of its own costs (see the benchmarks).
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
    /// How a problem is told: in the language that the request asks for, else in that of the
    /// caller's account.
    fn wanted(&self, of_account: Option<Locale>) -> render::Wanted {
        let asked = self
            .languages
            .as_ref()
            .and_then(|value| value.to_str().ok())
            .and_then(Locale::accepted);
        let language = asked.or(of_account).unwrap_or_default();
        render::Wanted { problem_json: self.wants_problem_json, language }
    }
}

impl Edge {
    /// Puts the edge around `router`. `random` gives the first request id; the others follow from
    /// it.
    #[must_use]
    pub fn new(router: Router, settings: EdgeSettings, random: &dyn Random) -> Self {
        let public_url = settings.public_url.trim_end_matches('/');
        let shared = Shared {
            ids: RequestIds::new(random),
            trusted: settings.trusted_proxies,
            cors: Cors::new(&settings.cors_origins, &settings.cors_headers),
            guard: GuardHeaders::new(public_url.starts_with("https://"), settings.hsts),
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
        let admitted = self.admit(&request);
        let allowance = match admitted.await {
            Ok(allowance) => allowance,
            Err(problem) => {
                let mut response = problem.into_response();
                self.finish(&kept, Noted::default(), &mut response);
                return response;
            }
        };
        // Pinned here and not moved again: requests are large enough for the copies to be seen in a
        // profile.
        let future =
            pin!(self.router.clone().call(self.prepared(request)).instrument(kept.span.clone()));
        let (mut response, noted) = run(future, &kept.id).await;
        if let Some(allowance) = allowance {
            allowance.put(response.headers_mut());
        }
        self.finish(&kept, noted, &mut response);
        response
    }

    /// Whose `X-Forwarded-For` is believed.
    pub(crate) fn trusted_proxies(&self) -> &[Network] {
        &self.shared.trusted
    }

    /// Refuses `request`, which came from `peer`, with `problem`.
    pub(crate) fn refuse<B>(
        &self,
        mut request: Request<B>,
        peer: IpAddr,
        problem: Problem,
    ) -> Response {
        let kept = self.receive(&mut request, Some(peer));
        let mut response = problem.into_response();
        self.finish(&kept, Noted::default(), &mut response);
        response
    }

    /// Written without `async`, so that only a request that is looked at more closely waits for
    /// anything, and nothing is kept of the others.
    fn admit<'e, B>(
        &'e self,
        request: &Request<B>,
    ) -> impl Future<Output = Admitted> + Send + use<'e, B> {
        let Some(gate) = &self.shared.gate else { return Either::Left(ready(Ok(None))) };
        match gate.pass(request) {
            Passed::Decided(decided) => Either::Left(ready(decided)),
            Passed::Doubtful(problem) => {
                let headers = request.headers().clone();
                Either::Right(Box::pin(async move { gate.look_closer(&headers, problem).await }))
            }
        }
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
        let connection =
            || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
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
        let problem = render::problem_of(response);
        if let Some(problem) = &problem {
            if let Some(denial) = problem.denial {
                tracing::info!(
                    id = &*kept.id,
                    method = kept.method,
                    route,
                    denial,
                    "a token was not taken"
                );
            }
            if problem.code.status().is_server_error() {
                let (code, cause) = (problem.code.as_str(), problem.cause.as_deref());
                tracing::error!(
                    id = &*kept.id,
                    method = kept.method,
                    route,
                    code,
                    cause,
                    "a request failed"
                );
            }
            render::write(
                problem,
                &kept.id,
                &self.shared.types,
                kept.wanted(noted.language),
                response,
            );
            if kept.is_head {
                render::drop_body(response);
            }
        }
        not_modified::spare(kept.known_tags.as_ref(), response);
        self.shared.cors.allow(kept.origin.as_ref(), response.headers_mut());
        self.shared.guard.put(&kept.id, response.headers_mut());
        trace::answered(self.shared.trace, &kept.span, kept.method, matched, response.status());
        self.report(kept, route, response.status(), problem.as_ref());
    }

    fn report(
        &self,
        kept: &Kept,
        route: &'static str,
        status: StatusCode,
        problem: Option<&Problem>,
    ) {
        let Some(started) = kept.started else { return };
        let elapsed = started.elapsed();
        if let Some(observe) = &self.shared.observe {
            observe.answered(kept.method, route, status, elapsed);
        }
        let (id, status) = (&*kept.id, status.as_u16());
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let code = problem.map(|problem| problem.code.as_str());
        let cause = problem.filter(|_| status < 500).and_then(|problem| problem.cause.as_deref());
        tracing::info!(target: "access", method = kept.method, route, status, code, cause, micros, id);
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
