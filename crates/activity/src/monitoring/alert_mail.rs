//! Which findings are mailed. Attackers without access can cause findings, so they must neither
//! flood the owner's mailbox nor use up the mails that a break-in needs (decision 0032).

use std::time::Duration;

use selfsame_primitives::Timestamp;

use super::events::Kind;
use super::record::{AccountBaseline, DAY, SentAlert};
use super::rule::Finding;

/// Mails to one user in a day.
const A_DAY: usize = 5;
/// A kind that is possible without password or token is mailed once in this time. There are three
/// such kinds, so two of the day's mails are left for the others.
const APART: Duration = DAY;

/// The decision about a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AlertMailDecision {
    /// It is mailed.
    Mailed,
    /// Its risk is below the threshold.
    LowRisk,
    /// One of the same kind was mailed within [`APART`].
    Repeated,
    /// The mails of the day are used up.
    TooMany,
}

impl AlertMailDecision {
    /// The metric label.
    pub(super) const fn outcome(self) -> &'static str {
        match self {
            Self::Mailed => "mailed",
            Self::LowRisk => "low_risk",
            Self::Repeated => "repeated",
            Self::TooMany => "too_many",
        }
    }
}

/// Decides whether `finding` is mailed at `at`, with the threshold `from_risk`.
pub(super) fn decide_mail(
    mut baseline: AccountBaseline,
    finding: &Finding,
    at: Timestamp,
    from_risk: u8,
) -> (AccountBaseline, AlertMailDecision) {
    baseline.mailed.retain(|mailed| at.age_of(mailed.at) < DAY);
    let repeated = |mailed: &SentAlert| mailed.kind == finding.kind && at.age_of(mailed.at) < APART;
    let decision = if finding.risk < from_risk {
        AlertMailDecision::LowRisk
    } else if needs_no_access(finding.kind) && baseline.mailed.iter().any(repeated) {
        AlertMailDecision::Repeated
    } else if baseline.mailed.len() >= A_DAY {
        AlertMailDecision::TooMany
    } else {
        baseline.mailed.push(SentAlert { kind: finding.kind, at });
        AlertMailDecision::Mailed
    };
    (baseline, decision)
}

const fn needs_no_access(kind: Kind) -> bool {
    match kind {
        Kind::FailedSignIns | Kind::OtpGuessing | Kind::MassProfileReads => true,
        Kind::NewDevice
        | Kind::NewNetwork
        | Kind::TwoFactorGuessing
        | Kind::TokenReuse
        | Kind::ChangeAfterNewDevice
        | Kind::PasskeyCopied => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::events::Evidence;
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn finding(kind: Kind, risk: u8) -> Finding {
        Finding { kind, risk, evidence: Evidence::default(), since: None }
    }

    fn decisions(findings: &[Finding], every: Duration) -> Vec<AlertMailDecision> {
        let mut baseline = AccountBaseline::default();
        let mut decisions = Vec::new();
        for (number, finding) in findings.iter().enumerate() {
            let at = NOW.plus(every * u32::try_from(number).unwrap());
            let decision;
            (baseline, decision) = super::decide_mail(baseline, finding, at, 40);
            decisions.push(decision);
        }
        decisions
    }

    #[test]
    fn only_what_has_enough_risk_is_mailed() {
        let findings = [finding(Kind::NewNetwork, 39), finding(Kind::NewNetwork, 40)];
        assert_eq!(
            decisions(&findings, Duration::ZERO),
            [AlertMailDecision::LowRisk, AlertMailDecision::Mailed]
        );
    }

    #[test]
    fn a_user_gets_at_most_five_mails_a_day() {
        let findings = vec![finding(Kind::NewDevice, 60); 8];
        let decided = decisions(&findings, Duration::from_hours(1));
        assert_eq!(
            decided.iter().filter(|decision| **decision == AlertMailDecision::Mailed).count(),
            5
        );
        assert_eq!(decided[7], AlertMailDecision::TooMany);
        assert!(
            decisions(&findings, Duration::from_hours(5))
                .iter()
                .all(|decision| *decision == AlertMailDecision::Mailed)
        );
    }

    #[test]
    fn attackers_without_access_can_not_use_up_the_mails_of_a_day() {
        let by_strangers = [Kind::FailedSignIns, Kind::OtpGuessing, Kind::MassProfileReads];
        let mut findings: Vec<_> =
            by_strangers.into_iter().cycle().take(30).map(|kind| finding(kind, 90)).collect();
        findings.push(finding(Kind::NewDevice, 60));
        findings.push(finding(Kind::ChangeAfterNewDevice, 90));
        let decided = decisions(&findings, Duration::from_mins(10));
        assert_eq!(decided[3..30], [AlertMailDecision::Repeated; 27]);
        assert_eq!(decided[30..], [AlertMailDecision::Mailed; 2]);
    }
}
