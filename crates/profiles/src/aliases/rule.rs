//! The rules of aliases.

use std::time::Duration;

use selfsame_generated_avatars::Animal;
use selfsame_primitives::Timestamp;

use super::record::Alias;

/// Uses within this time count once, which bounds the writes that reads of an alias cause.
pub(super) const USE: Duration = Duration::from_mins(5);
/// How many names are tried. The numbers grow by a digit every three attempts: from 86,400 names of
/// three digits to 86,400,000,000 of nine, so that a crowded context still has free ones.
pub(super) const TRIES: u32 = 21;

/// The name that the keyed `draw` gives for `attempt`, counted from 0.
pub(super) fn name(draw: &[u8; 32], attempt: u32) -> (Animal, String) {
    let (first, rest) = draw.split_at(8);
    let species = usize::try_from(below(first, Animal::ALL.len() as u64)).unwrap_or(0);
    let species = Animal::ALL.get(species).copied().unwrap_or(Animal::Panda);
    let low = 10_u64.pow(2 + attempt / 3);
    let number = low + below(rest, 9 * low);
    (species, format!("Anonymous_{}_{number}", species.name()))
}

/// A number in `0..bound` from the first eight of `bytes`; the bias is below 2^-30 for every bound
/// that occurs.
fn below(bytes: &[u8], bound: u64) -> u64 {
    let word = bytes.iter().take(8).fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
    u64::try_from((u128::from(word) * u128::from(bound)) >> 64).unwrap_or(0)
}

/// Which alias the caller asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AliasCommand {
    /// The active alias, or a new one where there is none.
    Any,
    /// A new one.
    Other,
}

/// The decision about the alias of a context.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum AliasDecision {
    /// The present alias stays.
    Keep(Alias),
    /// A new one is created; the present one, if any, has ended.
    Put {
        /// The alias before, with the time of its end.
        ended: Option<Alias>,
        /// Whether it was active until now.
        was_active: bool,
    },
}

/// Decides between the present alias and a new one.
pub(super) fn decide(
    before: Option<Alias>,
    command: AliasCommand,
    now: Timestamp,
) -> AliasDecision {
    match before {
        Some(alias) if alias.is_current(now) && command == AliasCommand::Any => {
            AliasDecision::Keep(alias)
        }
        Some(alias) => {
            let was_active = alias.is_current(now);
            let end = alias.ended_at.unwrap_or(alias.expires_at.min(now));
            AliasDecision::Put { ended: Some(Alias { ended_at: Some(end), ..alias }), was_active }
        }
        None => AliasDecision::Put { ended: None, was_active: false },
    }
}

/// The alias with one more use; `None` within [`USE`] of the last one.
pub(super) fn used(alias: &Alias, now: Timestamp) -> Option<Alias> {
    let is_new = now.age_of(alias.counted_at) >= USE;
    is_new.then(|| Alias { usage_count: alias.usage_count + 1, counted_at: now, ..alias.clone() })
}

/// The alias, revealed; `None` where it is already.
pub(super) fn revealed(alias: &Alias, now: Timestamp) -> Option<Alias> {
    alias.revealed_at.is_none().then(|| Alias { revealed_at: Some(now), ..alias.clone() })
}

const DAY: i64 = 24 * 3600 * 1000;

/// The midnight (UTC) after `time`, and `days` later. Expiry times can be read without the master
/// key, so they are this coarse.
pub(super) fn midnight_after(time: Timestamp, days: u64) -> Timestamp {
    let midnight = Timestamp::from_millis((time.millis().div_euclid(DAY) + 1) * DAY);
    midnight.plus(Duration::from_hours(24 * days))
}

#[cfg(test)]
mod tests {
    use selfsame_primitives::AliasId;

    use super::super::place::ContextType;
    use super::*;

    fn at(minutes: u64) -> Timestamp {
        Timestamp::default().plus(Duration::from_mins(minutes))
    }

    fn alias() -> Alias {
        Alias {
            id: AliasId::parse("alias_aB3cD4eF5gH6").unwrap(),
            name: "Anonymous_Panda_789".into(),
            picture: "p".into(),
            context: "room".into(),
            context_type: ContextType::ChatRoom,
            session: None,
            created_at: at(0),
            expires_at: at(100),
            ended_at: None,
            revealed_at: None,
            usage_count: 1,
            counted_at: at(0),
            number: 1,
        }
    }

    #[test]
    fn the_first_names_have_three_digits_and_later_ones_more() {
        let digits = |attempt| {
            let (species, name) = name(&[200; 32], attempt);
            let number = name.strip_prefix(&format!("Anonymous_{}_", species.name())).unwrap();
            assert!(!number.starts_with('0'));
            number.len()
        };
        assert_eq!([0, 2, 3, 5, 6, TRIES - 1].map(digits), [3, 3, 4, 4, 5, 9]);
    }

    #[test]
    fn both_ends_of_the_range_of_names_occur() {
        assert_eq!(name(&[0; 32], 0).1, format!("Anonymous_{}_100", Animal::ALL[0].name()));
        assert_eq!(
            name(&[255; 32], 0).1,
            format!("Anonymous_{}_999", Animal::ALL.last().unwrap().name())
        );
    }

    #[test]
    fn an_alias_stays_until_it_expires_or_another_is_requested() {
        assert_eq!(decide(Some(alias()), AliasCommand::Any, at(99)), AliasDecision::Keep(alias()));
        let over = Alias { ended_at: Some(at(100)), ..alias() };
        let expected = AliasDecision::Put { ended: Some(over), was_active: false };
        assert_eq!(decide(Some(alias()), AliasCommand::Any, at(100)), expected);
        let over = Alias { ended_at: Some(at(7)), ..alias() };
        let expected = AliasDecision::Put { ended: Some(over), was_active: true };
        assert_eq!(decide(Some(alias()), AliasCommand::Other, at(7)), expected);
        assert_eq!(
            decide(None, AliasCommand::Other, at(7)),
            AliasDecision::Put { ended: None, was_active: false }
        );
    }

    #[test]
    fn uses_within_five_minutes_count_once() {
        assert_eq!(used(&alias(), at(4)), None);
        let after = used(&alias(), at(5)).unwrap();
        assert_eq!((after.usage_count, after.counted_at), (2, at(5)));
    }

    #[test]
    fn an_alias_is_revealed_once() {
        let after = revealed(&alias(), at(3)).unwrap();
        assert_eq!(after.revealed_at, Some(at(3)));
        assert_eq!(revealed(&after, at(4)), None);
    }

    #[test]
    fn coarse_times_are_midnights_and_never_earlier() {
        assert_eq!(midnight_after(at(0), 0), at(24 * 60));
        assert_eq!(midnight_after(at(24 * 60 - 1), 2), at(3 * 24 * 60));
    }
}
