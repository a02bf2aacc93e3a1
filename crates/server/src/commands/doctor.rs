//! Looks at everything that could be wrong, and says what to do about it.

use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use selfsame_basics::{Clock as _, SystemClock, Timestamp};

use crate::failure::Failure;
use crate::health::folder_works;
use crate::settings::{Settings, is_private};
use crate::wiring::{Installation, STORE_FILE, fingerprint};

/// How long the disk's flush rate is measured.
const MEASURE: Duration = Duration::from_secs(1);
/// The day on which this was written: a clock that shows an earlier one is wrong.
const WRITTEN: Timestamp = Timestamp::from_millis(1_763_683_200_000);

/// What was found about one thing; `Err` is what is wrong.
type Found = Result<String, String>;

pub(super) async fn run(settings: Settings) -> Result<(), Failure> {
    let mut findings = vec![
        ("clock", clock()),
        ("data folder", data_folder(&settings.data).await),
        ("disk", disk(&settings.data)),
    ];
    if settings.data.join(STORE_FILE).exists() {
        findings.push(("store", integrity(settings.data.join(STORE_FILE)).await));
        findings.extend(inside(settings).await);
    } else {
        findings.push(("store", Ok("not made yet: the first start makes it".into())));
    }
    report(&findings)
}

fn report(findings: &[(&str, Found)]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for (name, found) in findings {
        let (mark, text) = match found {
            Ok(text) => ("ok   ", text),
            Err(text) => ("WRONG", text),
        };
        writeln!(out, "{mark}  {name:12}  {text}")?;
    }
    if findings.iter().all(|(_, found)| found.is_ok()) { Ok(()) } else { Err(Failure::Told) }
}

fn clock() -> Found {
    let now = SystemClock.now();
    if now < WRITTEN { Err(format!("it is not {now}: set the machine's clock")) } else { Ok(now.to_string()) }
}

async fn data_folder(folder: &Path) -> Found {
    if !folder.exists() {
        return Ok(format!("{} does not exist yet: the first start makes it", folder.display()));
    }
    folder_works(folder.to_owned())
        .await
        .map_err(|error| format!("{} can't be written: {error}", folder.display()))?;
    match is_private(folder) {
        Ok(true) => Ok(format!("{} can be written, and read by its owner alone", folder.display())),
        Ok(false) => Err(format!("others can read {}: chmod 700 {0}", folder.display())),
        Err(error) => Err(error.to_string()),
    }
}

/// How often the disk makes one page durable in a second: what bounds the rate of changes.
fn disk(folder: &Path) -> Found {
    let folder = if folder.exists() { folder } else { folder.parent().unwrap_or(Path::new(".")) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let rate = flush_rate(folder).map_err(|error| format!("can't measure: {error}"))?;
    Ok(format!("{rate:.0} flushes a second"))
}

fn flush_rate(folder: &Path) -> std::io::Result<f64> {
    let path = folder.join(format!(".flush-{}", std::process::id()));
    let file = std::fs::File::create_new(&path)?;
    let measured = measure(&file);
    std::fs::remove_file(&path)?;
    measured
}

fn measure(file: &std::fs::File) -> std::io::Result<f64> {
    let page = [7; 4096];
    let started = Instant::now();
    let mut flushes = 0_u32;
    while started.elapsed() < MEASURE {
        file.write_all_at(&page, u64::from(flushes) * 4096)?;
        file.sync_data()?;
        flushes += 1;
    }
    Ok(f64::from(flushes) / started.elapsed().as_secs_f64())
}

async fn integrity(path: std::path::PathBuf) -> Found {
    let check = move || selfsame_items_sqlite::check(&path).map_err(|error| error.to_string());
    let flaws = tokio::task::spawn_blocking(check).await.map_err(|error| error.to_string())??;
    if flaws.is_empty() { Ok("whole".into()) } else { Err(flaws.join("; ")) }
}

async fn inside(settings: Settings) -> Vec<(&'static str, Found)> {
    let installation = match Installation::open(settings) {
        Ok(installation) => installation,
        Err(failure) => return vec![("start", Err(failure.to_string()))],
    };
    let stats = installation.store.chores.stats().await;
    let size =
        stats.map(|stats| format!("{:.1} MB", megabytes(stats.bytes))).map_err(|error| error.to_string());
    vec![("keys", Ok(format!("fingerprint {}", fingerprint(&installation.keys)))), ("size", size)]
}

#[expect(clippy::cast_precision_loss, reason = "a figure for a person to look at")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
