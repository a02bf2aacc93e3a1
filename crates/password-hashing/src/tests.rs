use std::sync::Arc;

use selfsame_primitives::{Keys, Secret, SeededRandom};
use selfsame_web::{Code, Fault, PasswordPattern};

use zxcvbn::Score;
use zxcvbn::feedback::Warning;

use crate::rule::{Strength, WeakPassword, check, normalized};
use crate::{PasswordCheck, PasswordSettings, Passwords};

const GOOD: &str = "notes on the analytical engine";

fn passwords(key: u8) -> Passwords {
    Passwords::new(
        Arc::new(Keys::from_master(&[key; 32])),
        Arc::new(SeededRandom::new(1)),
        PasswordSettings::cheap(),
    )
}

fn checked(password: &str, own: &[&str]) -> Result<(), WeakPassword> {
    let own: Vec<String> = own.iter().map(|own| (*own).to_owned()).collect();
    check(&normalized(&Secret::new(password)), Strength { shortest: 15, score: Score::Three }, &own)
}

#[test]
fn passwords_have_fifteen_to_128_characters_as_people_type_them() {
    let long: String = GOOD.chars().cycle().take(128).collect();
    assert_eq!(checked("kq7#mvWz!x2Lp9", &[]), Err(WeakPassword::Short(15)));
    assert_eq!(checked("kq7#mvWz!x2Lp9T", &[]), Ok(()));
    assert_eq!(checked(&long, &[]), Ok(()));
    assert_eq!(checked(&format!("{long}x"), &[]), Err(WeakPassword::Long));
    assert_eq!(
        checked("e\u{301}a\u{301}o\u{301}u\u{301}i\u{301}n\u{303}c\u{327}", &[]),
        Err(WeakPassword::Short(15))
    );
    assert_eq!(checked("山の上に小さな古い家がひとつある", &[]), Ok(()));
}

#[test]
fn public_data_of_the_owner_is_no_password() {
    let own = ["ada.lovelace@example.org", "ada.lovelace", "Ada Lovelace"];
    for bad in
        ["ada.lovelace@example.org", "AdaLovelace-2026", "1234 ada lovelace", "Ada_Love_Lace!!!!"]
    {
        assert_eq!(checked(bad, &own), Err(WeakPassword::OwnData), "{bad}");
    }
    assert_eq!(checked("ada.lovelace likes analytical engines", &own), Ok(()));
    assert_eq!(
        checked("abrasive otters juggle lanterns", &["a", "ot"]),
        Ok(()),
        "two letters are not a name"
    );
}

#[test]
fn guessable_passwords_are_refused_with_the_reason() {
    for (bad, warning) in [
        ("aaaaaaaaaaaaaaaaaaaa", Some(Warning::RepeatsLikeAaaAreEasyToGuess)),
        ("passwordpassword", Some(Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess)),
        ("qwertyuiopasdfghjkl", Some(Warning::ThisIsSimilarToACommonlyUsedPassword)),
        ("abcabcabcabcabcabc", Some(Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess)),
    ] {
        assert_eq!(checked(bad, &[]), Err(WeakPassword::Guessable(warning)), "{bad}");
    }
    let fault = Fault::from(WeakPassword::Guessable(Some(Warning::RepeatsLikeAaaAreEasyToGuess)));
    assert_eq!(fault, Fault::PasswordGuessable { pattern: PasswordPattern::Repetition });
    assert_eq!(
        fault.to_string(),
        "This is easy to guess. Repetitions are tried early. Several unrelated words are better."
    );
}

#[test]
fn common_passwords_are_refused_whatever_the_case() {
    for bad in ["123456789123456789", "MANCHESTERunited", "qwerty123456789"] {
        assert_eq!(checked(bad, &[]), Err(WeakPassword::Common), "{bad}");
    }
}

#[tokio::test]
async fn a_refused_password_is_answered_with_the_reason() {
    let problem = passwords(1).accept(&Secret::new("short"), &[]).await.unwrap_err();
    assert_eq!((problem.code, problem.errors[0].pointer.as_str()), (Code::Invalid, "/password"));
    assert_eq!(problem.errors[0].fault, Fault::PasswordTooShort { min: 15 });
}

#[tokio::test]
async fn only_the_same_password_under_the_same_keys_is_right() {
    let (own, other) = (passwords(1), passwords(2));
    let hash = own.accept(&Secret::new(GOOD), &[]).await.unwrap();
    let right = PasswordCheck::Right { rehashed: None };
    assert_eq!(own.verify(&Secret::new(GOOD), Some(&hash)).await.unwrap(), right);
    assert_eq!(
        own.verify(&Secret::new("another"), Some(&hash)).await.unwrap(),
        PasswordCheck::Wrong
    );
    assert_eq!(own.verify(&Secret::new(GOOD), None).await.unwrap(), PasswordCheck::Wrong);
    assert_eq!(other.verify(&Secret::new(GOOD), Some(&hash)).await.unwrap(), PasswordCheck::Wrong);
    assert_ne!(
        own.accept(&Secret::new(GOOD), &[]).await.unwrap(),
        hash,
        "every hash has its own salt"
    );
}

#[tokio::test]
async fn stored_text_that_is_no_hash_or_would_take_all_memory_matches_nothing() {
    let passwords = passwords(1);
    let hash = passwords.accept(&Secret::new(GOOD), &[]).await.unwrap();
    for bad in [
        String::new(),
        "$argon2id$v=19$".to_owned(),
        hash.replace("argon2id", "argon2i"),
        hash.replace("m=8", "m=99999999"),
        hash.replace("m=8,t=1,p=1", "m=8,t=1"),
        hash.replace("m=8,t=1,p=1", "m=8,t=1,p=1,x=2"),
        format!("{hash}$AAAA"),
        hash[..hash.len() - 4].to_owned(),
    ] {
        assert_eq!(
            passwords.verify(&Secret::new(GOOD), Some(&bad)).await.unwrap(),
            PasswordCheck::Wrong,
            "{bad}"
        );
    }
}

#[test]
fn the_default_cost_is_the_one_that_owasp_names_first() {
    let cost = PasswordSettings::default().cost;
    assert_eq!((cost.memory, cost.passes, cost.lanes), (19_456, 2, 1));
}
