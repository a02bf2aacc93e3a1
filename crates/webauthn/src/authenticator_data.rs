//! Authenticator data, which the authenticator signs (WebAuthn Level 3 §6.1).

use crate::cbor::Reader;
use crate::public_key::PublicKey;

/// Longest credential id (WebAuthn Level 3 §4, "credential ID").
const LONGEST_ID: usize = 1023;

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const CAN_BE_BACKED_UP: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// Parsed authenticator data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthenticatorData {
    /// SHA-256 of the relying party's id.
    pub rp_id_hash: [u8; 32],
    flags: u8,
    /// How often it has signed; 0 where it does not count.
    pub sign_count: u32,
    /// The credential that was made, where one was.
    pub credential: Option<NewCredential>,
}

/// A credential that was just made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCredential {
    /// Its id, 1 to 1,023 bytes.
    pub id: Vec<u8>,
    /// The key that its signatures are checked with.
    pub key: PublicKey,
}

impl AuthenticatorData {
    /// Reads all of `bytes`; nothing may stand behind.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
        let (&flags, rest) = rest.split_first()?;
        let (sign_count, rest) = rest.split_first_chunk::<4>()?;
        let mut reader = Reader::new(rest);
        let credential = if flags & HAS_CREDENTIAL == 0 {
            None
        } else {
            Some(NewCredential::read(&mut reader)?)
        };
        if flags & HAS_EXTENSIONS != 0 {
            reader.skip()?;
        }
        // What is backed up can be (§6.1.3).
        let makes_sense = flags & BACKED_UP == 0 || flags & CAN_BE_BACKED_UP != 0;
        (reader.is_at_end() && makes_sense).then_some(Self {
            rp_id_hash: *rp_id_hash,
            flags,
            sign_count: u32::from_be_bytes(*sign_count),
            credential,
        })
    }

    /// Whether the user was present (UP).
    #[must_use]
    pub const fn is_present(&self) -> bool {
        self.flags & PRESENT != 0
    }

    /// Whether the user was verified by PIN, finger or face (UV).
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.flags & VERIFIED != 0
    }

    /// Whether the passkey may be kept in other places too; it never changes (§6.1.3).
    #[must_use]
    pub const fn can_be_backed_up(&self) -> bool {
        self.flags & CAN_BE_BACKED_UP != 0
    }

    /// Whether the passkey is kept in other places too.
    #[must_use]
    pub const fn is_backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

impl NewCredential {
    /// AAGUID, length, id, key.
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (_aaguid, rest) = reader.rest().split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (id, rest) = rest.split_at_checked(length)?;
        *reader = Reader::new(rest);
        let key = PublicKey::read(reader)?;
        (1..=LONGEST_ID).contains(&length).then(|| Self { id: id.to_vec(), key })
    }
}

/// The authenticator data of an attestation object (§6.5). The statement is skipped: passkeys are
/// requested without attestation, since the make of the authenticator does not matter here.
#[must_use]
pub fn of_attestation(bytes: &[u8]) -> Option<AuthenticatorData> {
    let mut reader = Reader::new(bytes);
    let mut found = None;
    for _ in 0..reader.map()? {
        match reader.text()? {
            "authData" => found = Some(reader.bytes()?),
            _ => reader.skip()?,
        }
    }
    let data = found.filter(|_| reader.is_at_end())?;
    AuthenticatorData::read(data)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn data(flags: u8, behind: &[u8]) -> Vec<u8> {
        [&[9; 32][..], &[flags], &7_u32.to_be_bytes(), behind].concat()
    }

    #[test]
    fn flags_and_counter_are_read() {
        let read = AuthenticatorData::read(&data(0b0001_1101, &[])).unwrap();
        assert!(read.is_present() && read.is_verified() && read.is_backed_up());
        assert_eq!((read.rp_id_hash, read.sign_count, read.credential), ([9; 32], 7, None));
        let bare = AuthenticatorData::read(&data(0, &[])).unwrap();
        assert!(!bare.is_present() && !bare.is_verified() && !bare.is_backed_up());
    }

    #[test]
    fn what_is_too_short_too_long_or_contradicts_itself_is_refused() {
        assert_eq!(AuthenticatorData::read(&[9; 36]), None);
        assert_eq!(AuthenticatorData::read(&data(1, &[0])), None);
        assert_eq!(AuthenticatorData::read(&data(0b1_0001, &[])), None, "backed up, but can't be");
        assert_eq!(AuthenticatorData::read(&data(0b100_0001, &[])), None);
        assert_eq!(AuthenticatorData::read(&data(0b1000_0001, &[])), None);
        assert!(AuthenticatorData::read(&data(0b1000_0001, &[0xa0])).is_some());
        assert_eq!(
            AuthenticatorData::read(&data(0b100_0001, &[0; 18])),
            None,
            "an id without a byte"
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_without_harm(
            flags in any::<u8>(), behind in prop::collection::vec(any::<u8>(), 0..150)
        ) {
            let read = AuthenticatorData::read(&data(flags, &behind));
            prop_assert!(read.is_none_or(|read| read.sign_count == 7));
            prop_assert_eq!(of_attestation(&behind), None);
        }
    }
}
