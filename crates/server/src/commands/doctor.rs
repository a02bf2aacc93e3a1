//! `doctor`: checks everything that could be wrong, and says what to do about it.

use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use selfsame_app::installation::fingerprint;
use selfsame_primitives::{Clock as _, SystemClock};

use super::compact::megabytes;
use super::local::Local;
use super::missing::missing;
use crate::assembly::upload_form_signer;
use crate::failure::Failure;
use crate::health::folder_works;
use crate::publishers;
use crate::settings::{Settings, is_private, warnings};
use crate::start::{check_addresses, check_clock};
use crate::wiring::folder::{self, Found};
use crate::wiring::{BLOBS_FOLDER, Beginning, Installation, Patience, STORE_FILE, connect_blobs};

/// How long the disk's flush rate is measured.
const MEASURE: Duration = Duration::from_secs(1);

/// The result of one check; `Err` is what is wrong.
type Finding = Result<String, String>;

pub(super) async fn run(settings: Settings) -> Result<(), Failure> {
    let mut findings = vec![
        ("clock", clock()),
        ("data folder", data_folder(&settings.data).await),
        ("disk", disk(&settings.data)),
    ];
    findings.extend(
        warnings(&settings).into_iter().map(|warning| ("settings", Ok(format!("mind: {warning}")))),
    );
    findings.extend(check_addresses(&settings).err().map(|wrong| ("settings", Err(wrong))));
    match folder::look(&settings.data) {
        Ok(Found::Nothing) => {
            findings.push(("store", Ok("not made yet: the first start makes it".into())));
        }
        // Opening an empty file would write a new store to it.
        Ok(Found::Store) if !folder::is_blank(&settings.data).unwrap_or(false) => {
            findings.push(("store", integrity(settings.data.join(STORE_FILE)).await));
            findings.extend(inside(settings).await);
        }
        // Opening reports what is wrong with it.
        Ok(Found::Store | Found::Remains(_)) | Err(_) => findings.extend(inside(settings).await),
    }
    report(&findings)
}

fn report(findings: &[(&str, Finding)]) -> Result<(), Failure> {
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

fn clock() -> Finding {
    let now = SystemClock.now();
    check_clock(now).map(|()| now.to_string())
}

async fn data_folder(folder: &Path) -> Finding {
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

/// How often the disk makes one page durable in a second, which bounds the rate of changes.
fn disk(folder: &Path) -> Finding {
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

async fn integrity(path: std::path::PathBuf) -> Finding {
    let check = move || selfsame_store_sqlite::check(&path).map_err(|error| error.to_string());
    let flaws = tokio::task::spawn_blocking(check).await.map_err(|error| error.to_string())??;
    if flaws.is_empty() { Ok("whole".into()) } else { Err(flaws.join("; ")) }
}

/// The steps of a start; the failure that would end it is the result.
async fn inside(settings: Settings) -> Vec<(&'static str, Finding)> {
    let installation =
        match Installation::open(settings, Beginning::Refused, Patience::Command).await {
            Ok(installation) => installation,
            Err(failure) => return vec![("start", Err(failure.to_string()))],
        };
    let key =
        format!("fingerprint {}, which the store was made under", fingerprint(&installation.keys));
    vec![
        ("key", Ok(key)),
        ("size", size(&installation).await),
        ("pictures", pictures(&installation).await),
        ("start", start(&installation).await),
    ]
}

async fn pictures(installation: &Installation) -> Finding {
    match missing(installation).await.map_err(|failure| failure.to_string())? {
        None => Ok("in a bucket, where they are not counted".into()),
        Some(0) => Ok("all that profiles and galleries name are there".into()),
        Some(number) => Err(format!(
            "{number} files that profiles and galleries name are missing: bring {BLOBS_FOLDER} back from a backup, with its volume"
        )),
    }
}

async fn size(installation: &Installation) -> Finding {
    let stats = installation.store.maintenance.stats().await.map_err(|error| error.to_string())?;
    let (all, free) = (megabytes(stats.bytes), megabytes(stats.free_bytes));
    Ok(format!(
        "{all:.1} MB, {free:.1} of them free: used again, or given back by `selfsame compact`"
    ))
}

async fn start(installation: &Installation) -> Finding {
    let settings = &installation.settings;
    publishers::look(settings).await.map_err(|failure| failure.to_string())?;
    Local::new(installation).map_err(|failure| failure.to_string())?;
    if settings.avatars_bucket.is_some() {
        let picture_stores = connect_blobs(settings, upload_form_signer(installation)).await;
        picture_stores.map_err(|error| error.to_string())?;
    }
    Ok("what the settings name is there".into())
}
