use selfsame_primitives::{Fatal, SystemClock, SystemRandom};
use selfsame_store::limits::MAX_ITEM_BYTES;

use super::*;
use crate::checkpoint::Checkpointer;
use crate::{files, schema};

fn put(n: u32, size: usize) -> Work {
    let write = Write::put(Key::new("p", n.to_string()), Guard::Any, vec![b'x'; size]);
    Work::Commit(Commit { token: CommitToken::generate(&SystemRandom), writes: vec![write] })
}

#[tokio::test]
async fn a_full_disk_refuses_whole_commits_and_goes_on_when_there_is_room_again() {
    let directory = tempfile::tempdir().unwrap();
    let (path, options) = (directory.path().join("items.db"), Options::default());
    files::create_private(&path).unwrap();
    let failures = Failures::new(&path, Fatal::default());
    let connection = schema::connect(&path, options, &failures).unwrap();
    schema::prepare(&connection, &failures).unwrap();
    // What SQLite answers beyond it is what it answers on a full disk.
    connection.pragma_update_and_check(None, "max_page_count", 300, |_| Ok(())).unwrap();
    let file = files::handle_for_ever(&path, &failures).unwrap();
    let checkpointer = Checkpointer::start(&path, options, file, &failures).unwrap();
    let log = checkpointer.handle(&failures);
    let writer = Writer::start(connection, log, Arc::new(SystemClock), options, &failures).unwrap();

    let mut made = 0;
    while writer.perform(put(made, MAX_ITEM_BYTES / 2)).await.is_ok() {
        made += 1;
    }
    let refused = writer.perform(put(made, MAX_ITEM_BYTES / 2)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    let reader = schema::connect(&path, options, &failures).unwrap();
    let count =
        || reader.query_row("SELECT count(*) FROM items", [], |row| row.get::<_, u32>(0)).unwrap();
    assert!(made > 2 && count() == made);
    assert_eq!(writer.perform(put(0, 1)).await, Ok(0), "what makes room is not refused");
    assert_eq!(writer.perform(put(made, MAX_ITEM_BYTES / 2)).await, Ok(0));
    assert_eq!(count(), made + 1);
}
