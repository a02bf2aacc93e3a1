//! Who is behind an alias: told only after it is written down that somebody asked.

use schemars::JsonSchema;
use selfsame_events::{Changes, EventPayload, Head, Loaded, Redaction};
use selfsame_primitives::{AliasId, Timestamp, UserId};
use selfsame_web::Problem;
use serde::Serialize;
use serde_json::{Value, json};

use super::audit::{AliasAuditEntry, KEPT};
use crate::Integrations;
use selfsame_identity::authentication::ServiceCaller;
use selfsame_profiles::{
    aliases::AliasOwner, aliases::ContextType, aliases::is_active, aliases::owner_of,
    aliases::seal_note,
};

/// Who is behind an alias.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AliasBearer {
    /// The alias.
    pub alias_id: AliasId,
    /// Who.
    pub user_id: UserId,
    /// The name of the alias.
    pub display_name: String,
    /// Where it is worn.
    pub context: String,
    /// What kind of place that is.
    pub context_type: ContextType,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends or ended at the latest.
    pub expires_at: Timestamp,
    /// Whether it is worn now.
    pub is_active: bool,
}

/// A service has asked who is behind an alias.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AliasResolved {
    /// Which service, in the operator's words.
    pub service: String,
    /// The id of its token.
    pub token_id: String,
    /// In what kind of place the alias is worn.
    pub context_type: ContextType,
    /// Which alias and where, sealed: only this installation can read it.
    pub alias: String,
}

impl EventPayload for AliasResolved {
    const TYPE: &'static str = "alias.resolved";
    const SUMMARY: &'static str =
        "A service has asked who is behind an alias; which one is told only to this installation.";
    const TO_OTHERS: Redaction = Redaction::Envelope;

    fn example() -> Value {
        json!({"service": "chat", "tokenId": "tK3nA9bC", "contextType": "chat_room", "alias": "v1.q7Xv2mB8"})
    }
}

/// Tells `caller` who is behind `alias`, once it is committed that they asked.
pub(super) async fn resolved(
    integrations: &Integrations,
    caller: &ServiceCaller,
    alias: AliasId,
) -> Result<AliasBearer, Problem> {
    let holding = owner_of(&integrations.profiles, &alias).await?.ok_or_else(Problem::not_found)?;
    let is_active = is_active(&integrations.profiles, &alias, &holding).await?;
    write_down(integrations, caller, &alias, &holding).await?;
    let AliasOwner { user_id, name, context, context_type, created_at, expires_at, .. } = holding;
    let display_name = name;
    Ok(AliasBearer {
        alias_id: alias,
        user_id,
        display_name,
        context,
        context_type,
        created_at,
        expires_at,
        is_active,
    })
}

async fn write_down(
    integrations: &Integrations,
    caller: &ServiceCaller,
    alias: &AliasId,
    holding: &AliasOwner,
) -> Result<(), Problem> {
    let user = &holding.user_id;
    let told = AliasResolved {
        service: caller.token.name.clone(),
        token_id: caller.token.id.clone(),
        context_type: holding.context_type,
        alias: seal_note(&integrations.profiles, alias, holding)?,
    };
    // Sealed anew, so that no text in the log is one in the user's partition.
    let look_up = AliasAuditEntry::of(
        integrations,
        caller,
        holding.context_type,
        seal_note(&integrations.profiles, alias, holding)?,
    );
    let place = look_up.key(integrations);
    let decide = |loaded: &Loaded| {
        // Nothing is written about a user who is gone, and nothing told.
        if loaded.has(&Head::key(user))? {
            Ok((
                Changes::none()
                    .put_until(place.clone(), &look_up, look_up.at.plus(KEPT))
                    .emit(&told),
                (),
            ))
        } else {
            Err(Problem::not_found())
        }
    };
    integrations
        .platform
        .journal
        .change::<_, Problem, _>(user, &[], &caller.client.origin(None), decide)
        .await
}
