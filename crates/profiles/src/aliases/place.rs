//! The context of an alias.

use schemars::JsonSchema;
use selfsame_primitives::SessionId;
use selfsame_web::{Fault, FieldErrors, Problem};
use serde::{Deserialize, Serialize};

/// What kind of place a context is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ContextType {
    /// A room where people talk.
    ChatRoom,
    /// A post and what is said below it.
    Post,
    /// A comment.
    Comment,
    /// A thread.
    Thread,
    /// Anything, for as long as the caller's session lasts.
    Session,
}

impl ContextType {
    const ALL: [Self; 5] = [Self::ChatRoom, Self::Post, Self::Comment, Self::Thread, Self::Session];

    /// All names, as labels of metrics.
    pub(super) const NAMES: &[&str] = &[
        Self::ChatRoom.as_str(),
        Self::Post.as_str(),
        Self::Comment.as_str(),
        Self::Thread.as_str(),
        Self::Session.as_str(),
    ];

    /// Its name in the API.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::ChatRoom => "chat_room",
            Self::Post => "post",
            Self::Comment => "comment",
            Self::Thread => "thread",
            Self::Session => "session",
        }
    }

    /// The type that `text` names.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Longest name of a context, in bytes.
const LONGEST: usize = 128;

/// A checked context.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct AliasContext {
    pub(super) context: String,
    pub(super) context_type: ContextType,
    /// The session that a `session` alias is bound to.
    pub(super) session: Option<SessionId>,
}

/// The prefix of a problem's pointers: `/` for a body, `?` for a query parameter.
pub(super) type PointerPrefix = char;

impl AliasContext {
    /// The context that a caller in `session` names. Pointers of problems start with `mark`.
    pub(super) fn parse(
        mark: PointerPrefix,
        context: &str,
        context_type: &str,
        session: Option<&SessionId>,
    ) -> Result<Self, Problem> {
        let mut faults = FieldErrors::default();
        let context = faults.join(checked_context(mark, context));
        let context_type = faults.join(checked_type(mark, context_type));
        let needs_session = context_type == Some(ContextType::Session);
        let session = session.filter(|_| needs_session).cloned();
        if needs_session && session.is_none() {
            faults.add(format!("{mark}contextType"), Fault::NeedsSession);
        }
        match (context, context_type) {
            (Some(context), Some(context_type)) if faults.is_empty() => {
                Ok(Self { context, context_type, session })
            }
            _ => Err(Problem::faults(faults.into_vec())),
        }
    }
}

pub(super) fn checked_context(mark: PointerPrefix, context: &str) -> Result<String, Problem> {
    let is_clean =
        context.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte));
    if is_clean && (1..=LONGEST).contains(&context.len()) {
        return Ok(context.to_owned());
    }
    Err(Problem::fault(format!("{mark}context"), Fault::NotAName { max: LONGEST }))
}

pub(super) fn checked_type(
    mark: PointerPrefix,
    context_type: &str,
) -> Result<ContextType, Problem> {
    ContextType::parse(context_type).ok_or_else(|| {
        let allowed = ContextType::ALL.iter().map(|kind| kind.as_str().to_owned()).collect();
        Problem::fault(format!("{mark}contextType"), Fault::NotOneOf { allowed })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(context: &str, context_type: &str) -> String {
        AliasContext::parse('/', context, context_type, None).unwrap_err().errors[0].pointer.clone()
    }

    #[test]
    fn a_context_is_1_to_128_safe_characters() {
        for good in ["a", "chat_room_123", "urn:post:1.2-3", &"x".repeat(128)] {
            assert!(AliasContext::parse('?', good, "post", None).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", "a\n", &"x".repeat(129)] {
            assert_eq!(pointer(bad, "post"), "/context");
        }
    }

    #[test]
    fn faults_of_context_and_type_are_in_one_problem() {
        let problem = AliasContext::parse('/', "a b", "room", None).unwrap_err();
        let pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/context", "/contextType"]);
    }

    #[test]
    fn every_kind_has_the_name_it_is_stored_by() {
        for kind in ContextType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(pointer("a", "room"), "/contextType");
    }

    #[test]
    fn a_session_alias_needs_a_session() {
        assert_eq!(pointer("a", "session"), "/contextType");
        let session = SessionId::parse("s1").unwrap();
        let alias_context = AliasContext::parse('/', "a", "session", Some(&session)).unwrap();
        assert_eq!(alias_context.session, Some(session.clone()));
        assert_eq!(AliasContext::parse('/', "a", "post", Some(&session)).unwrap().session, None);
    }
}
