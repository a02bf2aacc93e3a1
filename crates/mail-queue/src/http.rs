//! The development inbox, previews, and the reports of providers.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use schemars::{JsonSchema, SchemaGenerator};
use selfsame_mail::webhook::{self, Headers, Refusal};
use selfsame_mail::{Inbox, InboxMessage, KINDS, LANGUAGES, Template, language_code};
use selfsame_primitives::{EmailAddress, Locale, Timestamp, input};
use selfsame_web::{Access, Code, Content, Detail, Problem, Query, Route, read};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::neighbour::LocalCaller;
use crate::MailQueue;

/// Mails that are listed at once.
const LISTED: usize = 100;
/// A mail is shown in a frame of our own page, and may do nothing there.
const MAIL_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox",
);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    #[serde(default, deserialize_with = "input::optional")]
    to: Option<EmailAddress>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    #[serde(default)]
    language: Locale,
}

/// A mail of the development inbox.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Mail {
    /// Its id.
    id: String,
    /// To whom.
    to: String,
    /// Its subject.
    subject: String,
    /// Its text.
    text: String,
    /// Its HTML.
    html: String,
    /// When it was asked for.
    created_at: Timestamp,
}

impl From<InboxMessage> for Mail {
    fn from(message: InboxMessage) -> Self {
        let InboxMessage { id, to, subject, text, html, created_at } = message;
        Self { id, to, subject, text, html, created_at }
    }
}

/// What a kind of mail looks like.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Preview {
    /// The kind.
    kind: &'static str,
    /// Its subject.
    subject: String,
    /// Its text.
    text: String,
}

/// The inbox, for callers at this machine only: others who can reach a service in development mode
/// must not read codes there.
fn inbox<'a>(queue: &'a MailQueue, _: &LocalCaller) -> Result<&'a Inbox, Problem> {
    queue.inbox().ok_or_else(Problem::not_found)
}

async fn list(
    State(queue): State<Arc<MailQueue>>,
    caller: LocalCaller,
    Query(listing): Query<Listing>,
) -> Result<axum::Json<Vec<Mail>>, Problem> {
    let mails = inbox(&queue, &caller)?.newest(listing.to.as_ref(), LISTED).await?;
    Ok(axum::Json(mails.into_iter().map(Mail::from).collect()))
}

async fn show(
    State(queue): State<Arc<MailQueue>>,
    caller: LocalCaller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mail = inbox(&queue, &caller)?.get(&id).await?.ok_or_else(Problem::not_found)?;
    Ok(html(mail.html))
}

fn html(text: String) -> Response {
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    ([(CONTENT_TYPE, content_type), (CONTENT_SECURITY_POLICY, MAIL_POLICY)], text).into_response()
}

async fn previews(
    State(queue): State<Arc<MailQueue>>,
    caller: LocalCaller,
    Query(Language { language }): Query<Language>,
) -> Result<axum::Json<Vec<Preview>>, Problem> {
    inbox(&queue, &caller)?;
    let preview = |template: &Template| {
        let mail = queue.templates().render(template, language).map_err(broken)?;
        Ok(Preview { kind: template.kind(), subject: mail.subject, text: mail.text })
    };
    let all: Result<_, Problem> =
        Template::examples(&queue.platform.urls.public).iter().map(preview).collect();
    all.map(axum::Json)
}

async fn preview(
    State(queue): State<Arc<MailQueue>>,
    caller: LocalCaller,
    Path((kind, language)): Path<(String, String)>,
) -> Result<Response, Problem> {
    inbox(&queue, &caller)?;
    let template = Template::examples(&queue.platform.urls.public)
        .into_iter()
        .find(|mail| mail.kind() == kind);
    let locale = LANGUAGES.iter().find(|locale| language_code(**locale) == language);
    let (template, locale) = template.zip(locale).ok_or_else(Problem::not_found)?;
    Ok(html(queue.templates().render(&template, *locale).map_err(broken)?.html))
}

fn broken(error: selfsame_mail::BrokenTemplate) -> Problem {
    Problem::internal().because(error)
}

/// The headers of Standard Webhooks, under the names that Svix or the standard gives them.
fn signed(headers: &HeaderMap) -> Option<Headers<'_>> {
    let find = |name: &str| {
        let found = ["svix", "webhook"]
            .into_iter()
            .find_map(|vendor| headers.get(format!("{vendor}-{name}")));
        found.and_then(|value| value.to_str().ok())
    };
    Some(Headers { id: find("id")?, timestamp: find("timestamp")?, signature: find("signature")? })
}

