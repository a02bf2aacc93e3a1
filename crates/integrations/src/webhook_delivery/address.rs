//! The addresses that a webhook may connect to: none inside a private network.
//!
//! A user who may name a URL that this service calls could otherwise reach what only this service
//! can reach: databases, cloud metadata, other services without a password (SSRF; OWASP "Server
//! Side Request Forgery Prevention").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use selfsame_web::Network;

/// IPv4 addresses that are not public: the whole IANA IPv4 Special-Purpose Address Registry (RFC
/// 6890), also entries that are "globally reachable", since no receiver is there; multicast (RFC
/// 5771) and the reserved block behind it; and the one public address at which a cloud (Azure)
/// answers its own machines.
const CLOSED_V4: &[([u8; 4], u8)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    ([168, 63, 129, 16], 32),
];

/// Everything ever assigned as global unicast (IANA IPv6 Global Unicast Address Assignments). All
/// else is closed: loopback, unspecified, IPv4-mapped and -compatible, NAT64 (`64:ff9b::/96`,
/// `64:ff9b:1::/48`), discard-only, `SRv6`, unique local, link-local, site-local, multicast.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The special blocks within it (IANA IPv6 Special-Purpose Address Registry): protocol assignments
/// with Teredo, benchmarking and ORCHID; documentation; 6to4, which contains an IPv4 address;
/// AS112.
const CLOSED_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether `address` is public: anyone on the Internet could have a server there.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !CLOSED_V4.iter().any(|(block, prefix)| {
            let differ = u32::from(Ipv4Addr::from(*block)) ^ u32::from(address);
            differ.leading_zeros() >= u32::from(*prefix)
        }),
        IpAddr::V6(address) => {
            within_v6(address, &GLOBAL_V6)
                && !CLOSED_V6.iter().any(|block| within_v6(address, block))
        }
    }
}

fn within_v6(address: Ipv6Addr, (block, prefix): &(Ipv6Addr, u8)) -> bool {
    (u128::from(*block) ^ u128::from(address)).leading_zeros() >= u32::from(*prefix)
}

/// The networks that an operator allows.
#[derive(Clone, Debug, Default)]
pub struct AddressPolicy {
    /// Networks that are allowed although they are not public, also without TLS.
    pub allowed: Vec<Network>,
}

