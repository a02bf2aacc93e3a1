//! Why a token is refused, in the words of the `error_description` for its bearer (RFC 6750 §3).

/// Why a token is refused. It reveals nothing about users that the token does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Denial {
    /// It is no token.
    Malformed,
    /// It is a token for something else: one to refresh or to sign out with.
    Type,
    /// The signature is not valid.
    Signature,
    /// It was good once.
    Expired,
    /// It will be good later, or says nothing about when it is.
    Time,
    /// It is meant for another service.
    Audience,
    /// The issuer is not known here.
    Issuer,
    /// Its subject can't be the id of a user.
    Subject,
    /// There is no such user, and none is made.
    User,
    /// The session has ended.
    Session,
    /// The account does not work.
    Account,
}

impl Denial {
    /// The `error_description`: printable, without quotes.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Malformed => "The token is malformed",
            Self::Type => "The token is of a type that is not taken here",
            Self::Signature => "The signature is not one of the issuer's keys",
            Self::Expired => "The token has expired",
            Self::Time => "The token is not good yet, or does not say until when it is",
            Self::Audience => "The token is meant for another audience",
            Self::Issuer => "Tokens of this issuer are not taken here",
            Self::Subject => {
                "The subject of the token can not be a user id: 1 to 128 characters of A-Z a-z 0-9 _ - . : @ |"
            }
            Self::User => "There is no such user, and none is made by a token",
            Self::Session => "The session has ended",
            Self::Account => "The account does not work at present",
        }
    }
}
