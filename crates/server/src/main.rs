//! The program `selfsame`.

use std::process::ExitCode;

fn main() -> ExitCode {
    selfsame_server::commands::main()
}
