//! Raw requests become checked types here, once.

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_path_to_error::{Path, Segment};

use crate::slow_body::is_too_slow;
use crate::wants_object::wants_object;
use crate::{Code, Problem};

/// A JSON body. Unknown fields, wrong types and missing fields are named.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers().get(CONTENT_TYPE)) {
            let detail = "Send the body as JSON, with \"Content-Type: application/json\".";
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        let bytes = read(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// The whole body as bytes, within the route's limit.
pub async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(Code::TooLarge, "The body has more bytes than this address takes.")
        } else if is_too_slow(&rejection) {
            Problem::new(Code::RequestTimeout, "The body did not arrive in time.")
        } else {
            Problem::field("", "did not arrive whole")
        }
    })
}

/// Reads `bytes` as JSON of type `T`.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().starts_with(b"[") && wants_object::<T>() {
        return Err(Problem::field("", "must be an object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| blame(&error))?;
    json.end().map_err(|_| Problem::field("", "must be one JSON value and nothing behind it"))?;
    Ok(value)
}

fn is_json(content_type: Option<&http::HeaderValue>) -> bool {
    let essence = content_type.and_then(|value| value.to_str().ok()).and_then(|text| text.split(';').next());
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence == "application/merge-patch+json"
}

fn blame(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let text = error.inner().to_string();
    if error.inner().is_syntax() || error.inner().is_eof() {
        return Problem::field("", format!("must be JSON ({text})"));
    }
    // "… at line 1 column 17" helps nobody who is told the field.
    let text = text.split(" at line ").next().unwrap_or_default();
    let (pointer, quoted) = (pointer(error.path()), text.split('`').nth(1));
    match quoted {
        Some(name) if text.starts_with("unknown field") => {
            Problem::field(below(&pointer, name), "is not known here")
        }
        Some(name) if text.starts_with("missing field") => {
            Problem::field(format!("{pointer}/{}", escaped(name)), "is required")
        }
        Some(name) if text.starts_with("duplicate field") => {
            Problem::field(below(&pointer, name), "is given twice")
        }
        _ => Problem::field(pointer, readable(text)),
    }
}

/// A name as a step of a JSON pointer (RFC 6901 §3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// serde's `invalid type: integer `1`, expected a string`, as a person would say it.
fn readable(text: &str) -> String {
    let Some((_, expected)) = text.rsplit_once("expected ") else { return unreadable(text) };
    let expected = match expected.split(' ').next() {
        Some("struct" | "map") => "an object",
        Some("u8" | "u16" | "u32" | "u64" | "usize") => "a whole number, not negative and not too large",
        Some("i8" | "i16" | "i32" | "i64" | "isize") => "a whole number, not too large",
        Some("f32" | "f64") => "a number",
        _ => match expected {
            "a map" => "an object",
            "a sequence" => "a list",
            "a boolean" => "true or false",
            other => other,
        },
    };
    format!("must be {}", expected.replace('`', "\""))
}

/// What the standard library says of numbers and truth in a query, and what our own checks say of anything.
fn unreadable(text: &str) -> String {
    if text.contains("digit") || text.contains("integer") || text.starts_with("number too") {
        "must be a whole number, not too large".to_owned()
    } else if text.contains("`true` or `false`") {
        "must be true or false".to_owned()
    } else {
        text.to_owned()
    }
}

fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => below(&pointer, &index.to_string()),
        Segment::Map { key } => below(&pointer, key),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

fn below(pointer: &str, name: &str) -> String {
    let name = escaped(name);
    // serde's path of an unknown field ends with the field itself.
    if pointer.ends_with(&format!("/{name}")) { pointer.to_owned() } else { format!("{pointer}/{name}") }
}

/// Query parameters. Unknown ones are refused, like unknown fields.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let parser = serde_urlencoded::Deserializer::new(form(query));
        serde_path_to_error::deserialize(parser).map(Self).map_err(|error| {
            let text = error.inner().to_string();
            let path = error.path().to_string();
            let quoted = text.split('`').nth(1).unwrap_or_default();
            match text.split(' ').take(2).collect::<Vec<_>>().as_slice() {
                ["unknown", "field"] => Problem::field(format!("?{quoted}"), "is not known here"),
                ["missing", ..] => Problem::field(format!("?{quoted}"), "is required"),
                ["duplicate", ..] => Problem::field(format!("?{quoted}"), "is given twice"),
                _ => Problem::field(format!("?{path}"), readable(&text)),
            }
        })
    }
}

fn form(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
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

    /// The value that is set, or what was there `before`, or the `standard` that a cleared field goes back to.
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
