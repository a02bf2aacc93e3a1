//! The owner of an alias: disclosed only after the look-up is recorded.

use schemars::JsonSchema;
use selfsame_events::{Changes, EventPayload, Head, Loaded, Redaction};
use selfsame_primitives::{AliasId, Timestamp, UserId};
use selfsame_web::Problem;
use serde::Serialize;
use serde_json::{Value, json};

use super::audit::{AliasAuditEntry, RETENTION};
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

/// Discloses the owner of `alias` to `caller`, once the look-up is committed.
pub(super) async fn resolved(
    integrations: &Integrations,
    caller: &ServiceCaller,
    alias: AliasId,
) -> Result<AliasBearer, Problem> {
    let owner = owner_of(&integrations.profiles, &alias).await?.ok_or_else(Problem::not_found)?;
    let is_active = is_active(&integrations.profiles, &alias, &owner).await?;
    record_look_up(integrations, caller, &alias, &owner).await?;
    let AliasOwner { user_id, name, context, context_type, created_at, expires_at, .. } = owner;
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

async fn record_look_up(
    integrations: &Integrations,
    caller: &ServiceCaller,
    alias: &AliasId,
    owner: &AliasOwner,
) -> Result<(), Problem> {
    let user = &owner.user_id;
    let payload = AliasResolved {
        service: caller.token.name.clone(),
        token_id: caller.token.id.clone(),
        context_type: owner.context_type,
        alias: seal_note(&integrations.profiles, alias, owner)?,
    };
    // Sealed anew, so that no text in the audit log is one in the user's partition.
    let look_up = AliasAuditEntry::of(
        integrations,
        caller,
        owner.context_type,
        seal_note(&integrations.profiles, alias, owner)?,
    );
    let key = look_up.key(integrations);
    let decide = |loaded: &Loaded| {
        // Nothing is written about an erased user, and no event is emitted.
        if loaded.has(&Head::key(user))? {
            Ok((
                Changes::none()
                    .put_until(key.clone(), &look_up, look_up.at.plus(RETENTION))
                    .emit(&payload),
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
