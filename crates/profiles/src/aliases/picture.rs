//! The picture of an alias: its address holds, sealed, all it is drawn from, so that serving it
//! asks no store and tells no more than the picture does.

use selfsame_generated_avatars::{Animal, Svg, VERSION, animal};
use selfsame_primitives::{AliasId, base64url, from_base64url};

use crate::Profiles;

const PURPOSE: &str = "alias-picture";
/// Names of animals are filled up to this, so that the length of an address does not tell the
/// animal.
const NAME: usize = 16;

/// The opaque part of the address of the picture of `species` for `alias`.
pub(super) fn token(profiles: &Profiles, alias: &AliasId, species: Animal) -> String {
    let seed = profiles.platform.keys.hash(PURPOSE, &[alias.as_str().as_bytes()]);
    let mut plain = species.name().as_bytes().to_vec();
    plain.resize(NAME, b' ');
    plain.extend(seed.iter().take(16));
    base64url(profiles.platform.keys.seal(PURPOSE, &place(), &plain, &*profiles.platform.random))
}

/// The address of the picture with `token`.
pub(super) fn url(profiles: &Profiles, token: &str) -> String {
    format!("{}/aliases/{token}.svg", profiles.platform.urls.media)
}

/// The picture that `token` stands for; `None` where it is not one of ours.
pub(crate) fn drawing(profiles: &Profiles, token: &str) -> Option<Svg> {
    let plain = profiles.platform.keys.open(PURPOSE, &place(), &from_base64url(token)?).ok()?;
    let (name, seed) = plain.split_at_checked(NAME)?;
    let species = Animal::from_name(std::str::from_utf8(name).ok()?.trim_end())?;
    Some(animal(species, seed.try_into().ok()?))
}

/// A new way of drawing gives new addresses; those of the old way must then be drawn in the old
/// way.
fn place() -> [u8; 4] {
    VERSION.to_le_bytes()
}
