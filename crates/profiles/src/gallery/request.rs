//! Checks of an upload request, with the problem texts of the API that galleries come from.

use crate::Profiles;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use schemars::JsonSchema;
use selfsame_web::{Code, Detail, Fault, FieldChecks, FieldErrors, Fields, Problem};
use serde::Deserialize;

use crate::{settings::GallerySettings, settings::format_named};

use selfsame_media::pictures::Format;
use selfsame_users::records::DeclaredFile;

/// Base 64 as clients write it: with padding or without.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Asks for a place to upload a picture to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MediaRequest {
    /// `image`; there is nothing else yet.
    #[serde(default)]
    #[schemars(required, with = "String", extend("const" = "image"))]
    pub media_type: Option<String>,
    /// A JSON object in base 64: `size` in bytes, `format` (`jpeg`, `png`, `webp`), `width` and
    /// `height` in pixels.
    #[serde(default)]
    #[schemars(required, with = "String")]
    pub media_meta: Option<String>,
    /// The place in the gallery, from 1; at the end unless given.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub media_order: Option<u32>,
}

/// A valid request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ValidRequest {
    pub(super) declared: DeclaredFile,
    pub(super) position: Option<u32>,
    pub(super) format: Format,
}

impl ValidRequest {
    /// The extension of the file's name.
    pub(super) fn extension(&self) -> &'static str {
        match self.format {
            Format::Jpeg => "jpg",
            Format::Png => "png",
            Format::Gif => "gif",
            Format::WebP => "webp",
        }
    }
}

impl FieldChecks<Arc<Profiles>> for MediaRequest {
    fn check(profiles: &Arc<Profiles>, fields: &Fields<'_>, faults: &mut FieldErrors) {
        let request = Self {
            media_type: fields.get("mediaType"),
            media_meta: fields.get("mediaMeta"),
            media_order: fields.get("mediaOrder"),
        };
        faults.join(checked(&request, &profiles.settings.gallery));
    }
}

/// Checks `request` as far as that goes without the file. The text is that of the first problem, in
/// the order of the original API; the fields of all problems are named.
pub(super) fn checked(
    request: &MediaRequest,
    settings: &GallerySettings,
) -> Result<ValidRequest, Problem> {
    let (kind, meta) = (request.media_type.as_deref(), request.media_meta.as_deref());
    let no_kind = kind.is_none().then(|| missing("mediaType"));
    let no_meta = meta.is_none().then(|| missing("mediaMeta"));
    let other_kind = kind
        .filter(|kind| *kind != "image")
        .map(|_| Problem::new(Code::Invalid, Detail::OnlyImages).at("/mediaType", only_image()));
    let bad_position = (request.media_order == Some(0))
        .then(|| Problem::fault("/mediaOrder", Fault::OutOfRange { min: 1, max: u32::MAX.into() }));
    let (described, not_described) = match meta.map(|meta| described(meta, settings)) {
        Some(Ok(described)) => (Some(described), None),
        Some(Err(problem)) => (None, Some(problem)),
        None => (None, None),
    };
    let mut problems =
        [no_kind, no_meta, other_kind, bad_position, not_described].into_iter().flatten();
    match (problems.next(), described) {
        (None, Some((declared, format))) => {
            Ok(ValidRequest { declared, position: request.media_order, format })
        }
        (Some(mut first), _) => {
            first.errors.extend(problems.flat_map(|problem| problem.errors));
            Err(first)
        }
        (None, None) => Err(missing("mediaMeta")),
    }
}

/// The declared file in `meta`, if it is acceptable.
fn described(meta: &str, settings: &GallerySettings) -> Result<(DeclaredFile, Format), Problem> {
    let declared = decoded(meta)?;
    if declared.size > settings.max_bytes {
        let detail = Detail::FileTooLarge { max: settings.max_bytes };
        return Err(
            Problem::new(Code::ImageTooLarge, detail).at("/mediaMeta", Fault::PictureTooLarge)
        );
    }
    let taken = settings.formats.contains(&declared.format);
    let Some(format) = format_named(&declared.format).filter(|_| taken) else {
        let detail = Detail::FormatUnsupported { format: declared.format };
        let allowed = settings.formats.clone();
        let fault = Fault::PictureType { allowed };
        return Err(Problem::new(Code::ImageTypeUnsupported, detail).at("/mediaMeta", fault));
    };
    Ok((declared, format))
}

/// A required field is absent.
pub(super) fn missing(field: &str) -> Problem {
    let detail = Detail::MissingField { field: field.to_owned() };
    Problem::new(Code::Invalid, detail).at(format!("/{field}"), Fault::Required)
}

/// A problem whose `error` is exactly `detail`.
fn only_image() -> Fault {
    Fault::NotOneOf { allowed: vec!["image".to_owned()] }
}

