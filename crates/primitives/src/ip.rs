//! Which addresses are one caller's.

use std::net::IpAddr;

/// What one subscriber of a provider has of `address` at least: all of an IPv4 address, the /64 of
/// an IPv6 address (RFC 6177). An IPv4 address that is mapped to IPv6 is the IPv4 address.
#[must_use]
pub fn subscriber_prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_are_one_callers_and_ipv4_addresses_are_apart() {
        let of = |text: &str| subscriber_prefix(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
        assert_eq!(of("::ffff:203.0.113.7"), of("203.0.113.7"));
    }
}
