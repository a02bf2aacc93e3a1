//! The form of problems in answers (RFC 9457, with the members that existing clients read).

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCEPT, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Body as _;
use selfsame_primitives::Locale;
use serde::Serialize;

use crate::fault::{Detail, LocalizedFault};
use crate::{Code, Problem};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemBody<'p> {
    r#type: &'p str,
    title: &'static str,
    status: u16,
    detail: &'p str,
    code: &'static str,
    success: bool,
    error: &'p str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<LocalizedFault<'p>>,
    request_id: &'p str,
}

/// The form of a problem that the caller accepts.
#[derive(Clone, Copy)]
pub(crate) struct ProblemForm {
    pub(crate) problem_json: bool,
    pub(crate) language: Locale,
}

/// Whether the caller's `Accept` names `application/problem+json`, and does not prefer plain JSON.
pub(crate) fn wants_problem_json(headers: &HeaderMap) -> bool {
    let liked = |media_type| weight(headers, media_type).unwrap_or(0.0);
    let problem_json = liked("application/problem+json");
    problem_json > 0.0 && problem_json >= liked("application/json")
}

/// The weight of `media_type` in `Accept` (RFC 9110 §12.5.1), if it is named.
fn weight(headers: &HeaderMap, media_type: &str) -> Option<f32> {
    let lists = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let weight_in = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let is_named = parts.next()?.eq_ignore_ascii_case(media_type);
        is_named.then(|| parts.find_map(quality).unwrap_or(1.0))
    };
    lists.flat_map(|list| list.split(',')).filter_map(weight_in).reduce(f32::max)
}

/// The weight that a parameter `q=` gives; what is no number from 0 to 1 gives none.
fn quality(parameter: &str) -> Option<f32> {
    let (name, weight) = parameter.split_once('=')?;
    let weight = weight.trim().parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight));
    name.trim().eq_ignore_ascii_case("q").then_some(weight.unwrap_or(0.0))
}

/// The problem that `response` stands for: the one a handler gave, or what axum's own refusals mean
/// in our table.
pub(crate) fn problem_of(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    if status.is_success() || status.is_redirection() || is_own_page(response.headers()) {
        return None;
    }
    translate(status)
}

/// axum refuses in plain text or without a body; whatever else has a type was made on purpose.
fn is_own_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| !value.as_bytes().starts_with(b"text/plain"))
}

fn translate(status: StatusCode) -> Option<Problem> {
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let problem = match status.as_u16() {
        401 => Problem::unauthenticated(),
        403 => Problem::new(Code::Forbidden, Detail::NotAllowed),
        404 => Problem::not_found(),
        405 => method_not_allowed(),
        408 => Problem::new(Code::RequestTimeout, Detail::TooSlow),
        409 => Problem::new(Code::Conflict, Detail::StateForbids),
        413 => Problem::new(Code::TooLarge, Detail::BodyTooLarge),
        415 => Problem::new(Code::UnsupportedMediaType, Detail::MediaType),
        416 => Problem::new(Code::RangeNotSatisfiable, Detail::NoSuchRange),
        429 => Problem::new(Code::RateLimited, Detail::TooManyRequests),
        503 => Problem::new(Code::Unavailable, Detail::NotNow),
        400..500 => Problem::new(Code::Invalid, Detail::NotUnderstood),
        _ => Problem::internal(),
    };
    Some(problem)
}

pub(crate) fn method_not_allowed() -> Problem {
    Problem::new(Code::MethodNotAllowed, Detail::Method)
}

/// Writes `problem` into `response`, whose other headers (`Allow`, `WWW-Authenticate`, …) stay.
pub(crate) fn write(
    problem: &Problem,
    id: &str,
    types: &str,
    form: ProblemForm,
    response: &mut Response,
) {
    let status = problem.code.status();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, if form.problem_json { PROBLEM_JSON } else { JSON });
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(state) = &problem.rate_limit {
        state.put(headers);
    }
    if status == StatusCode::UNAUTHORIZED && !headers.contains_key(WWW_AUTHENTICATE) {
        headers.insert(WWW_AUTHENTICATE, challenge(problem));
    }
    let detail = problem.say(form.language);
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(form.language.code()));
    headers.append(VARY, HeaderValue::from_static("accept-language"));
    let body = ProblemBody {
        r#type: &format!("{types}{}", problem.code.as_str()),
        title: problem.code.title(),
        status: status.as_u16(),
        detail: &detail,
        code: problem.code.as_str(),
        success: false,
        error: &detail,
        errors: problem.errors.iter().map(|fault| fault.localized(form.language)).collect(),
        request_id: id,
    };
    *response.body_mut() = Body::from(serde_json::to_vec(&body).unwrap_or_default());
}

/// The `WWW-Authenticate` header, with the reason why a token was refused (RFC 6750 §3).
fn challenge(problem: &Problem) -> HeaderValue {
    let with_error = problem
        .denial
        .map(|denial| format!("Bearer error=\"invalid_token\", error_description=\"{denial}\""));
    with_error.and_then(|text| text.try_into().ok()).unwrap_or(HeaderValue::from_static("Bearer"))
}

/// What HEAD is answered: the length of the body, without the body.
pub(crate) fn drop_body(response: &mut Response) {
    let body = std::mem::take(response.body_mut());
    if let Some(length) = body.size_hint().exact() {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_json_goes_to_those_who_name_it_and_like_plain_json_no_better() {
        let wants = |lists: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for &list in lists {
                headers.append(ACCEPT, HeaderValue::from_static(list));
            }
            wants_problem_json(&headers)
        };
        for lists in [
            &["application/problem+json"][..],
            &["text/html, Application/Problem+JSON;q=0.5"],
            &["application/json", "application/problem+json"],
            &["application/problem+json; charset=utf-8 ; Q=0.5, application/json;q=0.4"],
            &["application/problem+json, */*;q=0.1"],
        ] {
            assert!(wants(lists), "{lists:?}");
        }
        for lists in [
            &[][..],
            &["*/*"],
            &["application/problem+json;q=0, application/json"],
            &["application/problem+json;q=0.000"],
            &["application/problem+json;q=much"],
            &["application/problem+json;q=0.5, application/json"],
            &["application/problem+jsonp"],
        ] {
            assert!(!wants(lists), "{lists:?}");
        }
    }
}
