//! Each rule alone.

use std::time::Duration;

use selfsame_primitives::{SessionId, Timestamp};

use super::super::events::Kind;
use super::super::record::AccountBaseline;
use super::super::rule::{Finding, SOON, evaluate};
use super::super::signal::{SignInSource, Signal, SignalKind};
use selfsame_security_signals::events::{CodeGuessing, Factor, MassProfileReads, SignInsRefused};

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const HOUR: Duration = Duration::from_hours(1);

fn sign_in_source(name: &str) -> SignInSource {
    SignInSource { mark: name.to_owned(), shown: name.to_owned() }
}

/// An account, and its signals.
struct Story {
    baseline: AccountBaseline,
    now: Timestamp,
}

impl Story {
    /// An account after a sign-in with a laptop at home.
    fn begun() -> Self {
        let mut story = Self { baseline: AccountBaseline::default(), now: START };
        assert_eq!(story.sign_in("laptop", "home"), None);
        story.now = story.now.plus(HOUR * 240);
        story
    }

    fn happens(
        &mut self,
        device: &str,
        network: &str,
        session: u64,
        what: SignalKind,
    ) -> Option<Finding> {
        let signal = Signal {
            sequence: self.baseline.sequence + 1,
            at: self.now,
            device: sign_in_source(device),
            network: Some(sign_in_source(network)),
            session_id: SessionId::parse(&format!("01JD3Z5K8QW4N6R7T9V2X0{session:04}")).ok(),
            what,
        };
        let finding;
        (self.baseline, finding) = evaluate(std::mem::take(&mut self.baseline), &signal);
        let (again, nothing) = evaluate(self.baseline.clone(), &signal);
        assert_eq!(
            (&again, nothing),
            (&self.baseline, None),
            "what was looked at is not looked at again"
        );
        finding
    }

    fn sign_in(&mut self, device: &str, network: &str) -> Option<Finding> {
        self.happens(device, network, 1, SignalKind::SignedIn)
    }

    fn change(&mut self, session: u64) -> Option<(Kind, u8)> {
        kind_and_risk(self.happens(
            "laptop",
            "home",
            session,
            SignalKind::Changed("user.email_updated".into()),
        ))
    }

    fn refuse(&mut self, failures: u32, networks: &[&str]) -> Option<(Kind, u8)> {
        let networks: Vec<_> = networks.iter().map(|name| (*name).to_owned()).collect();
        let counted = SignInsRefused { failures, since: self.now, networks: networks.clone() };
        kind_and_risk(self.happens("x", "y", 9, SignalKind::Refused(counted, networks)))
    }

    fn guess(&mut self, factor: Factor, wrong_codes: u32) -> Option<(Kind, u8)> {
        self.now = self.now.plus(HOUR);
        kind_and_risk(self.happens(
            "x",
            "y",
            9,
            SignalKind::Guessed(CodeGuessing { factor, wrong_codes }),
        ))
    }
}

fn kind_and_risk(finding: Option<Finding>) -> Option<(Kind, u8)> {
    finding.map(|finding| (finding.kind, finding.risk))
}

#[test]
fn the_first_sign_in_and_known_sources_are_no_findings() {
    let mut story = Story::begun();
    assert_eq!(story.sign_in("laptop", "home"), None);
}

#[test]
fn a_new_device_is_found_and_a_new_network_with_it_makes_it_worse() {
    let mut story = Story::begun();
    let finding = story.sign_in("phone", "home").unwrap();
    assert_eq!((finding.kind, finding.risk, finding.since), (Kind::NewDevice, 40, Some(story.now)));
    assert_eq!(
        (finding.evidence.new_device, finding.evidence.new_network),
        (Some(true), Some(false))
    );
    assert_eq!(finding.evidence.device.as_deref(), Some("phone"));
    assert_eq!(kind_and_risk(story.sign_in("tablet", "hotel")), Some((Kind::NewDevice, 60)));
    assert_eq!(story.sign_in("tablet", "home"), None, "both are known by now");
}

#[test]
fn new_networks_of_a_known_device_are_reported_once_a_day() {
    let mut story = Story::begun();
    assert_eq!(kind_and_risk(story.sign_in("laptop", "train")), Some((Kind::NewNetwork, 15)));
    assert_eq!(story.sign_in("laptop", "café"), None);
    story.now = story.now.plus(HOUR * 24);
    assert_eq!(kind_and_risk(story.sign_in("laptop", "hotel")), Some((Kind::NewNetwork, 15)));
}

