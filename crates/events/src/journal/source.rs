//! The request behind a change.

use selfsame_primitives::UserId;

use crate::addresses::DailyKey;
use crate::{ClientAddress, Origin};

/// The request behind a change, with the key that seals its address.
pub(super) struct Source<'o> {
    pub(super) origin: &'o Origin,
    pub(super) today: Option<DailyKey>,
}

impl Source<'_> {
    /// The origin as it is stored with what happened to `subject`.
    pub(super) fn sealed(&self, subject: &UserId) -> Origin {
        let origin = self.origin.clone();
        let seal = |ip: ClientAddress| match &self.today {
            Some(today) => today.seal(subject, &ip),
            None => ip,
        };
        Origin { ip: origin.ip.map(seal), ..origin }
    }
}
