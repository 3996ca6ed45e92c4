//! Logs that rotation packed with gzip.

use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader};

/// The first octets of a gzip file (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Returns the log itself, unpacked on the way when it is packed.
///
/// # Errors
/// When its beginning can't be read.
pub fn unpacked<'a>(mut log: Box<dyn BufRead + 'a>) -> io::Result<Box<dyn BufRead + 'a>> {
    if log.fill_buf()?.starts_with(&GZIP) {
        return Ok(Box::new(BufReader::new(MultiGzDecoder::new(log))));
    }
    Ok(log)
}
