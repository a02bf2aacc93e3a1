//! The data folder: its installation, and which commands begin one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use selfsame_primitives::{Fatal, SystemClock};
use selfsame_store_sqlite::{Options, SqliteStore};
use serde_json::Value;

use crate::support::{Server, begin, command, selfsame, stderr, stdout};

/// Commands that need an installation, and none of which begins one.
const NEED_ONE: &[&[&str]] = &[
    &["backup", "copy"],
    &["compact"],
    &["events", "dead"],
    &["events", "replay", "--sink", "file", "--dead"],
    &["mail", "failed"],
    &["token", "create", "--scope", "alias:resolve"],
    &["token", "list"],
    &["user", "list"],
    &["user", "show", "ada"],
    &["user", "suspend", "ada", "--reason", "x"],
    &["webhook", "list"],
];
/// Commands that begin one where there is none.
const BEGIN_ONE: &[&[&str]] = &[
    &["user", "create", "--email", "ada@example.org"],
    &["load-demo", "--users", "1"],
    &["serve", "--listen", "127.0.0.1:0"],
];

#[test]
fn in_a_wrong_folder_a_command_says_so_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    for made in [false, true] {
        if made {
            std::fs::create_dir_all(data.join("lost+found")).unwrap();
        }
        for arguments in NEED_ONE {
            let said = stderr(&selfsame(&data, arguments), 78);
            assert!(said.contains("there is no store in"), "{arguments:?}: {said}");
        }
        assert_eq!(data.exists(), made);
    }
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 1, "nothing was made");
    for arguments in &BEGIN_ONE[..2] {
        let data = folder.path().join(arguments[0]);
        std::fs::create_dir_all(data.join("lost+found")).unwrap();
        stdout(&selfsame(&data, arguments));
    }
}

#[test]
fn no_store_is_begun_over_the_remains_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    for left in ["store.sqlite-wal", "blobs/avatars.jpg"] {
        let path = data.join(left);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "").unwrap();
        for arguments in BEGIN_ONE.iter().chain(NEED_ONE) {
            let said = stderr(&selfsame(&data, arguments), 78);
            assert!(said.contains("store.sqlite is missing"), "{arguments:?}: {said}");
        }
        assert!(!data.join("master.key").exists() && !data.join("store.sqlite").exists());
        let doctor = selfsame(&data, &["doctor"]);
        assert!(
            String::from_utf8_lossy(&doctor.stdout).contains("store.sqlite is missing"),
            "{doctor:?}"
        );
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_store_that_was_emptied_is_not_taken_for_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    begin(&data);
    let store = data.join("store.sqlite");
    let empty = || {
        for ending in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(data.join(format!("store.sqlite{ending}")));
        }
        std::fs::write(&store, "").unwrap();
    };
    empty();
    std::fs::create_dir_all(data.join("blobs/avatars/ab")).unwrap();
    std::fs::write(data.join("blobs/avatars/ab/abc.jpg"), "picture").unwrap();
    for arguments in BEGIN_ONE.iter().chain(NEED_ONE) {
        for key in [None, Some("ab".repeat(32))] {
            let output = command(&data)
                .envs(key.map(|key| ("SELFSAME_MASTER_KEY", key)))
                .args(*arguments)
                .output();
            let said = stderr(&output.unwrap(), 78);
            assert!(said.contains("there are pictures in"), "{arguments:?}: {said}");
        }
    }
    let doctor = selfsame(&data, &["doctor"]);
    assert!(
        String::from_utf8_lossy(&doctor.stdout).contains("there are pictures in"),
        "{doctor:?}"
    );
    assert_eq!(store.metadata().unwrap().len(), 0, "it was left as it is");
    std::fs::remove_dir_all(data.join("blobs")).unwrap();
    // The state after a first start that is killed early, and after one that is killed right before
    // it writes the fingerprint of its key.
    for is_made in [false, true] {
        empty();
        if is_made {
            let clock = Arc::new(SystemClock);
            drop(SqliteStore::open(&store, clock, Options::default(), Fatal::default()).unwrap());
        }
        for arguments in NEED_ONE {
            let said = stderr(&selfsame(&data, arguments), 78);
            assert!(said.contains("it was never used, or was emptied"), "{arguments:?}: {said}");
        }
        begin(&data);
        assert!(stdout(&selfsame(&data, &["user", "list"])).contains("first@example.org"));
    }
}

