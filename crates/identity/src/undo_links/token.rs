//! The token in a link: sealed, so that it can't be forged.

use selfsame_primitives::{Keys, Random, UserId, base64url, from_base64url};

/// For what tokens are sealed, and where.
const SEAL: &str = "undo-link";
/// No token is longer.
const LONGEST: usize = 256;

/// The token of the state `id` of `user`.
pub(super) fn seal(keys: &Keys, user: &UserId, id: &str, random: &dyn Random) -> String {
    base64url(keys.seal(SEAL, SEAL.as_bytes(), format!("{user}/{id}").as_bytes(), random))
}

/// The user and state id of a token; `None` where it is not genuine.
pub(crate) fn open(keys: &Keys, token: &str) -> Option<(UserId, String)> {
    let sealed = Some(token).filter(|token| token.len() <= LONGEST).and_then(from_base64url)?;
    let plain = String::from_utf8(keys.open(SEAL, SEAL.as_bytes(), &sealed).ok()?).ok()?;
    let (user, id) = plain.rsplit_once('/')?;
    Some((UserId::parse(user).ok()?, id.to_owned()))
}
