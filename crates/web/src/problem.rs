//! Problems: one form for all errors (RFC 9457), and the table of their codes.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use selfsame_events::Refused;
use selfsame_primitives::Locale;
use selfsame_store::StoreError;

use crate::fault::{Detail, Fault, FieldErrors, FieldFault};
use crate::rate_limit_state::RateLimitState;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident $code:literal $status:ident $title:literal;)*) => {
        /// What can go wrong, as programs tell it apart.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Code { $($(#[doc = $doc])+ $name,)* }

        impl Code {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The `code` member, e.g. `version_conflict`. Never changed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status it is answered with.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The `title` member: the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it means, for the pages that explain the API.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+),)* }.trim()
            }
        }
    };
}

codes! {
    /// The body, a parameter or a field has a wrong form or value.
    Invalid "invalid_request" BAD_REQUEST "The request is not valid";
    /// The picture can't be read.
    ImageInvalid "image_invalid" BAD_REQUEST "The picture can't be read";
    /// The picture has too many bytes, pixels or frames.
    ImageTooLarge "image_too_large" BAD_REQUEST "The picture is too large";
    /// The picture is of a type that is not taken.
    ImageTypeUnsupported "image_type_unsupported" BAD_REQUEST "This type of picture is not supported";
    /// The one-time password is wrong, used, or too old: never said which.
    OtpInvalid "otp_invalid" BAD_REQUEST "The code is not right";
    /// The username was changed too short a time ago.
    UsernameCooldown "username_cooldown" BAD_REQUEST "The username was changed a short time ago";
    /// No token, or one that is not good any more.
    Unauthenticated "unauthenticated" UNAUTHORIZED "Please sign in";
    /// Unknown account or wrong password: never said which.
    InvalidCredentials "invalid_credentials" UNAUTHORIZED "The sign-in details are not right";
    /// The second step of a sign-in came too late, or too often: it starts anew with the password.
    ChallengeEnded "challenge_ended" UNAUTHORIZED "The sign-in has to start anew";
    /// Signed in, but not allowed.
    Forbidden "forbidden" FORBIDDEN "This is not allowed";
    /// Too many wrong one-time passwords in a row: another mail has a long code, which is always
    /// taken.
    OtpClosed "otp_closed" FORBIDDEN "Six digits are not taken any more";
    /// So many codes of the authenticator were wrong that none is looked at until its owner shows
    /// otherwise who they are.
    FactorClosed "factor_closed" FORBIDDEN "No more codes of the authenticator are taken";
    /// Signed in, but who it is has to be shown anew: `POST /auth/reauthenticate`.
    ReauthenticationRequired "reauthentication_required" FORBIDDEN "Please confirm that it is you";
    /// There is nothing here, or nothing the caller may know of.
    NotFound "not_found" NOT_FOUND "Not found";
    /// The path exists, but not with this method.
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "This method is not supported here";
    /// The request did not arrive in time.
    RequestTimeout "request_timeout" REQUEST_TIMEOUT "The request took too long to arrive";
    /// An account with this email address exists.
    EmailTaken "email_taken" CONFLICT "The email address is taken";
    /// Somebody has this username, or one that looks like it.
    UsernameTaken "username_taken" CONFLICT "The username is taken";
    /// The password is too short to stand alone, without a second factor.
    PasswordTooShort "password_too_short" CONFLICT "The password is too short to stand alone";
    /// The state it is in does not allow this.
    Conflict "conflict" CONFLICT "This does not fit the current state";
    /// The first request with this idempotency key is still being answered.
    IdempotencyInFlight "idempotency_in_flight" CONFLICT "The first request with this key is still being answered";
    /// The part that `Range` asks for is not there; `Content-Range` says how many bytes there are.
    RangeNotSatisfiable "range_not_satisfiable" RANGE_NOT_SATISFIABLE "There is no such part";
    /// The request with this idempotency key was carried out before, and its answer was lost.
    AnswerLost "answer_lost" CONFLICT "This was carried out before, and the answer was lost";
    /// `If-Match` names an old version.
    VersionConflict "version_conflict" PRECONDITION_FAILED "This has changed meanwhile";
    /// The body has more bytes than this route takes.
    TooLarge "payload_too_large" PAYLOAD_TOO_LARGE "The request is too large";
    /// The body is of a media type that this route does not take.
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "This media type is not supported";
    /// The idempotency key was used with another body.
    IdempotencyMismatch "idempotency_mismatch" UNPROCESSABLE_ENTITY "The idempotency key was used for another request";
    /// Too many requests.
    RateLimited "rate_limited" TOO_MANY_REQUESTS "Too many requests";
    /// The headers are too large.
    HeadersTooLarge "headers_too_large" REQUEST_HEADER_FIELDS_TOO_LARGE "The headers are too large";
    /// A mistake of the service. Logged with the request id.
    Internal "internal" INTERNAL_SERVER_ERROR "Something went wrong on our side";
    /// Something the service needs is down or full; try again.
    Unavailable "unavailable" SERVICE_UNAVAILABLE "The service can't do this right now";
}

