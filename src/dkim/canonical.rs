//! The relaxed forms of header fields and bodies (RFC 6376, 3.4.2 and 3.4.4).

use aws_lc_rs::digest::{Context, Digest, SHA256};

/// A stretch of a body that is the same in many messages, made ready for hashing.
///
/// Only whole lines can be: what stands before the first line end and after the last one depends on what
/// is filled in around it.
#[derive(Clone, Debug, Default)]
pub(super) struct Prepared {
    /// As written, up to the first line end and with it.
    head: Vec<u8>,
    /// Empty lines before the first other one.
    blank_before: usize,
    /// The relaxed form of the whole lines, without line ends around it.
    lines: Vec<u8>,
    /// Line ends after it.
    ends: usize,
    /// As written, after the last line end.
    tail: Vec<u8>,
}

impl Prepared {
    pub(super) fn new(octets: &[u8]) -> Self {
        let first = memchr::memmem::find(octets, b"\r\n").map(|at| at + 2);
        let last = memchr::memmem::rfind(octets, b"\r\n").map(|at| at + 2);
        let (Some(first), Some(last)) = (first, last) else {
            return Self { head: octets.to_vec(), ..Self::default() };
        };
        let mut state = Relaxed::default();
        let mut lines = Vec::with_capacity(last - first);
        state.write(&octets[first..last], &mut lines);
        let blank_before = lines.chunks_exact(2).take_while(|pair| *pair == b"\r\n").count();
        lines.drain(..2 * blank_before);
        // Without anything but line ends, all of them are still pending.
        Self {
            head: octets[..first].to_vec(),
            blank_before,
            lines,
            ends: state.ends,
            tail: octets[last..].to_vec(),
        }
    }
}

/// Where the relaxed form of a body stands after what it has read.
#[derive(Clone, Copy, Debug, Default)]
struct Relaxed {
    /// White space that counts only if something follows it in the line.
    has_space: bool,
    /// Line ends that count only if something follows them.
    ends: usize,
    /// A CR that waits for its LF.
    has_cr: bool,
}

impl Relaxed {
    /// Appends the relaxed form of what follows; white space and line ends wait for what comes after them.
    fn write(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let mut rest = octets;
        while let Some((octet, after)) = rest.split_first() {
            match octet {
                b'\r' if !self.has_cr => self.has_cr = true,
                b'\n' if self.has_cr => {
                    (self.has_cr, self.has_space) = (false, false);
                    self.ends += 1;
                }
                b' ' | b'\t' if !self.has_cr => self.has_space = true,
                // What is neither white space nor may belong to a line end goes on in one piece.
                octet => {
                    self.settle(out);
                    let length = after.iter().position(|octet| is_white(*octet)).unwrap_or(after.len());
                    out.push(*octet);
                    out.extend_from_slice(&after[..length]);
                    rest = &after[length..];
                    continue;
                }
            }
            rest = after;
        }
    }

    /// Writes what was waiting for something to follow.
    fn settle(&mut self, out: &mut Vec<u8>) {
        for _ in 0..std::mem::take(&mut self.ends) {
            out.extend_from_slice(b"\r\n");
        }
        if std::mem::take(&mut self.has_space) {
            out.push(b' ');
        }
        // A lone CR is an octet like any other.
        if std::mem::take(&mut self.has_cr) {
            out.push(b'\r');
        }
    }
}

/// Hashes the relaxed form of a body that comes in pieces.
#[derive(Clone)]
pub(super) struct BodyHash {
    context: Context,
    state: Relaxed,
    room: Vec<u8>,
    is_empty: bool,
}

impl BodyHash {
    pub(super) fn new() -> Self {
        Self { context: Context::new(&SHA256), state: Relaxed::default(), room: Vec::new(), is_empty: true }
    }

    /// Adds octets as they are sent.
    pub(super) fn write(&mut self, octets: &[u8]) {
        self.room.clear();
        self.state.write(octets, &mut self.room);
        self.is_empty &= self.room.is_empty();
        self.context.update(&self.room);
    }

    /// Adds a stretch that was made ready before.
    pub(super) fn write_prepared(&mut self, stretch: &Prepared) {
        self.write(&stretch.head);
        if !stretch.lines.is_empty() {
            self.state.ends += stretch.blank_before;
            self.room.clear();
            self.state.settle(&mut self.room);
            self.context.update(&self.room);
            self.context.update(&stretch.lines);
            self.is_empty = false;
        }
        self.state.ends += stretch.ends;
        self.write(&stretch.tail);
    }

    /// Returns the hash; empty lines at the end don't count, and the last line ends with CRLF.
    pub(super) fn finish(mut self) -> Digest {
        if !self.is_empty {
            self.context.update(b"\r\n");
        }
        self.context.finish()
    }
}

/// Appends a header field in relaxed form, without a line end: name in lower case, white space reduced.
pub(super) fn relaxed_field(field: &[u8], out: &mut Vec<u8>) {
    let colon = memchr::memchr(b':', field).unwrap_or(field.len());
    let name = field[..colon].trim_ascii_end();
    out.extend(name.iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let start = out.len();
    let words = field.get(colon + 1..).unwrap_or_default().split(|octet| is_white(*octet));
    for word in words.filter(|word| !word.is_empty()) {
        if out.len() > start {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

fn is_white(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}
