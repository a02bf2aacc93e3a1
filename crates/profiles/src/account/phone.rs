//! Phone numbers, read by the rules of every country's numbering plan.

use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, PhoneNumber};
use selfsame_primitives::with_ascii_digits;
use selfsame_web::Fault;

use super::country::country;
use super::record::Phone;

/// Longer than any number with its punctuation; bounds the parsing work, in characters.
const LONGEST: usize = 40;

/// The number that `text` stands for. Without the `+` of an international number it is parsed as
/// dialled within that country.
pub(super) fn read(text: &str, dialled_in: Option<&str>) -> Result<Phone, Fault> {
    let text = &*with_ascii_digits(text.trim());
    let is_international = text.starts_with(['+', '\u{ff0b}']);
    if !is_international && dialled_in.is_none() {
        return Err(Fault::PhoneWithoutCountry);
    }
    let number = parsed(text, dialled_in).filter(PhoneNumber::is_valid);
    let number = number.ok_or(Fault::NotAPhone)?;
    if number.extension().is_some() {
        return Err(Fault::PhoneExtension);
    }
    let country = home(&number);
    Ok(Phone { number: number.format().mode(Mode::E164).to_string(), country })
}

/// The country of the number. Countries that share a calling code are distinguished by the first
/// digits. Where those are ambiguous, as with Italy's leading zeros, it is the country that the
/// code is named after.
fn home(number: &PhoneNumber) -> Option<String> {
    let identified = number.country().id().map(|id| id.as_ref().to_owned());
    let named_after =
        || DATABASE.region(&number.country().code())?.first().copied().and_then(country);
    identified.or_else(named_after)
}

fn parsed(text: &str, dialled_in: Option<&str>) -> Option<PhoneNumber> {
    if text.chars().count() > LONGEST {
        return None;
    }
    let country: Option<Id> = dialled_in.and_then(|code| code.parse().ok());
    phonenumber::parse(country, text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn e164(text: &str, country: Option<&str>) -> Result<(String, Option<String>), Fault> {
        read(text, country).map(|phone| (phone.number, phone.country))
    }

    #[test]
    fn numbers_become_e164_with_their_country() {
        for (text, country, number, theirs) in [
            ("+1 (415) 555-2671", None, "+14155552671", Some("US")),
            ("(415) 555-2671", Some("US"), "+14155552671", Some("US")),
            ("+1 604 555 2671", None, "+16045552671", Some("CA")),
            ("030 901820", Some("DE"), "+4930901820", Some("DE")),
            ("٠٣٠ ٩٠١٨٢٠", Some("DE"), "+4930901820", Some("DE")),
            ("020 7946 0018", Some("GB"), "+442079460018", Some("GB")),
            ("06 6982", Some("IT"), "+39066982", Some("IT")),
            ("312 345 6789", Some("IT"), "+393123456789", Some("IT")),
            ("+44 1534 456789", None, "+441534456789", Some("JE")),
            ("03-3224-9999", Some("JP"), "+81332249999", Some("JP")),
            ("+33 1 42 68 53 00", Some("DE"), "+33142685300", Some("FR")),
            ("+800 1234 5678", None, "+80012345678", None),
        ] {
            assert_eq!(
                e164(text, country),
                Ok((number.to_owned(), theirs.map(str::to_owned))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_number_that_can_not_be_called_is_refused() {
        for text in ["", "+", "+1 415", "+999 123456", "+49 0", "hello", "+1 415 555 2671 ext. 5"] {
            assert!(e164(text, Some("US")).is_err(), "{text}");
        }
        assert!(e164("030 901820", None) == Err(Fault::PhoneWithoutCountry));
        assert!(e164(&format!("+1{}4155552671", " ".repeat(40)), None).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic_and_what_it_takes_it_takes_again(text in "[+0-9０-９ ()./;=#,a-zA-Z\u{660}-\u{669}-]{0,41}") {
            for country in [None, Some("US"), Some("DE"), Some("AQ")] {
                if let Ok(phone) = read(&text, country) {
                    prop_assert_eq!(read(&phone.number, None), Ok(phone));
                }
            }
        }

        #[test]
        fn no_unicode_makes_the_reader_panic(text in "\\PC{0,41}") {
            let _ = read(&text, Some("GB"));
        }
    }
}
