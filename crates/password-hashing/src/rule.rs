//! The rules for passwords.

use selfsame_primitives::Secret;
use selfsame_web::{Fault, PasswordPattern};
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::feedback::{Feedback, Warning};
use zxcvbn::{Score, zxcvbn};

use crate::common_passwords;

/// Longest password in code points (NIST SP 800-63B-4 §3.1.1.2 wants at least 64 to be allowed).
const LONGEST: usize = 128;
/// A password that contains own data must have this many characters besides.
const LEFT: usize = 8;
/// Only this many characters are rated; see [`check_guessing`].
const RATED: usize = 40;

/// Why a password is refused.
#[derive(Clone, PartialEq, Debug)]
pub enum WeakPassword {
    /// Too few characters.
    Short(usize),
    /// Too many characters.
    Long,
    /// Little more than the person's own name, username or email address.
    OwnData,
    /// Many people use it.
    Common,
    /// It follows a pattern that attackers try first; which one, where that can be said.
    Guessable(Option<Warning>),
    /// It is the present password or one of the last.
    Reused,
}

/// Passwords that are not accepted again, the current one included.
pub const REMEMBERED: usize = 5;

impl From<WeakPassword> for Fault {
    fn from(weak: WeakPassword) -> Self {
        match weak {
            WeakPassword::Short(min) => Self::PasswordTooShort { min },
            WeakPassword::Long => Self::TooLong { max: LONGEST },
            WeakPassword::OwnData => Self::PasswordOwnData,
            WeakPassword::Common => Self::PasswordCommon,
            WeakPassword::Guessable(warning) => {
                Self::PasswordGuessable { pattern: pattern(warning) }
            }
            WeakPassword::Reused => Self::PasswordReused { last: REMEMBERED },
        }
    }
}

fn pattern(warning: Option<Warning>) -> PasswordPattern {
    let Some(warning) = warning else { return PasswordPattern::Other };
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess
        | Warning::ShortKeyboardPatternsAreEasyToGuess => PasswordPattern::Keys,
        Warning::RepeatsLikeAaaAreEasyToGuess
        | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => PasswordPattern::Repetition,
        Warning::SequencesLikeAbcAreEasyToGuess => PasswordPattern::Sequence,
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => {
            PasswordPattern::Date
        }
        Warning::AWordByItselfIsEasyToGuess
        | Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => PasswordPattern::Word,
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword => PasswordPattern::Common,
    }
}

/// The password as it is hashed: NFKC (NIST SP 800-63B-4 §3.1.1.2), so that every keyboard gives
/// the same.
#[must_use]
pub fn normalized(password: &Secret) -> Secret {
    Secret::new(password.expose().nfkc().collect::<String>())
}

/// What is asked of a password.
#[derive(Clone, Copy, Debug)]
pub struct Strength {
    /// Fewest code points.
    pub shortest: usize,
    /// How hard it must be to guess. Eight random characters are rated two ("protection from
    /// unthrottled online attacks"), which is enough where a second factor stands beside them;
    /// alone it must be three.
    pub score: Score,
}

/// Checks how many characters a normalized password has.
pub fn check_length(password: &Secret, shortest: usize) -> Result<(), WeakPassword> {
    let length = password.expose().chars().count();
    if length < shortest {
        Err(WeakPassword::Short(shortest))
    } else if length > LONGEST {
        Err(WeakPassword::Long)
    } else {
        Ok(())
    }
}

/// Checks a normalized password against the rules; `own` is what everybody may know of its owner.
pub fn check(password: &Secret, strength: Strength, own: &[String]) -> Result<(), WeakPassword> {
    let Strength { shortest, score } = strength;
    check_length(password, shortest)?;
    if own.iter().any(|own| is_similar(password.expose(), own)) {
        return Err(WeakPassword::OwnData);
    }
    if common_passwords::is_common(password.expose()) {
        return Err(WeakPassword::Common);
    }
    check_guessing(password.expose(), score, own)
}

/// Whether the beginning of `password` alone is hard to guess: rating takes a time that grows with
/// a power of the length (measured: 1 ms for 32 random characters, 13 for 48, 600 for 128).
fn check_guessing(password: &str, score: Score, own: &[String]) -> Result<(), WeakPassword> {
    let beginning = Secret::new(password.chars().take(RATED).collect::<String>());
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let rated = zxcvbn(beginning.expose(), &own);
    if rated.score() >= score {
        return Ok(());
    }
    Err(WeakPassword::Guessable(rated.feedback().and_then(Feedback::warning)))
}

/// Whether `password` is `own` with little added, whatever the case and the characters between.
fn is_similar(password: &str, own: &str) -> bool {
    let bare = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
    };
    let (password, own) = (bare(password), bare(own));
    own.chars().count() >= 3
        && password.contains(&own)
        && password.replace(&own, "").chars().count() < LEFT
}
