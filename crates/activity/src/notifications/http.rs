//! The routes of notifications.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use http::header::LINK;
use schemars::JsonSchema;
use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{Locale, Timestamp};
use selfsame_store::{StoreError, decode};
use selfsame_web::{
    Code, Fault, Json, Paging, Problem, Query as Parameters, Reply, Route, link, seal_cursor,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kinds::{self, NotificationKind};
use super::record::{Notification, Notifications};
use super::{ACTS, rule, texts};
use crate::Activity;
use selfsame_identity::authentication::SignedIn;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotificationQuery {
    unread: Option<bool>,
    #[serde(default, deserialize_with = "selfsame_web::page_limit")]
    limit: Option<u8>,
    cursor: Option<String>,
}

/// Something that was told to the person.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NotificationView {
    /// Its id: that of the event which it tells of.
    id: String,
    /// What it tells of: the type of that event.
    kind: String,
    /// Whether it is about security, or news.
    class: NotificationKind,
    /// What has happened, in the person's language.
    title: &'static str,
    /// More about it, in the person's language.
    body: String,
    /// When it happened.
    created_at: Timestamp,
    /// When it was read; null if it was not.
    read_at: Option<Timestamp>,
    /// The page of the account area that has more about it.
    link: &'static str,
}

impl NotificationView {
    fn of(one: &Notification, language: Locale) -> Self {
        let (title, body) = texts::render(one, language);
        Self {
            id: one.id.clone(),
            class: kinds::class(&one.kind),
            link: kinds::link(&one.kind),
            kind: one.kind.clone(),
            title,
            body,
            created_at: one.created_at,
            read_at: one.read_at,
        }
    }
}

/// A page of notifications.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NotificationList {
    /// The notifications, the newest first.
    items: Vec<NotificationView>,
    /// What to give as `cursor` for the page behind this one; null at the end.
    next_cursor: Option<String>,
    /// How many there are, on all pages, that were not read.
    unread_count: usize,
}

async fn list(
    State(activity): State<Arc<Activity>>,
    caller: SignedIn,
    Parameters(query): Parameters<NotificationQuery>,
    uri: Uri,
) -> Result<Response, Problem> {
    let only_unread = query.unread.unwrap_or(false);
    let scope = [caller.id().as_str(), "notifications", if only_unread { "unread" } else { "all" }];
    let paging = Paging { limit: query.limit, cursor: query.cursor };
    let (limit, before) =
        (paging.checked_limit()?, paging.position(&activity.platform.keys, &scope)?);
    let item = activity.platform.store.get(&Notifications::key(caller.id())).await?;
    let all = item
        .map(|item| decode::<Notifications>(&item.body))
        .transpose()
        .map_err(StoreError::from)?;
    let all = all.unwrap_or_default().at(activity.platform.now());
    let is_meant = |one: &&Notification| {
        (!only_unread || one.is_unread()) && before.as_ref().is_none_or(|before| one.id < *before)
    };
    let mut rest = all.shown().filter(is_meant).peekable();
    let page: Vec<&Notification> = rest.by_ref().take(limit).collect();
    let last = page.last().filter(|_| rest.peek().is_some());
    let next_cursor = last.map(|last| seal_cursor(&activity.platform.keys, &scope, &last.id));
    let link =
        next_cursor.as_ref().and_then(|cursor| link(&uri, cursor)).map(|link| [(LINK, link)]);
    let language = caller.person.profile.preferences.language;
    let items = page.into_iter().map(|one| NotificationView::of(one, language)).collect();
    let reply = Reply::ok(NotificationList { items, next_cursor, unread_count: all.unread() });
    Ok((link.into_iter().flatten().collect::<http::HeaderMap>(), reply).into_response())
}

/// What is left to read.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UnreadResponse {
    /// How many were not read.
    unread_count: usize,
}

