//! Amazon's example, the form of this service's own forms, and every way to break one.

use std::time::Duration;

use proptest::prelude::*;
use selfsame_primitives::Secret;

use super::signature::{Scope, parse_time};
use super::*;

/// The example of the Amazon S3 API Reference, "Example: Browser-Based Upload using HTTP POST
/// (Using AWS Signature Version 4)": its policy in base 64, and the signature that the page states.
const EXAMPLE_POLICY: &str = "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9";
const EXAMPLE_SIGNATURE: &str = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";

fn key() -> SigningKey {
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    SigningKey::new("AKIAIOSFODNN7EXAMPLE", secret, "us-east-1")
}

fn at(text: &str) -> Timestamp {
    parse_time(text).unwrap()
}

fn noon() -> Timestamp {
    at("2026-01-31T12:00:00Z")
}

fn example() -> Vec<(&'static str, &'static str)> {
    vec![
        ("key", "user/user1/photo.jpg"),
        ("acl", "public-read"),
        (
            "success_action_redirect",
            "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html",
        ),
        ("Content-Type", "image/jpeg"),
        ("x-amz-meta-uuid", "14365123651274"),
        ("x-amz-server-side-encryption", "AES256"),
        ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Date", "20151229T000000Z"),
        ("x-amz-meta-tag", ""),
        ("Policy", EXAMPLE_POLICY),
        ("X-Amz-Signature", EXAMPLE_SIGNATURE),
    ]
}

fn form(fields: &[(&str, &str)]) -> Form {
    let mut form = Form::new();
    for (name, value) in fields {
        form.push(name, value).unwrap();
    }
    form
}

fn ours() -> Fields {
    PostPolicy {
        bucket: "media",
        key: "uploads/profile-images/aB3cD4eF.jpg",
        content_type: "image/jpeg",
        length: 1024..=10_485_760,
        expires_at: noon().plus(Duration::from_hours(1)),
    }
    .sign(&key(), noon())
}

fn check(fields: &Fields) -> Result<Accepted, Refusal> {
    verify(&Form::of(fields)?, "media", &key(), noon())
}

/// A form of `conditions` that is signed as it should be.
fn signed(conditions: &serde_json::Value, more: &[(&str, &str)]) -> Result<Accepted, Refusal> {
    signed_document(
        &json!({"expiration": "2026-01-31T13:00:00Z", "conditions": conditions}).to_string(),
        more,
    )
}

fn signed_document(document: &str, more: &[(&str, &str)]) -> Result<Accepted, Refusal> {
    let policy = STANDARD.encode(document);
    let signature = key().sign(&Scope::of("20260131", "us-east-1"), &policy);
    let mut form = form(&[
        ("policy", &policy),
        ("x-amz-algorithm", ALGORITHM),
        ("x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20260131/us-east-1/s3/aws4_request"),
        ("x-amz-date", "20260131T120000Z"),
        ("x-amz-signature", &signature),
    ]);
    for (name, value) in more {
        form.push(name, value).unwrap();
    }
    verify(&form, "media", &key(), noon())
}

/// What every form must cover, with `more` conditions.
fn conditions(more: &[serde_json::Value]) -> serde_json::Value {
    let always = [
        json!({"bucket": "media"}),
        json!(["starts-with", "$key", "a"]),
        json!(["starts-with", "$x-amz-algorithm", ""]),
        json!(["starts-with", "$x-amz-credential", ""]),
        json!(["starts-with", "$x-amz-date", ""]),
    ];
    always.iter().chain(more).cloned().collect()
}

fn message(outcome: Result<Accepted, Refusal>) -> (Code, String) {
    let refusal = outcome.unwrap_err();
    (refusal.code, refusal.message)
}

#[test]
fn amazons_example_has_the_signature_that_amazon_states() {
    assert_eq!(key().sign(&Scope::of("20151229", "us-east-1"), EXAMPLE_POLICY), EXAMPLE_SIGNATURE);
}

