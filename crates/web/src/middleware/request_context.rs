//! What the response needs to know of its request.

use std::sync::Arc;
use std::time::Instant;

use http::header::{ACCEPT_LANGUAGE, ORIGIN};
use http::{HeaderValue, Method, Request};
use selfsame_primitives::Locale;
use tracing::Span;

use crate::{not_modified, render};

/// What is kept of a request while its route handles it.
pub(super) struct RequestContext {
    pub(super) id: Arc<str>,
    pub(super) method: &'static str,
    pub(super) is_head: bool,
    pub(super) origin: Option<HeaderValue>,
    pub(super) known_tags: Option<HeaderValue>,
    wants_problem_json: bool,
    languages: Option<HeaderValue>,
    /// When the request came, where its time is measured.
    pub(super) started: Option<Instant>,
    pub(super) span: Span,
}

impl RequestContext {
    /// The context of `request`, which has `id`.
    pub(super) fn new<B>(request: &Request<B>, id: Arc<str>, is_timed: bool) -> Self {
        Self {
            id,
            method: method_name(request.method()),
            is_head: request.method() == Method::HEAD,
            origin: request.headers().get(ORIGIN).cloned(),
            known_tags: not_modified::known_tags(request),
            wants_problem_json: render::wants_problem_json(request.headers()),
            languages: request.headers().get(ACCEPT_LANGUAGE).cloned(),
            started: is_timed.then(Instant::now),
            span: Span::none(),
        }
    }

    /// The form of a problem: in the language that the request asks for, else in that of the
    /// caller's account.
    pub(super) fn problem_form(&self, of_account: Option<Locale>) -> render::ProblemForm {
        let asked = self
            .languages
            .as_ref()
            .and_then(|value| value.to_str().ok())
            .and_then(Locale::accepted);
        let language = asked.or(of_account).unwrap_or_default();
        render::ProblemForm { problem_json: self.wants_problem_json, language }
    }
}

/// From a small fixed set, since it is a label.
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
