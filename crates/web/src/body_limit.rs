//! How large a body may be, for whoever reads it.

/// So many bytes a body may have here: in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimit(pub(crate) usize);
