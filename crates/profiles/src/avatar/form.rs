//! The multipart form of an avatar upload (RFC 7578), read as it arrives.

use axum::RequestExt as _;
use axum::extract::Request;
use http::header::CONTENT_TYPE;
use multer::{Constraints, Error, Field, Multipart, SizeLimit};
use selfsame_images::Crop;
use selfsame_web::{Code, Detail, Fault, Problem};

use super::problem;
use selfsame_media::pictures::problem::of_pool;
use selfsame_media::{pictures::IncomingFile, pictures::PictureProcessor};

/// Bytes of a form besides the picture.
pub(super) const OVERHEAD: usize = 64 << 10;
/// Most bytes of the text field.
const TEXT: u64 = 200;
const PICTURE: &str = "avatar";
const CROP: &str = "crop";

/// The received form.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) upload: IncomingFile,
    pub(super) crop: Option<Crop>,
}

/// Reads the body of `request` as such a form, with a picture of up to `most` bytes.
pub(super) async fn read(
    request: Request,
    pictures: &PictureProcessor,
    most: usize,
) -> Result<Form, Problem> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary =
        content_type.and_then(|value| multer::parse_boundary(value).ok()).ok_or_else(not_a_form)?;
    let body = request.into_limited_body().into_data_stream();
    let mut parts = Multipart::with_constraints(body, boundary, constraints(most));
    let (mut upload, mut crop) = (None, None);
    while let Some(part) = parts.next_field().await.map_err(|error| unreadable(&error, most))? {
        let name = part.name().unwrap_or_default().to_owned();
        let again = match name.as_str() {
            PICTURE => upload.replace(picture(part, pictures, most).await?).is_some(),
            _ => crop.replace(text(part, most).await?).is_some(),
        };
        if again {
            return Err(Problem::fault(format!("/{name}"), Fault::Repeated));
        }
    }
    let upload = upload.ok_or_else(|| Problem::fault("/avatar", Fault::Required))?;
    Ok(Form { upload, crop: crop.map(|crop| parse_crop(&crop)).transpose()? })
}

/// Twice the size that is accepted: most clients that send too much get a response before the
/// connection is closed.
fn constraints(most: usize) -> Constraints {
    let whole = (2 * most + OVERHEAD) as u64;
    Constraints::new()
        .allowed_fields(vec![PICTURE, CROP])
        .size_limit(SizeLimit::new().whole_stream(whole).for_field(CROP, TEXT))
}

async fn picture(
    mut part: Field<'_>,
    pictures: &PictureProcessor,
    most: usize,
) -> Result<IncomingFile, Problem> {
    let mut upload = IncomingFile::default();
    let mut too_large = false;
    while let Some(piece) = part.chunk().await.map_err(|error| unreadable(&error, most))? {
        too_large |= upload.size() + piece.len() > most;
        if !too_large {
            upload.push(pictures, &piece).map_err(of_pool)?;
        }
    }
    if too_large { Err(problem::too_many_bytes(most)) } else { Ok(upload) }
}

async fn text(part: Field<'_>, most: usize) -> Result<String, Problem> {
    let bytes = part.bytes().await.map_err(|error| unreadable(&error, most))?;
    String::from_utf8(bytes.to_vec()).map_err(|_| bad_crop())
}

/// `x,y,width,height` as fractions of the upright picture.
fn parse_crop(text: &str) -> Result<Crop, Problem> {
    let numbers: Result<Vec<f64>, _> =
        text.split(',').map(|number| number.trim().parse()).collect();
    let Ok([x, y, width, height]) = numbers.as_deref() else { return Err(bad_crop()) };
    let axis = |start: f64, length: f64| {
        // Clients that divide may be off in the last digit.
        (0.0..1.0).contains(&start) && length > 0.0 && start + length <= 1.0 + 1e-6
    };
    let crop = Crop { x: *x, y: *y, width: *width, height: *height };
    if axis(*x, *width) && axis(*y, *height) { Ok(crop) } else { Err(bad_crop()) }
}

fn bad_crop() -> Problem {
    Problem::fault("/crop", Fault::NotACrop)
}

fn not_a_form() -> Problem {
    Problem::new(Code::UnsupportedMediaType, Detail::SendForm)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else there is or will be: the form is broken"
)]
fn unreadable(error: &Error, most: usize) -> Problem {
    match error {
        Error::UnknownField { field_name } => Problem::fault(
            format!("/{}", field_name.as_deref().unwrap_or_default()),
            Fault::UnknownField,
        ),
        Error::FieldSizeExceeded { .. } => bad_crop(),
        Error::StreamSizeExceeded { .. } => problem::too_many_bytes(most),
        _ => Problem::fault("", Fault::NotAForm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crop_is_four_fractions_within_the_picture() {
        let crop = parse_crop("0.25, 0,0.5,1").unwrap();
        assert_eq!(crop, Crop { x: 0.25, y: 0.0, width: 0.5, height: 1.0 });
        for bad in [
            "",
            "0,0,1",
            "0,0,1,1,1",
            "0,0,0,1",
            "0.6,0,0.5,1",
            "-0.1,0,1,1",
            "NaN,0,1,1",
            "0,0,inf,1",
            "1,0,1,1",
        ] {
            assert_eq!(parse_crop(bad), Err(bad_crop()), "{bad}");
        }
    }
}