#[test]
fn amazons_example_is_accepted_until_it_expires() {
    let verify = |time| verify(&form(&example()), "sigv4examplebucket", &key(), at(time));
    let accepted = verify("2015-12-29T00:00:01Z").unwrap();
    assert_eq!(
        (accepted.key.as_str(), accepted.content_type.as_str()),
        ("user/user1/photo.jpg", "image/jpeg")
    );
    assert_eq!(accepted.check_size(u64::MAX), Ok(()));
    let expired = Refusal::against_policy("Policy expired.");
    assert_eq!(verify("2015-12-30T12:00:00Z"), Err(expired));
}

#[test]
fn each_field_of_amazons_example_must_be_as_it_is() {
    for (place, (name, value)) in example().into_iter().enumerate() {
        let changed = |value: &str| {
            let mut fields = example();
            fields[place].1 = value;
            verify(&form(&fields), "sigv4examplebucket", &key(), at("2015-12-29T00:00:01Z"))
        };
        assert!(changed(value).is_ok());
        // The one field that may hold anything.
        assert_eq!(changed("something else").is_ok(), name == "x-amz-meta-tag", "{name}");
    }
}

#[test]
fn a_form_has_the_fields_of_a_presigned_post_in_their_order() {
    let fields = ours();
    let names: Vec<_> = fields.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "Content-Type",
            "key",
            "policy",
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-signature"
        ]
    );
    assert_eq!(
        fields["x-amz-credential"],
        "AKIAIOSFODNN7EXAMPLE/20260131/us-east-1/s3/aws4_request"
    );
    assert_eq!(fields["x-amz-date"], "20260131T120000Z");
}

#[test]
fn a_form_is_accepted_as_it_was_signed() {
    let accepted = check(&ours()).unwrap();
    assert_eq!(accepted.key, "uploads/profile-images/aB3cD4eF.jpg");
    assert_eq!(accepted.content_type, "image/jpeg");
    assert_eq!(accepted.most(), 10_485_760);
}

#[test]
fn a_temporary_key_sends_its_token_under_the_policy() {
    let key = key().with_token(Some(Secret::new("token")));
    let policy = PostPolicy {
        bucket: "b",
        key: "k",
        content_type: "image/png",
        length: 0..=1,
        expires_at: noon().plus(Duration::from_secs(1)),
    };
    let mut fields = policy.sign(&key, noon());
    assert_eq!(fields["x-amz-security-token"], "token");
    assert!(verify(&Form::of(&fields).unwrap(), "b", &key, noon()).is_ok());
    fields.insert("x-amz-security-token".into(), "other".into());
    assert!(verify(&Form::of(&fields).unwrap(), "b", &key, noon()).is_err());
}

#[test]
fn a_form_is_refused_from_the_moment_it_expires() {
    let form = Form::of(&ours()).unwrap();
    let at = |seconds| verify(&form, "media", &key(), noon().plus(Duration::from_secs(seconds)));
    assert!(at(3599).is_ok());
    let expired = (Code::AccessDenied, "Invalid according to Policy: Policy expired.".to_owned());
    assert_eq!(message(at(3600)), expired);
}

#[test]
fn a_signature_is_good_for_seven_days_at_most() {
    let days = |days: u64| Duration::from_hours(24 * days);
    let policy = PostPolicy {
        bucket: "media",
        key: "k",
        content_type: "image/png",
        length: 0..=1,
        expires_at: noon().plus(days(30)),
    };
    let form = Form::of(&policy.sign(&key(), noon())).unwrap();
    let at = |time| verify(&form, "media", &key(), time);
    assert!(at(noon().plus(days(7))).is_ok());
    assert_eq!(at(noon().plus(days(8))).unwrap_err().code, Code::AccessDenied);
    assert_eq!(
        message(at(noon().minus(days(1)))),
        (Code::AccessDenied, "Request is not yet valid".into())
    );
}

