//! Records in the order of their keys, whatever their number: sorted in memory a few MiB at a time, merged from files.
//!
//! The files have no name, so that a crash leaves nothing behind, and lie beside the ledger, where there must be room anyway.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
    path::PathBuf,
};

/// Octets that are sorted in memory at once.
const CHUNK_OCTETS: usize = 12 * 1024 * 1024;

/// Octets read from each file at once while they are merged.
const BUFFER_OCTETS: usize = 64 * 1024;

/// Octets before each record: how long its key and the rest of it are.
const HEAD_OCTETS: usize = 8;

/// Takes records in any order.
pub(super) struct Sorter {
    folder: PathBuf,
    chunk: Chunk,
    chunk_octets: usize,
    runs: Vec<File>,
    records: u64,
}

/// Records one behind the other, and where each begins.
#[derive(Default)]
struct Chunk {
    octets: Vec<u8>,
    /// The first octets of the key as a number, which decides most comparisons, and where the record begins.
    index: Vec<(u128, usize)>,
}

impl Sorter {
    /// Returns an empty sorter that puts its files into `folder`.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self::with_chunks_of(folder, CHUNK_OCTETS)
    }

    fn with_chunks_of(folder: PathBuf, chunk_octets: usize) -> Self {
        Self { folder, chunk: Chunk::default(), chunk_octets, runs: Vec::new(), records: 0 }
    }

    /// Returns how many records were taken.
    pub(super) fn len(&self) -> u64 {
        self.records
    }

    /// Takes a record: its key, and a rest that `write` appends.
    ///
    /// # Errors
    /// When `write` fails, and the record is not taken; when a file can't be written, and it is taken all the same.
    pub(super) fn push(
        &mut self,
        key: &[u8],
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        let Chunk { octets, index } = &mut self.chunk;
        let begin = octets.len();
        octets.extend_from_slice(&length(key.len()).to_le_bytes());
        octets.extend_from_slice(&[0; 4]);
        octets.extend_from_slice(key);
        let rest_begin = octets.len();
        if let Err(error) = write(octets) {
            octets.truncate(begin);
            return Err(error);
        }
        index.push((first_octets(key), begin));
        let rest = length(octets.len() - rest_begin).to_le_bytes();
        octets[begin + 4..begin + HEAD_OCTETS].copy_from_slice(&rest);
        self.records += 1;
        if octets.len() >= self.chunk_octets { self.spill() } else { Ok(()) }
    }

    /// Writes the chunk in order to a file of its own.
    fn spill(&mut self) -> io::Result<()> {
        self.chunk.sort();
        let mut out = BufWriter::with_capacity(BUFFER_OCTETS, tempfile::tempfile_in(&self.folder)?);
        for (_, begin) in &self.chunk.index {
            out.write_all(self.chunk.record(*begin))?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        self.chunk.octets.clear();
        self.chunk.index.clear();
        Ok(())
    }

    /// Hands all records to `each`: by key, and where keys are equal in the order in which they were taken.
    ///
    /// # Errors
    /// When a file can't be read, or `each` fails.
    pub(super) fn drain<E: From<io::Error>>(
        mut self,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.chunk.sort();
        let mut sources: Vec<Source> =
            self.runs.into_iter().map(|file| Source::File(Run::new(file))).collect();
        sources.push(Source::Memory(self.chunk, 0));
        // Earlier runs hold what was taken earlier: with equal keys the smaller number goes first.
        let mut next = BinaryHeap::new();
        for (number, source) in sources.iter_mut().enumerate() {
            let mut key = Vec::new();
            if source.advance(&mut key)? {
                next.push(Reverse((key, number)));
            }
        }
        while let Some(mut first) = next.peek_mut() {
            let Reverse((key, number)) = &mut *first;
            let source = &mut sources[*number];
            let (whole_key, rest) = source.current();
            each(whole_key, rest)?;
            if !source.advance(key)? {
                PeekMut::pop(first);
            }
        }
        Ok(())
    }
}

impl Chunk {
    fn sort(&mut self) {
        let mut index = std::mem::take(&mut self.index);
        // Where a record begins also says when it was taken.
        index.sort_unstable_by(|(first, a), (second, b)| {
            first.cmp(second).then_with(|| self.key(*a).cmp(self.key(*b))).then(a.cmp(b))
        });
        self.index = index;
    }

    fn key(&self, begin: usize) -> &[u8] {
        split(&self.octets[begin..]).0
    }

    fn record(&self, begin: usize) -> &[u8] {
        let (key, rest) = split(&self.octets[begin..]);
        &self.octets[begin..begin + HEAD_OCTETS + key.len() + rest.len()]
    }
}

