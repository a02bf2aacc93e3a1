//! What every HTTP route shares: problems, bodies, replies, cursors, idempotency, throttling, OpenAPI.

mod body;
mod client;
mod list;
mod problem;
mod reply;
mod route;

pub use body::{Json, Patch, Query, parse, read};
pub use client::Client;
pub use list::{List, Paging, seal_cursor};
pub use problem::{Code, FieldError, Problem};
pub use reply::{IfMatch, Ready, Reply};
pub use route::{Access, Answer, Content, DEFAULT_BODY_LIMIT, Feature, Metric, Parameter, Route, SchemaOf};