#[test]
fn a_form_for_one_bucket_is_none_for_another() {
    let form = Form::of(&ours()).unwrap();
    let failed =
        r#"Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "media"]"#;
    assert_eq!(
        message(verify(&form, "other", &key(), noon())),
        (Code::AccessDenied, failed.into())
    );
    let mut fields = ours();
    fields.insert("bucket".into(), "media".into());
    assert!(check(&fields).is_ok());
    fields.insert("bucket".into(), "other".into());
    assert_eq!(check(&fields).unwrap_err().code, Code::AccessDenied);
}

#[test]
fn the_wrong_key_region_or_algorithm_is_told_apart() {
    let with = |name: &str, value: &str| {
        let mut fields = ours();
        fields.insert(name.into(), value.into());
        check(&fields).unwrap_err().code
    };
    let credential = "x-amz-credential";
    assert_eq!(
        with(credential, "AKIA/20260131/us-east-1/s3/aws4_request"),
        Code::InvalidAccessKeyId
    );
    for scope in ["20260131/eu-west-1/s3", "20260131/us-east-1/sns", "20260130/us-east-1/s3", ""] {
        let value = format!("AKIAIOSFODNN7EXAMPLE/{scope}/aws4_request");
        assert_eq!(with(credential, &value), Code::InvalidArgument, "{scope}");
    }
    assert_eq!(with("x-amz-algorithm", "AWS4-HMAC-SHA1"), Code::InvalidArgument);
    assert_eq!(with("x-amz-signature", &"0".repeat(64)), Code::SignatureDoesNotMatch);
    let other = SigningKey::new("AKIAIOSFODNN7EXAMPLE", Secret::new("another secret"), "us-east-1");
    let outcome = verify(&Form::of(&ours()).unwrap(), "media", &other, noon());
    assert_eq!(outcome.unwrap_err().code, Code::SignatureDoesNotMatch);
}

#[test]
fn each_missing_field_is_named() {
    for (name, shown) in [
        ("key", "key"),
        ("policy", "Policy"),
        ("x-amz-algorithm", "X-Amz-Algorithm"),
        ("x-amz-credential", "X-Amz-Credential"),
        ("x-amz-date", "X-Amz-Date"),
        ("x-amz-signature", "X-Amz-Signature"),
    ] {
        let mut fields = ours();
        fields.remove(name);
        assert_eq!(check(&fields), Err(Refusal::missing(shown)));
    }
    let mut fields = ours();
    fields.remove("Content-Type");
    let failed = r#"Invalid according to Policy: Policy Condition failed: ["eq", "$content-type", "image/jpeg"]"#;
    assert_eq!(message(check(&fields)), (Code::AccessDenied, failed.into()));
}

#[test]
fn a_form_without_any_signature_is_a_strangers() {
    let fields = [("key", "k"), ("policy", "e30=")];
    let outcome = verify(&form(&fields), "media", &key(), noon());
    assert_eq!(message(outcome), (Code::AccessDenied, "Access Denied".into()));
}

#[test]
fn a_field_that_no_condition_covers_is_refused() {
    let mut fields = ours();
    fields.insert("x-ignore-this".into(), "anything".into());
    fields.insert("file".into(), "anything".into());
    assert!(check(&fields).is_ok());
    fields.insert("Success_Action_Redirect".into(), "https://evil.example".into());
    let extra = "Invalid according to Policy: Extra input fields: success_action_redirect";
    assert_eq!(message(check(&fields)), (Code::AccessDenied, extra.into()));
}

#[test]
fn a_field_given_twice_is_not_the_one_that_was_signed() {
    let mut form = Form::of(&ours()).unwrap();
    form.push("KEY", "uploads/profile-images/another1.jpg").unwrap();
    assert_eq!(verify(&form, "media", &key(), noon()).unwrap_err().code, Code::AccessDenied);
}

