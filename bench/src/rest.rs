//! The cost of the service without load: time to start, memory, bytes on disk.

use crate::load::Failure;
use crate::report::say;
use crate::service::{Service, selfsame_binary};
use crate::updates::milliseconds;

pub(crate) async fn measure() -> Result<(), Failure> {
    say("\n## At rest\n");
    say("| what | figure |");
    say("|---|---|");
    let data = tempfile::tempdir()?;
    let mut starts = Vec::new();
    let mut resident = 0;
    for _ in 0..5 {
        let service = Service::selfsame(data.path()).await?;
        starts.push(u64::try_from(service.start_up.as_micros())?);
        resident = service.resident()?;
    }
    starts.sort_unstable();
    let binary = std::fs::metadata(selfsame_binary()?)?.len();
    say(format!(
        "| start to first answer, median of 5 | {:.0} ms |",
        milliseconds(starts.get(2).copied().unwrap_or(0))
    ));
    say(format!("| resident memory | {:.1} MB |", milliseconds(resident)));
    say(format!("| binary, with symbols | {:.1} MB |", milliseconds(binary / 1000)));
    Ok(())
}
