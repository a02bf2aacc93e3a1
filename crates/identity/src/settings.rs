//! The settings of this crate.

use selfsame_password_hashing::PasswordSettings;
use selfsame_primitives::Timestamp;

use selfsame_tokens::TokenSettings;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct IdentitySettings {
    /// What is decided about tokens.
    pub tokens: TokenSettings,
    /// What is decided about passwords.
    pub passwords: PasswordSettings,
    /// What a registration leads to.
    pub registration: RegistrationMode,
    /// Whether people may register here, rather than only with another issuer.
    pub local_registration: bool,
    /// Routes that are exempt from recent authentication, although they should require it: `POST
    /// /auth/profile/email/initiate`.
    pub step_up_exempt: Vec<String>,
    /// How many one-time passwords an address may get.
    pub otp_limits: SendLimits,
    /// Stateless proofs that were issued up to this time are void: the store was restored from a
    /// backup.
    pub void_before: Timestamp,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            tokens: TokenSettings::default(),
            passwords: PasswordSettings::default(),
            registration: RegistrationMode::EnumerationSafe,
            local_registration: true,
            step_up_exempt: Vec::new(),
            otp_limits: SendLimits::DEVELOPMENT,
            void_before: Timestamp::default(),
        }
    }
}

/// What a registration leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegistrationMode {
    /// The same answer with and without an account: a mail goes to its owner, and a new account is
    /// active once the code in that mail was given back. So answers don't reveal accounts.
    EnumerationSafe,
    /// A session at once. The code verifies the address later. A taken address is reported.
    Immediate,
    /// Like `Immediate`, without a mail: an operator vouches for the address.
    Trusted,
}

/// How many codes may be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SendLimits {
    /// To one address in an hour.
    pub hourly: usize,
    /// To one address in a day.
    pub daily: usize,
    /// Because of one client, an address or an IPv6 /64, in an hour; 0 is no limit. A household or
    /// a class shares it.
    pub client_hourly: u32,
}

impl SendLimits {
    /// For a service for others (SPEC 11).
    pub const PRODUCTION: Self = Self { hourly: 10, daily: 50, client_hourly: 100 };
    /// For a developer's machine.
    pub const DEVELOPMENT: Self = Self { hourly: 20, daily: 100, client_hourly: 0 };

    /// To one address, in an hour and in a day.
    pub(crate) const fn of_address(self) -> (usize, usize) {
        (self.hourly, self.daily)
    }

    /// By one account, to addresses of its choice: each of them may belong to another person.
    pub(crate) const fn of_account(self) -> (usize, usize) {
        (self.hourly, 2 * self.hourly)
    }
}
