//! The routes of aliases.

use std::sync::Arc;

use ::http::{HeaderMap, Uri};
use axum::extract::State;
use axum::response::Response;
use futures_util::future::try_join_all;
use schemars::JsonSchema;
use selfsame_events::EventKind;
use selfsame_primitives::{AliasId, Timestamp};
use selfsame_web::{
    CheckedFields, Code, Feature, FieldChecks, FieldErrors, Fields, List, Metric, Paging, Problem,
    Query, Reply, Route, seal_cursor,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::events::{AliasConverted, AliasCreated, AliasRegenerated};
use super::place::{AliasContext, ContextType, checked_context, checked_type};
use super::record::{Alias, is_active};
use super::rule::AliasCommand;
use super::{list, operation, picture};
use crate::Profiles;
use selfsame_identity::authentication::SignedIn;
use selfsame_users::populations::ALIASED_SHOWN;

/// The feature: aliases by context.
pub const FEATURE: Feature<Arc<Profiles>> = Feature {
    name: "aliases",
    promise: "Anonymous names: one per person and place, the same until it ends, and nothing about it leads to the person.",
    routes,
    events: || {
        vec![
            EventKind::of::<AliasCreated>(),
            EventKind::of::<AliasRegenerated>(),
            EventKind::of::<AliasConverted>(),
        ]
    },
    metrics: &[CREATED, REGENERATED, CONVERTED, ALIASED_SHOWN],
    subscribers: &[],
};

const LABEL: &str = "context_type";

const CREATED: Metric = Metric::counter(
    "aliases_created",
    "Aliases that were put on where there was none, by kind of place",
    LABEL,
    ContextType::NAMES,
)
.counted_from::<AliasCreated>("/contextType");

const REGENERATED: Metric = Metric::counter(
    "aliases_regenerated",
    "Aliases that were changed for others, by kind of place",
    LABEL,
    ContextType::NAMES,
)
.counted_from::<AliasRegenerated>("/contextType");

const CONVERTED: Metric = Metric::counter(
    "aliases_converted",
    "Aliases whose bearers have shown who they are, by kind of place",
    LABEL,
    ContextType::NAMES,
)
.counted_from::<AliasConverted>("/contextType");

/// An alias, as its bearer sees it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AliasView {
    /// Names it to others.
    pub alias_id: AliasId,
    /// What others call its bearer: an animal and a number that nobody else has in this context.
    pub display_name: String,
    /// The address of its picture; good for ever.
    pub avatar: String,
    /// Where it is worn.
    pub context: String,
    /// What kind of place that is.
    pub context_type: ContextType,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, unless it is changed before; a session alias also ends with its session.
    pub expires_at: Timestamp,
    /// Whether it is worn now.
    pub is_active: bool,
    /// How often it was asked for; several times within five minutes count once.
    pub usage_count: u64,
    /// When its bearer has shown who they are; absent for as long as they have not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revealed_at: Option<Timestamp>,
}

impl AliasView {
    fn of(profiles: &Profiles, alias: Alias, is_active: bool) -> Self {
        Self {
            avatar: picture::url(profiles, &alias.picture),
            alias_id: alias.id,
            display_name: alias.name,
            context: alias.context,
            context_type: alias.context_type,
            created_at: alias.created_at,
            expires_at: alias.expires_at,
            is_active,
            usage_count: alias.usage_count,
            revealed_at: alias.revealed_at,
        }
    }
}

/// Names a place.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PlaceNamed {
    /// Where: any name the application gives it.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,128}$"))]
    context: String,
    /// What kind of place that is.
    #[schemars(with = "ContextType")]
    context_type: String,
}

impl PlaceNamed {
    fn checked(&self, mark: char, caller: &SignedIn) -> Result<AliasContext, Problem> {
        AliasContext::parse(mark, &self.context, &self.context_type, caller.session.as_ref())
    }
}

impl<S> FieldChecks<S> for PlaceNamed {
    fn check(_: &S, fields: &Fields<'_>, faults: &mut FieldErrors) {
        if let Some(context) = fields.get::<String>("context") {
            faults.join(checked_context('/', &context));
        }
        if let Some(kind) = fields.get::<String>("contextType") {
            faults.join(checked_type('/', &kind));
        }
    }
}

fn routes() -> Vec<Route<Arc<Profiles>>> {
    let context = || json!({"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,128}$", "examples": ["chat_room_123"]});
    let kind =
        || json!({"type": "string", "enum": ["chat_room", "post", "comment", "thread", "session"]});
    let place = || json!({"context": "chat_room_123", "contextType": "chat_room"});
    vec![
        Route::get("/v1/profile/alias", "Your alias in one place", get)
            .describe("Made at its first use, and the same until it expires or you change it. Nobody else in the context has the same name, and nobody can tell from it who you are.")
            .parameter("query", "context", context(), "Where.").required()
            .parameter("query", "contextType", kind(), "What kind of place that is.").required()
            .answers::<AliasView>(200, "The alias.", example())
            .problems(&[Code::RateLimited]),
        Route::post("/v1/profile/alias/regenerate", "Change your alias in one place", regenerate)
            .describe("Ends the alias that you wear there and gives you another. The old name stays free of others until it would have expired.")
            .takes::<PlaceNamed>(place())
            .answers::<AliasView>(200, "The new alias.", example())
            .problems(&[Code::RateLimited]),
        Route::post("/v1/profile/alias/reveal", "Show who you are behind an alias", reveal)
            .describe("Tells connected services that it is you. What they have heard can't be unsaid.")
            .takes::<PlaceNamed>(place())
            .answers::<AliasView>(200, "The alias, with the time at which it was shown to be yours.", revealed_example())
            .problems(&[Code::NotFound]),
        paged(Route::get("/v1/profile/alias/history", "Your aliases in one context", history)
            .describe("Those that you wear and those you wore, the newest first. Only you see this.")
            .parameter("query", "context", context(), "Where.").required()
            .parameter("query", "contextType", kind(), "Only those of this kind of place.")),
        paged(Route::get("/v1/profile/aliases", "The aliases that you wear", all)
            .describe("In no particular order. Session aliases are listed in their own session.")),
    ]
}

