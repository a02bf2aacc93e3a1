//! What is found in what happened: pure decisions over what is known of an account's habits.
//!
//! The risks are weights, not probabilities. What orders them: how much an attacker must have for
//! it (nothing: a name to guess at; much: the password, a token), and how often it happens to
//! people who are not attacked. `docs/monitoring.md` has the table.

use std::time::Duration;

use selfsame_primitives::{SessionId, Timestamp};

use super::record::{AccountBaseline, NewDevice, knows, observe};
use super::signal::{Signal, SignalKind};
use super::{events::Evidence, events::Kind};
use selfsame_security_signals::events::{CodeGuessing, Factor, MassProfileReads, SignInsRefused};

/// A change this soon after a sign-in that was new in some way is odd (SPEC 18).
pub(super) const SOON: Duration = Duration::from_hours(1);
/// A sign-in from elsewhere this long after guessing may be what the guessing led to.
const AFTERMATH: Duration = Duration::from_hours(24);
/// A new network on a known device is told of once in this time: telephones change networks all
/// day.
const NETWORKS_APART: Duration = Duration::from_hours(24);
/// What several purposes tell of at the same time is one finding.
const GUESSES_APART: Duration = Duration::from_mins(10);

/// Something that may be an attack.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    /// 0 to 100.
    pub(super) risk: u8,
    pub(super) evidence: Evidence,
    /// "This wasn't me" brings the account back to what it was then; to what it is now, where there
    /// is none.
    pub(super) since: Option<Timestamp>,
}

/// Looks at `signal`: what is known then, and what was found. A signal that was looked at before
/// changes nothing.
pub(super) fn evaluate(
    mut habits: AccountBaseline,
    signal: &Signal,
) -> (AccountBaseline, Option<Finding>) {
    if signal.sequence <= habits.sequence {
        return (habits, None);
    }
    habits.sequence = signal.sequence;
    let finding = match &signal.what {
        SignalKind::SignedIn => signed_in(&mut habits, signal),
        SignalKind::Changed(change) => changed(&habits, signal, change),
        SignalKind::Refused(told, marks) => Some(refused(&habits, signal, told, marks)),
        SignalKind::Guessed(told) => guessed(&habits, signal, told),
        SignalKind::Reused(session) => Some(reused(signal, session)),
        SignalKind::Copied(passkey) => Some(copied(signal, passkey)),
        SignalKind::Read(told) => Some(read(signal, told)),
        SignalKind::Undone(since) => {
            forget(&mut habits, *since);
            None
        }
    };
    if let Some(finding) = &finding {
        habits.found.insert(finding.kind, signal.at);
    }
    (habits, finding)
}

fn found_within(habits: &AccountBaseline, kind: Kind, time: Duration, at: Timestamp) -> bool {
    habits.found.get(&kind).is_some_and(|found| at.age_of(*found) < time)
}

fn evidence(signal: &Signal) -> Evidence {
    Evidence {
        at: signal.at,
        device: Some(signal.device.shown.clone()).filter(|shown| !shown.is_empty()),
        network: signal.network.as_ref().map(|network| network.shown.clone()),
        session_id: signal.session_id.clone(),
        ..Evidence::default()
    }
}

fn signed_in(habits: &mut AccountBaseline, signal: &Signal) -> Option<Finding> {
    // Where nothing is known yet, everything is new: that is how an account begins.
    let is_first = habits.devices.is_empty();
    let new_device = !knows(&habits.devices, &signal.device.mark);
    let network = signal.network.as_ref();
    let new_network = network.is_some_and(|network| !knows(&habits.networks, &network.mark));
    observe(&mut habits.devices, &signal.device.mark, signal.at);
    if let Some(network) = network {
        observe(&mut habits.networks, &network.mark, signal.at);
    }
    if is_first || !(new_device || new_network) {
        return None;
    }
    let session_id = signal.session_id.clone();
    habits.newcomer = Some(NewDevice { at: signal.at, session_id, new_device, new_network });
    let kind = if new_device { Kind::NewDevice } else { Kind::NewNetwork };
    let guessed = found_within(habits, Kind::FailedSignIns, AFTERMATH, signal.at);
    if kind == Kind::NewNetwork && !guessed && found_within(habits, kind, NETWORKS_APART, signal.at)
    {
        return None;
    }
    let risk = match (new_device, new_network) {
        (true, true) => 60,
        (true, false) => 40,
        (false, _) => 15,
    };
    let evidence = Evidence {
        new_device: Some(new_device),
        new_network: Some(new_network),
        ..evidence(signal)
    };
    Some(Finding {
        kind,
        risk: risk + if guessed { 30 } else { 0 },
        evidence,
        since: Some(signal.at),
    })
}