/// An error as the caller sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Which kind.
    pub code: Code,
    /// What happened this time, and what to do; without it, the first of `errors` says so.
    pub detail: Option<Detail>,
    /// Which fields are at fault, if any.
    pub errors: Vec<FieldFault>,
    /// After how many seconds it makes sense to try again.
    pub retry_after: Option<u64>,
    /// The state of the rate limit that refused the request, for the headers of the response.
    pub rate_limit: Option<Box<RateLimitState>>,
    /// Why, for the log alone, which has it under the request's id.
    pub cause: Option<Box<str>>,
    /// Why the caller's token is refused (RFC 6750 §3), for `WWW-Authenticate` and the log.
    pub denial: Option<&'static str>,
}

impl Problem {
    /// A problem of kind `code`.
    #[must_use]
    pub fn new(code: Code, detail: Detail) -> Self {
        Self { detail: Some(detail), ..Self::bare(code) }
    }

    const fn bare(code: Code) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            rate_limit: None,
            cause: None,
            denial: None,
        }
    }

    /// One field is at fault.
    #[must_use]
    pub fn fault(pointer: impl Into<String>, fault: impl Into<Fault>) -> Self {
        Self::faults(vec![FieldFault::new(pointer, fault)])
    }

    /// Some fields are at fault.
    #[must_use]
    pub fn faults(errors: Vec<FieldFault>) -> Self {
        Self { errors, ..Self::bare(Code::Invalid) }
    }

    /// The same, blaming the field at `pointer`.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, fault: impl Into<Fault>) -> Self {
        self.errors.push(FieldFault::new(pointer, fault));
        self
    }

    /// The same, where the fields lie below `above`.
    #[must_use]
    pub fn below(mut self, above: &str) -> Self {
        for error in &mut self.errors {
            error.pointer.insert_str(0, above);
        }
        self
    }

    /// What happened, in `language`.
    #[must_use]
    pub fn say(&self, language: Locale) -> String {
        match (&self.detail, self.errors.first()) {
            (Some(detail), _) => detail.say(language),
            (None, Some(first)) => first.say(language),
            (None, None) => self.code.title().to_owned(),
        }
    }

    /// All of it in one line of English, for operators and logs.
    #[must_use]
    pub fn in_words(&self) -> String {
        let rest = self.errors.iter().skip(usize::from(self.detail.is_none()));
        let rest = rest.map(|fault| format!(" {}", fault.say(Locale::En)));
        format!("{}{}", self.say(Locale::En), rest.collect::<String>())
    }

    /// There is nothing here.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, Detail::Nothing)
    }

    /// The caller is not signed in.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, Detail::SignIn)
    }

    /// Says why, to the log alone.
    #[must_use]
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.cause = Some(cause.to_string().into());
        self
    }

    /// The caller's token is not taken, because of what `denial` says: printable text without
    /// quotes.
    #[must_use]
    pub fn denied(denial: &'static str) -> Self {
        Self { denial: Some(denial), ..Self::unauthenticated() }
    }

    /// Try again after `seconds`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

/// The caller and the log get different texts.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) => Self::new(Code::Conflict, Detail::ChangedMeanwhile),
            StoreError::Unavailable(_) | StoreError::Unknown(_) => {
                Self::new(Code::Unavailable, Detail::StoreDown).retry_after(1).because(error)
            }
            StoreError::Corrupt(_) | StoreError::Newer(_) => {
                Self::new(Code::Unavailable, Detail::StoredUnreadable)
                    .retry_after(60)
                    .because(error)
            }
            StoreError::Limit(_) => Self::internal().because(error),
        }
    }
}

impl<E: Into<Self>> From<Refused<E>> for Problem {
    fn from(refused: Refused<E>) -> Self {
        match refused {
            Refused::Rule(refusal) => refusal.into(),
            Refused::Actor => {
                Self::denied("The session has ended, or the account does not work at present")
            }
        }
    }
}

impl Problem {
    /// A mistake of the service, whose cause is only logged.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(Code::Internal, Detail::OurMistake)
    }
}

impl IntoResponse for Problem {
    /// Carries the problem as an extension: [`crate::MiddlewareStack`] writes the body, since it
    /// knows the request's id and what the caller accepts.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl FieldErrors {
    /// Adds what is wrong by `checked`, if anything is; gives what is right.
    pub fn join<T>(&mut self, checked: Result<T, Problem>) -> Option<T> {
        checked.map_err(|problem| self.extend(problem.errors)).ok()
    }

    /// `value`, unless something is wrong.
    pub fn or<T>(self, value: T) -> Result<T, Problem> {
        if self.is_empty() { Ok(value) } else { Err(Problem::faults(self.into_vec())) }
    }
}
