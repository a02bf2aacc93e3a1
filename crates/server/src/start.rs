//! Checks of a start before it touches anything; `doctor` reports them too.

use selfsame_primitives::Timestamp;

use crate::failure::Failure;
use crate::settings::Settings;

/// The day on which this was written: a clock that shows an earlier one is wrong.
const WRITTEN: Timestamp = Timestamp::from_millis(1_763_683_200_000);

/// Whether the service may start with `settings` at `now`.
pub(crate) fn check(settings: &Settings, now: Timestamp) -> Result<(), Failure> {
    let checked = check_clock(now).map_err(|wrong| format!("the clock is wrong: {wrong}"));
    checked.and_then(|()| check_addresses(settings)).map_err(Failure::Configuration)
}

/// Whether the clock can be right. Before 1970 no response could be dated, and signatures and
/// expiries by a clock in the past are void at once, or valid for ever.
pub(crate) fn check_clock(now: Timestamp) -> Result<(), String> {
    if now < WRITTEN { Err(format!("it is not {now}: set the machine's clock")) } else { Ok(()) }
}

/// Whether the service and its probes have different addresses; port 0 is another one every time.
pub(crate) fn check_addresses(settings: &Settings) -> Result<(), String> {
    match settings.management_listen {
        Some(address) if address == settings.listen && address.port() != 0 => Err(format!(
            "listen and management.listen are both {address}: give each an address of its own, or unset management.listen"
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::settings::Sources;

    fn settings(listen: &str, management: Option<&str>) -> Settings {
        let management = management.map(|text| ("management.listen", "test", text.to_owned()));
        let mut flags = vec![("listen", "test", listen.to_owned())];
        flags.extend(management);
        Sources { flags, ..Sources::default() }.load().unwrap()
    }

    #[test]
    fn a_clock_of_long_ago_is_refused() {
        let plain = settings("127.0.0.1:8080", None);
        for wrong in [-1, 0, 946_684_800_000] {
            let refused = check(&plain, Timestamp::from_millis(wrong)).unwrap_err();
            assert!(matches!(refused, Failure::Configuration(_)), "{refused}");
            assert!(refused.to_string().contains("set the machine's clock"), "{refused}");
        }
        check(&plain, WRITTEN.plus(Duration::from_secs(1))).unwrap();
    }

    #[test]
    fn equal_addresses_are_reported_by_their_settings() {
        let one = settings("127.0.0.1:8080", Some("127.0.0.1:8080"));
        let said = check(&one, WRITTEN).unwrap_err().to_string();
        assert!(said.contains("listen and management.listen are both 127.0.0.1:8080"), "{said}");
        for (listen, management) in [
            ("127.0.0.1:0", Some("127.0.0.1:0")),
            ("127.0.0.1:1", Some("127.0.0.1:2")),
            ("127.0.0.1:1", None),
        ] {
            check(&settings(listen, management), WRITTEN).unwrap();
        }
    }
}
