//! Backups: made, verified, damaged and restored.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use selfsame_primitives::{Fatal, SystemClock, SystemRandom, Timestamp};
use selfsame_store::{Commit, CommitToken, Guard, Key, Store as _, Write, encode};
use selfsame_store_sqlite::{Options, SqliteStore};
use selfsame_users::{records::Profile, records::StoredPicture};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Server, begin, command, selfsame, stderr, stdout};

/// An installation with one picture, a backup of it, and a folder that holds its key alone.
struct Scene {
    _folder: TempDir,
    data: PathBuf,
    copy: PathBuf,
    other: PathBuf,
}

const PICTURE: &str = "blobs/avatars/ab/abc.jpg";

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy, other) =
        (folder.path().join("d"), folder.path().join("b"), folder.path().join("o"));
    begin(&data);
    std::fs::create_dir_all(data.join("blobs/avatars/ab")).unwrap();
    std::fs::write(data.join(PICTURE), "picture").unwrap();
    assert!(stdout(&selfsame(&data, &["backup", text(&copy)])).contains("1 pictures"));
    std::fs::create_dir_all(other.join("lost+found")).unwrap();
    std::fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    std::fs::copy(data.join("master.key"), other.join("master.key")).unwrap();
    Scene { _folder: folder, data, copy, other }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_backup_that_fails_leaves_nothing_and_one_that_is_cut_short_says_what_it_is() {
    let Scene { _folder, data, copy, .. } = scene();
    let next = data.with_file_name("next");
    // A folder in the place of a picture can't be copied.
    let broken = data.join("blobs/avatars/broken.jpg");
    std::os::unix::fs::symlink("/", &broken).unwrap();
    stderr(&selfsame(&data, &["backup", text(&next)]), 1);
    assert!(!next.exists());
    std::fs::remove_file(broken).unwrap();
    stdout(&selfsame(&data, &["backup", text(&next)]));
    assert_eq!(names(&next), ["backup.json", "blobs", "pictures.sha256", "store.sqlite"]);
    // The state after a kill.
    std::fs::rename(next.join("backup.json"), next.join("backup.unfinished")).unwrap();
    for arguments in [&["backup", text(&next)][..], &["backup", "verify", text(&next)]] {
        let said = stderr(&selfsame(&data, arguments), 1);
        assert!(said.contains("was not finished") && said.contains("may be deleted"), "{said}");
    }
    // A complete backup, or the data, is never reported as deletable.
    for place in [&copy, &data] {
        let said = stderr(&selfsame(&data, &["backup", text(place)]), 1);
        assert!(said.contains("is there already") && !said.contains("deleted"), "{said}");
    }
    let said = stderr(&selfsame(&data, &["backup", "verify", text(&data)]), 1);
    assert!(said.contains("can't read") && !said.contains("deleted"), "{said}");
}

#[tokio::test]
async fn missing_pictures_are_reported() {
    let Scene { _folder, data, .. } = scene();
    let stem = |character: &str| character.repeat(26);
    let name = |character: &str| format!("avatars/{}.jpg", stem(character));
    let mut profile = Profile::new("Ada".to_owned(), Timestamp::default());
    profile.avatar = Some(StoredPicture {
        original: name("a"),
        medium: name("b"),
        thumbnail: Some(name("c")),
        content_type: "image/jpeg".to_owned(),
        file_size: 1,
        width: 1,
        height: 1,
        placeholder: String::new(),
        uploaded_at: Timestamp::default(),
    });
    let path = data.join("store.sqlite");
    let clock = Arc::new(SystemClock);
    let store = SqliteStore::open(&path, clock, Options::default(), Fatal::default()).unwrap();
    let write = Write::put(Key::new("user/usr_x", "profile"), Guard::Any, encode(&profile));
    let commit = Commit { token: CommitToken::generate(&SystemRandom), writes: vec![write] };
    store.commit(commit).await.unwrap();
    drop(store);
    let make = |character: &str| {
        let shard = data.join("blobs/avatars").join(character.repeat(2));
        std::fs::create_dir_all(&shard).unwrap();
        std::fs::write(shard.join(format!("{}.jpg", stem(character))), "picture").unwrap();
    };
    ["a", "b"].into_iter().for_each(make);
    let doctor = selfsame(&data, &["doctor"]);
    assert_eq!(doctor.status.code(), Some(1));
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("1 files that profiles and galleries name are missing"), "{said}");
    let said = stderr(&selfsame(&data, &["backup", "lacking"]), 0);
    assert!(said.contains("Mind: 1 files of pictures"), "{said}");
    make("c");
    assert!(
        stdout(&selfsame(&data, &["doctor"]))
            .contains("all that profiles and galleries name are there")
    );
    let said = stderr(&selfsame(&data, &["backup", "whole"]), 0);
    assert!(!said.contains("Mind"), "{said}");
}

