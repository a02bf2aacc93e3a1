//! Which addresses are one caller's.

use std::net::IpAddr;

/// The part of an address that one customer of a provider has: all of IPv4's, half of IPv6's (RFC
/// 6177).
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_caller() {
        let household = |text: &str| household(text.parse().unwrap());
        assert_eq!(household("2001:db8:1:2::3"), household("2001:db8:1:2:ffff::1"));
        assert_ne!(household("2001:db8:1:2::3"), household("2001:db8:1:3::3"));
        assert_eq!(household("::ffff:203.0.113.7"), household("203.0.113.7"));
    }
}
