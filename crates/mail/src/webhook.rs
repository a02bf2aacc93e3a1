//! A provider's reports: mails that bounced, and complaints about spam.
//!
//! Signatures are those of Standard Webhooks, which Resend sends through Svix: HMAC-SHA256 over
//! `id.timestamp.body`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use selfsame_primitives::{EmailAddress, Secret, Timestamp, same_secret};
use serde::Deserialize;
use thiserror::Error;

/// How far the sender's clock may be off, either way (Standard Webhooks: five minutes).
const TOLERANCE: Duration = Duration::from_mins(5);

/// The headers of a report.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// `svix-id` or `webhook-id`.
    pub id: &'a str,
    /// `svix-timestamp` or `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `svix-signature` or `webhook-signature`: `v1,` and base 64; several are separated by spaces.
    pub signature: &'a str,
}

/// Why a report is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// No signature is right.
    #[error("the signature is not right")]
    Signature,
    /// Too old, or from the future.
    #[error("the time is too far off")]
    Time,
    /// Not a report.
    #[error("the body can't be read")]
    Body,
}

/// Why an address gets no more mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// There is no such mailbox.
    Bounce,
    /// Its owner calls our mail spam.
    Complaint,
}

/// The bytes of a secret in the form in which providers show it: `whsec_` and base 64.
#[must_use]
pub fn signing_key(secret: &Secret) -> Option<Vec<u8>> {
    let text = secret.expose();
    let key = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok()?;
    (key.len() >= 16).then_some(key)
}

/// Signs `body` as a provider does.
#[must_use]
pub fn sign(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    format!("v1,{}", STANDARD.encode(context.sign()))
}

/// Checks that `body` was signed with `key` just now.
pub fn verify(
    key: &[u8],
    headers: Headers<'_>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Refusal> {
    let sent: i64 = headers.timestamp.parse().map_err(|_| Refusal::Time)?;
    if now.seconds().abs_diff(sent) > TOLERANCE.as_secs() {
        return Err(Refusal::Time);
    }
    let expected = sign(key, headers.id, headers.timestamp, body);
    let is_right = |given: &str| same_secret(given.as_bytes(), expected.as_bytes());
    if headers.signature.split(' ').any(is_right) { Ok(()) } else { Err(Refusal::Signature) }
}

#[derive(Deserialize)]
struct Report {
    r#type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    bounce: Option<Bounce>,
}

#[derive(Deserialize)]
struct Bounce {
    r#type: String,
}

/// The addresses that get no more mail by a report of Resend, and why. Mailboxes that are full or
/// busy today are not among them.
pub fn read_resend(body: &[u8]) -> Result<Option<(Reason, Vec<EmailAddress>)>, Refusal> {
    let report: Report = serde_json::from_slice(body).map_err(|_| Refusal::Body)?;
    let is_permanent =
        report.data.bounce.as_ref().is_some_and(|bounce| bounce.r#type == "Permanent");
    let reason = match report.r#type.as_str() {
        "email.bounced" if is_permanent => Reason::Bounce,
        "email.complained" => Reason::Complaint,
        _ => return Ok(None),
    };
    let addresses = report.data.to.iter().filter_map(|to| EmailAddress::parse(to).ok()).collect();
    Ok(Some((reason, addresses)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Svix's documentation, "Verifying webhooks manually".
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SENT: i64 = 1_614_265_330;

    fn check(signature: &str, timestamp: &str, body: &[u8], seconds: i64) -> Result<(), Refusal> {
        let key = signing_key(&Secret::new(SECRET)).unwrap();
        let headers = Headers { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp, signature };
        verify(&key, headers, body, Timestamp::from_millis(seconds * 1000))
    }

    const GOOD: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_published_example_is_believed_in_its_time() {
        assert_eq!(check(GOOD, "1614265330", BODY, SENT), Ok(()));
        assert_eq!(check(&format!("v1,AAAA v2,x {GOOD}"), "1614265330", BODY, SENT + 300), Ok(()));
        for off in [-301, 301] {
            assert_eq!(check(GOOD, "1614265330", BODY, SENT + off), Err(Refusal::Time));
        }
    }

    #[test]
    fn whatever_else_is_changed_is_refused() {
        assert_eq!(check(GOOD, "1614265331", BODY, SENT), Err(Refusal::Signature));
        assert_eq!(check(GOOD, "1614265330", b"{}", SENT), Err(Refusal::Signature));
        assert_eq!(check("", "1614265330", BODY, SENT), Err(Refusal::Signature));
        assert_eq!(check(GOOD, "soon", BODY, SENT), Err(Refusal::Time));
        assert!(signing_key(&Secret::new("whsec_short")).is_none());
    }

    #[test]
    fn only_permanent_bounces_and_complaints_stop_mail() {
        let report = |kind: &str, bounce: &str| {
            let body = format!(
                r#"{{"type":"{kind}","created_at":"x","data":{{"to":["Ada@example.org"],"bounce":{{"type":"{bounce}","subType":"General"}}}}}}"#
            );
            read_resend(body.as_bytes())
                .unwrap()
                .map(|(reason, addresses)| (reason, addresses.len()))
        };
        assert_eq!(report("email.bounced", "Permanent"), Some((Reason::Bounce, 1)));
        assert_eq!(report("email.bounced", "Transient"), None);
        assert_eq!(report("email.complained", ""), Some((Reason::Complaint, 1)));
        assert_eq!(report("email.delivered", ""), None);
        assert_eq!(read_resend(b"[]"), Err(Refusal::Body));
    }
}
