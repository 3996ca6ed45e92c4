//! Reads a log entry by entry, whichever of the known forms it has.
//!
//! No entry takes more memory than [`ENTRY_OCTETS_MAX`]; what is longer is cut, and the log goes on behind it.

use crate::evidence::{
    journald::{self, Entry},
    line::{self, Dating, LogLine},
};
use memchr::memchr;
use std::io::{self, BufRead, Read};

/// Octets of a line or a field that are looked at.
pub const ENTRY_OCTETS_MAX: usize = 64 * 1_024;

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Lines of syslog.
    Lines,
    /// `journalctl -o json`.
    Json,
    /// `journalctl -o export`.
    Export,
}

impl Form {
    fn of(first: &[u8]) -> Self {
        if first.starts_with(b"{") {
            Self::Json
        } else if first.starts_with(b"__") && first.contains(&b'=') {
            Self::Export
        } else {
            Self::Lines
        }
    }
}

/// Reads all entries; returns how many octets-lines could not be read as an entry.
///
/// # Errors
/// When the log can't be read any further; what stood before that was handed on.
pub fn for_each(
    log: &mut dyn BufRead,
    dating: &Dating<'_>,
    each: &mut dyn FnMut(&LogLine<'_>),
) -> io::Result<u64> {
    let (mut line, mut form, mut foreign) = (Vec::new(), None, 0);
    let mut entry = Entry::default();
    while next_line(log, &mut line)? {
        if form.is_none() && line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match *form.get_or_insert_with(|| Form::of(&line)) {
            Form::Lines => {
                let text = String::from_utf8_lossy(&line);
                match line::parse(&text, dating) {
                    Some(line) => each(&line),
                    None => foreign += u64::from(!is_remark(&text)),
                }
            }
            Form::Json => {
                let found = journald::from_json(&String::from_utf8_lossy(&line));
                match found.as_ref().and_then(Entry::line) {
                    Some(line) => each(&line),
                    None => foreign += 1,
                }
            }
            Form::Export => {
                if !line.is_empty() {
                    take_field(log, &line, &mut entry)?;
                } else if !entry.is_empty() {
                    foreign += hand_on(&entry, each);
                    entry = Entry::default();
                }
            }
        }
    }
    if !entry.is_empty() {
        foreign += hand_on(&entry, each);
    }
    Ok(foreign)
}

fn hand_on(entry: &Entry, each: &mut dyn FnMut(&LogLine<'_>)) -> u64 {
    entry.line().map_or(1, |line| {
        each(&line);
        0
    })
}

/// `-- Boot … --` and the like stand between the lines of `journalctl`; empty lines may stand anywhere.
fn is_remark(text: &str) -> bool {
    text.trim().is_empty() || text.starts_with("-- ")
}

/// Takes in one field of the export form: `KEY=value`, or a key, then eight octets with a length, then so many octets.
fn take_field(log: &mut dyn BufRead, line: &[u8], entry: &mut Entry) -> io::Result<()> {
    if let Some(at) = memchr(b'=', line) {
        entry.set(&String::from_utf8_lossy(&line[..at]), &line[at + 1..]);
        return Ok(());
    }
    let mut length = [0; 8];
    if read_up_to(log, &mut length)? < length.len() {
        return Ok(());
    }
    let length = u64::from_le_bytes(length);
    let mut value = Vec::new();
    log.take(length.min(ENTRY_OCTETS_MAX as u64)).read_to_end(&mut value)?;
    io::copy(&mut log.take(length.saturating_sub(ENTRY_OCTETS_MAX as u64)), &mut io::sink())?;
    entry.set(&String::from_utf8_lossy(line), &value);
    // The line ending behind the value.
    let mut ending = Vec::new();
    next_line(log, &mut ending).map(drop)
}

fn read_up_to(log: &mut dyn BufRead, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match log.read(&mut into[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// Reads a line without its ending into `line`, cut at the bound; returns `false` at the end of the log.
fn next_line(log: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut is_there = false;
    loop {
        let buffer = match log.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            break;
        }
        is_there = true;
        let ending = memchr(b'\n', buffer);
        let part = &buffer[..ending.unwrap_or(buffer.len())];
        line.extend_from_slice(&part[..part.len().min(ENTRY_OCTETS_MAX - line.len())]);
        let used = part.len() + usize::from(ending.is_some());
        log.consume(used);
        if ending.is_some() {
            break;
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(is_there)
}
