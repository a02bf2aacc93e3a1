//! Extractors that turn requests into checked types.

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::body_limit::BodyLimit;
use crate::body_timeout::is_too_slow;
use crate::fault::{Detail, Fault, FieldErrors, Size};
use crate::input::Fields;
use crate::{Code, Problem, input};

/// A JSON body. Every unknown, wrong, repeated and missing field is named.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        parse(&read_json(request, state).await?).map(Self)
    }
}

/// Checks of a body beyond the types of its fields.
pub trait Checks {
    /// The fields that can be read beside those that can be written: a body that was read before
    /// may have them, and they are passed over (AIP-203).
    const READ_ONLY: &'static [&'static str] = &[];

    /// Faults that the rule would refuse, as far as they show without a lookup. Called only where
    /// something else is wrong already, so that one answer lists all of it: the rule itself checks
    /// every body.
    fn check(&self, _: &mut FieldErrors) {}
}

/// A JSON body with further checks; see [`Checks`].
#[derive(Clone, Debug)]
pub struct Checked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema + Checks> FromRequest<S> for Checked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let check = |whole: Option<&T>, _: &Fields<'_>, faults: &mut FieldErrors| {
            if let Some(whole) = whole {
                whole.check(faults);
            }
        };
        input::json(&read_json(request, state).await?, T::READ_ONLY, check).map(Self)
    }
}

/// Checks of single fields, with the state. For types that can't be read where one field is missing
/// or wrong: [`Checks`] would report nothing about the others then.
pub trait FieldChecks<S> {
    /// As of [`Checks`].
    const READ_ONLY: &'static [&'static str] = &[];

    /// Faults of readable fields that the rule would refuse. Called only where something else is
    /// wrong already: the rule itself checks every body. Faults of a missing field are not
    /// reported, so any value may stand in for one.
    fn check(app: &S, fields: &Fields<'_>, faults: &mut FieldErrors);
}

/// A JSON body whose fields are checked one by one; see [`FieldChecks`].
#[derive(Clone, Debug)]
pub struct CheckedFields<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema + FieldChecks<S>> FromRequest<S>
    for CheckedFields<T>
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = read_json(request, state).await?;
        let check = |_: Option<&T>, fields: &Fields<'_>, faults: &mut FieldErrors| {
            T::check(state, fields, faults);
        };
        input::json(&bytes, T::READ_ONLY, check).map(Self)
    }
}

async fn read_json<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    if !is_json(request.headers().get(CONTENT_TYPE)) {
        return Err(Problem::new(Code::UnsupportedMediaType, Detail::SendJson));
    }
    read(request, state).await
}

/// The whole body as bytes, within the route's limit.
pub async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let limit = request.extensions().get::<BodyLimit>().copied();
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
            let over = |BodyLimit(max)| Detail::BodyOver { max: Size(max as u64) };
            Problem::new(Code::TooLarge, limit.map_or(Detail::BodyTooLarge, over))
        } else if is_too_slow(&rejection) {
            Problem::new(Code::RequestTimeout, Detail::TooSlow)
        } else {
            Problem::fault("", Fault::Incomplete)
        }
    })
}

/// Reads `bytes` as JSON of type `T`, or reports all faults.
pub fn parse<T: DeserializeOwned + JsonSchema>(bytes: &[u8]) -> Result<T, Problem> {
    input::json(bytes, &[], |_, _, _| {})
}

fn is_json(content_type: Option<&http::HeaderValue>) -> bool {
    let essence =
        content_type.and_then(|value| value.to_str().ok()).and_then(|text| text.split(';').next());
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence == "application/merge-patch+json"
}

/// Query parameters. Unknown ones are refused, like unknown fields.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        input::query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// A field of a body that changes a part: absent fields stay, `null` clears, a value sets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Patch<T> {
    /// The field was not there.
    #[default]
    Keep,
    /// The field was `null`.
    Clear,
    /// The field has a value.
    Set(T),
}

impl<T> Patch<T> {
    /// The value that is set, if one is.
    #[must_use]
    pub fn set(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// The value that is set, or what was there `before`, or the `standard` that a cleared field
    /// goes back to.
    #[must_use]
    pub fn or(&self, before: T, standard: T) -> T
    where
        T: Clone,
    {
        match self {
            Self::Keep => before,
            Self::Clear => standard,
            Self::Set(value) => value.clone(),
        }
    }

    /// Checks the value, if one is set.
    pub fn try_map<U, E>(self, check: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(check(value)?),
        })
    }

    /// Changes `field` accordingly; cleared is the default.
    pub fn apply(self, field: &mut T)
    where
        T: Default,
    {
        match self {
            Self::Keep => {}
            Self::Clear => *field = T::default(),
            Self::Set(value) => *field = value,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Patch_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
    fn _schemars_private_is_option() -> bool {
        true
    }
}
