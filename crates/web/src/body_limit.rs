//! The size limit of a body, for its reader.

/// The largest body of the route in bytes, in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimit(pub(crate) usize);