#[test]
fn with_another_key_nothing_works_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    begin(&data);
    let before = std::fs::read(data.join("store.sqlite")).unwrap();
    for arguments in BEGIN_ONE.iter().chain(NEED_ONE) {
        let output = command(&data)
            .env("SELFSAME_MASTER_KEY", "ab".repeat(32))
            .args(*arguments)
            .output()
            .unwrap();
        let said = stderr(&output, 78);
        assert!(
            said.contains("the master key is not the one that the store was made under"),
            "{arguments:?}: {said}"
        );
    }
    let doctor =
        command(&data).env("SELFSAME_MASTER_KEY", "ab".repeat(32)).arg("doctor").output().unwrap();
    assert_eq!(doctor.status.code(), Some(1));
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("the master key is not the one"), "{said}");
    // The file is lost: no new key is made for data that depends on it.
    std::fs::rename(data.join("master.key"), folder.path().join("kept")).unwrap();
    for arguments in BEGIN_ONE.iter().chain(NEED_ONE) {
        assert!(
            stderr(&selfsame(&data, arguments), 78).contains("there is no master key"),
            "{arguments:?}"
        );
    }
    std::fs::rename(folder.path().join("kept"), data.join("master.key")).unwrap();
    assert_eq!(std::fs::read(data.join("store.sqlite")).unwrap(), before);
    assert!(stdout(&selfsame(&data, &["user", "list"])).contains("first@example.org"));
}

#[test]
fn what_a_suspension_beside_the_service_ends_is_ended_there_too() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let server = Server::start(&data, &[]);
    let body = r#"{"email":"ada@example.org","password":"notes on the analytical engine","username":"ada.l"}"#;
    let grant: Value =
        serde_json::from_slice(&server.ask("POST /auth/register HTTP/1.1", body).body).unwrap();
    let bearer =
        format!("Authorization: Bearer {}", grant["data"]["accessToken"].as_str().unwrap());
    let (own, shown) = (
        format!("GET /v1/account HTTP/1.1\r\n{bearer}"),
        "/v1/profile/by-username/ada.l".to_owned(),
    );
    // So that the users and their sessions are cached.
    assert_eq!((server.ask(&own, "").status(), server.get(&shown).status()), (200, 200));
    stdout(&selfsame(&data, &["user", "suspend", "ada.l", "--reason", "test"]));
    let suspended = Instant::now();
    while (server.ask(&own, "").status(), server.get(&shown).status()) != (401, 404) {
        assert!(suspended.elapsed() < Duration::from_secs(5), "they are still believed in");
    }
    // A tenth of a second and what the requests take; the machine may be busy with other tests.
    assert!(suspended.elapsed() < Duration::from_millis(600), "{:?}", suspended.elapsed());
    stdout(&selfsame(&data, &["user", "reinstate", "ada.l"]));
    let reinstated = Instant::now();
    while server.get(&shown).status() != 200 {
        assert!(reinstated.elapsed() < Duration::from_secs(5), "they are still hidden");
    }
}

#[test]
fn space_is_given_back_while_the_service_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let server = Server::start(&data, &[]);
    let said = stderr(&selfsame(&data, &["compact"]), 1);
    assert!(said.contains("stop the service first"), "{said}");
    drop(server);
    assert!(stdout(&selfsame(&data, &["compact"])).contains("The store takes"));
    assert!(stdout(&selfsame(&data, &["doctor"])).contains("ok     store"));
}

#[test]
fn an_events_file_that_can_not_be_written_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    begin(&data);
    let run = |arguments: &[&str]| {
        let file = folder.path().join("no/such/folder/events.jsonl");
        command(&data).env("SELFSAME_EVENTS_FILE", file).args(arguments).output().unwrap()
    };
    let said = stderr(&run(&["serve", "--listen", "127.0.0.1:0"]), 78);
    assert!(said.contains("events.file is") && said.contains("can't be written"), "{said}");
    let doctor = run(&["doctor"]);
    assert!(
        String::from_utf8_lossy(&doctor.stdout).contains("events.file is"),
        "the doctor says the same: {doctor:?}"
    );
}