#[test]
fn the_size_is_checked_while_the_file_arrives_and_at_its_end() {
    let accepted = check(&ours()).unwrap();
    assert_eq!(accepted.check_so_far(1), Ok(()));
    assert_eq!(accepted.check_size(1024), Ok(()));
    assert_eq!(accepted.check_size(10_485_760), Ok(()));
    let small = accepted.check_size(1023).unwrap_err();
    assert_eq!((small.code, small.status()), (Code::EntityTooSmall, 400));
    assert!(
        small
            .xml()
            .contains("<ProposedSize>1023</ProposedSize><MinSizeAllowed>1024</MinSizeAllowed>")
    );
    let large = accepted.check_so_far(10_485_761).unwrap_err();
    assert_eq!((large.code, large.status()), (Code::EntityTooLarge, 400));
    assert!(large.xml().contains("<MaxSizeAllowed>10485760</MaxSizeAllowed>"));
}

#[test]
fn several_ranges_hold_together_and_digits_may_be_quoted() {
    let ranges =
        [json!(["content-length-range", 5, 100]), json!(["content-length-range", "1", "10"])];
    let accepted = signed(&conditions(&ranges), &[("key", "a")]).unwrap();
    let fits = |size| accepted.check_size(size).is_ok();
    assert_eq!([4, 5, 10, 11].map(fits), [false, true, true, false]);
}

#[test]
fn names_and_operators_are_the_same_in_upper_and_lower_case_and_values_are_not() {
    let odd = [json!(["StArTs-WiTh", "$X-Amz-Meta-Who", "Me"]), json!(["EQ", "$ACL", "private"])];
    let with = |who, acl| {
        signed(&conditions(&odd), &[("kEY", "a"), ("x-amz-meta-WHO", who), ("aCl", acl)]).is_ok()
    };
    assert!(with("Me too", "private"));
    assert!(!with("me too", "private"));
    assert!(!with("Me too", "Private"));
}

#[test]
fn every_media_type_of_a_list_must_fit() {
    let images = conditions(&[json!(["starts-with", "$Content-Type", "image/"])]);
    let with = |kind| signed(&images, &[("key", "a"), ("content-type", kind)]).is_ok();
    assert!(with("image/png"));
    assert!(with("image/jpg,image/png"));
    assert!(!with("image/jpg,text/plain"));
}

#[test]
fn a_condition_whose_field_is_absent_is_not_fulfilled() {
    let any = conditions(&[json!(["starts-with", "$x-amz-meta-tag", ""])]);
    assert_eq!(signed(&any, &[("key", "a")]).unwrap_err().code, Code::AccessDenied);
    assert!(signed(&any, &[("key", "a"), ("x-amz-meta-tag", "")]).is_ok());
}

#[test]
fn a_policy_without_a_bucket_is_good_for_none() {
    let all = conditions(&[]);
    let rest = serde_json::Value::from(all.as_array().unwrap()[1..].to_vec());
    assert!(signed(&all, &[("key", "a")]).is_ok());
    assert_eq!(signed(&rest, &[("key", "a")]).unwrap_err().code, Code::AccessDenied);
}

#[test]
fn a_field_without_its_dollar_fails_its_condition() {
    let bare = conditions(&[json!(["eq", "key", "a"])]);
    let failed = r#"Invalid according to Policy: Policy Condition failed: ["eq","key","a"]"#;
    assert_eq!(message(signed(&bare, &[("key", "a")])), (Code::AccessDenied, failed.into()));
}

#[test]
fn a_policy_that_can_not_be_read_is_refused_as_such() {
    for bad in [
        json!({"a": "b"}),
        json!([{}]),
        json!([{"bucket": "media", "key": "a"}]),
        json!([{"Content-Length": 7}]),
        json!(["bucket"]),
        json!([["eq", "$key"]]),
        json!([["eq", "$key", 1]]),
        json!([["like", "$key", "a"]]),
        json!([[1, 2, 3]]),
        json!([["content-length-range", 0]]),
        json!([["content-length-range", -1, 0]]),
        json!([["content-length-range", 2, 1]]),
        json!([["content-length-range", 1.5, 2]]),
        serde_json::Value::from(vec![json!({"bucket": "media"}); 201]),
    ] {
        let outcome = signed(&bad, &[("key", "a")]);
        assert_eq!(outcome.unwrap_err().code, Code::InvalidPolicyDocument, "{bad}");
    }
    let deep = format!("{{\"expiration\":\"x\",\"conditions\":{}", "[".repeat(14_000));
    for bad in [
        "",
        "[]",
        "{",
        "{\"expiration\": \"2026-01-31T13:00:00Z\"}",
        "{\"conditions\": []}",
        "{\"EXPIRATION\": \"2026-01-31T13:00:00Z\", \"conditions\": []}",
        "{\"expiration\": \"2026-01-31 13:00\", \"conditions\": []}",
        "{\"expiration\": 1, \"conditions\": []}",
        deep.as_str(),
    ] {
        let outcome = signed_document(bad, &[("key", "a")]);
        assert_eq!(outcome.unwrap_err().code, Code::InvalidPolicyDocument, "{bad}");
    }
}

