//! Signals: events in the form that the rules evaluate.

use selfsame_events::{ClientAddress, Event, EventPayload, Origin};
use selfsame_primitives::{Keys, SessionId, Timestamp, UserId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use selfsame_security_signals::events::{
    CodeGuessing, MassProfileReads, PasskeyCopied, SignInsRefused, TokenReuse,
};
use selfsame_security_signals::family;
use selfsame_security_signals::network;

/// The types of the evaluated events.
pub(super) const EVENT_TYPES: &[&str] = &[
    "session.created",
    "user.password_changed",
    "user.email_updated",
    "user.2fa_enabled",
    "user.2fa_disabled",
    "user.recovery_codes_replaced",
    "passkey.added",
    "user.changes_undone",
    SignInsRefused::TYPE,
    CodeGuessing::TYPE,
    TokenReuse::TYPE,
    PasskeyCopied::TYPE,
    MassProfileReads::TYPE,
];

/// A device or a network, as it is recognised and as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SignInSource {
    /// A keyed hash.
    pub(super) mark: String,
    pub(super) shown: String,
}

/// The kind of a signal.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum SignalKind {
    SignedIn,
    /// A security-relevant change: the type of its event.
    Changed(String),
    /// With the marks of the networks.
    Refused(SignInsRefused, Vec<String>),
    Guessed(CodeGuessing),
    Reused(SessionId),
    Copied(String),
    Read(MassProfileReads),
    /// The owner undid all changes since then.
    Undone(Timestamp),
}

/// A signal about an account.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Signal {
    pub(super) sequence: u64,
    pub(super) at: Timestamp,
    pub(super) device: SignInSource,
    pub(super) network: Option<SignInSource>,
    pub(super) session_id: Option<SessionId>,
    pub(super) what: SignalKind,
}

/// The members of `user.changes_undone` that are read.
#[derive(Deserialize)]
struct Undone {
    since: Timestamp,
}

impl Signal {
    /// The signal of `event` with `origin`; `None` where the rules do not evaluate it.
    pub(super) fn of(
        keys: &Keys,
        event: &Event,
        origin: &Origin,
    ) -> Result<Option<Self>, serde_json::Error> {
        let user = &event.subject;
        let Some(what) = what(keys, event, origin)? else { return Ok(None) };
        let ip = origin.ip.as_ref().map(ClientAddress::network);
        Ok(Some(Self {
            sequence: event.sequence,
            at: event.occurred_at,
            device: sign_in_source(
                keys,
                "monitoring-device",
                user,
                family(origin.device.as_deref().unwrap_or("")),
            ),
            network: ip.map(|ip| sign_in_source(keys, "monitoring-network", user, network(ip))),
            session_id: origin.session_id.clone(),
            what,
        }))
    }
}

fn what(
    keys: &Keys,
    event: &Event,
    origin: &Origin,
) -> Result<Option<SignalKind>, serde_json::Error> {
    Ok(Some(match event.event_type.as_str() {
        "session.created" => SignalKind::SignedIn,
        // Without a session the change was made by following a mailed link.
        "user.email_updated" | "passkey.added" if origin.session_id.is_none() => return Ok(None),
        "user.changes_undone" => SignalKind::Undone(read::<Undone>(event)?.since),
        SignInsRefused::TYPE => {
            let counted: SignInsRefused = read(event)?;
            let mark = |network: &String| {
                sign_in_source(keys, "monitoring-network", &event.subject, network.clone()).mark
            };
            let marks = counted.networks.iter().map(mark).collect();
            SignalKind::Refused(counted, marks)
        }
        CodeGuessing::TYPE => SignalKind::Guessed(read(event)?),
        TokenReuse::TYPE => SignalKind::Reused(read::<TokenReuse>(event)?.session_id),
        PasskeyCopied::TYPE => SignalKind::Copied(read::<PasskeyCopied>(event)?.passkey_id),
        MassProfileReads::TYPE => SignalKind::Read(read(event)?),
        change if EVENT_TYPES.contains(&change) => SignalKind::Changed(change.to_owned()),
        _ => return Ok(None),
    }))
}

fn read<T: DeserializeOwned>(event: &Event) -> Result<T, serde_json::Error> {
    T::deserialize(&event.data)
}

/// The hash covers the user too, so that equal hashes do not reveal a shared network.
fn sign_in_source(keys: &Keys, purpose: &str, user: &UserId, shown: String) -> SignInSource {
    SignInSource { mark: keys.name(purpose, &[user.as_str().as_bytes(), shown.as_bytes()]), shown }
}