#[test]
fn a_backup_within_the_data_folder_is_refused() {
    let Scene { _folder, data, .. } = scene();
    let way = data.join("../d/copy");
    for place in [&data.join("copy"), &data.join("blobs/copy"), &way] {
        let said = stderr(&selfsame(&data, &["backup", text(place)]), 1);
        assert!(said.contains("is within the data folder"), "{said}");
        assert!(!place.exists());
    }
}

#[test]
fn a_backup_comes_back_under_its_own_key_and_no_other() {
    let Scene { data, copy, other, .. } = &scene();
    stderr(&selfsame(data, &["backup", text(copy)]), 1);
    let key = std::fs::read(other.join("master.key")).unwrap();
    std::fs::remove_file(other.join("master.key")).unwrap();
    assert!(
        stderr(&selfsame(other, &["restore", text(copy)]), 78).contains("there is no master key")
    );
    let foreign = command(other)
        .env("SELFSAME_MASTER_KEY", "ab".repeat(32))
        .args(["restore", text(copy)])
        .output();
    assert!(stderr(&foreign.unwrap(), 78).contains("is not the one"));
    std::fs::write(other.join("master.key"), key).unwrap();
    std::fs::set_permissions(
        other.join("master.key"),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    stdout(&selfsame(other, &["restore", text(copy)]));
    assert!(stdout(&selfsame(other, &["user", "list"])).contains("first@example.org"));
    assert_eq!(std::fs::read(other.join(PICTURE)).unwrap(), b"picture");
    assert!(stdout(&selfsame(other, &["doctor"])).contains("ok     key"));
}

#[test]
fn nothing_that_lies_in_the_folder_is_mixed_with_what_is_brought_back() {
    let Scene { data, copy, other, .. } = &scene();
    assert!(stderr(&selfsame(data, &["restore", text(copy)]), 1).contains("is there already"));
    for left in ["store.sqlite-wal", "store.sqlite-shm", "store.sqlite-journal", "blobs/avatars"] {
        let path = other.join(left);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "of another store").unwrap();
        let said = stderr(&selfsame(other, &["restore", text(copy)]), 1);
        assert!(said.contains("is there already"), "{left}: {said}");
        std::fs::remove_file(&path).unwrap();
    }
    let blobs = other.join("blobs");
    assert!(blobs.exists(), "an empty folder may be there, as where it is a volume of its own");
    stdout(&selfsame(other, &["restore", text(copy)]));
    assert_eq!(names(other), ["blobs", "lost+found", "master.key", "store.sqlite"]);
}

#[test]
fn an_unfinished_restore_is_reported_and_repeated() {
    let Scene { copy, other, .. } = &scene();
    // While the store was copied, with and without a folder for pictures; while the pictures were;
    // and between the two.
    for left in [
        &[".restoring/store.sqlite"][..],
        &[".restoring/store.sqlite", "blobs/.restoring/avatars/half.jpg"],
        &[".restoring/store.sqlite", "blobs/.restoring/a", "blobs/avatars/half.jpg"],
        &[".restoring/store.sqlite-wal", "blobs/.restoring/a"],
    ] {
        for path in left {
            let path = other.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "half").unwrap();
        }
        for begins in [
            &["serve", "--listen", "127.0.0.1:0"][..],
            &["user", "create", "--email", "a@example.org"],
        ] {
            assert!(stderr(&selfsame(other, begins), 78).contains("did not come to its end"));
        }
        stdout(&selfsame(other, &["restore", text(copy)]));
        assert_eq!(names(other), ["blobs", "lost+found", "master.key", "store.sqlite"]);
        assert_eq!(names(&other.join("blobs")), ["avatars"]);
        assert_eq!(names(&other.join("blobs/avatars")), ["ab"]);
        std::fs::remove_dir_all(other.join("blobs")).unwrap();
        std::fs::remove_file(other.join("store.sqlite")).unwrap();
    }
}

