//! Who asks for a change on behalf of another service.

use selfsame_events::Origin;

use super::ServiceCaller;

/// Which service asks for a change, and where it came from: over HTTP, by a message or at the command line. Whoever makes one
/// has seen to it that the service may.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asker {
    /// The service's name, in the operator's words.
    pub service: String,
    /// What entries hold about where it came from.
    pub origin: Origin,
}

impl From<&ServiceCaller> for Asker {
    fn from(caller: &ServiceCaller) -> Self {
        Self { service: caller.token.name.clone(), origin: caller.client.origin(None) }
    }
}
