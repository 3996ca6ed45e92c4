//! What a journal is written on: a file, or in tests a file whose power can be cut.

use std::{fs::File, io, os::unix::fs::FileExt};

/// The little that a journal needs from its file.
pub trait Tape: Send {
    /// Writes all octets at a place.
    ///
    /// # Errors
    /// When they can't be written; some may have been.
    fn write_at(&mut self, octets: &[u8], place: u64) -> io::Result<()>;

    /// Returns when everything written before survives a power cut.
    ///
    /// # Errors
    /// When that can't be promised; after that it never can.
    fn sync(&mut self) -> io::Result<()>;
}

impl Tape for File {
    fn write_at(&mut self, octets: &[u8], place: u64) -> io::Result<()> {
        self.write_all_at(octets, place)
    }

    fn sync(&mut self) -> io::Result<()> {
        // The file was written to its full length before, so that there is nothing but data to flush.
        self.sync_data()
    }
}

/// Puts a file on the tape that is to be written.
pub type Reel = std::sync::Arc<dyn Fn(File) -> Box<dyn Tape> + Send + Sync>;
