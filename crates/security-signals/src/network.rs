//! The network that an address belongs to: what one household, office or cell of a carrier shares.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network of `address`, as it is shown: `203.0.113.0/24`, `2001:db8:1::/48`.
#[must_use]
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            format!("{}/24", Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8)))
        }
        IpAddr::V6(address) => {
            format!("{}/48", Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_down_to_its_network() {
        assert_eq!(network([203, 0, 113, 7].into()), "203.0.113.0/24");
        assert_eq!(network("::ffff:203.0.113.7".parse().unwrap()), "203.0.113.0/24");
        assert_eq!(network("2001:db8:1:2::3".parse().unwrap()), "2001:db8:1::/48");
    }
}
