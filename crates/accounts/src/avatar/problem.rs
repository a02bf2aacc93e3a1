//! What the person who sent an avatar is told.

use selfsame_web::{Code, FieldError, Problem};

use crate::pictures::{Refused, Taken, problem};

pub(super) fn of(refused: Refused, taken: &Taken) -> Problem {
    problem::flaw(refused, &taken.formats)
        .map_or_else(|problem| problem, |(code, text)| at_avatar(code, text))
}

pub(super) fn too_many_bytes(limit: usize) -> Problem {
    at_avatar(
        Code::ImageTooLarge,
        format!("The picture has more than {limit} bytes. Send a smaller version of it."),
    )
}

fn at_avatar(code: Code, detail: String) -> Problem {
    let errors = vec![FieldError { pointer: "/avatar".into(), message: detail.clone() }];
    Problem { errors, ..Problem::new(code, detail) }
}
