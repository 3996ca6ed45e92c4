//! The grammar of replies (RFC 5321, 4.2), read as octets come in.

use crate::domain::outcome::Reply;

/// Octets of one reply line that are read at most; RFC 5321 asks for 512, the world sends more.
pub const LINE_OCTETS_MAX: usize = 4096;

/// Lines of one reply that are read at most.
pub const LINES_MAX: usize = 128;

/// Octets of text that a [`Reply`] keeps.
pub const TEXT_OCTETS_MAX: usize = 1024;

/// Characters of a line that an error quotes.
const QUOTED_CHARS_MAX: usize = 80;

/// Why what a server sent is no reply. After one of these nobody knows where the next reply begins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyFault {
    /// A line does not begin with three digits and a space or hyphen.
    #[error("the server's answer is not SMTP: `{0}`")]
    NotSmtp(String),
    /// The lines of one reply carry different codes.
    #[error("the lines of one reply carry different codes, {first} and {then}")]
    MixedCodes {
        /// Code of the first line.
        first: u16,
        /// The other code.
        then: u16,
    },
    /// A line without end.
    #[error("a reply line is longer than {LINE_OCTETS_MAX} octets")]
    LineTooLong,
    /// A reply without end.
    #[error("a reply has more than {LINES_MAX} lines")]
    TooManyLines,
}

/// A whole reply: what everybody sees of it, and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullReply {
    /// Code, enhanced code and text.
    pub reply: Reply,
    /// The text of each line without its code, for EHLO.
    pub lines: Vec<String>,
}

/// Reads replies out of a stream of octets, however it is cut.
///
/// Lines may end in CRLF or in a bare LF: some appliances send the latter, and on *this* side of the
/// dialogue nothing can be smuggled by it. Memory is bounded whatever a server sends.
#[derive(Debug, Default)]
pub struct ReplyReader {
    line: Vec<u8>,
    code: Option<u16>,
    lines: Vec<String>,
}

impl ReplyReader {
    /// Reads until one reply is complete. Returns how many octets were used up, and the reply when
    /// there is one; the rest belongs to what follows.
    ///
    /// # Errors
    /// When the octets are no reply. The reader is then of no more use.
    pub fn read(&mut self, octets: &[u8]) -> Result<(usize, Option<FullReply>), ReplyFault> {
        let mut used = 0;
        while used < octets.len() {
            let rest = &octets[used..];
            let Some(end) = memchr::memchr(b'\n', rest) else {
                if self.line.len() + rest.len() > LINE_OCTETS_MAX {
                    return Err(ReplyFault::LineTooLong);
                }
                self.line.extend_from_slice(rest);
                return Ok((octets.len(), None));
            };
            if self.line.len() + end > LINE_OCTETS_MAX {
                return Err(ReplyFault::LineTooLong);
            }
            self.line.extend_from_slice(&rest[..end]);
            used += end + 1;
            if let Some(reply) = self.end_line()? {
                return Ok((used, Some(reply)));
            }
        }
        Ok((used, None))
    }

    /// Returns whether a reply has begun and is not complete.
    pub fn is_midway(&self) -> bool {
        self.code.is_some() || !self.line.is_empty()
    }

    /// Takes in the line that just ended; returns the reply when it was its last.
    fn end_line(&mut self) -> Result<Option<FullReply>, ReplyFault> {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_ascii_end();
        let (code, is_last, text) = split_line(line).ok_or_else(|| ReplyFault::NotSmtp(excerpt(line)))?;
        match self.code {
            Some(first) if first != code => {
                return Err(ReplyFault::MixedCodes { first, then: code });
            }
            _ => self.code = Some(code),
        }
        if self.lines.len() == LINES_MAX {
            return Err(ReplyFault::TooManyLines);
        }
        self.lines.push(printable(text));
        if !is_last {
            return Ok(None);
        }
        self.code = None;
        let lines = std::mem::take(&mut self.lines);
        Ok(Some(FullReply { reply: summarise(code, &lines), lines }))
    }
}

/// Splits a line into its code, whether it is the last one, and its text.
fn split_line(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    // RFC 5321, 4.2: the first digit is 2 to 5, the second 0 to 5; the second is not worth a refusal.
    if !matches!(digits[0], b'2'..=b'5') || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest.split_first() {
        None => Some((code, true, &[])),
        Some((b' ', text)) => Some((code, true, text)),
        Some((b'-', text)) => Some((code, false, text)),
        Some(_) => None,
    }
}

/// Returns the octets as text that can be shown: no control characters, nothing that turns the direction
/// of a line or hides in it, invalid UTF-8 replaced.
fn printable(octets: &[u8]) -> String {
    // Nearly all replies. What is printable ASCII is UTF-8.
    if octets.iter().all(|octet| matches!(octet, b' '..=b'~'))
        && let Ok(text) = str::from_utf8(octets)
    {
        return text.trim_ascii().to_owned();
    }
    let text = String::from_utf8_lossy(octets);
    let is_unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_unseen(c) { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// Returns the beginning of a line that is no reply.
fn excerpt(line: &[u8]) -> String {
    printable(line).chars().take(QUOTED_CHARS_MAX).collect()
}

/// Joins the lines of a reply; the enhanced code of the last line that has one is taken out of the text.
fn summarise(code: u16, lines: &[String]) -> Reply {
    let mut enhanced = None;
    let mut text = String::new();
    for line in lines {
        let (found, words) = split_enhanced(line);
        enhanced = found.or(enhanced);
        if !text.is_empty() && !words.is_empty() {
            text.push(' ');
        }
        text.push_str(words);
    }
    let mut end = text.len().min(TEXT_OCTETS_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    Reply { code, enhanced, text }
}

/// Splits an enhanced code (RFC 2034, 3463) off a line: `5.1.1 no such user`.
fn split_enhanced(line: &str) -> (Option<(u8, u16, u16)>, &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match parse_enhanced(word) {
        Some(enhanced) => (Some(enhanced), rest.trim_start()),
        None => (None, line),
    }
}

/// Reads `5.1.1`; `None` when the word is something else, such as an address or a version.
fn parse_enhanced(word: &str) -> Option<(u8, u16, u16)> {
    let mut numbers = word.trim_end_matches(':').split('.');
    let class = numbers.next()?;
    let subject = numbers.next()?;
    let detail = numbers.next()?;
    let small = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if numbers.next().is_some() || !matches!(class, "2" | "4" | "5") || !small(subject) || !small(detail) {
        return None;
    }
    Some((class.parse().ok()?, subject.parse().ok()?, detail.parse().ok()?))
}

#[cfg(test)]
mod tests;