impl AddressPolicy {
    /// Whether a connection to `address` is allowed, without TLS if `plain`.
    #[must_use]
    pub fn admits(&self, address: IpAddr, plain: bool) -> bool {
        // `::ffff:127.0.0.1` leads to 127.0.0.1.
        let own = address.to_canonical();
        let is_named = self.allowed.iter().any(|network| network.contains(own));
        is_named || !plain && is_public(address)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The published registries and blocks, independent of the tables above: IPv4.
    const REGISTRY_V4: &[&str] = &[
        "0.0.0.0/8",
        "0.0.0.0/32",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.0.0/29",
        "192.0.0.8/32",
        "192.0.0.9/32",
        "192.0.0.10/32",
        "192.0.0.170/32",
        "192.0.0.171/32",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.88.99.2/32",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "255.255.255.255/32",
        "224.0.0.0/4",
        "169.254.169.254/32",
        "169.254.170.2/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "168.63.129.16/32",
    ];

    /// And IPv6.
    const REGISTRY_V6: &[&str] = &[
        "::1/128",
        "::/128",
        "::ffff:0:0/96",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",
        "2001::/32",
        "2001:1::1/128",
        "2001:1::2/128",
        "2001:1::3/128",
        "2001:2::/48",
        "2001:3::/32",
        "2001:4:112::/48",
        "2001:10::/28",
        "2001:20::/28",
        "2001:30::/28",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::254/128",
    ];

    fn block(text: &str) -> (IpAddr, u32) {
        let (address, prefix) = text.split_once('/').unwrap();
        (address.parse().unwrap(), prefix.parse().unwrap())
    }

    /// An address of the block, with the bits of `chance` where the block leaves them open.
    fn member(text: &str, chance: u128) -> IpAddr {
        match block(text) {
            (IpAddr::V4(base), prefix) => {
                let open = u32::MAX.checked_shr(prefix).unwrap_or(0);
                #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
                IpAddr::V4((u32::from(base) | (chance as u32 & open)).into())
            }
            (IpAddr::V6(base), prefix) => {
                let open = u128::MAX.checked_shr(prefix).unwrap_or(0);
                IpAddr::V6((u128::from(base) | (chance & open)).into())
            }
        }
    }

    #[test]
    fn both_ends_of_every_special_block_are_closed() {
        for text in REGISTRY_V4.iter().chain(REGISTRY_V6) {
            assert!(!is_public(member(text, 0)), "the first of {text}");
            assert!(!is_public(member(text, u128::MAX)), "the last of {text}");
        }
    }

    #[test]
    fn the_neighbours_of_special_blocks_are_open() {
        for text in [
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "1.1.1.1",
            "8.8.8.8",
            "168.63.129.17",
            "2001:200::",
            "2001:4860:4860::8888",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "2606:4700::1111",
            "2a00:1450::",
            "3ffe:ffff::",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_allowed_by_name_is_reached_and_nothing_beside_it() {
        let policy = AddressPolicy { allowed: vec!["10.1.0.0/16".parse().unwrap()] };
        let admits = |text: &str| policy.admits(text.parse().unwrap(), false);
        assert!(admits("10.1.2.3") && admits("::ffff:10.1.2.3") && admits("1.1.1.1"));
        assert!(
            !admits("10.2.0.0")
                && !admits("127.0.0.1")
                && !admits("::1")
                && !admits("::ffff:10.2.0.0")
        );
    }

    #[test]
    fn in_the_clear_only_what_is_allowed_by_name_is_spoken_to() {
        let policy = AddressPolicy {
            allowed: vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()],
        };
        let admits = |text: &str| policy.admits(text.parse().unwrap(), true);
        assert!(admits("127.0.0.1") && admits("10.0.0.1") && admits("::ffff:10.0.0.1"));
        assert!(!admits("1.1.1.1") && !admits("::1") && !admits("192.168.0.1"));
    }

    proptest! {
        #[test]
        fn no_address_of_a_special_block_is_public(
            index in 0..REGISTRY_V4.len() + REGISTRY_V6.len(),
            chance in any::<u128>(),
        ) {
            let text = REGISTRY_V4.iter().chain(REGISTRY_V6).nth(index).unwrap();
            let address = member(text, chance);
            prop_assert!(!is_public(address), "{address} of {text}");
            let admitted = AddressPolicy::default().admits(address, false);
            prop_assert!(!admitted);
            let spoken_to_in_the_clear = AddressPolicy::default().admits(address, true);
            prop_assert!(!spoken_to_in_the_clear);
        }

        #[test]
        fn no_form_of_ipv6_hides_an_ipv4_address(v4 in any::<u32>(), rest in any::<u64>()) {
            let [a, b, c, d] = v4.to_be_bytes();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            let low_bits = (rest >> 48) as u16;
            for hidden in [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, low_bits, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, low_bits, 0, 0, 0, low_bits),
                Ipv6Addr::new(0x2001, 0, low_bits, 0, 0, 0, !high, !low),
                Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            ] {
                prop_assert!(!is_public(IpAddr::V6(hidden)), "{hidden}");
            }
        }

        #[test]
        fn what_the_standard_library_calls_private_is_closed(v4 in any::<u32>()) {
            let address = Ipv4Addr::from(v4);
            let special = address.is_private() || address.is_loopback() || address.is_link_local()
                || address.is_multicast() || address.is_documentation() || address.is_broadcast()
                || address.is_unspecified();
            prop_assert!(!special || !is_public(IpAddr::V4(address)), "{address}");
        }
    }
}
