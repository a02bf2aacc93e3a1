//! Addresses of people, and what is left of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use selfsame_basics::Timestamp;

/// After this long only the network is shown.
const WHOLE_FOR: Duration = Duration::from_hours(30 * 24);

/// `ip` as it may be shown at `now`, when it was noted at `noted_at`.
pub(crate) fn shown(ip: String, noted_at: Timestamp, now: Timestamp) -> String {
    if now.since(noted_at) < WHOLE_FOR {
        return ip;
    }
    match ip.parse() {
        Ok(IpAddr::V4(address)) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8)).to_string(),
        Ok(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80)).to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_address_is_cut_down_to_its_network() {
        let (noted, month) = (Timestamp::from_millis(0), Timestamp::default().plus(WHOLE_FOR));
        assert_eq!(shown("203.0.113.7".into(), noted, noted), "203.0.113.7");
        assert_eq!(shown("203.0.113.7".into(), noted, month), "203.0.113.0");
        assert_eq!(shown("2001:db8:1:2::3".into(), noted, month), "2001:db8:1::");
    }
}
