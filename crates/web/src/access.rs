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

/// What a service's token needs for the route that a request is for: in the request's extensions,
/// so that it is looked at before anything else of the request is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scope(pub &'static str);
