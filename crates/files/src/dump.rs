//! The dump of a large cluster: `kubectl get … -A -o json`.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, mpsc};

use ironhull_manifest::{ItemSplitter, Limits, read_item};
use ironhull_value::{Interner, Value};
use ironhull_world::plain_metadata;
use rayon::prelude::*;

/// A list that was read item by item. As with a live cluster, `managedFields`, the last-applied annotation
/// and the status are left out.
#[derive(Debug)]
pub struct Dump {
    /// The file.
    pub name: Arc<str>,
    /// Its items, each with the line at which it begins.
    pub items: Vec<(Value, u32)>,
    /// What could not be read: line and reason.
    pub broken: Vec<(u32, String)>,
}

/// From this size on a JSON list is read as a dump.
const LARGE: u64 = 32 << 20;
/// What is read at once.
const BLOCK: usize = 4 << 20;

/// Reads a file as a dump; none when it is small or no JSON list, and then the file is at its start again.
pub(crate) fn read_dump(
    handle: &mut File,
    size: u64,
    name: &Arc<str>,
    limits: &Limits,
) -> io::Result<Option<Dump>> {
    if size < LARGE || size > limits.bytes as u64 {
        return Ok(None);
    }
    let mut start = [0; 512];
    let read = handle.read(&mut start)?;
    handle.seek(SeekFrom::Start(0))?;
    if start.get(..read).unwrap_or_default().trim_ascii_start().first() != Some(&b'{') {
        return Ok(None);
    }
    let mut dump = Dump { name: name.clone(), items: Vec::new(), broken: Vec::new() };
    // One thread reads and cuts while the others parse; a few batches may wait between them.
    let (sender, batches) = mpsc::sync_channel(4);
    let splitter = std::thread::scope(|scope| {
        let reader = scope.spawn(move || cut(handle, &sender));
        for batch in batches {
            parse(batch, limits, &mut dump);
        }
        reader.join().unwrap_or_else(|_| Err(io::Error::other("the reader stopped")))
    })?;
    if !splitter.is_list() {
        return Ok(None);
    }
    if !splitter.is_complete_list() {
        dump.broken.push((splitter.line(), "the list ends before it is complete".to_owned()));
    }
    Ok(Some(dump))
}

type Batch = Vec<(Vec<u8>, u32)>;

/// Reads to the end, and sends the items of each block. The file is at its start again afterwards.
fn cut(handle: &mut File, batches: &mpsc::SyncSender<Batch>) -> io::Result<ItemSplitter> {
    let mut splitter = ItemSplitter::default();
    let mut block = vec![0; BLOCK];
    loop {
        let read = handle.read(&mut block)?;
        if read == 0 {
            handle.seek(SeekFrom::Start(0))?;
            return Ok(splitter);
        }
        let mut batch = Batch::new();
        splitter.push(block.get(..read).unwrap_or_default(), &mut |item, line| batch.push((item, line)));
        if batches.send(batch).is_err() {
            return Err(io::Error::other("nobody takes the items"));
        }
    }
}

thread_local! {
    static INTERNER: RefCell<Interner> = RefCell::new(Interner::new());
}

fn parse(batch: Batch, limits: &Limits, dump: &mut Dump) {
    let results: Vec<_> = batch
        .into_par_iter()
        .map(|(bytes, line)| {
            let text = String::from_utf8_lossy(&bytes);
            let read = INTERNER.with_borrow_mut(|interner| read_item(&text, limits.depth, interner));
            (line, read.map(|value| without_noise(&value)).map_err(|error| error.message))
        })
        .collect();
    for (line, result) in results {
        match result {
            Ok(value) => dump.items.push((value, line)),
            Err(message) => dump.broken.push((line, message)),
        }
    }
}

fn without_noise(object: &Value) -> Value {
    let Some(map) = object.as_map() else { return object.clone() };
    map.iter()
        .filter(|(key, _)| key.as_str() != "status")
        .map(|(key, value)| {
            let value = if key.as_str() == "metadata" { plain_metadata(value) } else { value.clone() };
            (key.clone(), value)
        })
        .collect()
}
