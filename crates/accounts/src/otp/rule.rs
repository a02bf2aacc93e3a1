//! What a try of a code changes.

use std::time::Duration;

use selfsame_basics::{Timestamp, same_secret};

use super::record::Passcode;

/// So many wrong tries, and none is taken for [`COOLDOWN`].
const TRIES: u32 = 3;
/// How long that is; also how long a wrong try counts towards it.
const COOLDOWN: Duration = Duration::from_mins(15);
/// So many wrong tries in a row close the purpose.
const CLOSED_AT: u32 = 100;

/// What a try of a code is found to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It was right, and is used up.
    Right,
    /// Wrong, used or too old.
    Wrong,
    /// Not looked at: too many were wrong lately. For how long yet.
    Cooling(Duration),
    /// Not looked at: a hundred in a row were wrong.
    Closed,
}

impl Verdict {
    /// As metrics name it.
    pub(crate) const fn outcome(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Cooling(_) => "cooling",
            Self::Closed => "closed",
        }
    }
}

impl Passcode {
    /// Judges a code whose keyed hash is `hash`, of a holder who last signed in fully at `signed_in`; says what to store where that
    /// changes.
    pub(super) fn judge(
        mut self,
        hash: &str,
        now: Timestamp,
        signed_in: Option<Timestamp>,
    ) -> (Option<Self>, Verdict) {
        if self.failed_at.is_some_and(|failed| signed_in.is_some_and(|signed_in| signed_in > failed)) {
            self.streak = 0;
        }
        if self.streak >= CLOSED_AT {
            return (None, Verdict::Closed);
        }
        if let Some(left) = self.cooling_until.and_then(|until| now.until(until, COOLDOWN)) {
            return (None, Verdict::Cooling(left));
        }
        let is_right = self.issued.as_ref().is_some_and(|issued| {
            now < issued.expires_at && same_secret(issued.hash.as_bytes(), hash.as_bytes())
        });
        if is_right {
            (Some(Self::default()), Verdict::Right)
        } else {
            (Some(self.failed(now)), Verdict::Wrong)
        }
    }

    fn failed(mut self, now: Timestamp) -> Self {
        let is_old = self.failed_at.is_none_or(|failed| now.age_of(failed) >= COOLDOWN);
        if self.cooling_until.take().is_some() || is_old {
            self.failures = 0;
        }
        self.failures += 1;
        self.streak = self.streak.saturating_add(1);
        self.failed_at = Some(now);
        if self.failures >= TRIES {
            self.cooling_until = Some(now.plus(COOLDOWN));
        }
        self
    }
}
