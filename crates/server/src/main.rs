//! The program `selfsame`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// An update allocates on one thread and frees on another all the time: docs/decisions/0016 has the
// gain and the cost.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    selfsame_server::commands::main()
}
