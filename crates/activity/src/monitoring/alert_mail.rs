//! Which findings are mailed. Strangers cause findings, so they must not be able to flood their
//! victim, nor to use up what is left for the mail that counts.

use std::time::Duration;

use selfsame_primitives::Timestamp;

use super::events::Kind;
use super::record::{AccountBaseline, DAY, SentAlert};
use super::rule::Finding;

/// Mails to one user in a day.
const A_DAY: usize = 5;
/// A kind that a stranger without password or token can cause is mailed once in this time: so the
/// three of them leave two of the day's mails to what only somebody inside can cause.
const APART: Duration = DAY;

/// What becomes of a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AlertMailDecision {
    /// It is mailed.
    Mailed,
    /// Its risk is lower than what is mailed.
    LowRisk,
    /// One of the same kind was mailed a short time ago.
    Repeated,
    /// There were too many mails lately.
    TooMany,
}

impl AlertMailDecision {
    /// As metrics name it.
    pub(super) const fn outcome(self) -> &'static str {
        match self {
            Self::Mailed => "mailed",
            Self::LowRisk => "low_risk",
            Self::Repeated => "repeated",
            Self::TooMany => "too_many",
        }
    }
}

/// Decides what becomes of `finding` at `at`, where what has at least the risk `from_risk` is
/// mailed.
pub(super) fn fate(
    mut habits: AccountBaseline,
    finding: &Finding,
    at: Timestamp,
    from_risk: u8,
) -> (AccountBaseline, AlertMailDecision) {
    habits.mailed.retain(|mailed| at.age_of(mailed.at) < DAY);
    let repeated = |mailed: &SentAlert| mailed.kind == finding.kind && at.age_of(mailed.at) < APART;
    let fate = if finding.risk < from_risk {
        AlertMailDecision::LowRisk
    } else if is_by_strangers(finding.kind) && habits.mailed.iter().any(repeated) {
        AlertMailDecision::Repeated
    } else if habits.mailed.len() >= A_DAY {
        AlertMailDecision::TooMany
    } else {
        habits.mailed.push(SentAlert { kind: finding.kind, at });
        AlertMailDecision::Mailed
    };
    (habits, fate)
}

const fn is_by_strangers(kind: Kind) -> bool {
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

    fn fates(findings: &[Finding], every: Duration) -> Vec<AlertMailDecision> {
        let mut habits = AccountBaseline::default();
        let mut fates = Vec::new();
        for (number, finding) in findings.iter().enumerate() {
            let at = NOW.plus(every * u32::try_from(number).unwrap());
            let fate;
            (habits, fate) = super::fate(habits, finding, at, 40);
            fates.push(fate);
        }
        fates
    }

    #[test]
    fn only_what_has_enough_risk_is_mailed() {
        let findings = [finding(Kind::NewNetwork, 39), finding(Kind::NewNetwork, 40)];
        assert_eq!(
            fates(&findings, Duration::ZERO),
            [AlertMailDecision::LowRisk, AlertMailDecision::Mailed]
        );
    }

    #[test]
    fn nobody_gets_more_than_five_mails_a_day() {
        let findings = vec![finding(Kind::NewDevice, 60); 8];
        let told = fates(&findings, Duration::from_hours(1));
        assert_eq!(told.iter().filter(|fate| **fate == AlertMailDecision::Mailed).count(), 5);
        assert_eq!(told[7], AlertMailDecision::TooMany);
        assert!(
            fates(&findings, Duration::from_hours(5))
                .iter()
                .all(|fate| *fate == AlertMailDecision::Mailed)
        );
    }

    #[test]
    fn strangers_can_not_use_up_the_mails_of_a_day() {
        let by_strangers = [Kind::FailedSignIns, Kind::OtpGuessing, Kind::MassProfileReads];
        let mut findings: Vec<_> =
            by_strangers.into_iter().cycle().take(30).map(|kind| finding(kind, 90)).collect();
        findings.push(finding(Kind::NewDevice, 60));
        findings.push(finding(Kind::ChangeAfterNewDevice, 90));
        let told = fates(&findings, Duration::from_mins(10));
        assert_eq!(told[3..30], [AlertMailDecision::Repeated; 27]);
        assert_eq!(told[30..], [AlertMailDecision::Mailed; 2]);
    }
}
