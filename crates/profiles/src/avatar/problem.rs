//! Problems of avatar uploads.

use selfsame_web::{Code, Detail, Fault, Problem, Size};

use selfsame_media::{pictures::AcceptedFiles, pictures::PictureError, pictures::problem};

pub(super) fn of(refused: &PictureError, taken: &AcceptedFiles) -> Problem {
    match problem::picture_problem(refused, &taken.formats) {
        Ok((code, detail)) => {
            Problem::new(code, detail).at("/avatar", problem::fault(code, &taken.formats))
        }
        Err(problem) => problem,
    }
}

pub(super) fn too_many_bytes(limit: usize) -> Problem {
    Problem::new(Code::ImageTooLarge, Detail::PictureBytes { max: Size(limit as u64) })
        .at("/avatar", Fault::PictureTooLarge)
}
