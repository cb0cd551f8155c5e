//! Making, opening and checking the file.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{Builder, Database, ReadableDatabase, TableError, TableHandle};

use crate::error::{Fault, StoreError};
use crate::tables::{Counters, FORMAT, META, format, initialise};

/// The first bytes of every file of redb.
const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";
/// Pages in memory. The default of redb is a gigabyte.
const CACHE: usize = 8 << 20;
/// A file that is smaller is not worth packing.
const SMALL: u64 = 16 << 20;

/// Opens the record at this path, or makes it. Checks every page on the way, and packs it when most of it is
/// empty.
pub(crate) fn file(path: &Path) -> Result<Database, StoreError> {
    let place = path.display().to_string();
    open_or_create(path).map_err(|fault| fault.at(&place))
}

/// A record that ends with the process.
pub(crate) fn memory() -> Result<Database, StoreError> {
    let make = || {
        let database = builder().create_with_backend(InMemoryBackend::new())?;
        begin(&database)?;
        Ok(database)
    };
    make().map_err(|fault: Fault| fault.at("(memory)"))
}

/// Redb with our settings.
pub(crate) fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    // Without it, a file that was changed after it was closed is trusted, and redb may panic on it later.
    builder.set_check_integrity_on_open(true);
    builder
}

/// Makes the tables in a new database.
pub(crate) fn begin(database: &Database) -> Result<(), Fault> {
    let txn = database.begin_write()?;
    initialise(&txn)?;
    txn.commit()?;
    Ok(())
}

/// Whether an open database is ours and of a format that is known.
pub(crate) fn inspect(database: &Database, place: &str) -> Result<Counters, Fault> {
    let place = place.to_owned();
    let txn = database.begin_read()?;
    let meta = match txn.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) => {
            let other = txn.list_tables()?.next().map(|table| table.name().to_owned());
            let holds =
                other.map_or("it is an empty database".into(), |name| format!("it has a table {name:?}"));
            return Err(StoreError::Foreign { place, reason: holds }.into());
        }
        Err(error) => return Err(error.into()),
    };
    let found = format(&meta)?;
    if found != FORMAT {
        return Err(StoreError::Newer { place, found, known: FORMAT }.into());
    }
    Counters::read(&meta)
}

fn open_or_create(path: &Path) -> Result<Database, Fault> {
    let place = path.display().to_string();
    let io = |error: std::io::Error| StoreError::Io { place: place.clone(), reason: error.to_string() };
    let length = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            let reason = "this is a directory; expected a file in it".to_owned();
            return Err(StoreError::Io { place, reason }.into());
        }
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        Err(error) => return Err(io(error).into()),
    };
    if length == 0 {
        create(path).map_err(|fault| match fault {
            CreateFault::Io(error) => io(error).into(),
            CreateFault::Fault(fault) => fault,
        })?;
    } else if !has_magic(path).map_err(io)? {
        let reason = "it does not begin as one".to_owned();
        return Err(StoreError::Foreign { place, reason }.into());
    }
    let mut database = builder().open(path)?;
    let counters = inspect(&database, &place)?;
    let length = fs::metadata(path).map_err(io)?.len();
    if length > SMALL && counters.bytes < length / 4 {
        database.compact()?;
    }
    Ok(database)
}

fn has_magic(path: &Path) -> std::io::Result<bool> {
    let mut first = Vec::new();
    File::open(path)?.take(MAGIC.len() as u64).read_to_end(&mut first)?;
    Ok(first == MAGIC)
}

enum CreateFault {
    Io(std::io::Error),
    Fault(Fault),
}

impl From<std::io::Error> for CreateFault {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Fault> for CreateFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Makes the file under another name and gives it its name when it is complete: redb refuses a file whose
/// making was interrupted. Who comes second to the name uses the file of the first.
fn create(path: &Path) -> Result<(), CreateFault> {
    let draft = draft(path);
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let made = fill(&draft).and_then(|()| publish(&draft, path));
    // Fails when it was renamed, and then there is nothing to remove.
    let _ = fs::remove_file(&draft);
    made
}

fn fill(draft: &Path) -> Result<(), CreateFault> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(draft)?;
    let backend = FileBackend::new(file).map_err(Fault::from)?;
    let database = builder().create_with_backend(backend).map_err(Fault::from)?;
    begin(&database)?;
    database.close().map_err(Fault::from)?;
    Ok(())
}

fn publish(draft: &Path, path: &Path) -> Result<(), CreateFault> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) {
        fs::remove_file(path)?;
    }
    match fs::hard_link(draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        // Some file systems have no links.
        Err(_) => fs::rename(draft, path)?,
        Ok(()) => {}
    }
    // The name must be as durable as what is acknowledged under it.
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    #[cfg(unix)]
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

fn draft(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    path.with_file_name(name)
}
