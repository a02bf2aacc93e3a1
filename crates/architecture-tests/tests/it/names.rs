//! Names of files, folders and definitions.

use selfsame_architecture_tests::renames::{finished, left_over, renames};
use selfsame_architecture_tests::rules::meaningless;
use selfsame_architecture_tests::sources;
use selfsame_architecture_tests::workspace::own_folder;

#[test]
fn no_folder_or_file_has_a_name_that_means_nothing() {
    let code = sources("crates", &[".rs"]).unwrap();
    let interface = sources("ui", &[".js", ".css"]).unwrap();
    assert!(code.len() > 100 && !interface.is_empty());
    for (path, _) in code.iter().chain(&interface) {
        assert_eq!(meaningless(path), None, "{path}");
    }
}

#[test]
fn no_old_name_is_left_where_the_renames_are_done() {
    let table = std::fs::read_to_string(own_folder().join("renames.tsv")).unwrap();
    let scopes = std::fs::read_to_string(own_folder().join("finished.tsv")).unwrap();
    let (renames, finished) = (renames(&table).unwrap(), finished(&scopes).unwrap());
    assert!(renames.len() > 400, "the table is found");
    let files = sources("crates", &[".rs"]).unwrap();
    assert_eq!(left_over(&renames, &finished, &files).unwrap(), Vec::<String>::new());
}
