use std::fs::File;
use std::time::SystemTime;

use selfsame_store::{Commit, CommitToken, Guard, Key, Write};

use super::*;
use crate::settings::Sources;

/// Whether an abandoned old upload survives the first round of all periodic tasks of a service that
/// was last at work this long ago.
async fn keeps_uploads(off_for: Duration) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let flags = vec![("data", "--data", data.display().to_string())];
    let settings = Sources { flags, ..Sources::default() }.load().unwrap();
    let installation =
        Installation::open(settings, Beginning::Allowed, Patience::Service).await.unwrap();
    let mark = format!("at-work/1\n{{\"at\":\"{}\"}}", installation.clock.now().minus(off_for));
    let write = Write::put(Key::new("operations/clock", "at-work"), Guard::Any, mark);
    let token = CommitToken::generate(&*installation.random);
    installation.store.items.commit(Commit { token, writes: vec![write] }).await.unwrap();
    let upload = data.join("blobs/.uploads/aB3cD4eF.jpg");
    std::fs::create_dir_all(upload.parent().unwrap()).unwrap();
    File::create(&upload).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let service = Service::assemble(installation).await.unwrap();
    // Every task is started, and ends the round that it is in.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(service.background.finish(Duration::from_mins(1)).await);
    upload.exists()
}

#[tokio::test]
async fn nothing_is_removed_before_the_clock_was_compared() {
    assert!(!keeps_uploads(Duration::from_mins(10)).await, "what nobody wants goes at once");
    assert!(keeps_uploads(Duration::from_hours(24 * 400)).await);
}