fn paged(route: Route<Arc<Profiles>>) -> Route<Arc<Profiles>> {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20});
    route
        .parameter(
            "query",
            "limit",
            limit,
            "At most so many; a page may hold fewer, also where there is more.",
        )
        .parameter(
            "query",
            "cursor",
            json!({"type": "string"}),
            "The `nextCursor` of the page before.",
        )
        .answers::<List<AliasView>>(
            200,
            "One page.",
            json!({"items": [example()], "nextCursor": null}),
        )
}

async fn get(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Query(named): Query<PlaceNamed>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let alias =
        operation::current_or_new(&profiles, &caller, &named.checked('?', &caller)?).await?;
    Ok(Reply::ok(AliasView::of(&profiles, alias, true)).ready().respond(&headers))
}

async fn regenerate(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    CheckedFields(named): CheckedFields<PlaceNamed>,
) -> Result<Reply<AliasView>, Problem> {
    let alias =
        operation::create(&profiles, &caller, &named.checked('/', &caller)?, AliasCommand::Other)
            .await?;
    Ok(Reply::ok(AliasView::of(&profiles, alias, true)).message("You have a new alias."))
}

async fn reveal(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    CheckedFields(named): CheckedFields<PlaceNamed>,
) -> Result<Reply<AliasView>, Problem> {
    let alias = operation::reveal(&profiles, &caller, &named.checked('/', &caller)?).await?;
    Ok(Reply::ok(AliasView::of(&profiles, alias, true))
        .message("Others can now see who you are here."))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct HistoryQuery {
    context: String,
    context_type: Option<String>,
    #[serde(default, deserialize_with = "selfsame_web::page_limit")]
    limit: Option<u8>,
    cursor: Option<String>,
}

async fn history(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Query(query): Query<HistoryQuery>,
    uri: Uri,
) -> Result<Response, Problem> {
    let context = checked_context('?', &query.context)?;
    let kind = query.context_type.as_deref().map(|kind| checked_type('?', kind)).transpose()?;
    let paging = Paging { limit: query.limit, cursor: query.cursor };
    let kind_name = kind.map_or("", ContextType::as_str);
    let scope = [caller.id().as_str(), "alias-history", context.as_str(), kind_name];
    let position = paging.position(&profiles.platform.keys, &scope)?;
    let limit = paging.checked_limit()?;
    let found = list::history(&profiles, caller.id(), (&context, kind), limit, position).await?;
    answer(&profiles, &caller, found, &scope, &uri).await
}

async fn all(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Query(paging): Query<Paging>,
    uri: Uri,
) -> Result<Response, Problem> {
    let scope = [caller.id().as_str(), "aliases"];
    let position = paging.position(&profiles.platform.keys, &scope)?;
    let limit = paging.checked_limit()?;
    let found =
        list::active(&profiles, caller.id(), caller.session.as_ref(), limit, position).await?;
    answer(&profiles, &caller, found, &scope, &uri).await
}

async fn answer(
    profiles: &Profiles,
    caller: &SignedIn,
    (aliases, next): list::Found,
    scope: &[&str],
    uri: &Uri,
) -> Result<Response, Problem> {
    let view = async |alias: Alias| -> Result<AliasView, Problem> {
        let is_active = is_active(profiles, caller.id(), &alias).await?;
        Ok(AliasView::of(profiles, alias, is_active))
    };
    let items = try_join_all(aliases.into_iter().map(view)).await?;
    let next_cursor = next.map(|next| seal_cursor(&profiles.platform.keys, scope, &next));
    Ok(List { items, next_cursor }.reply(uri))
}

fn example() -> Value {
    json!({
        "aliasId": "alias_aB3cD4eF5gH6",
        "displayName": "Anonymous_Panda_789",
        "avatar": "https://id.example.org/aliases/9rkq2mQx7Lw9Zr1Bv6Tn3A.svg",
        "context": "chat_room_123",
        "contextType": "chat_room",
        "createdAt": "2026-09-29T10:00:00.000Z",
        "expiresAt": "2026-10-29T10:00:00.000Z",
        "isActive": true,
        "usageCount": 3
    })
}

fn revealed_example() -> Value {
    let mut example = example();
    if let Some(members) = example.as_object_mut() {
        members.insert("revealedAt".into(), json!("2026-10-02T18:20:00.000Z"));
    }
    example
}
