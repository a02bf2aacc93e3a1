//! The picture of an alias. Its URL holds, sealed, everything it is drawn from, so that serving it
//! reads no store and reveals no more than the picture does.

use selfsame_generated_avatars::{Animal, Svg, VERSION, animal};
use selfsame_primitives::{AliasId, base64url, from_base64url};

use crate::Profiles;

const PURPOSE: &str = "alias-picture";
/// Names of animals are padded to this length, so that the length of a URL does not reveal the
/// animal.
const NAME: usize = 16;

/// The opaque part of the URL of the picture of `species` for `alias`.
pub(super) fn token(profiles: &Profiles, alias: &AliasId, species: Animal) -> String {
    let seed = profiles.platform.keys.hash(PURPOSE, &[alias.as_str().as_bytes()]);
    let mut plain = species.name().as_bytes().to_vec();
    plain.resize(NAME, b' ');
    plain.extend(seed.iter().take(16));
    base64url(profiles.platform.keys.seal(
        PURPOSE,
        &associated_data(),
        &plain,
        &*profiles.platform.random,
    ))
}

/// The URL of the picture with `token`.
pub(super) fn url(profiles: &Profiles, token: &str) -> String {
    format!("{}/aliases/{token}.svg", profiles.platform.urls.media)
}

/// The picture that `token` stands for; `None` where this installation did not make it.
pub(crate) fn drawing(profiles: &Profiles, token: &str) -> Option<Svg> {
    let plain =
        profiles.platform.keys.open(PURPOSE, &associated_data(), &from_base64url(token)?).ok()?;
    let (name, seed) = plain.split_at_checked(NAME)?;
    let species = Animal::from_name(std::str::from_utf8(name).ok()?.trim_end())?;
    Some(animal(species, seed.try_into().ok()?))
}

/// Part of every URL. Another way of drawing needs another version, and pictures of the former
/// version must still be drawn in the former way.
fn associated_data() -> [u8; 4] {
    VERSION.to_le_bytes()
}