#[test]
fn a_sign_in_from_elsewhere_after_guessing_is_worse() {
    let mut story = Story::begun();
    story.refuse(5, &["botnet"]);
    story.now = story.now.plus(HOUR * 23);
    assert_eq!(kind_and_risk(story.sign_in("laptop", "botnet")), Some((Kind::NewNetwork, 45)));
    assert_eq!(kind_and_risk(story.sign_in("phone", "elsewhere")), Some((Kind::NewDevice, 90)));
}

#[test]
fn refusals_weigh_by_their_number_and_by_where_they_come_from() {
    let mut story = Story::begun();
    assert_eq!(story.refuse(5, &["home"]), Some((Kind::FailedSignIns, 20)));
    assert_eq!(story.refuse(5, &["elsewhere"]), Some((Kind::FailedSignIns, 45)));
    assert_eq!(story.refuse(20, &["home", "elsewhere"]), Some((Kind::FailedSignIns, 65)));
    assert_eq!(story.refuse(5000, &["a", "b", "c"]), Some((Kind::FailedSignIns, 90)));
}

#[test]
fn wrong_codes_weigh_by_their_number_and_by_what_they_are_for() {
    let mut story = Story::begun();
    let mailed = [3, 6, 12, 96].map(|wrong| story.guess(Factor::OneTimePassword, wrong).unwrap());
    assert_eq!(mailed, [30, 50, 60, 80].map(|risk| (Kind::OtpGuessing, risk)));
    let second = [5, 20].map(|wrong| story.guess(Factor::TwoFactor, wrong).unwrap());
    assert_eq!(second, [75, 85].map(|risk| (Kind::TwoFactorGuessing, risk)));
}

#[test]
fn guesses_at_several_codes_at_the_same_time_are_one_finding() {
    let mut story = Story::begun();
    let counted =
        SignalKind::Guessed(CodeGuessing { factor: Factor::OneTimePassword, wrong_codes: 3 });
    assert!(story.happens("x", "y", 9, counted.clone()).is_some());
    assert!(story.happens("x", "y", 9, counted).is_none());
}

#[test]
fn the_risk_of_a_change_depends_on_its_session_within_the_hour() {
    let mut story = Story::begun();
    assert_eq!(story.change(1), None);
    story.sign_in("phone", "hotel");
    let signed_in = story.now;
    story.now = story.now.plus(HOUR / 2);
    assert_eq!(
        story.change(2),
        Some((Kind::ChangeAfterNewDevice, 30)),
        "the owner was told, and reacts"
    );
    let finding = story
        .happens("phone", "hotel", 1, SignalKind::Changed("user.password_changed".into()))
        .unwrap();
    assert_eq!(
        (finding.kind, finding.risk, finding.since),
        (Kind::ChangeAfterNewDevice, 90, Some(signed_in))
    );
    assert_eq!(finding.evidence.change.as_deref(), Some("user.password_changed"));
    story.now = signed_in.plus(SOON);
    assert_eq!(story.change(1), None);
    story.sign_in("tablet", "hotel");
    assert_eq!(story.change(1), Some((Kind::ChangeAfterNewDevice, 75)));
    story.now = story.now.plus(SOON * 24);
    story.sign_in("tablet", "train");
    assert_eq!(story.change(1), Some((Kind::ChangeAfterNewDevice, 60)));
}

#[test]
fn tokens_passkeys_and_readers_are_found() {
    let mut story = Story::begun();
    let session = SessionId::parse("01JD3Z5K8QW4N6R7T9V2X0Y1AB").unwrap();
    let counted = MassProfileReads { profiles: 700, since: story.now };
    let mut found = |what| kind_and_risk(story.happens("x", "y", 9, what));
    assert_eq!(found(SignalKind::Reused(session)), Some((Kind::TokenReuse, 90)));
    assert_eq!(found(SignalKind::Copied("AQID".into())), Some((Kind::PasskeyCopied, 80)));
    assert_eq!(found(SignalKind::Read(counted)), Some((Kind::MassProfileReads, 65)));
}

#[test]
fn an_attackers_device_and_network_are_forgotten_once_the_owner_undoes() {
    let mut story = Story::begun();
    let stolen = story.now.plus(HOUR);
    story.now = stolen;
    story.sign_in("thief's", "thief's network");
    story.now = story.now.plus(HOUR);
    story.happens("laptop", "home", 2, SignalKind::Undone(stolen));
    assert_eq!(story.change(1), None);
    assert_eq!(story.sign_in("laptop", "home"), None);
    assert_eq!(
        kind_and_risk(story.sign_in("thief's", "thief's network")),
        Some((Kind::NewDevice, 60))
    );
}