#[test]
fn more_before_the_file_than_s3_takes_is_refused() {
    let mut form = Form::new();
    form.push("x-ignore-a", &"a".repeat(20_000)).unwrap();
    let refusal = form.push("x-ignore-b", &"b".repeat(1_000)).unwrap_err();
    assert_eq!(refusal.code, Code::MaxPostPreDataLengthExceededError);
    let mut form = Form::new();
    let outcome = (0..=100).try_for_each(|number| form.push(&number.to_string(), ""));
    assert_eq!(outcome.unwrap_err().code, Code::MaxPostPreDataLengthExceededError);
}

#[test]
fn a_form_with_any_bit_of_any_value_flipped_is_refused() {
    for (name, value) in ours() {
        for place in 0..value.len() * 8 {
            let mut bytes = value.clone().into_bytes();
            bytes[place / 8] ^= 1 << (place % 8);
            let mut fields = ours();
            fields.insert(name.clone(), String::from_utf8_lossy(&bytes).into_owned());
            assert!(check(&fields).is_err(), "bit {place} of {name}");
        }
    }
}

#[test]
fn a_form_with_any_name_changed_is_refused() {
    for name in ours().into_keys() {
        for place in 0..name.len() {
            let mut changed = name.clone().into_bytes();
            changed[place] = if changed[place] == b'q' { b'z' } else { b'q' };
            let mut fields = ours();
            let value = fields.remove(&name).unwrap();
            fields.insert(String::from_utf8(changed).unwrap(), value);
            assert!(check(&fields).is_err(), "letter {place} of {name}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_sent_is_answered_without_a_panic(fields in proptest::collection::vec((".{0,20}", ".{0,60}"), 0..8)) {
        let mut whole = Form::of(&ours()).unwrap();
        for (name, value) in fields {
            // A field that is covered changes by being given twice; one that is not is refused; the
            // rest is ignored.
            let ignored = name.starts_with("x-ignore-") || name.eq_ignore_ascii_case("file");
            whole.push(&name, &value).unwrap();
            prop_assert!(ignored || verify(&whole, "media", &key(), noon()).is_err());
        }
    }

    #[test]
    fn whatever_was_signed_is_read_without_a_panic(document in ".{0,200}") {
        prop_assert!(signed_document(&document, &[("key", "a")]).is_err());
    }

    #[test]
    fn what_was_signed_is_accepted(
        object in "[a-zA-Z0-9/_.$\"\\\\-]{1,40}", kind in "[a-z]{1,8}/[a-z+]{1,12}", least in 0_u64..5_000, more in 0_u64..5_000,
    ) {
        let policy = PostPolicy {
            bucket: "media",
            key: &object,
            content_type: &kind,
            length: least..=least + more,
            expires_at: noon().plus(Duration::from_secs(1)),
        };
        let accepted = check(&policy.sign(&key(), noon())).unwrap();
        prop_assert_eq!((accepted.key.as_str(), accepted.content_type.as_str()), (object.as_str(), kind.as_str()));
        prop_assert_eq!([least, least + more].map(|size| accepted.check_size(size)), [Ok(()), Ok(())]);
        prop_assert!(accepted.check_size(least + more + 1).is_err());
        prop_assert!(least == 0 || accepted.check_size(least - 1).is_err());
    }
}
