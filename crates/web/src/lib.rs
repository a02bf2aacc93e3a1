//! What every HTTP route shares: problems, bodies, replies, cursors, idempotency, throttling,
//! OpenAPI.

mod access;
mod answer_headers;
mod body;
mod body_limit;
mod caught;
mod client;
mod connections;
mod cors;
mod counters;
mod docs;
mod edge;
mod fault;
mod feature;
mod gate;
mod guard_headers;
mod idempotency;
mod input;
mod list;
mod metric;
mod network;
mod not_modified;
mod noted;
mod openapi;
mod problem;
mod progress;
mod render;
mod reply;
mod request_id;
mod route;
mod router;
mod serve;
mod slow_body;
mod throttle;
mod trace;
pub mod validation;

pub use access::{Access, Scope};
pub use body::{Checked, CheckedFields, Checks, FieldChecks, Json, Patch, Query, parse, read};
pub use client::Client;
pub use cors::CorsHeaders;
pub use counters::{CounterReading, Counters};
pub use edge::{Edge, EdgeSettings, Observe};
pub use fault::{
    Detail, Fault, Faults, FieldFault, JsonType, PasswordPattern, PictureMeasure, Size, Text, Wait,
};
pub use feature::{BoundFeature, Feature, FeatureInfo, Subscriber};
pub use gate::{Caller, Callers, Gate};
pub use guard_headers::Hsts;
pub use idempotency::{Idempotency, NameCaller};
pub use input::{Fields, value as read_value};
pub use list::{List, Paging, link, page_limit, seal_cursor};
pub use metric::{Form, Metric, Told};
pub use network::{InvalidNetwork, Network, client_address};
pub use noted::note_language;
pub use openapi::openapi;
pub use problem::{Code, Problem};
pub use reply::{IfMatch, Nothing, Ready, Reply};
pub use route::{Answer, Content, DEFAULT_BODY_LIMIT, Parameter, Route, RouteInfo, SchemaOf};
pub use router::router;
pub use serve::{Limits, serve};
pub use throttle::{Allowance, Policy, Throttle};
pub use trace::Trace;
