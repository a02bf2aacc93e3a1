//! What every HTTP route shares: problems, bodies, replies, cursors, idempotency, throttling, OpenAPI.

mod body;
mod caught;
mod client;
mod cors;
mod edge;
mod gate;
mod guard_headers;
mod idempotency;
mod list;
mod network;
mod noted;
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

pub use body::{Json, Patch, Query, parse, read};
pub use client::Client;
pub use edge::{Edge, EdgeSettings, Observe};
pub use gate::Gate;
pub use idempotency::{Idempotency, NameCaller};
pub use list::{List, Paging, seal_cursor};
pub use network::{InvalidNetwork, Network, client_address};
pub use problem::{Code, FieldError, Problem};
pub use reply::{Ready, Reply};
pub use route::{Access, Answer, Content, DEFAULT_BODY_LIMIT, Feature, Metric, Parameter, Route, SchemaOf};
pub use router::router;
pub use serve::{Limits, serve};
pub use throttle::{Allowance, Policy, Throttle};