#[test]
fn the_remains_of_a_restore_killed_at_its_end_are_removed_by_the_next_command() {
    let Scene { copy, other, .. } = &scene();
    std::fs::create_dir_all(other.join("blobs/lost+found")).unwrap();
    stdout(&selfsame(other, &["restore", text(copy)]));
    assert_eq!(names(&other.join("blobs")), ["avatars", "lost+found"]);
    std::fs::create_dir_all(other.join("blobs/.restoring")).unwrap();
    std::fs::create_dir(other.join(".restoring")).unwrap();
    std::fs::hard_link(other.join("store.sqlite"), other.join(".restoring/store.sqlite")).unwrap();
    let listed = selfsame(other, &["user", "list"]);
    assert!(
        String::from_utf8_lossy(&listed.stderr).contains("what a restore had left was removed")
    );
    assert!(stdout(&listed).contains("first@example.org"));
    assert!(!other.join(".restoring").exists());
    assert_eq!(names(&other.join("blobs")), ["avatars", "lost+found"]);
}

#[test]
fn what_is_damaged_is_found_and_not_brought_back() {
    for (file, said) in [
        ("store.sqlite", "the store"),
        (PICTURE, "the picture blobs/avatars/ab/abc.jpg is damaged"),
        ("pictures.sha256", "pictures.sha256 is damaged"),
    ] {
        let Scene { copy, other, .. } = &scene();
        let verify = || command(other).args(["backup", "verify", text(copy)]).output().unwrap();
        let before = std::fs::read(copy.join("store.sqlite")).unwrap();
        let whole = stdout(&verify());
        assert!(whole.contains("is whole: the store and 1 pictures"), "{whole}");
        assert_eq!(
            std::fs::read(copy.join("store.sqlite")).unwrap(),
            before,
            "looking changes nothing"
        );
        assert_eq!(names(copy), ["backup.json", "blobs", "pictures.sha256", "store.sqlite"]);
        damage(&copy.join(file));
        let output = verify();
        stderr(&output, 1);
        let found = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(found.contains(said), "{found}");
        let refused = stderr(&selfsame(other, &["restore", text(copy)]), 1);
        assert!(refused.contains(said), "{refused}");
        assert_eq!(names(other), ["lost+found", "master.key"], "nothing of it is left");
    }
    let Scene { copy, other, .. } = &scene();
    std::fs::remove_file(copy.join(PICTURE)).unwrap();
    let output = selfsame(other, &["backup", "verify", text(copy)]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("is missing"), "{output:?}");
    std::fs::remove_file(copy.join("backup.json")).unwrap();
    stderr(&selfsame(other, &["backup", "verify", text(copy)]), 1);
}

#[test]
fn a_backup_from_before_there_were_checksums_still_comes_back() {
    let Scene { copy, other, .. } = &scene();
    let manifest = copy.join("backup.json");
    let mut old: Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
    old["version"] = 1.into();
    old.as_object_mut().unwrap().remove("picturesSha256").unwrap();
    std::fs::write(&manifest, old.to_string()).unwrap();
    std::fs::remove_file(copy.join("pictures.sha256")).unwrap();
    assert!(
        stdout(&selfsame(other, &["backup", "verify", text(copy)]))
            .contains("which have no checksums")
    );
    assert!(stdout(&selfsame(other, &["restore", text(copy)])).contains("could not be checked"));
    assert_eq!(std::fs::read(other.join(PICTURE)).unwrap(), b"picture");
}

#[test]
fn after_a_restore_nobody_is_signed_in_and_the_output_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy, other) =
        (folder.path().join("d"), folder.path().join("b"), folder.path().join("o"));
    let body = r#"{"email":"ada@example.org","password":"notes on the analytical engine"}"#;
    let server = Server::start(&data, &[]);
    let grant: Value =
        serde_json::from_slice(&server.ask("POST /auth/register HTTP/1.1", body).body).unwrap();
    let token = format!(r#"{{"refreshToken":{}}}"#, grant["data"]["refreshToken"]);
    stdout(&selfsame(&data, &["backup", text(&copy)]));
    drop(server);
    std::fs::create_dir(&other).unwrap();
    std::fs::copy(data.join("master.key"), other.join("master.key")).unwrap();
    let said = stdout(&selfsame(&other, &["restore", text(&copy)]));
    assert!(said.contains("Nobody is signed in any more (1 sessions)"), "{said}");
    for (folder, status) in [(&other, 401), (&data, 200)] {
        let server = Server::start(folder, &[]);
        assert_eq!(
            server.ask("POST /auth/refresh HTTP/1.1", &token).status(),
            status,
            "{}",
            folder.display()
        );
        assert_eq!(
            server.ask("POST /auth/login HTTP/1.1", body).status(),
            200,
            "the password is good"
        );
    }
}
