//! The client's address behind trusted proxies.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::HeaderMap;

/// A block of addresses in CIDR notation (RFC 4632, RFC 4291): `10.0.0.0/8`, `2001:db8::/32`, or
/// one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text is not a block of addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvalidNetwork;

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be an address or a block of addresses, e.g. 10.0.0.0/8 or 2001:db8::/32")
    }
}

impl std::error::Error for InvalidNetwork {}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.trim().parse().map_err(|_| InvalidNetwork)?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), str::parse).map_err(|_| InvalidNetwork)?;
        if prefix > widest { Err(InvalidNetwork) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Network {
    /// Whether this is too large a part of the Internet to be one operator's: IPv4 blocks wider
    /// than /8, and IPv6 blocks wider than /16 beyond the unique local addresses (RFC 4193).
    #[must_use]
    pub fn is_too_wide(&self) -> bool {
        match self.address {
            IpAddr::V4(_) => self.prefix < 8,
            IpAddr::V6(address) => {
                let is_local =
                    address.segments().first().is_some_and(|first| first & 0xfe00 == 0xfc00);
                self.prefix < if is_local { 7 } else { 16 }
            }
        }
    }

    /// Whether `address` lies in this block.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = u32::from(own) ^ u32::from(other);
                differ.leading_zeros() >= u32::from(self.prefix)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.leading_zeros() >= u32::from(self.prefix)
            }
            _ => false,
        }
    }
}

/// The client's address: `peer`, or, where that is a trusted proxy, the last address of
/// `X-Forwarded-For` that is not one.
///
/// The header is read from the right: every proxy appends its peer, and anything to the left of a
/// trusted entry may be forged.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    if trusted.is_empty() || !is_trusted(client) {
        return client;
    }
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let entries = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for entry in entries {
        let Some(address) = forwarded(entry) else { break };
        client = address;
        if !is_trusted(client) {
            break;
        }
    }
    client
}

/// One entry of the header: an address, perhaps with a port, or in the brackets of a URL.
fn forwarded(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn seen(peer: &str, lines: &[&str], trusted: &[&str]) -> IpAddr {
        let trusted: Vec<Network> = trusted.iter().map(|block| block.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        client_address(ip(peer), &headers, &trusted)
    }

    #[test]
    fn an_untrusted_peer_can_not_name_its_address() {
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"], &[]), ip("203.0.113.9"));
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"], &["10.0.0.0/8"]), ip("203.0.113.9"));
    }

    #[test]
    fn behind_trusted_proxies_the_last_untrusted_address_counts() {
        let proxies = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(seen("10.0.0.1", &["1.2.3.4, 203.0.113.9"], &proxies), ip("203.0.113.9"));
        assert_eq!(
            seen("10.0.0.1", &["1.2.3.4, 203.0.113.9, 10.0.0.2"], &proxies),
            ip("203.0.113.9")
        );
        assert_eq!(seen("fd00::1", &["1.2.3.4", "203.0.113.9"], &proxies), ip("203.0.113.9"));
        assert_eq!(seen("::ffff:10.0.0.1", &["203.0.113.9:4711"], &proxies), ip("203.0.113.9"));
        assert_eq!(seen("10.0.0.1", &["[2001:db8::7]:443"], &proxies), ip("2001:db8::7"));
    }

    #[test]
    fn what_is_not_an_address_ends_the_walk() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.1", &["203.0.113.9, unknown, 10.0.0.2"], &proxies), ip("10.0.0.2"));
        assert_eq!(seen("10.0.0.1", &[""], &proxies), ip("10.0.0.1"));
        assert_eq!(seen("10.0.0.1", &[], &proxies), ip("10.0.0.1"));
    }

    #[test]
    fn a_block_holds_its_own_addresses_and_no_others() {
        let block: Network = "192.0.2.128/25".parse().unwrap();
        assert!(block.contains(ip("192.0.2.255")) && !block.contains(ip("192.0.2.127")));
        assert!(!block.contains(ip("::1")));
        let everything: Network = "::/0".parse().unwrap();
        assert!(everything.contains(ip("2001:db8::1")) && !everything.contains(ip("1.2.3.4")));
        let one: Network = "127.0.0.1".parse().unwrap();
        assert!(one.contains(ip("127.0.0.1")) && !one.contains(ip("127.0.0.2")));
    }

    #[test]
    fn what_is_not_a_block_is_refused() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/-1", "example.com"] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }
}
