//! Failures of commands, in sentences.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use rustix::io::Errno;
use selfsame_blobs::BlobError;
use selfsame_identity::service_tokens::CreateError;
use selfsame_primitives::Fatal;
use selfsame_store::StoreError;
use thiserror::Error;

use crate::settings::InvalidSettings;

/// The exit code of a process that can't continue without losing what it acknowledged (`EX_IOERR`
/// of sysexits(3)).
const DISK_FAILED: u8 = 74;

/// How this process ends where its disk, or an essential thread, has failed: at once, with a line
/// on standard error.
#[must_use]
pub fn fatal() -> Fatal {
    Fatal::new(|why| {
        // The logs may be disabled; whether the line can be written changes nothing.
        let _ = writeln!(
            std::io::stderr(),
            "selfsame: {why}; the process ends, and the next start goes on from the log"
        );
        std::process::exit(DISK_FAILED.into())
    })
}

/// What went wrong.
#[derive(Debug, Error)]
pub enum Failure {
    /// The settings are wrong.
    #[error("{0}")]
    Settings(#[from] InvalidSettings),
    /// The settings are valid, but not those of the data folder.
    #[error("{0}")]
    Configuration(String),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The blob store failed.
    #[error("{0}")]
    Blobs(#[from] BlobError),
    /// No service token was made.
    #[error("{0}")]
    Token(#[from] CreateError),
    /// The operating system refused an operation.
    #[error("{what}: {error}")]
    System {
        /// The operation.
        what: String,
        /// The system's error.
        error: std::io::Error,
    },
    /// Anything else, as a sentence.
    #[error("{0}")]
    Said(String),
    /// Everything was printed already.
    #[error("")]
    Told,
}

impl Failure {
    /// The operating system refused `what` on `path`.
    pub fn at(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let what = format!("can't {what} {}", path.display());
        move |error| Self::System { what, error }
    }

    /// The exit code: 78 for settings that are wrong or of another installation (`EX_CONFIG` of
    /// sysexits(3)), 74 where the disk failed, 1 for everything else. Wrong usage ends with 2.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Settings(_) | Self::Configuration(_) => ExitCode::from(78),
            // A full disk or a missing file is no failed disk.
            Self::System { error, .. } if Errno::from_io_error(error) == Some(Errno::IO) => {
                ExitCode::from(DISK_FAILED)
            }
            Self::Store(_)
            | Self::Blobs(_)
            | Self::Token(_)
            | Self::System { .. }
            | Self::Said(_)
            | Self::Told => ExitCode::FAILURE,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // A terminal that hung up gives EIO too, and is no disk.
        Self::Said(format!("can't write the output: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_disk_that_failed_ends_with_its_code() {
        let code = |errno: Errno| {
            let error = std::io::Error::from(errno);
            format!("{:?}", Failure::at("flush", Path::new("copy"))(error).exit_code())
        };
        assert_eq!(code(Errno::IO), format!("{:?}", ExitCode::from(74)));
        for other in [Errno::NOSPC, Errno::NOENT, Errno::MFILE, Errno::NFILE] {
            assert_eq!(code(other), format!("{:?}", ExitCode::FAILURE));
        }
        let output = Failure::from(std::io::Error::from(Errno::IO));
        assert_eq!(format!("{:?}", output.exit_code()), format!("{:?}", ExitCode::FAILURE));
    }
}
