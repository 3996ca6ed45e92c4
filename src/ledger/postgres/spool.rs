//! Rows that wait on this machine until they can be handed over in one go.
//!
//! The file has no name, so whatever happens to us, nothing of it stays. Because it is still there when a
//! transaction failed, the transaction can be tried again.

use crate::ledger::{error::StoreErrorKind, identity::Mark};
use std::{
    collections::HashSet,
    fs::File,
    io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write},
};

/// Octets of a mark by which two of them are told apart: with 100 million, 1 in 10 to the 13th that two are alike.
const SHORT: usize = 12;

/// A file of rows: each has a mark, a number and a text.
pub(super) struct Spool {
    file: BufWriter<File>,
    seen: HashSet<[u8; SHORT]>,
    rows: u64,
}

/// A row as it was put in.
pub(super) struct SpoolRow {
    pub(super) mark: Vec<u8>,
    pub(super) number: i64,
    pub(super) text: String,
}

impl Spool {
    pub(super) fn new() -> Result<Self, StoreErrorKind> {
        let file = tempfile::tempfile().map_err(|error| refused(&error))?;
        Ok(Self { file: BufWriter::new(file), seen: HashSet::new(), rows: 0 })
    }

    /// Returns whether a mark was not seen before.
    pub(super) fn is_first(&mut self, mark: &Mark) -> bool {
        let mut short = [0; SHORT];
        short.copy_from_slice(&mark[..SHORT]);
        self.seen.insert(short)
    }

    /// Returns how many rows it has.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds a row.
    pub(super) fn push(&mut self, mark: &Mark, number: i64, text: &str) -> Result<(), StoreErrorKind> {
        let length =
            u32::try_from(text.len()).map_err(|_| refused(&io::Error::from(ErrorKind::FileTooLarge)))?;
        let mut write = || {
            self.file.write_all(mark)?;
            self.file.write_all(&number.to_le_bytes())?;
            self.file.write_all(&length.to_le_bytes())?;
            self.file.write_all(text.as_bytes())
        };
        write().map_err(|error| refused(&error))?;
        self.rows += 1;
        Ok(())
    }

    /// Reads it from the beginning.
    pub(super) fn read(&mut self) -> Result<SpoolReader, StoreErrorKind> {
        let mut reopen = || {
            self.file.flush()?;
            let mut file = self.file.get_ref().try_clone()?;
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        };
        let file = reopen().map_err(|error: io::Error| refused(&error))?;
        Ok(SpoolReader { file: BufReader::with_capacity(1 << 16, file), left: self.rows })
    }
}

/// A spool on the way out.
pub(super) struct SpoolReader {
    file: BufReader<File>,
    left: u64,
}

impl SpoolReader {
    /// Returns the next rows, at most so many.
    pub(super) fn batch(&mut self, rows_max: u64) -> Result<Vec<SpoolRow>, StoreErrorKind> {
        let rows = self.left.min(rows_max);
        self.left -= rows;
        (0..rows).map(|_| self.row().map_err(|error| refused(&error))).collect()
    }

    fn row(&mut self) -> io::Result<SpoolRow> {
        let (mut mark, mut number, mut length) = (vec![0; 32], [0; 8], [0; 4]);
        self.file.read_exact(&mut mark)?;
        self.file.read_exact(&mut number)?;
        self.file.read_exact(&mut length)?;
        let mut text = vec![0; u32::from_le_bytes(length) as usize];
        self.file.read_exact(&mut text)?;
        let text = String::from_utf8(text).map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
        Ok(SpoolRow { mark, number: i64::from_le_bytes(number), text })
    }
}

fn refused(error: &io::Error) -> StoreErrorKind {
    let words = format!("the temporary file of the list: {error}");
    if error.kind() == ErrorKind::StorageFull {
        StoreErrorKind::Full(words.into())
    } else {
        StoreErrorKind::Unusable(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_often_as_they_are_read() {
        let mut spool = Spool::new().expect("a file");
        for number in 0..5 {
            spool.push(&[number; 32], i64::from(number), &format!("row {number}, é")).expect("written");
        }
        for _ in 0..2 {
            let mut reader = spool.read().expect("read");
            let texts = |rows: Vec<SpoolRow>| rows.into_iter().map(|row| row.text).collect::<Vec<_>>();
            assert_eq!(texts(reader.batch(3).expect("read")), ["row 0, é", "row 1, é", "row 2, é"]);
            let rest = reader.batch(3).expect("read");
            assert_eq!((rest.len(), rest[1].number, rest[1].mark[0]), (2, 4, 4));
            assert!(reader.batch(3).expect("read").is_empty());
        }
        assert!(spool.is_first(&[1; 32]) && !spool.is_first(&[1; 32]));
    }
}