/// Where sorted records come from.
enum Source {
    /// What was never written, and the number of the record after the current one.
    Memory(Chunk, usize),
    /// A file.
    File(Run),
}

impl Source {
    /// Goes on to the next record and copies its key; `false` at the end.
    fn advance(&mut self, key: &mut Vec<u8>) -> io::Result<bool> {
        let found = match self {
            Self::Memory(chunk, next) => {
                *next += 1;
                *next <= chunk.index.len()
            }
            Self::File(run) => run.advance()?,
        };
        if found {
            key.clear();
            key.extend_from_slice(self.current().0);
        }
        Ok(found)
    }

    fn current(&self) -> (&[u8], &[u8]) {
        match self {
            Self::Memory(chunk, next) => split(&chunk.octets[chunk.index[next - 1].1..]),
            Self::File(run) => split(&run.buffer[run.begin..]),
        }
    }
}

/// Sorted records in a file, read some at a time.
struct Run {
    file: File,
    buffer: Vec<u8>,
    /// Where the current record begins in the buffer, where it ends, and where what was read ends.
    begin: usize,
    end: usize,
    filled: usize,
}

impl Run {
    fn new(file: File) -> Self {
        Self { file, buffer: vec![0; BUFFER_OCTETS], begin: 0, end: 0, filled: 0 }
    }

    /// Goes on to the next record; `false` at the end of the file.
    fn advance(&mut self) -> io::Result<bool> {
        self.begin = self.end;
        if !self.hold(HEAD_OCTETS)? {
            let is_whole = self.filled == self.begin;
            return if is_whole { Ok(false) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        let (key, rest) = lengths(&self.buffer[self.begin..]);
        let octets = HEAD_OCTETS + key + rest;
        if !self.hold(octets)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.end = self.begin + octets;
        Ok(true)
    }

    /// Reads on until the buffer holds so much from the current record on; `false` when the file ends before.
    fn hold(&mut self, octets: usize) -> io::Result<bool> {
        if self.filled - self.begin >= octets {
            return Ok(true);
        }
        self.buffer.copy_within(self.begin..self.filled, 0);
        (self.begin, self.filled) = (0, self.filled - self.begin);
        self.buffer.resize(self.buffer.len().max(octets), 0);
        while self.filled < octets {
            match self.file.read(&mut self.buffer[self.filled..]) {
                Ok(0) => return Ok(false),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// Returns key and rest of the record at the beginning of `octets`.
fn split(octets: &[u8]) -> (&[u8], &[u8]) {
    let (key, rest) = lengths(octets);
    let octets = &octets[HEAD_OCTETS..];
    (&octets[..key], &octets[key..key + rest])
}

fn lengths(head: &[u8]) -> (usize, usize) {
    let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    (number(0) as usize, number(4) as usize)
}

fn first_octets(key: &[u8]) -> u128 {
    let mut first = [0; 16];
    let count = key.len().min(16);
    first[..count].copy_from_slice(&key[..count]);
    u128::from_be_bytes(first)
}

fn length(octets: usize) -> u32 {
    u32::try_from(octets).expect("a row of a list is shorter than 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(keys: &[String], chunk_octets: usize) -> Vec<(String, usize)> {
        let mut sorter = Sorter::with_chunks_of(std::env::temp_dir(), chunk_octets);
        for (number, key) in keys.iter().enumerate() {
            let write = |rest: &mut Vec<u8>| rest.write_all(&number.to_le_bytes());
            sorter.push(key.as_bytes(), write).unwrap();
        }
        assert!(sorter.push(b"refused", |_| Err(io::ErrorKind::Other.into())).is_err());
        assert_eq!(sorter.len(), keys.len() as u64);
        let mut records = Vec::new();
        let drained: io::Result<()> = sorter.drain(|key, rest| {
            let number = usize::from_le_bytes(rest.try_into().unwrap());
            records.push((String::from_utf8(key.to_vec()).unwrap(), number));
            Ok(())
        });
        drained.unwrap();
        records
    }

    proptest! {
        #[test]
        fn records_come_by_key_and_equal_keys_as_they_were_taken(
            keys in proptest::collection::vec("[ab]{0,20}", 0..60),
            chunk_octets in 1_usize..400,
        ) {
            let mut expected: Vec<(String, usize)> =
                keys.iter().enumerate().map(|(number, key)| (key.clone(), number)).collect();
            expected.sort();
            prop_assert_eq!(sorted(&keys, chunk_octets), expected);
        }
    }
}
