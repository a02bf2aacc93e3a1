//! The detection rules: pure decisions over an account's baseline and a signal.
//!
//! The risks are weights, not probabilities. They are ordered by how much an attacker must have
//! (from nothing but a name to the password or a token), and by how often the signal occurs for
//! users who are not attacked. `docs/monitoring.md` has the table.

use std::time::Duration;

use selfsame_primitives::{SessionId, Timestamp};

use super::record::{AccountBaseline, NewDevice, knows, observe};
use super::signal::{Signal, SignalKind};
use super::{events::Evidence, events::Kind};
use selfsame_security_signals::events::{CodeGuessing, Factor, MassProfileReads, SignInsRefused};

/// A change this soon after a sign-in from a new device or network is suspicious (SPEC 18).
pub(super) const SOON: Duration = Duration::from_hours(1);
/// A sign-in from elsewhere this long after guessing may be its success.
const AFTERMATH: Duration = Duration::from_hours(24);
/// A new network on a known device is reported once in this time: phones change networks all day.
const NETWORKS_APART: Duration = Duration::from_hours(24);
/// Guesses of several purposes within this time are one finding.
const GUESSES_APART: Duration = Duration::from_mins(10);

/// A possible attack.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    /// The risk, 0 to 100.
    pub(super) risk: u8,
    pub(super) evidence: Evidence,
    /// Undoing restores the account to its state at this time; to the present state where it is
    /// `None`.
    pub(super) since: Option<Timestamp>,
}

/// Evaluates `signal`: the baseline afterwards, and the finding if there is one. A signal that was
/// evaluated before changes nothing.
pub(super) fn evaluate(
    mut baseline: AccountBaseline,
    signal: &Signal,
) -> (AccountBaseline, Option<Finding>) {
    if signal.sequence <= baseline.sequence {
        return (baseline, None);
    }
    baseline.sequence = signal.sequence;
    let finding = match &signal.what {
        SignalKind::SignedIn => signed_in(&mut baseline, signal),
        SignalKind::Changed(change) => changed(&baseline, signal, change),
        SignalKind::Refused(counted, marks) => Some(refused(&baseline, signal, counted, marks)),
        SignalKind::Guessed(counted) => guessed(&baseline, signal, counted),
        SignalKind::Reused(session) => Some(reused(signal, session)),
        SignalKind::Copied(passkey) => Some(copied(signal, passkey)),
        SignalKind::Read(counted) => Some(read(signal, counted)),
        SignalKind::Undone(since) => {
            forget(&mut baseline, *since);
            None
        }
    };
    if let Some(finding) = &finding {
        baseline.found.insert(finding.kind, signal.at);
    }
    (baseline, finding)
}

fn found_within(baseline: &AccountBaseline, kind: Kind, time: Duration, at: Timestamp) -> bool {
    baseline.found.get(&kind).is_some_and(|found| at.age_of(*found) < time)
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

fn signed_in(baseline: &mut AccountBaseline, signal: &Signal) -> Option<Finding> {
    // Without known devices everything is new: that is the first sign-in of an account.
    let is_first = baseline.devices.is_empty();
    let new_device = !knows(&baseline.devices, &signal.device.mark);
    let network = signal.network.as_ref();
    let new_network = network.is_some_and(|network| !knows(&baseline.networks, &network.mark));
    observe(&mut baseline.devices, &signal.device.mark, signal.at);
    if let Some(network) = network {
        observe(&mut baseline.networks, &network.mark, signal.at);
    }
    if is_first || !(new_device || new_network) {
        return None;
    }
    let session_id = signal.session_id.clone();
    baseline.newcomer = Some(NewDevice { at: signal.at, session_id, new_device, new_network });
    let kind = if new_device { Kind::NewDevice } else { Kind::NewNetwork };
    let guessed = found_within(baseline, Kind::FailedSignIns, AFTERMATH, signal.at);
    if kind == Kind::NewNetwork
        && !guessed
        && found_within(baseline, kind, NETWORKS_APART, signal.at)
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

fn changed(baseline: &AccountBaseline, signal: &Signal, change: &str) -> Option<Finding> {
    let newcomer =
        baseline.newcomer.as_ref().filter(|newcomer| signal.at.since(newcomer.at) < SOON)?;
    let by_new_device = newcomer.session_id.is_some() && newcomer.session_id == signal.session_id;
    let risk = match (by_new_device, newcomer.new_device, newcomer.new_network) {
        (true, true, true) => 90,
        (true, true, false) => 75,
        (true, false, _) => 60,
        // Most likely the owner, who got the alert about the new device.
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

/// How often `count` doubles `base`, rounded down, in tens; at most 40.
fn tens(count: u32, base: u32) -> u8 {
    let doublings = (count / base).checked_ilog2().unwrap_or(0);
    u8::try_from(doublings.min(4)).unwrap_or(4) * 10
}

fn refused(
    baseline: &AccountBaseline,
    signal: &Signal,
    counted: &SignInsRefused,
    marks: &[String],
) -> Finding {
    // A user who forgot the password is where they usually are.
    let at_home = marks.iter().all(|mark| knows(&baseline.networks, mark));
    let risk = if at_home { 20 } else { 45 }
        + if marks.len() >= 3 { 5 } else { 0 }
        + tens(counted.failures, 5);
    let evidence = Evidence {
        // These came from many networks, so device and network of the last one are not evidence for
        // all.
        device: None,
        network: None,
        failures: Some(counted.failures),
        networks: counted.networks.clone(),
        since: Some(counted.since),
        ..evidence(signal)
    };
    Finding { kind: Kind::FailedSignIns, risk, evidence, since: None }
}

fn guessed(baseline: &AccountBaseline, signal: &Signal, counted: &CodeGuessing) -> Option<Finding> {
    let (kind, risk) = match counted.factor {
        // A second factor is asked for only after the right password.
        Factor::TwoFactor => (Kind::TwoFactorGuessing, 75 + tens(counted.wrong_codes, 5) / 2),
        // Three are a common mistake.
        Factor::OneTimePassword if counted.wrong_codes < 6 => (Kind::OtpGuessing, 30),
        Factor::OneTimePassword => (Kind::OtpGuessing, 40 + tens(counted.wrong_codes, 3)),
    };
    if found_within(baseline, kind, GUESSES_APART, signal.at) {
        return None;
    }
    let evidence = Evidence { wrong_codes: Some(counted.wrong_codes), ..evidence(signal) };
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

fn read(signal: &Signal, counted: &MassProfileReads) -> Finding {
    let evidence = Evidence {
        profiles: Some(counted.profiles),
        since: Some(counted.since),
        ..evidence(signal)
    };
    Finding { kind: Kind::MassProfileReads, risk: 65, evidence, since: None }
}

/// Forgets the attacker's device and network, so that they are not the owner's.
fn forget(baseline: &mut AccountBaseline, since: Timestamp) {
    let from = since.minus(SOON);
    baseline.devices.retain(|known| known.first_at < from);
    baseline.networks.retain(|known| known.first_at < from);
    baseline.newcomer = None;
}
