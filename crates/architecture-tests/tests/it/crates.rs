//! Crates: which there are, and which of them each uses.

use selfsame_architecture_tests::floors::breaches;
use selfsame_architecture_tests::{list, metadata};

#[test]
fn crates_use_only_crates_of_lower_floors() {
    let metadata = metadata().unwrap();
    let own = list(&metadata, "packages").iter().filter(|package| package["source"].is_null());
    assert!(own.count() > 5, "the workspace is found");
    assert_eq!(breaches(&metadata), Vec::<String>::new());
}