fn decoded(meta: &str) -> Result<DeclaredFile, Problem> {
    #[derive(Deserialize)]
    struct Meta {
        #[serde(default)]
        size: u64,
        #[serde(default)]
        format: String,
        #[serde(default)]
        width: Option<u32>,
        #[serde(default)]
        height: Option<u32>,
    }
    let wrong =
        |what: Detail| Problem::new(Code::Invalid, what).at("/mediaMeta", Fault::NotMediaMeta);
    let text = meta.trim();
    let read = |alphabet| GeneralPurpose::new(alphabet, LENIENT).decode(text);
    let bytes =
        read(&STANDARD).or_else(|_| read(&URL_SAFE)).map_err(|_| wrong(Detail::MetaNotBase64))?;
    let json: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|_| wrong(Detail::MetaNotJson))?;
    let object = json.is_object().then_some(json).ok_or_else(|| wrong(Detail::MetaNotJson))?;
    let Meta { size, format, width, height } =
        serde_json::from_value(object).map_err(|_| wrong(Detail::MetaTypes))?;
    // The stored text is bounded, whatever is sent.
    let format = format.chars().take(32).flat_map(char::to_lowercase).collect();
    Ok(DeclaredFile { size, format, width, height })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD as BASE_64;
    use proptest::prelude::*;
    use selfsame_primitives::Locale;
    use serde_json::json;

    use super::*;

    fn request(meta: &str) -> MediaRequest {
        let media_meta = Some(meta.to_owned());
        MediaRequest { media_type: Some("image".into()), media_meta, media_order: Some(1) }
    }

    fn with(meta: &serde_json::Value) -> Result<ValidRequest, Problem> {
        checked(&request(&BASE_64.encode(meta.to_string())), &GallerySettings::default())
    }

    #[test]
    fn the_documented_request_is_granted() {
        let found =
            with(&json!({"size": 2_048_576, "format": "jpeg", "width": 1440, "height": 1920}))
                .unwrap();
        assert_eq!(found.extension(), "jpg");
        let expected = DeclaredFile {
            size: 2_048_576,
            format: "jpeg".into(),
            width: Some(1440),
            height: Some(1920),
        };
        assert_eq!(found.declared, expected);
    }

    #[test]
    fn formats_are_the_same_in_upper_case_and_others_are_named_in_lower_case() {
        assert_eq!(with(&json!({"size": 1, "format": "PNG"})).unwrap().extension(), "png");
        let refused = with(&json!({"size": 1, "format": "BMP"})).unwrap_err();
        assert_eq!(
            (refused.say(Locale::En).as_str(), refused.code),
            ("Unsupported format: bmp", Code::ImageTypeUnsupported)
        );
        assert_eq!(
            with(&json!({"size": 1, "format": "gif"})).unwrap_err().say(Locale::En),
            "Unsupported format: gif"
        );
    }

    #[test]
    fn the_largest_size_is_taken_and_one_byte_more_is_not() {
        assert!(with(&json!({"size": 10_485_760, "format": "webp"})).is_ok());
        let refused = with(&json!({"size": 10_485_761, "format": "webp"})).unwrap_err();
        assert_eq!(
            (refused.say(Locale::En).as_str(), refused.code),
            ("File size exceeds limit: 10485760", Code::ImageTooLarge)
        );
    }

    #[test]
    fn unreadable_metadata_has_the_problem_text_of_the_original_api() {
        let detail = |meta: &str| {
            checked(&request(meta), &GallerySettings::default()).unwrap_err().say(Locale::En)
        };
        assert_eq!(detail("%%%"), "Invalid mediaMeta format: Invalid base64");
        assert_eq!(detail("bm90IEpTT04="), "Invalid mediaMeta format: Invalid JSON");
        assert_eq!(detail("W10"), "Invalid mediaMeta format: Invalid JSON");
        let none = MediaRequest { media_meta: None, ..request("") };
        let refused = checked(&none, &GallerySettings::default()).unwrap_err();
        assert_eq!(refused.say(Locale::En), "Missing required field: mediaMeta");
        let none = MediaRequest { media_type: None, ..none };
        let refused = checked(&none, &GallerySettings::default()).unwrap_err();
        assert_eq!(refused.say(Locale::En), "Missing required field: mediaType");
        let video = MediaRequest { media_type: Some("video".into()), ..request("%") };
        let refused = checked(&video, &GallerySettings::default()).unwrap_err();
        assert_eq!(refused.say(Locale::En), "Only image type supported");
    }

    #[test]
    fn every_wrong_field_is_named_under_the_text_of_the_first() {
        let refused =
            |request: &MediaRequest| checked(request, &GallerySettings::default()).unwrap_err();
        let pointers = |problem: &Problem| {
            problem.errors.iter().map(|error| error.pointer.clone()).collect::<Vec<_>>()
        };
        let problem =
            refused(&MediaRequest { media_type: None, media_meta: None, media_order: Some(0) });
        assert_eq!(pointers(&problem), ["/mediaType", "/mediaMeta", "/mediaOrder"]);
        assert_eq!(problem.say(Locale::En), "Missing required field: mediaType");
        let problem = refused(&MediaRequest { media_type: Some("video".into()), ..request("%%%") });
        assert_eq!(pointers(&problem), ["/mediaType", "/mediaMeta"]);
        assert_eq!(problem.say(Locale::En), "Only image type supported");
        let problem = refused(&MediaRequest {
            media_type: Some("video".into()),
            media_meta: None,
            ..request("")
        });
        assert_eq!(pointers(&problem), ["/mediaMeta", "/mediaType"]);
        assert_eq!(problem.say(Locale::En), "Missing required field: mediaMeta");
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_breaks_it(meta in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(checked(&request(&meta), &GallerySettings::default()));
            drop(checked(&request(&BASE_64.encode(bytes)), &GallerySettings::default()));
        }
    }
}