fn changed(habits: &AccountBaseline, signal: &Signal, change: &str) -> Option<Finding> {
    let newcomer =
        habits.newcomer.as_ref().filter(|newcomer| signal.at.since(newcomer.at) < SOON)?;
    let by_newcomer = newcomer.session_id.is_some() && newcomer.session_id == signal.session_id;
    let risk = match (by_newcomer, newcomer.new_device, newcomer.new_network) {
        (true, true, true) => 90,
        (true, true, false) => 75,
        (true, false, _) => 60,
        // Most likely the owner, who was told of the newcomer.
        (false, _, _) => 30,
    };
    let evidence = Evidence {
        change: Some(change.to_owned()),
        signed_in_at: Some(newcomer.at),
        new_device: Some(newcomer.new_device),
        new_network: Some(newcomer.new_network),
        ..evidence(signal)
    };
    Some(Finding { kind: Kind::ChangeAfterNewDevice, risk, evidence, since: Some(newcomer.at) })
}

/// How often `count` is twice `base`, rounded down, in tens; at most 40.
fn tens(count: u32, base: u32) -> u8 {
    let doublings = (count / base).checked_ilog2().unwrap_or(0);
    u8::try_from(doublings.min(4)).unwrap_or(4) * 10
}

fn refused(
    habits: &AccountBaseline,
    signal: &Signal,
    told: &SignInsRefused,
    marks: &[String],
) -> Finding {
    // Somebody who forgot the password sits where they always sit.
    let at_home = marks.iter().all(|mark| knows(&habits.networks, mark));
    let risk = if at_home { 20 } else { 45 }
        + if marks.len() >= 3 { 5 } else { 0 }
        + tens(told.failures, 5);
    let evidence = Evidence {
        // These came from many places, or from the last of them: what is told with it is not of
        // them all.
        device: None,
        network: None,
        failures: Some(told.failures),
        networks: told.networks.clone(),
        since: Some(told.since),
        ..evidence(signal)
    };
    Finding { kind: Kind::FailedSignIns, risk, evidence, since: None }
}

fn guessed(habits: &AccountBaseline, signal: &Signal, told: &CodeGuessing) -> Option<Finding> {
    let (kind, risk) = match told.factor {
        // Whoever is asked for it knew the password.
        Factor::TwoFactor => (Kind::TwoFactorGuessing, 75 + tens(told.wrong_codes, 5) / 2),
        // Three are a slip.
        Factor::OneTimePassword if told.wrong_codes < 6 => (Kind::OtpGuessing, 30),
        Factor::OneTimePassword => (Kind::OtpGuessing, 40 + tens(told.wrong_codes, 3)),
    };
    if found_within(habits, kind, GUESSES_APART, signal.at) {
        return None;
    }
    let evidence = Evidence { wrong_codes: Some(told.wrong_codes), ..evidence(signal) };
    Some(Finding { kind, risk, evidence, since: None })
}

fn reused(signal: &Signal, session: &SessionId) -> Finding {
    let evidence = Evidence { session_id: Some(session.clone()), ..evidence(signal) };
    Finding { kind: Kind::TokenReuse, risk: 90, evidence, since: None }
}

fn copied(signal: &Signal, passkey: &str) -> Finding {
    let evidence = Evidence { passkey_id: Some(passkey.to_owned()), ..evidence(signal) };
    Finding { kind: Kind::PasskeyCopied, risk: 80, evidence, since: None }
}

fn read(signal: &Signal, told: &MassProfileReads) -> Finding {
    let evidence =
        Evidence { profiles: Some(told.profiles), since: Some(told.since), ..evidence(signal) };
    Finding { kind: Kind::MassProfileReads, risk: 65, evidence, since: None }
}

/// Where a thief came from is not where the owner comes from.
fn forget(habits: &mut AccountBaseline, since: Timestamp) {
    let from = since.minus(SOON);
    habits.devices.retain(|known| known.first_at < from);
    habits.networks.retain(|known| known.first_at < from);
    habits.newcomer = None;
}
