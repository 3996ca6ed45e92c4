//! From the octets of a file to UTF-8 with LF line ends, as a stream.

use crate::domain::problem::Problem;
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{Error, ErrorKind, Read};

/// Octets that are looked at before the encoding is decided.
const SNIFFED: usize = 64 * 1024;

/// Octets of text that one row may have; more means that a quotation mark was never closed.
const ROW_OCTETS_MAX: usize = 1024 * 1024;

/// A line that ends every list, so that an open quotation mark is found out: it would swallow the line.
pub(super) const END: &str = "\u{1}masthead: end of list\u{1}";

/// The text of a file.
pub(super) struct PlainText<R> {
    source: R,
    encoding: &'static Encoding,
    decoder: Decoder,
    /// Octets as read; how many of them are new.
    raw: Vec<u8>,
    raw_octets: usize,
    is_source_over: bool,
    /// Text decoded and not yet handed out.
    text: Vec<u8>,
    handed_out: usize,
    ends_in_cr: bool,
    is_end_written: bool,
    row_octets: usize,
}

impl<R: Read> PlainText<R> {
    /// Reads the beginning and decides the encoding.
    pub(super) fn open(mut source: R) -> Result<Self, Problem> {
        let mut raw = Vec::with_capacity(SNIFFED);
        let limit = SNIFFED as u64;
        source.by_ref().take(limit).read_to_end(&mut raw).map_err(|error| unreadable(&error))?;
        let encoding = sniff(&raw)?;
        let mut text = Self {
            source,
            encoding,
            decoder: encoding.new_decoder_with_bom_removal(),
            is_source_over: raw.len() < SNIFFED,
            raw_octets: raw.len(),
            raw,
            text: Vec::new(),
            handed_out: 0,
            ends_in_cr: false,
            is_end_written: false,
            row_octets: 0,
        };
        text.decode();
        Ok(text)
    }

    pub(super) fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Returns the first lines, as far as they are read.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.text[self.handed_out..]
    }

    /// Leaves the first octets out.
    pub(super) fn skip(&mut self, octets: usize) {
        self.handed_out += octets;
    }

    /// Says that the next octets belong to a new row.
    pub(super) fn begin_record(&mut self) {
        self.row_octets = 0;
    }

    /// Decodes what was read, and adds the last line behind the last octet.
    fn decode(&mut self) {
        self.text.clear();
        self.handed_out = 0;
        let raw = &self.raw[..self.raw_octets];
        let needed = self.decoder.max_utf8_buffer_length(raw.len()).unwrap_or(4 * raw.len());
        self.text.resize(needed, 0);
        let (result, read, written, _) =
            self.decoder.decode_to_utf8(raw, &mut self.text, self.is_source_over);
        assert!(
            result == CoderResult::InputEmpty && read == raw.len(),
            "the buffer holds whatever comes out"
        );
        self.text.truncate(written);
        self.unify_line_ends();
        if self.is_source_over && !self.is_end_written {
            self.is_end_written = true;
            self.text.extend_from_slice(b"\n");
            self.text.extend_from_slice(END.as_bytes());
            self.text.extend_from_slice(b"\n");
        }
    }

    /// Turns CRLF and CR into LF, so that lines are counted alike everywhere.
    fn unify_line_ends(&mut self) {
        if !self.ends_in_cr && memchr::memchr(b'\r', &self.text).is_none() {
            return;
        }
        let mut kept = 0;
        for index in 0..self.text.len() {
            let octet = self.text[index];
            let is_second_half = octet == b'\n' && self.ends_in_cr;
            self.ends_in_cr = octet == b'\r';
            if !is_second_half {
                self.text[kept] = if octet == b'\r' { b'\n' } else { octet };
                kept += 1;
            }
        }
        self.text.truncate(kept);
    }

    fn refill(&mut self) -> std::io::Result<()> {
        while self.handed_out == self.text.len() && !self.is_end_written {
            if self.raw.len() < SNIFFED {
                self.raw.resize(SNIFFED, 0);
            }
            self.raw_octets = loop {
                match self.source.read(&mut self.raw) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.is_source_over = self.raw_octets == 0;
            self.decode();
        }
        Ok(())
    }
}

impl<R: Read> Read for PlainText<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.refill()?;
        let left = &self.text[self.handed_out..];
        let count = left.len().min(into.len());
        into[..count].copy_from_slice(&left[..count]);
        self.handed_out += count;
        self.row_octets += count;
        if self.row_octets > ROW_OCTETS_MAX {
            return Err(Error::from(ErrorKind::FileTooLarge));
        }
        Ok(count)
    }
}

pub(super) fn unreadable(error: &Error) -> Problem {
    Problem::error("subscribers/unreadable", format!("the list can't be read: {error}"))
        .help("check that the file is there and that you may read it")
}

/// Decides the encoding from a file's beginning.
fn sniff(octets: &[u8]) -> Result<&'static Encoding, Problem> {
    if let Some((encoding, _)) = Encoding::for_bom(octets) {
        return Ok(encoding);
    }
    if octets.starts_with(b"PK\x03\x04") || octets.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(Problem::error("subscribers/not-text", "this is a spreadsheet, not a CSV file")
            .help("open it in the spreadsheet program and save it as `CSV UTF-8`"));
    }
    let zeros = |parity: usize| octets.iter().skip(parity).step_by(2).filter(|octet| **octet == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), octets.len() / 2);
    // Even Arabic and Chinese lists hold commas, `@` and line ends, whose other half is zero in UTF-16.
    match (even, odd) {
        (0, 0) => {}
        (even, odd) if odd > half / 10 && even <= odd / 10 => return Ok(UTF_16LE),
        (even, odd) if even > half / 10 && odd <= even / 10 => return Ok(UTF_16BE),
        _ => {
            return Err(Problem::error("subscribers/not-text", "this is not a text file")
                .help("save the list as `CSV UTF-8` and name that file"));
        }
    }
    // A character that the end of the sample cuts in two is no error.
    let is_utf8 = match std::str::from_utf8(octets) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && octets.len() == SNIFFED,
    };
    Ok(if is_utf8 { UTF_8 } else { WINDOWS_1252 })
}
