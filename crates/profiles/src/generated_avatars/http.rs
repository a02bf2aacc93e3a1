//! The routes of generated avatars.

use std::sync::Arc;

use ::http::HeaderMap;
use axum::extract::{Path, State};
use axum::response::Response;
use selfsame_events::Status;
use selfsame_generated_avatars::{SIZES, Svg, initials, pattern};
use selfsame_primitives::UserId;
use selfsame_store::StoreError;
use selfsame_web::{Access, Code, Content, Fault, Feature, Problem, Query, Route};
use serde::Deserialize;
use serde_json::json;

use super::picture::{AvatarFormat, CacheLifetime, GeneratedAvatar};
use crate::Profiles;
use crate::aliases::drawing;
use selfsame_users::visibility::Audience;

/// The feature.
pub const FEATURE: Feature<Arc<Profiles>> = Feature {
    name: "drawn",
    promise: "Pictures that the service draws itself: for who has none of their own, and for aliases.",
    routes,
    events: Vec::new,
    metrics: &[],
    subscribers: &[],
};

/// Pixels a side of a PNG, unless another size is asked for.
const SIZE: u32 = 512;

fn routes() -> Vec<Route<Arc<Profiles>>> {
    let bytes = |media_type| Some(Content { media_type, schema: None, example: None });
    let size = json!({"type": "integer", "minimum": SIZES.start(), "maximum": SIZES.end(), "default": SIZE});
    let picture = json!({"type": "string", "examples": ["usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB.svg", "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB.png"]});
    let alias = json!({"type": "string", "examples": ["9rkq2mQx7Lw9Zr1Bv6Tn3A.svg"]});
    vec![
        Route::get("/v1/avatars/{picture}", "Somebody's drawn picture", avatar)
            .describe("`{userId}.svg` or `{userId}.png`: initials where everybody may see the name, else a pattern. Somebody who does not exist has a pattern too, so that nobody learns who does.")
            .access(Access::Public)
            .parameter("path", "picture", picture, "The user's id, and `.svg` or `.png`.")
            .parameter("query", "size", size, "Pixels a side of a PNG.")
            .answers_bare(200, "The picture.", bytes("image/svg+xml"))
            .answers_bare(200, "The picture.", bytes("image/png"))
            .tagged()
            .problems(&[Code::NotFound]),
        Route::get("/aliases/{picture}", "The picture of an alias", alias_picture)
            .describe("Never changes, and tells neither whose alias it is nor which.")
            .access(Access::Public)
            .parameter("path", "picture", alias, "As an alias names it in `avatar`.")
            .answers_bare(200, "The picture.", bytes("image/svg+xml"))
            .tagged()
            .problems(&[Code::NotFound]),
    ]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AvatarQuery {
    size: Option<u32>,
}

async fn avatar(
    State(profiles): State<Arc<Profiles>>,
    Path(name): Path<String>,
    Query(query): Query<AvatarQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (id, kind) = name.rsplit_once('.').ok_or_else(Problem::not_found)?;
    let form = match kind {
        "svg" => AvatarFormat::Svg,
        "png" => AvatarFormat::Png(query.size.unwrap_or(SIZE)),
        _ => return Err(Problem::not_found()),
    };
    if query.size.is_some_and(|size| !SIZES.contains(&size)) {
        let fault = Fault::OutOfRange { min: (*SIZES.start()).into(), max: (*SIZES.end()).into() };
        return Err(Problem::fault("?size", fault));
    }
    let user = UserId::parse(id).map_err(|_| Problem::not_found())?;
    let svg = portrait(&profiles, &user).await?;
    let lifetime = CacheLifetime::For(profiles.settings.profile_cache_ttl);
    answer(&profiles, GeneratedAvatar { svg, form, lifetime }, &headers).await
}

/// Initials where the name is public. A user who does not exist, is suspended or hides the name
/// looks the same.
async fn portrait(profiles: &Profiles, user: &UserId) -> Result<Svg, StoreError> {
    let hash = profiles.platform.keys.hash("avatar", &[user.as_str().as_bytes()]);
    let mut seed = [0; 16];
    seed.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    let person =
        profiles.users.cache.get(user).await?.filter(|person| person.status == Status::Active);
    let shown =
        person.filter(|person| person.profile.privacy.display_name.shows_to(Audience::Public));
    Ok(shown.map_or_else(|| pattern(seed), |person| initials(&person.profile.display_name, seed)))
}

async fn alias_picture(
    State(profiles): State<Arc<Profiles>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = name.strip_suffix(".svg").ok_or_else(Problem::not_found)?;
    let svg = drawing(&profiles, token).ok_or_else(Problem::not_found)?;
    answer(
        &profiles,
        GeneratedAvatar { svg, form: AvatarFormat::Svg, lifetime: CacheLifetime::Forever },
        &headers,
    )
    .await
}

async fn answer(
    profiles: &Profiles,
    picture: GeneratedAvatar,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    if picture.is_known(headers) {
        return Ok(picture.not_modified());
    }
    let bytes = match picture.form {
        AvatarFormat::Svg => picture.svg.as_str().to_owned().into(),
        AvatarFormat::Png(size) => {
            profiles.media.rasterizer.png(&picture.tag(), picture.svg.clone(), size).await?
        }
    };
    Ok(picture.answer(bytes))
}
