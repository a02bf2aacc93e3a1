//! Addresses of people, and what is left of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use selfsame_basics::Timestamp;

/// After this long only the network is shown.
const WHOLE_FOR: Duration = Duration::from_hours(30 * 24);

/// The part of an address that one customer of a provider has: all of IPv4's, half of IPv6's (RFC 6177).
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// `ip` as it may be shown at `now`, when it was noted at `noted_at`.
pub(super) fn shown(ip: String, noted_at: Timestamp, now: Timestamp) -> String {
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

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_caller() {
        let household = |text: &str| household(text.parse().unwrap());
        assert_eq!(household("2001:db8:1:2::3"), household("2001:db8:1:2:ffff::1"));
        assert_ne!(household("2001:db8:1:2::3"), household("2001:db8:1:3::3"));
        assert_eq!(household("::ffff:203.0.113.7"), household("203.0.113.7"));
    }
}
