//! Who may call a route.

/// Who may call a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Anybody; a token is not looked at.
    Public,
    /// Anybody; a token, where there is one, must be good and may show more.
    Viewer,
    /// Signed-in users, each for what is theirs.
    User,
    /// Other services whose token has this scope.
    Service(&'static str),
    /// Other services whose token has this scope, and signed-in administrators.
    Operator(&'static str),
}

/// The scope that a service's token needs, in the request's extensions: it is checked before the
/// rest of the request is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scope(pub &'static str);
