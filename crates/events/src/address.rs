//! A client's address as it is stored: its network in plain text, the rest sealed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use selfsame_primitives::{Random, SealingKey, UserId, base64url, from_base64url};
use serde::{Deserialize, Serialize};

/// The address that a request came from. Stored are its network and, where it is sealed, the exact
/// address under a key that expires after a month ([`crate::AddressSealer`]). An unsealed address
/// is stored as its network alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "StoredAddress")]
pub struct ClientAddress {
    network: IpAddr,
    sealed: Option<Sealed>,
    /// The address in plain text: of this request, or stored before addresses were sealed.
    exact: Option<IpAddr>,
}

/// An address that opens with the key of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Sealed {
    /// Days since 1970.
    day: i64,
    /// In base 64.
    value: String,
}

/// What is stored.
#[derive(Serialize, Deserialize)]
struct StoredAddress {
    network: IpAddr,
    /// `{day}.{value}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

/// What was stored: at first the whole address.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Whole(IpAddr),
    Kept(StoredAddress),
}

impl From<Stored> for ClientAddress {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Whole(exact) => Self::of(exact),
            Stored::Kept(StoredAddress { network, sealed }) => {
                let sealed = sealed.and_then(|text| {
                    let (day, value) = text.split_once('.')?;
                    Some(Sealed { day: day.parse().ok()?, value: value.to_owned() })
                });
                Self { network, sealed, exact: None }
            }
        }
    }
}

impl From<ClientAddress> for StoredAddress {
    fn from(ClientAddress { network, sealed, .. }: ClientAddress) -> Self {
        Self { network, sealed: sealed.map(|Sealed { day, value }| format!("{day}.{value}")) }
    }
}

impl ClientAddress {
    /// The address `exact`, which is not sealed yet.
    #[must_use]
    pub fn of(exact: IpAddr) -> Self {
        let exact = exact.to_canonical();
        Self { network: network(exact), sealed: None, exact: Some(exact) }
    }

    /// Its network: the first 24 bits of an IPv4 address, the first 48 of an IPv6 address, the
    /// others zero.
    #[must_use]
    pub const fn network(&self) -> IpAddr {
        self.network
    }

    /// The exact address where it is known in the clear.
    pub(crate) const fn exact(&self) -> Option<IpAddr> {
        self.exact
    }

    /// The day whose key seals the address, as days since 1970.
    pub(crate) fn day(&self) -> Option<i64> {
        self.sealed.as_ref().map(|sealed| sealed.day)
    }

    /// The same for `user`, sealed with the `key` of `day`; as it is where only the network is
    /// known.
    pub(crate) fn sealed(
        &self,
        user: &UserId,
        (day, key): (i64, &SealingKey),
        random: &dyn Random,
    ) -> Self {
        let Some(exact) = self.exact else { return self.clone() };
        let value = match exact {
            IpAddr::V4(address) => key.seal(associated_data(user), &address.octets(), random),
            IpAddr::V6(address) => key.seal(associated_data(user), &address.octets(), random),
        };
        Self {
            network: self.network,
            sealed: Some(Sealed { day, value: base64url(value) }),
            exact: None,
        }
    }

    /// The exact address of `user`, if `key` is the one that it was sealed with.
    pub(crate) fn open(&self, user: &UserId, key: &SealingKey) -> Option<IpAddr> {
        let sealed = from_base64url(&self.sealed.as_ref()?.value)?;
        let octets = key.open(associated_data(user), &sealed).ok()?;
        let short = <[u8; 4]>::try_from(octets.as_slice()).map(IpAddr::from);
        short.or_else(|_| <[u8; 16]>::try_from(octets.as_slice()).map(IpAddr::from)).ok()
    }
}

/// The user's id is associated data: a sealed address that is copied to another user does not open.
fn associated_data(user: &UserId) -> &[u8] {
    user.as_str().as_bytes()
}

fn network(exact: IpAddr) -> IpAddr {
    match exact {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8)).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80)).into(),
    }
}

#[cfg(test)]
mod tests {
    use selfsame_primitives::SeededRandom;

    use super::*;

    fn address(text: &str) -> ClientAddress {
        ClientAddress::of(text.parse().unwrap())
    }

    #[test]
    fn the_network_is_the_first_24_bits_or_48() {
        for (exact, network) in [
            ("203.0.113.7", "203.0.113.0"),
            ("2001:db8:1:2::3", "2001:db8:1::"),
            ("::ffff:203.0.113.7", "203.0.113.0"),
        ] {
            assert_eq!(address(exact).network().to_string(), network);
        }
    }

    #[test]
    fn an_unsealed_address_is_stored_as_its_network() {
        assert_eq!(
            serde_json::to_string(&address("203.0.113.7")).unwrap(),
            r#"{"network":"203.0.113.0"}"#
        );
    }

    #[test]
    fn a_whole_address_that_was_stored_at_first_is_still_read() {
        let read: ClientAddress = serde_json::from_str("\"203.0.113.7\"").unwrap();
        assert_eq!(read, address("203.0.113.7"));
    }

    #[test]
    fn the_stored_form_is_still_read() {
        let stored = r#"{"network":"2001:db8:1::","sealed":"20778.c2VhbGVk"}"#;
        let read: ClientAddress = serde_json::from_str(stored).unwrap();
        assert_eq!(
            (read.day(), serde_json::to_string(&read).unwrap().as_str()),
            (Some(20_778), stored)
        );
    }

    #[test]
    fn a_sealed_address_opens_for_its_user_and_with_its_key_alone() {
        let (key, random) = (SealingKey::new(&[1; 32]), SeededRandom::new(1));
        let (ada, eve) = (UserId::parse("usr_ada").unwrap(), UserId::parse("usr_eve").unwrap());
        for exact in ["203.0.113.7", "2001:db8:1:2::3"] {
            let sealed = address(exact).sealed(&ada, (20_778, &key), &random);
            let stored = serde_json::to_string(&sealed).unwrap();
            let read: ClientAddress = serde_json::from_str(&stored).unwrap();
            assert_eq!(read.open(&ada, &key).unwrap().to_string(), exact);
            assert_eq!(
                (read.open(&eve, &key), read.open(&ada, &SealingKey::new(&[2; 32]))),
                (None, None)
            );
            assert!(!stored.contains(exact), "{stored}");
        }
    }
}
