//! What is done to every response: problems written, headers added, the access log.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::request_context::RequestContext;
use super::stack_inner::StackInner;
use crate::route_layer::RouteMetadata;
use crate::{Problem, not_modified, render, trace};

impl StackInner {
    /// The response to a CORS preflight.
    pub(super) fn preflight(&self, context: &RequestContext) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        self.cors.answer(context.origin.as_ref(), response.headers_mut());
        self.security_headers.put(&context.id, response.headers_mut());
        response
    }

    /// Completes `response` and reports it.
    pub(super) fn finish(
        &self,
        context: &RequestContext,
        metadata: RouteMetadata,
        response: &mut Response,
    ) {
        let (matched, route) = (metadata.route, metadata.route.unwrap_or("-"));
        let problem = render::problem_of(response);
        if let Some(problem) = &problem {
            log_problem(context, route, problem);
            render::write(
                problem,
                &context.id,
                &self.problem_types,
                context.problem_form(metadata.language),
                response,
            );
            if context.is_head {
                render::drop_body(response);
            }
        }
        not_modified::not_modified(context.known_tags.as_ref(), response);
        self.cors.allow(context.origin.as_ref(), response.headers_mut());
        self.security_headers.put(&context.id, response.headers_mut());
        trace::answered(self.trace, &context.span, context.method, matched, response.status());
        self.report(context, route, response.status(), problem.as_ref());
    }

    fn report(
        &self,
        context: &RequestContext,
        route: &'static str,
        status: StatusCode,
        problem: Option<&Problem>,
    ) {
        let Some(started) = context.started else { return };
        let elapsed = started.elapsed();
        let (id, method) = (&*context.id, context.method);
        if let Some(observer) = &self.observer {
            observer.answered(method, route, status, elapsed);
        }
        let status = status.as_u16();
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let code = problem.map(|problem| problem.code.as_str());
        let cause = problem.filter(|_| status < 500).and_then(|problem| problem.cause.as_deref());
        tracing::info!(target: "access", method, route, status, code, cause, micros, id);
    }
}

fn log_problem(context: &RequestContext, route: &'static str, problem: &Problem) {
    let (id, method) = (&*context.id, context.method);
    if let Some(denial) = problem.denial {
        tracing::info!(id, method, route, denial, "a token was not taken");
    }
    if problem.code.status().is_server_error() {
        let (code, cause) = (problem.code.as_str(), problem.cause.as_deref());
        tracing::error!(id, method, route, code, cause, "a request failed");
    }
}