async fn report(
    State(queue): State<Arc<MailQueue>>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let key = queue.reports_key().ok_or_else(Problem::not_found)?;
    let headers = request.headers().clone();
    let body = read(request, &queue).await?;
    let signed = signed(&headers).ok_or_else(|| report_refused(Refusal::Signature))?;
    webhook::verify(key, signed, &body, queue.platform.now()).map_err(report_refused)?;
    if let Some((reason, addresses)) = webhook::read_resend(&body).map_err(report_refused)? {
        for address in &addresses {
            queue.suppress(address, reason).await?;
        }
        tracing::info!(
            addresses = addresses.len(),
            ?reason,
            "no more mail goes to addresses that were reported"
        );
    }
    Ok(StatusCode::NO_CONTENT)
}

fn report_refused(refusal: Refusal) -> Problem {
    let detail = Detail::ReportRefused { reason: refusal.to_string() };
    match refusal {
        Refusal::Signature | Refusal::Time => Problem::new(Code::Unauthenticated, detail),
        Refusal::Body => Problem::new(Code::Invalid, detail),
    }
}

fn array<T: JsonSchema>(example: serde_json::Value) -> Content {
    Content {
        media_type: "application/json",
        schema: Some(SchemaGenerator::subschema_for::<Vec<T>>),
        example: Some(example),
    }
}

fn page() -> Content {
    Content { media_type: "text/html", schema: None, example: None }
}

const ONLY_DEVELOPMENT: &str = "In development mode, while the development inbox takes the mails, for callers at this machine who \
     ask by a name of it; else there is nothing here.";

pub(super) fn routes() -> Vec<Route<Arc<MailQueue>>> {
    let languages = || json!({"type": "string", "enum": ["en", "es", "fr", "de", "ja"]});
    let mail = json!([{
        "id": "01JD3Z5K8QW4N6R7T9V2X0Y1AB", "to": "ada@example.org", "subject": "Your code for Selfsame",
        "text": "…", "html": "<!doctype html>…", "createdAt": "2026-01-31T09:30:00.000Z"
    }]);
    vec![
        Route::get("/dev/mail/messages", "Mails of the development inbox", list)
            .describe(ONLY_DEVELOPMENT)
            .access(Access::Public)
            .parameter("query", "to", json!({"type": "string", "format": "email"}), "Only mails to this address.")
            .answers_bare(200, "Up to 100 mails, the newest first.", Some(array::<Mail>(mail)))
            .problems(&[Code::Invalid, Code::NotFound]),
        Route::get("/dev/mail/messages/{id}", "A mail as its reader sees it", show)
            .describe(ONLY_DEVELOPMENT)
            .access(Access::Public)
            .parameter("path", "id", json!({"type": "string"}), "The mail's id.")
            .answers_bare(200, "The mail's HTML.", Some(page()))
            .problems(&[Code::NotFound]),
        Route::get("/dev/mail/previews", "What each kind of mail looks like", previews)
            .describe(ONLY_DEVELOPMENT)
            .access(Access::Public)
            .parameter("query", "language", languages(), "The language; English unless given.")
            .answers_bare(
                200,
                "One mail of each kind, with made-up values.",
                Some(array::<Preview>(json!([{"kind": "password-reset", "subject": "…", "text": "…"}]))),
            )
            .problems(&[Code::Invalid, Code::NotFound]),
        Route::get("/dev/mail/previews/{kind}/{language}", "A kind of mail as its reader sees it", preview)
            .describe(ONLY_DEVELOPMENT)
            .access(Access::Public)
            .parameter("path", "kind", json!({"type": "string", "enum": KINDS}), "The kind.")
            .parameter("path", "language", languages(), "The language.")
            .answers_bare(200, "The mail's HTML.", Some(page()))
            .problems(&[Code::NotFound]),
        Route::post("/webhooks/resend", "Report what became of mails", report)
            .describe(
                "For Resend alone, signed by its secret (Standard Webhooks). An address whose mail bounced for good, or whose owner \
                 complained, gets no more mail.",
            )
            .access(Access::Public)
            .parameter("header", "svix-id", json!({"type": "string"}), "Names the report.")
            .parameter("header", "svix-timestamp", json!({"type": "string"}), "When it was sent: seconds since 1970.")
            .parameter("header", "svix-signature", json!({"type": "string"}), "`v1,` and the signature in base 64.")
            .answers_bare(204, "Taken.", None)
            .problems(&[Code::Unauthenticated, Code::Invalid, Code::NotFound]),
    ]
}
