//! Lists, a page at a time.

use axum::response::{IntoResponse as _, Response};
use http::header::LINK;
use http::{HeaderValue, Uri};
use schemars::JsonSchema;
use selfsame_primitives::{Keys, base64url, from_base64url, refuse, same_secret};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Fault, JsonType, Problem, Reply};

/// No page has more items.
const MOST: u8 = 100;
/// What is wrong with every other number of items.
const OUTSIDE: Fault = Fault::OutOfRange { min: 1, max: MOST as u64 };

/// For `deserialize_with`: the number of items of a page. A number outside of the type's range is
/// reported with the range of pages.
pub fn page_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(limit @ 1..=MOST) => Ok(Some(limit)),
        _ if is_whole => Err(refuse(OUTSIDE)),
        _ => Err(refuse(Fault::WrongType { expected: JsonType::Integer })),
    }
}

/// `?limit=&cursor=`, as every list takes them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// At most so many items, 1 to 100; 20 unless given.
    #[serde(default, deserialize_with = "page_limit")]
    pub limit: Option<u8>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl Paging {
    /// The number of items, checked.
    pub fn checked_limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(20) {
            limit @ 1..=MOST => Ok(usize::from(limit)),
            _ => Err(Problem::fault("?limit", OUTSIDE)),
        }
    }

    /// The position in the cursor, if one was given; see [`seal_cursor`].
    pub fn position(&self, keys: &Keys, scope: &[&str]) -> Result<Option<String>, Problem> {
        let open = |cursor: &String| open_cursor(keys, scope, cursor);
        let wrong_cursor = || Problem::fault("?cursor", Fault::ForeignCursor);
        self.cursor.as_ref().map(|cursor| open(cursor).ok_or_else(wrong_cursor)).transpose()
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}List")]
pub struct List<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// What to give as `cursor` for the page behind this one; null at the end.
    pub next_cursor: Option<String>,
}

impl<T: Serialize> List<T> {
    /// The page as the answer to a request for `uri`, with a `Link` (RFC 8288) to the next one
    /// where there is one.
    #[must_use]
    pub fn reply(self, uri: &Uri) -> Response {
        let link = self.next_cursor.as_deref().and_then(|cursor| link(uri, cursor));
        let mut response = Reply::ok(self).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}

/// The `Link` (RFC 8288) to the page at `cursor` of the list that `uri` asks for.
#[must_use]
pub fn link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let given = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let kept = given.filter(|(name, _)| name != "cursor");
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("cursor", cursor)
        .finish();
    HeaderValue::from_str(&format!("<{}?{query}>; rel=\"next\"", uri.path())).ok()
}

const PURPOSE: &str = "cursor";
const TAG: usize = 16;

/// A cursor for `position` in the list that `scope` (the caller, the list, its filters) names. It
/// can't be made or changed by others, and is no good for another list.
#[must_use]
pub fn seal_cursor(keys: &Keys, scope: &[&str], position: &str) -> String {
    let mut bytes = tag(keys, scope, position.as_bytes()).to_vec();
    bytes.extend_from_slice(position.as_bytes());
    base64url(bytes)
}

fn open_cursor(keys: &Keys, scope: &[&str], cursor: &str) -> Option<String> {
    let bytes = from_base64url(cursor)?;
    let (given, position) = bytes.split_at_checked(TAG)?;
    let genuine = same_secret(given, &tag(keys, scope, position));
    String::from_utf8(position.to_vec()).ok().filter(|_| genuine)
}

fn tag(keys: &Keys, scope: &[&str], position: &[u8]) -> [u8; TAG] {
    let parts: Vec<&[u8]> = scope.iter().map(|part| part.as_bytes()).chain([position]).collect();
    let mut tag = [0; TAG];
    tag.iter_mut().zip(keys.hash(PURPOSE, &parts)).for_each(|(to, from)| *to = from);
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_linked_with_the_same_filters() {
        let uri: Uri = "/v1/things?kind=a%20b&cursor=old&limit=2".parse().unwrap();
        let page = |next_cursor| List { items: vec![1, 2], next_cursor }.reply(&uri);
        let linked = page(Some("new".to_owned()));
        assert_eq!(
            linked.headers()[LINK],
            "</v1/things?kind=a+b&limit=2&cursor=new>; rel=\"next\""
        );
        assert!(!page(None).headers().contains_key(LINK));
    }

    #[test]
    fn a_cursor_is_good_only_for_its_own_list() {
        let keys = Keys::from_master(&[1; 32]);
        let cursor = seal_cursor(&keys, &["usr_1", "sessions"], "session/42");
        assert_eq!(
            open_cursor(&keys, &["usr_1", "sessions"], &cursor).as_deref(),
            Some("session/42")
        );
        assert_eq!(open_cursor(&keys, &["usr_2", "sessions"], &cursor), None);
        assert_eq!(
            open_cursor(&Keys::from_master(&[2; 32]), &["usr_1", "sessions"], &cursor),
            None
        );
        assert_eq!(open_cursor(&keys, &["usr_1", "sessions"], "AAAA"), None);
    }
}
