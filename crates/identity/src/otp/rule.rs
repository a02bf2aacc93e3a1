//! What sending and trying a code change.

use std::time::Duration;

use selfsame_primitives::{Timestamp, same_secret};

use super::record::{Issued, OtpRecord, Tries};

/// So many wrong tries, and no code of six digits is taken for [`COOLDOWN`].
const TRIES: u32 = 3;
/// How long that is; also how long a wrong try counts towards it.
const COOLDOWN: Duration = Duration::from_mins(15);
/// After so many wrong tries six digits are not enough.
const CLOSED_AT: u32 = 100;
/// Wrong tries are forgotten so long after the last one that was looked at.
const FORGOTTEN: Duration = Duration::from_hours(30 * 24);
/// What stands for the hash of a code that is good no more; no hash is so short, and a try that is
/// wrong anyway brings none.
const SPENT: &str = "spent";

/// What a try of a code is found to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CodeOutcome {
    /// It was right, and is used up.
    Right,
    /// Wrong, used or too old: the last of so many in a row.
    Missed { streak: u32 },
    /// Not good, which does not count: nobody guesses a long one, and whoever has the right one has
    /// guessed nothing.
    Wrong,
    /// Not looked at: too many were wrong lately. For how long yet.
    Cooling(Duration),
    /// Not looked at: a hundred were wrong. A long code is.
    Closed,
}

impl CodeOutcome {
    /// As metrics name it.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Missed { .. } | Self::Wrong => "wrong",
            Self::Cooling(_) => "cooling",
            Self::Closed => "closed",
        }
    }
}

/// A code that is tried.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    /// Its keyed hash.
    pub(super) hash: String,
    /// Whether it has the form of a long one.
    pub(super) long: bool,
    /// The keyed hash of the request's id, where that was brought.
    pub(super) request: Option<String>,
}

impl Tries {
    /// For how long yet no code is taken.
    fn cooling(&self, now: Timestamp) -> Option<Duration> {
        self.cooling_until.and_then(|until| now.until(until, COOLDOWN))
    }

    /// Whether nothing of it counts any more.
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
    /// The same at `now`. Time alone takes wrong tries back: neither a sign-in nor a right code
    /// does, since whoever tried could tell by that that there is somebody.
    pub(super) fn at(mut self, now: Timestamp) -> Self {
        let wrong_at = self.wrong_at.or(self.tries.failed_at);
        if wrong_at.is_some_and(|wrong_at| now.age_of(wrong_at) >= FORGOTTEN) {
            self.streak = 0;
        }
        self
    }

    /// Whether six digits are not enough any more.
    pub(super) const fn wants_long(&self) -> bool {
        self.streak >= CLOSED_AT
    }

    /// For how long yet no six digits would be taken of `request`.
    pub(super) fn cooling(&self, request: Option<&str>, now: Timestamp) -> Option<Duration> {
        let of_request =
            self.codes.iter().find(|code| request.is_some() && code.request.as_deref() == request);
        of_request.map_or(&self.tries, |code| &code.tries).cooling(now)
    }

    /// With a code that takes the place of the one that was mailed for the same request; what was
    /// counted stays.
    pub(super) fn with(mut self, issued: Issued, now: Timestamp) -> Self {
        let before = self.codes.iter().find(|code| code.request == issued.request);
        let tries = before.map(|code| code.tries.clone()).unwrap_or_default();
        let is_kept = |code: &Issued| now < code.expires_at || !code.tries.is_forgotten(now);
        self.codes.retain(|code| code.request != issued.request && is_kept(code));
        self.codes.push(Issued { tries, ..issued });
        self
    }

    /// The code that `tried` is, if it is right.
    pub(super) fn find(&self, tried: &Tried, now: Timestamp) -> Option<&Issued> {
        // Nobody guesses a long one, so it is good without the id of its request.
        let fits =
            |code: &Issued| tried.long || tried.request.is_none() || code.request == tried.request;
        self.codes.iter().find(|code| {
            code.long == tried.long
                && now < code.expires_at
                && fits(code)
                && same_secret(code.hash.as_bytes(), tried.hash.as_bytes())
        })
    }

    /// Good for no code that was mailed. What was counted stays, for each request too: whoever
    /// guesses at an address goes on as they would if nobody had it.
    fn spent(mut self) -> Self {
        for code in &mut self.codes {
            SPENT.clone_into(&mut code.hash);
        }
        self
    }

    /// Judges a code; says what to store where that changes. A right one ends all others.
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
