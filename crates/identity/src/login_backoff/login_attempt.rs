//! An attempt that may be checked.

use selfsame_primitives::MonotonicTime;

use super::failure_counter::{FREE_FOR_NETWORK, FREE_FOR_PAIR, PendingAttempt};
use super::unknown_client_permit::UnknownClientPermit;

/// An attempt whose password may be compared. Dropped without an outcome it is cancelled and counts
/// for nothing.
pub(crate) struct LoginAttempt {
    own: PendingAttempt,
    /// The attempt at the network's counter; none for a known device.
    network: Option<PendingAttempt>,
    /// The permit of the limit of unknown clients; refunded when dropped.
    permit: Option<UnknownClientPermit>,
}

impl LoginAttempt {
    pub(super) const fn new(own: PendingAttempt, network: Option<PendingAttempt>) -> Self {
        Self { own, network, permit: None }
    }

    pub(super) fn with_permit(self, permit: UnknownClientPermit) -> Self {
        Self { permit: Some(permit), ..self }
    }

    /// The password was right. The failures of this client are forgotten, and as many of its
    /// network are taken back.
    pub(crate) fn succeeded(self, now: MonotonicTime) {
        let mistyped = self.own.count().reset(now);
        if let Some(network) = &self.network {
            network.count().forgive(mistyped, FREE_FOR_NETWORK);
        }
    }

    /// The password was wrong.
    pub(crate) fn failed(self, now: MonotonicTime) {
        self.own.count().fail(now, FREE_FOR_PAIR);
        if let Some(network) = &self.network {
            network.count().fail(now, FREE_FOR_NETWORK);
        }
        if let Some(permit) = self.permit {
            permit.spend();
        }
    }
}
