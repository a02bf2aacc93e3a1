//! The events file under what happens to files: torn lines, full disks, rotation, other writers.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use selfsame_brokers::publishers::FilePublisher;
use selfsame_events::{DeliveryAttempt, Event, EventHandler as _, HandlerError};
use selfsame_primitives::{Timestamp, UserId};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

/// Names the file that a process with little room writes to.
const CRAMPED: &str = "SELFSAME_CRAMPED_EVENTS";

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    (folder, path)
}

fn event(number: u64) -> Event {
    Event {
        event_id: format!("01JD3Z5K8QW4N6R7T9{number:08}"),
        event_type: "profile.updated".into(),
        occurred_at: Timestamp::from_millis(1_800_000_000_000),
        subject: UserId::parse("ada").unwrap(),
        sequence: number,
        request_id: None,
        data: json!({"text": "x".repeat(700)}),
    }
}

async fn write(publisher: &FilePublisher, number: u64) {
    publisher.handle(&event(number), DeliveryAttempt::ONLY).await.unwrap();
}

/// The sequences in the file, every line of which must be an event.
fn sequences(path: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is whole");
    text.lines().map(|line| serde_json::from_str::<Event>(line).unwrap().sequence).collect()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_line_that_a_crash_tore_is_cut_off_and_no_event_is_lost() {
    let (_folder, path) = place();
    let whole = serde_json::to_vec(&event(1)).unwrap();
    for torn in [1, 5, 600, whole.len()] {
        let before = [&whole[..], b"\n", &whole[..torn]].concat();
        std::fs::write(&path, before).unwrap();
        write(&FilePublisher::new(&path), 2).await;
        assert_eq!(sequences(&path), [1, 2], "{torn} bytes");
    }
    std::fs::write(&path, &whole[..600]).unwrap();
    FilePublisher::new(&path).check().await.unwrap();
    assert!(sequences(&path).is_empty(), "opening is enough");
}

#[tokio::test]
async fn a_line_that_did_not_fit_leaves_nothing_and_comes_whole_when_there_is_room() {
    if let Some(path) = std::env::var_os(CRAMPED) {
        let publisher = FilePublisher::new(Path::new(&path));
        for number in 1..=5 {
            // What is tried again fails again.
            let outcomes = [
                publisher.handle(&event(number), DeliveryAttempt::ONLY).await,
                publisher.handle(&event(number), DeliveryAttempt::ONLY).await,
            ];
            if matches!(outcomes, [Err(HandlerError::Retry(_)), Err(HandlerError::Retry(_))]) {
                return;
            }
        }
        return;
    }
    let (_folder, path) = place();
    // Files of 4 kB at most, and no signal where one would grow beyond that: writing fails halfway,
    // as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let ended = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .args([
            "a_line_that_did_not_fit_leaves_nothing_and_comes_whole_when_there_is_room",
            "--exact",
        ])
        .env(CRAMPED, &path)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(ended.success());
    let fitted = sequences(&path);
    assert_eq!(fitted, [1, 1, 2, 2], "each was written twice until there was no room");
    write(&FilePublisher::new(&path), 3).await;
    assert_eq!(sequences(&path), [1, 1, 2, 2, 3]);
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_begun_anew_and_one_that_was_emptied_goes_on() {
    let (folder, path) = place();
    let publisher = FilePublisher::new(&path);
    write(&publisher, 1).await;
    let rotated = folder.path().join("events.jsonl.1");
    std::fs::rename(&path, &rotated).unwrap();
    write(&publisher, 2).await;
    assert_eq!((sequences(&rotated), sequences(&path)), (vec![1], vec![2]));
    // As a tool that makes the new file itself does.
    std::fs::rename(&path, &rotated).unwrap();
    std::fs::write(&path, "").unwrap();
    write(&publisher, 3).await;
    assert_eq!((sequences(&rotated), sequences(&path)), (vec![2], vec![3]));
    std::fs::File::create(&path).unwrap();
    write(&publisher, 4).await;
    assert_eq!(sequences(&path), [4]);
    std::fs::remove_file(&path).unwrap();
    write(&publisher, 5).await;
    assert_eq!(sequences(&path), [5]);
}

#[tokio::test]
async fn only_the_owner_reads_a_new_file_and_a_group_only_where_the_operator_says_so() {
    let (_folder, path) = place();
    let publisher = FilePublisher::new(&path);
    write(&publisher, 1).await;
    assert_eq!(mode(&path), 0o600);
    for (found, left) in [(0o644, 0o640), (0o640, 0o640), (0o666, 0o660)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(found)).unwrap();
        FilePublisher::new(&path).check().await.unwrap();
        assert_eq!(mode(&path), left, "{found:o}");
    }
}

#[tokio::test]
async fn a_path_that_can_not_be_written_is_told_and_another_ones_file_is_left_alone() {
    let (folder, path) = place();
    let refused =
        async |path: &Path| FilePublisher::new(path).check().await.unwrap_err().to_string();
    refused(folder.path()).await;
    refused(&folder.path().join("no/events.jsonl")).await;
    symlink("/dev/null", folder.path().join("null")).unwrap();
    refused(&folder.path().join("null")).await;
    std::fs::write(&path, "ninety-nine bottles").unwrap();
    let said = refused(&path).await;
    assert!(said.contains("no event"), "{said}");
    assert!(matches!(
        FilePublisher::new(&path).handle(&event(1), DeliveryAttempt::ONLY).await,
        Err(HandlerError::Retry(_))
    ));
    assert_eq!(std::fs::read(&path).unwrap(), b"ninety-nine bottles");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_writers_of_one_file_never_mix_their_lines() {
    let (_folder, path) = place();
    let publishers = [Arc::new(FilePublisher::new(&path)), Arc::new(FilePublisher::new(&path))];
    let mut tasks = JoinSet::new();
    for number in 0..40_u64 {
        let publisher = Arc::clone(&publishers[usize::from(number % 2 == 0)]);
        tasks.spawn(async move { write(&publisher, number).await });
    }
    tasks.join_all().await;
    let mut found = sequences(&path);
    found.sort_unstable();
    assert_eq!(found, (0..40).collect::<Vec<_>>());
}
