//! What every HTTP route shares: problems, bodies, replies, cursors, idempotency, rate limits,
//! OpenAPI.

mod access;
mod answer_headers;
mod body;
mod body_limit;
mod body_timeout;
mod catch_panic;
mod client;
mod connection_limits;
mod connection_progress;
mod connections;
mod cors;
mod counters;
mod docs;
mod fault;
mod feature;
mod idempotency;
mod input;
mod list;
mod metric;
mod middleware;
mod network;
mod not_modified;
mod openapi;
mod problem;
mod rate_limit_layer;
mod rate_limit_state;
mod rate_limiter;
mod render;
mod reply;
mod request_id;
mod route;
mod route_layer;
mod router;
mod security_headers;
mod serve;
mod trace;
pub mod validation;

pub use access::{Access, Scope};
pub use body::{Checked, CheckedFields, Checks, FieldChecks, Json, Patch, Query, parse, read};
pub use client::Client;
pub use connection_limits::ConnectionLimits;
pub use cors::CorsHeaders;
pub use counters::{CounterReading, Counters};
pub use fault::{
    Detail, Fault, FieldErrors, FieldFault, JsonType, PasswordPattern, PictureMeasure, Size, Text,
    Wait,
};
pub use feature::{BoundFeature, Feature, FeatureInfo, Subscriber};
pub use idempotency::{CallerIdentifier, Idempotency};
pub use input::{Fields, value as read_value};
pub use list::{List, Paging, link, page_limit, seal_cursor};
pub use metric::{CountedEvent, Metric, MetricKind};
pub use middleware::{MiddlewareSettings, MiddlewareStack, ResponseObserver};
pub use network::{InvalidNetwork, Network, client_address};
pub use openapi::openapi;
pub use problem::{Code, Problem};
pub use rate_limit_layer::{Caller, Callers, RateLimitLayer};
pub use rate_limit_state::{RateLimitPolicy, RateLimitState};
pub use rate_limiter::RateLimiter;
pub use reply::{CachedBody, IfMatch, Nothing, Reply};
pub use route::{Answer, Content, DEFAULT_BODY_LIMIT, Parameter, Route, RouteInfo, SchemaOf};
pub use route_layer::note_language;
pub use router::router;
pub use security_headers::Hsts;
pub use serve::serve;
pub use trace::Trace;
