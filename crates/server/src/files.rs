//! The limit of open files, and so of connections.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Files reserved for everything but connections of callers: the store, pictures, mail servers,
/// brokers, webhooks.
const KEPT: usize = 256;

/// Raises the limit of open files to the highest that the process may set itself, and returns it;
/// `None` is no limit.
pub fn raise_limit() -> Option<usize> {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files can't be raised");
        }
    }
    getrlimit(Resource::Nofile).current.map(|files| usize::try_from(files).unwrap_or(usize::MAX))
}

/// How many connections fit where `files` may be open.
#[must_use]
pub fn for_connections(files: Option<usize>) -> usize {
    files.map_or(usize::MAX, |files| files - KEPT.min(files / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_few_files_and_some_of_many_are_reserved() {
        assert_eq!(for_connections(Some(1024)), 768);
        assert_eq!(for_connections(Some(100)), 75);
        assert_eq!(for_connections(Some(1 << 20)), (1 << 20) - 256);
        assert_eq!(for_connections(None), usize::MAX);
    }

    #[test]
    fn the_limit_is_as_high_as_may_be() {
        let raised = raise_limit();
        let hard = getrlimit(Resource::Nofile).maximum.map(|files| usize::try_from(files).unwrap());
        assert_eq!(raised, hard);
    }
}