async fn change(
    activity: &Activity,
    caller: &SignedIn,
    act: &str,
    decide: impl Fn(&Loaded) -> Result<(Changes, usize), Problem>,
) -> Result<Reply<UnreadResponse>, Problem> {
    let keys = rule::own_keys(caller.id());
    let unread_count = caller.change(&activity.platform, &keys, decide).await?;
    activity.platform.counters.add(&ACTS, act);
    Ok(Reply::ok(UnreadResponse { unread_count }))
}

async fn read(
    State(activity): State<Arc<Activity>>,
    caller: SignedIn,
    Path(id): Path<String>,
) -> Result<Reply<UnreadResponse>, Problem> {
    change(&activity, &caller, "read", |loaded| rule::read(loaded, caller.id(), &id)).await
}

/// Which ones were read.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReadAll {
    /// The newest one that was read: it and all older ones are. Without it all of them are.
    #[serde(default)]
    up_to: Option<String>,
}

async fn read_all(
    State(activity): State<Arc<Activity>>,
    caller: SignedIn,
    Json(ReadAll { up_to }): Json<ReadAll>,
) -> Result<Reply<UnreadResponse>, Problem> {
    if up_to.as_ref().is_some_and(|id| !is_id(id)) {
        return Err(Problem::fault("/upTo", Fault::NotAnId));
    }
    change(&activity, &caller, "read_all", |loaded| {
        rule::read_all(loaded, caller.id(), up_to.as_deref())
    })
    .await
}

fn is_id(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

async fn delete(
    State(activity): State<Arc<Activity>>,
    caller: SignedIn,
    Path(id): Path<String>,
) -> Result<Reply<UnreadResponse>, Problem> {
    change(&activity, &caller, "deleted", |loaded| rule::delete(loaded, caller.id(), &id)).await
}

fn example() -> Value {
    json!({
        "items": [{
            "id": "01JD3Z5K8QW4N6R7T9V2X0Y1AB", "kind": "user.password_changed", "class": "security",
            "title": "Your password was changed",
            "body": "If this was not you, look at your activity and choose a new password at once.",
            "createdAt": "2026-01-31T09:30:00.000Z", "readAt": null, "link": "/account/security"
        }],
        "nextCursor": null,
        "unreadCount": 1
    })
}

pub(super) fn routes() -> Vec<Route<Arc<Activity>>> {
    let (text, limit) = (
        json!({"type": "string"}),
        json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
    );
    let unread = json!({"unreadCount": 0});
    vec![
        Route::get("/v1/account/notifications", "What the person was told", list)
            .describe(
                "Titles and texts are in the language that the person has chosen by now. What concerns security is always told, news \
                 only where `preferences.notifications.inApp` is on. A notification is kept for 90 days, and the newest 200 are; \
                 unread ones about security go last. `notification.created` in `GET /v1/account/events` says when there is a new one.",
            )
            .parameter("query", "unread", json!({"type": "boolean", "default": false}), "Only those that were not read.")
            .parameter("query", "limit", limit, "Notifications a page.")
            .parameter("query", "cursor", text.clone(), "`nextCursor` of the page before.")
            .answers::<NotificationList>(200, "The notifications, the newest first.", example()),
        Route::post("/v1/account/notifications/{id}/read", "Mark as read", read)
            .parameter("path", "id", text.clone(), "The notification.")
            .answers::<UnreadResponse>(200, "It is read.", unread.clone())
            .problems(&[Code::NotFound]),
        Route::post("/v1/account/notifications/read", "Mark all as read", read_all)
            .describe("All of them, or those up to one that was shown: what came meanwhile stays unread.")
            .takes::<ReadAll>(json!({"upTo": "01JD3Z5K8QW4N6R7T9V2X0Y1AB"}))
            .answers::<UnreadResponse>(200, "They are read.", unread.clone()),
        Route::delete("/v1/account/notifications/{id}", "Take a notification away", delete)
            .parameter("path", "id", text, "The notification.")
            .answers::<UnreadResponse>(200, "It is gone.", unread)
            .problems(&[Code::NotFound]),
    ]
}
