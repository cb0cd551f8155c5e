//! Files that are new, foreign, newer, damaged, locked or out of reach.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use ironhull_store::{Store, StoreError};
use redb::{Database, TableDefinition};
use tempfile::tempdir;

use crate::{WIDE, entry};

fn error(path: &Path) -> StoreError {
    match Store::open(path, WIDE) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => {
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
            error
        }
    }
}

fn filled(path: &Path, entries: i64) {
    let store = Store::open(path, WIDE).unwrap();
    for number in 0..entries {
        let body = vec![b'a'; 700];
        assert!(store.writer().offer(entry(&format!("id{number}"), number, &["all"], &body)));
    }
    store.writer().flush().unwrap();
}

#[test]
#[cfg(unix)]
fn a_new_file_is_for_its_owner_alone_and_nothing_stays_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    drop(Store::open(&path, WIDE).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
}

#[test]
fn an_empty_file_and_the_draft_of_a_killed_process_are_no_obstacle() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    fs::write(&path, "").unwrap();
    let draft = directory.path().join(format!("record.redb.new-{}", std::process::id()));
    fs::write(&draft, vec![0; 5000]).unwrap();
    let store = Store::open(&path, WIDE).unwrap();
    store.writer().record(entry("a", 1, &[], b"{}")).wait().unwrap();
    assert!(!draft.exists());
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    filled(&path, 300);
    let store = Store::open(&path, WIDE).unwrap();
    assert_eq!(store.stats().unwrap().entries, 300);
    assert_eq!(store.get("id7").unwrap(), Some(entry("id7", 7, &["all"], &vec![b'a'; 700])));
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn foreign_files_are_refused_and_left_alone() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("other");
    for content in ["x", "SQLite format 3\0 and so on", "redb"] {
        fs::write(&path, content).unwrap();
        assert!(matches!(error(&path), StoreError::Foreign { .. }));
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    fs::remove_file(&path).unwrap();
    let database = Database::create(&path).unwrap();
    drop(database);
    assert!(matches!(error(&path), StoreError::Foreign { .. }));
    let database = Database::create(&path).unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(TableDefinition::<&str, u64>::new("theirs")).unwrap();
    txn.commit().unwrap();
    drop(database);
    let error = error(&path);
    assert!(matches!(&error, StoreError::Foreign { reason, .. } if reason.contains("theirs")), "{error}");
}

#[test]
fn a_newer_format_is_told() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    filled(&path, 1);
    let database = Database::create(&path).unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(TableDefinition::<&str, u64>::new("ironhull.store")).unwrap().insert("format", 9).unwrap();
    txn.commit().unwrap();
    drop(database);
    let error = error(&path);
    assert!(matches!(error, StoreError::Newer { found: 9, .. }), "{error}");
    assert!(error.to_string().contains("use the newer version"), "{error}");
}

#[test]
fn a_second_opener_is_told_that_the_first_has_it() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    let store = Store::open(&path, WIDE).unwrap();
    assert!(matches!(error(&path), StoreError::Locked { .. }));
    let writer = store.writer();
    drop(store);
    assert!(matches!(error(&path), StoreError::Locked { .. }), "a writer holds it as well");
    drop(writer);
    Store::open(&path, WIDE).unwrap();
}

#[test]
fn places_where_no_file_can_be() {
    let directory = tempdir().unwrap();
    assert!(matches!(error(&directory.path().join("none/record.redb")), StoreError::Io { .. }));
    assert!(matches!(error(directory.path()), StoreError::Io { .. }));
    let file = directory.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(error(&file.join("record.redb")), StoreError::Io { .. }));
    // Root may write into every directory but those that the kernel keeps for itself.
    if Path::new("/proc/self").exists() {
        assert!(matches!(error(Path::new("/proc/self/record.redb")), StoreError::Io { .. }));
    }
}

#[test]
fn a_file_that_was_cut_is_damaged() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    filled(&path, 500);
    let whole = fs::read(&path).unwrap();
    for length in [20, 4096, whole.len() / 2, whole.len() - 4096] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = error(&path);
        assert!(matches!(error, StoreError::Damaged { .. }), "{length}: {error}");
        assert!(error.to_string().contains("move the file away"), "{error}");
    }
}

/// Every page of the file is spoilt once. The store must say so or not need the page; it must never give another
/// answer than before, and never panic.
#[test]
fn no_spoilt_page_changes_an_answer() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    filled(&path, 60);
    let whole = fs::read(&path).unwrap();
    let (mut refused, mut sound) = (0, 0);
    for page in 0..whole.len() / 4096 {
        for (offset, bytes) in [(9, [0xFF; 8]), (2000, [0x55; 8])] {
            fs::write(&path, &whole).unwrap();
            let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.seek(SeekFrom::Start((page * 4096 + offset) as u64)).unwrap();
            file.write_all(&bytes).unwrap();
            match Store::open(&path, WIDE) {
                Err(StoreError::Damaged { .. } | StoreError::Foreign { .. }) => refused += 1,
                Err(error) => panic!("page {page}: {error}"),
                Ok(store) => {
                    let verified = store.verify().unwrap();
                    assert!(verified.is_sound() && verified.entries == 60, "page {page}: {verified:?}");
                    sound += 1;
                }
            }
        }
    }
    assert!(refused > 20, "{refused} refused, {sound} sound");
}
