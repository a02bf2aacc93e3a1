//! The middleware around all routes: request ids, the client's address, rate limits, problems,
//! caught panics, security headers, CORS, body timeouts, spans and the access log.

mod request_context;
mod response;
mod settings;
mod stack;
mod stack_inner;

pub use settings::{MiddlewareSettings, ResponseObserver};
pub use stack::MiddlewareStack;
