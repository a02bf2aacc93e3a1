//! The rules for issuing and checking codes.

use std::time::Duration;

use selfsame_primitives::{Timestamp, same_secret};

use super::record::{Issued, OtpRecord, Tries};

/// After this many wrong attempts no code of six digits is accepted for [`COOLDOWN`].
const TRIES: u32 = 3;
/// The cooldown; also how long a wrong attempt counts towards it.
const COOLDOWN: Duration = Duration::from_mins(15);
/// After this many wrong attempts only long codes are accepted (decision 0042).
const CLOSED_AT: u32 = 100;
/// Wrong attempts are forgotten this long after the last counted one.
const FORGOTTEN: Duration = Duration::from_hours(30 * 24);
/// Replaces the hash of an invalid code. No hash is so short, and [`super::VerifyCode::into_wrong`]
/// has an empty one: nothing matches it.
const SPENT: &str = "spent";

/// The outcome of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CodeOutcome {
    /// It was right, and is used up.
    Right,
    /// Wrong, used or too old: the last of `streak` in a row. It counts.
    Missed { streak: u32 },
    /// A wrong long code. It does not count: it can't be guessed.
    Wrong,
    /// Not checked: too many were wrong lately. The time left.
    Cooling(Duration),
    /// Not checked: a hundred were wrong. A long code still is.
    Closed,
}

impl CodeOutcome {
    /// The label in metrics.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Missed { .. } | Self::Wrong => "wrong",
            Self::Cooling(_) => "cooling",
            Self::Closed => "closed",
        }
    }
}

/// A code to check.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    /// Its keyed hash.
    pub(super) hash: String,
    /// Whether it has the form of a long code.
    pub(super) long: bool,
    /// The keyed hash of the request id, where one was sent.
    pub(super) request: Option<String>,
}

impl Tries {
    /// The rest of the cooldown.
    fn cooling(&self, now: Timestamp) -> Option<Duration> {
        self.cooling_until.and_then(|until| now.until(until, COOLDOWN))
    }

    /// Whether no attempt counts any more.
    fn is_forgotten(&self, now: Timestamp) -> bool {
        self.cooling(now).is_none()
            && self.failed_at.is_none_or(|failed| now.age_of(failed) >= COOLDOWN)
    }

    fn fail(&mut self, now: Timestamp) {
        if self.cooling_until.take().is_some() || self.is_forgotten(now) {
            self.failures = 0;
        }
        self.failures += 1;
        self.failed_at = Some(now);
        if self.failures >= TRIES {
            self.cooling_until = Some(now.plus(COOLDOWN));
        }
    }
}

impl OtpRecord {
    /// The record at `now`. Only time resets the streak: a reset by a sign-in or a right code would
    /// reveal to others that the account exists.
    pub(super) fn at(mut self, now: Timestamp) -> Self {
        let wrong_at = self.wrong_at.or(self.tries.failed_at);
        if wrong_at.is_some_and(|wrong_at| now.age_of(wrong_at) >= FORGOTTEN) {
            self.streak = 0;
        }
        self
    }

    /// Whether only long codes are accepted.
    pub(super) const fn wants_long(&self) -> bool {
        self.streak >= CLOSED_AT
    }

    /// The rest of the cooldown for codes of six digits with `request`.
    pub(super) fn cooling(&self, request: Option<&str>, now: Timestamp) -> Option<Duration> {
        let of_request =
            self.codes.iter().find(|code| request.is_some() && code.request.as_deref() == request);
        of_request.map_or(&self.tries, |code| &code.tries).cooling(now)
    }

    /// Adds a code, which replaces the one of the same request. Its counted attempts stay: else
    /// asking again would allow three more guesses.
    pub(super) fn with(mut self, issued: Issued, now: Timestamp) -> Self {
        let before = self.codes.iter().find(|code| code.request == issued.request);
        let tries = before.map(|code| code.tries.clone()).unwrap_or_default();
        // An expired code stays while its attempts count. The daily limit of mails bounds the list.
        let is_kept = |code: &Issued| now < code.expires_at || !code.tries.is_forgotten(now);
        self.codes.retain(|code| code.request != issued.request && is_kept(code));
        self.codes.push(Issued { tries, ..issued });
        self
    }

    /// The valid code that matches `tried`.
    pub(super) fn find(&self, tried: &Tried, now: Timestamp) -> Option<&Issued> {
        // A long code can't be guessed, so it is valid without the id of its request.
        let fits =
            |code: &Issued| tried.long || tried.request.is_none() || code.request == tried.request;
        self.codes.iter().find(|code| {
            code.long == tried.long
                && now < code.expires_at
                && fits(code)
                && same_secret(code.hash.as_bytes(), tried.hash.as_bytes())
        })
    }

    /// Invalidates all codes. Counts stay, per request too: guesses of others must have the same
    /// answers as if there were no account.
    fn spent(mut self) -> Self {
        for code in &mut self.codes {
            SPENT.clone_into(&mut code.hash);
        }
        self
    }

    /// Checks a code; returns what to store where that changes. A right code invalidates all
    /// others.
    pub(super) fn decide(mut self, tried: &Tried, now: Timestamp) -> (Option<Self>, CodeOutcome) {
        let is_right = self.find(tried, now).is_some();
        if tried.long {
            return if is_right {
                (Some(self.spent()), CodeOutcome::Right)
            } else {
                (None, CodeOutcome::Wrong)
            };
        }
        if self.wants_long() {
            return (None, CodeOutcome::Closed);
        }
        if let Some(wait) = self.cooling(tried.request.as_deref(), now) {
            return (None, CodeOutcome::Cooling(wait));
        }
        if is_right {
            return (Some(self.spent()), CodeOutcome::Right);
        }
        self.tries_of(tried.request.as_deref()).fail(now);
        self.streak = self.streak.saturating_add(1);
        self.wrong_at = Some(now);
        let streak = self.streak;
        (Some(self), CodeOutcome::Missed { streak })
    }

    fn tries_of(&mut self, request: Option<&str>) -> &mut Tries {
        let of_request = self
            .codes
            .iter_mut()
            .find(|code| request.is_some() && code.request.as_deref() == request);
        match of_request {
            Some(code) => &mut code.tries,
            None => &mut self.tries,
        }
    }
}
