//! A disk in memory that knows what is durable.

use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

/// What the disk does with what it is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mood {
    #[default]
    Good,
    /// Writes find no space.
    Full,
    /// Reads panic, which stands for a library that stumbles.
    Panics,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// As of the last sync.
    durable: Vec<u8>,
    /// As the process sees it.
    now: Vec<u8>,
    since: Vec<Change>,
    mood: Mood,
}

#[derive(Clone, Debug)]
enum Change {
    Length(usize),
    Write(usize, Vec<u8>),
}

impl Disk {
    pub(super) fn is_empty(&self) -> bool {
        self.state().now.is_empty()
    }

    pub(super) fn set(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// The disk after the power failed now: of what was not synced, any part is there, down to sectors.
    pub(super) fn after_power_cut(&self, random: &mut impl FnMut() -> u64) -> Self {
        let (mut image, since) = {
            let state = self.state();
            (state.durable.clone(), state.since.clone())
        };
        for change in &since {
            match change {
                Change::Length(length) if random().is_multiple_of(2) => image.resize(*length, 0),
                Change::Length(_) => {}
                Change::Write(offset, bytes) => {
                    let whole = random() % 3;
                    for (index, sector) in bytes.chunks(512).enumerate() {
                        if whole == 1 || (whole == 2 && random().is_multiple_of(2)) {
                            put(&mut image, offset + index * 512, sector);
                        }
                    }
                }
            }
        }
        Self(Arc::new(Mutex::new(State { durable: image.clone(), now: image, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put(image: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if image.len() < end {
        image.resize(end, 0);
    }
    image[offset..end].copy_from_slice(bytes);
}

impl Change {
    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Length(length) => image.resize(*length, 0),
            Self::Write(offset, bytes) => put(image, *offset, bytes),
        }
    }
}

impl State {
    fn change(&mut self, change: Change) -> Result<(), Error> {
        if self.mood == Mood::Full {
            return Err(ErrorKind::StorageFull.into());
        }
        change.apply(&mut self.now);
        self.since.push(change);
        Ok(())
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, Error> {
        Ok(self.state().now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        let state = self.state();
        assert!(state.mood != Mood::Panics, "a page that nobody expected");
        let offset = size(offset);
        let bytes = state.now.get(offset..offset + out.len()).ok_or(ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<(), Error> {
        self.state().change(Change::Length(size(length)))
    }

    fn sync_data(&self) -> Result<(), Error> {
        let mut state = self.state();
        for change in std::mem::take(&mut state.since) {
            change.apply(&mut state.durable);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        self.state().change(Change::Write(size(offset), data.to_vec()))
    }
}
