//! Issuing and trying codes, as parts of changes.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use selfsame_basics::{EmailAddress, Keys, Random, Timestamp, base64url, refuse};
use selfsame_events::{Changes, Loaded};
use selfsame_items::{Key, StoreError};
use selfsame_mail::Template;
use selfsame_web::{Code, Detail, Fault, Problem, Wait};
use serde::{Deserialize, Deserializer};
use thiserror::Error;

use super::holder::Holder;
use super::record::{Issued, Passcode, Purpose};
use super::rule::Verdict;
use super::sends::{DAY, SendLimits, Sends};
use crate::mail::{Addressee, Letter};
use crate::{Account, App};

/// How long a code is good (SPEC 11).
pub(crate) const LIFE: Duration = Duration::from_mins(10);

/// Six digits as somebody typed or pasted them; spaces and dashes between them don't count.
#[derive(Clone)]
pub(crate) struct OneTimePassword(String);

/// The longest text that is taken for a code: six digits with room between them.
const LONGEST: usize = 32;

impl OneTimePassword {
    fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(Self(digits))
    }

    fn generate(random: &dyn Random) -> Self {
        Self(format!("{:06}", random.below(1_000_000)))
    }

    /// Its keyed hash, bound to whom it is for: what fits here fits nowhere else.
    fn hash(&self, keys: &Keys, holder: &Holder, purpose: Purpose, target: &EmailAddress) -> String {
        let canonical = target.canonical();
        let parts = [holder.user.as_str(), purpose.as_str(), canonical.as_str(), self.0.as_str()];
        base64url(keys.hash("otp", &parts.map(str::as_bytes)))
    }
}

impl<'de> Deserialize<'de> for OneTimePassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| refuse(Fault::NotACode { digits: 6 }))
    }
}

impl JsonSchema for OneTimePassword {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OneTimePassword".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[\\s-]*([0-9][\\s-]*){6}$", "maxLength": LONGEST, "examples": ["314159"]})
    }
}

/// Why no code is sent.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error("too many codes were sent to this address")]
    TooMany(Duration),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooMany(wait) => limited(wait, |wait| Detail::TooManyCodes { wait }),
            Refusal::Store(error) => error.into(),
        }
    }
}

fn limited(wait: Duration, why: impl FnOnce(Wait) -> Detail) -> Problem {
    let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1);
    Problem::new(Code::RateLimited, why(Wait(seconds))).retry_after(seconds)
}

/// A new code, with the letter that brings it; made before the rule, which stays pure.
pub(crate) struct Fresh {
    letter: Letter,
    hash: String,
    place: Key,
    sends: Key,
    limits: SendLimits,
    keeps_until: Option<Timestamp>,
}

impl Fresh {
    /// A code of `purpose` for `holder`, who is to show that `target` is theirs. `addressee` says whom the letter goes to.
    pub(crate) fn new(
        app: &App,
        holder: &Holder,
        purpose: Purpose,
        target: &EmailAddress,
        addressee: Addressee,
        template: impl FnOnce(String) -> Template,
    ) -> Self {
        let code = OneTimePassword::generate(&*app.random);
        let hash = code.hash(&app.keys, holder, purpose, target);
        Self {
            letter: app.post.letter(addressee, template(code.0)),
            hash,
            place: holder.passcode_key(purpose),
            sends: Sends::key(&app.keys, target),
            limits: app.settings.otp_limits,
            keeps_until: holder.keeps_until(app.now()),
        }
    }

    /// A code for `holder`, who is to show that `email` is theirs as the account's address.
    pub(crate) fn verifying(app: &App, holder: &Holder, email: &EmailAddress, addressee: Addressee) -> Self {
        let template = |code| Template::EmailVerification { code };
        Self::new(app, holder, Purpose::EmailVerification, email, addressee, template)
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        vec![self.place.clone(), self.sends.clone()]
    }

    /// Sends it together with `changes`. A code that was sent before is good for nothing then; what was counted stays.
    pub(crate) fn send(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, Refusal> {
        let sends = self.another_send(loaded)?.map_err(Refusal::TooMany)?;
        Ok(self.issue(changes, loaded, &sends)?)
    }

    /// The same, but that nothing is sent where the address had too many already.
    pub(crate) fn send_if_allowed(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, StoreError> {
        match self.another_send(loaded)? {
            Ok(sends) => self.issue(changes, loaded, &sends),
            Err(_) => Ok(changes),
        }
    }

    fn another_send(&self, loaded: &Loaded) -> Result<Result<Sends, Duration>, StoreError> {
        let sends = loaded.get::<Sends>(&self.sends)?.unwrap_or_default();
        Ok(sends.another(self.limits, loaded.now()))
    }

    fn issue(&self, changes: Changes, loaded: &Loaded, sends: &Sends) -> Result<Changes, StoreError> {
        let issued = Issued { hash: self.hash.clone(), expires_at: loaded.now().plus(LIFE) };
        let passcode = loaded.get::<Passcode>(&self.place)?.unwrap_or_default();
        let passcode = Passcode { issued: Some(issued), ..passcode };
        let changes = put(changes, &self.place, &passcode, self.keeps_until);
        Ok(self.letter.post(changes.put_until(self.sends.clone(), sends, loaded.now().plus(DAY))))
    }
}

fn put(changes: Changes, place: &Key, passcode: &Passcode, until: Option<Timestamp>) -> Changes {
    match until {
        Some(until) => changes.put_until(place.clone(), passcode, until),
        None => changes.put(place.clone(), passcode),
    }
}

/// A code that somebody tries.
pub(crate) struct Attempt {
    hash: String,
    place: Key,
    account: Key,
    keeps_until: Option<Timestamp>,
}

impl Attempt {
    /// `code`, which is to show that `target` belongs to `holder`.
    pub(crate) fn new(
        app: &App,
        holder: &Holder,
        purpose: Purpose,
        target: &EmailAddress,
        code: &OneTimePassword,
    ) -> Self {
        Self {
            hash: code.hash(&app.keys, holder, purpose, target),
            place: holder.passcode_key(purpose),
            account: holder.account_key(),
            keeps_until: holder.keeps_until(app.now()),
        }
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        vec![self.place.clone(), self.account.clone()]
    }

    /// Judges it. The changes count it or use it up, so they are to be committed whatever the verdict is.
    pub(crate) fn judge(&self, loaded: &Loaded) -> Result<(Changes, Verdict), StoreError> {
        let passcode = loaded.get::<Passcode>(&self.place)?.unwrap_or_default();
        let signed_in = loaded.get::<Account>(&self.account)?.and_then(|account| account.last_login_at);
        let (after, verdict) = passcode.judge(&self.hash, loaded.now(), signed_in);
        let changes = after
            .map_or_else(Changes::none, |after| put(Changes::none(), &self.place, &after, self.keeps_until));
        Ok((changes, verdict))
    }
}

impl Verdict {
    /// The answer to a code that was not right.
    pub(crate) fn check(self) -> Result<(), Problem> {
        match self {
            Self::Right => Ok(()),
            Self::Wrong => Err(Problem::new(Code::OtpInvalid, Detail::CodeNotGood)),
            Self::Cooling(wait) => Err(limited(wait, |wait| Detail::CodesPaused { wait })),
            Self::Closed => Err(Problem::new(Code::OtpClosed, Detail::CodesClosed)),
        }
    }
}
