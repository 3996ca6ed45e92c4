//! A text file in memory: decoded, bounded, and able to say where an offset stands.

use crate::domain::problem::{Place, Problem};

/// Octets a text file may have. A news item has a few thousand; anything near this is a mix-up.
pub const TEXT_BYTES_MAX: usize = 1_048_576;

/// A text file as every reader wants it: UTF-8, without byte-order mark, lines ended by LF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    path: String,
    text: String,
    line_starts: Vec<usize>,
}

impl SourceText {
    /// Decodes the octets of the file at `path`, which is relative to the workspace.
    ///
    /// A byte-order mark is dropped, CRLF and lone CR become LF.
    ///
    /// # Errors
    /// When there are too many octets, when they aren't UTF-8, or when a control character such
    /// as NUL is among them; the problem names line and column.
    pub fn decode(path: impl Into<String>, bytes: &[u8]) -> Result<Self, Problem> {
        let path = path.into();
        if bytes.len() > TEXT_BYTES_MAX {
            return Err(too_large(&path, bytes.len() as u64));
        }
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(Problem::error("content/wrong-encoding", "the file is UTF-16, not UTF-8")
                .at(Place::file(path))
                .help("save it again with the encoding UTF-8"));
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(&path, bytes, error.valid_up_to()))?;
        let source = Self::new(path, text);
        match source.text.char_indices().find(|(_, c)| is_refused(*c)) {
            Some((offset, found)) => Err(control_character(&source, offset, found)),
            None => Ok(source),
        }
    }

    /// Returns a source of text that is known to be clean, such as one from the binary.
    pub fn new(path: impl Into<String>, text: &str) -> Self {
        let text = if text.contains('\r') {
            text.replace("\r\n", "\n").replace('\r', "\n")
        } else {
            text.to_owned()
        };
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), text, line_starts }
    }

    /// Returns the path as the person would type it, relative to the workspace.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the place of a byte offset: line, column, and the line itself.
    pub fn at(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1) - 1;
        let start = self.line_starts[line];
        let end = self.line_starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let mut place = Place::at(&*self.path, &self.text[start..end], offset - start);
        place.line = u32::try_from(line + 1).unwrap_or(u32::MAX);
        place
    }
}

/// Returns whether a character has no business in a text file (YAML 1.2.2, 5.1).
fn is_refused(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\u{85}')
}

/// Returns the problem of a file with too many octets; also for readers that saw only its size.
pub fn too_large(path: &str, size_bytes: u64) -> Problem {
    let size = size_bytes.div_ceil(1024);
    let limit = TEXT_BYTES_MAX / 1024;
    Problem::error("content/too-large", format!("the file has {size} KiB; a text file may have {limit} KiB"))
        .at(Place::file(path))
        .help("keep images and data out of text files, or split the file")
}

fn not_utf8(path: &str, bytes: &[u8], valid_up_to: usize) -> Problem {
    // The lossy text has the same beginning, so the offset holds in it.
    let line_end =
        bytes[valid_up_to..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| valid_up_to + at);
    let lossy = String::from_utf8_lossy(&bytes[..line_end]);
    let found = bytes[valid_up_to];
    Problem::error("content/wrong-encoding", format!("the octet 0x{found:02X} is not UTF-8"))
        .at(SourceText::new(path, &lossy).at(crlf_free(&lossy, valid_up_to)))
        .help("save the file again with the encoding UTF-8; it looks like Windows-1252 or Latin-1")
}

/// Returns where `offset` stands once CRLF has become LF.
fn crlf_free(text: &str, offset: usize) -> usize {
    offset - text.as_bytes()[..offset].windows(2).filter(|pair| pair == b"\r\n").count()
}

fn control_character(source: &SourceText, offset: usize, found: char) -> Problem {
    let mut place = source.at(offset);
    place.excerpt = place.excerpt.map(|line| line.replace(is_refused, "\u{FFFD}"));
    let code = u32::from(found);
    Problem::error(
        "content/control-character",
        format!("the control character U+{code:04X} stands in the text"),
    )
    .at(place)
    .help("delete it; if the file is full of them, it is not a text file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(bytes: &[u8], expected: &str) {
        let problem = SourceText::decode("a.md", bytes).expect_err("refused");
        assert_eq!(problem.to_string(), expected);
    }

    #[test]
    fn byte_order_mark_and_line_ends_are_evened_out() {
        let source = SourceText::decode("a.md", b"\xEF\xBB\xBFone\r\ntwo\rthree\n").expect("decodes");
        assert_eq!(source.text(), "one\ntwo\nthree\n");
        let place = source.at(source.text().find("three").expect("there"));
        assert_eq!((place.to_string().as_str(), place.excerpt.as_deref()), ("a.md:3:1", Some("three")));
    }

    #[test]
    fn an_offset_at_the_end_has_a_place() {
        let source = SourceText::new("a.md", "one\n");
        assert_eq!(source.at(4).to_string(), "a.md:2:1");
        assert_eq!(source.at(400).to_string(), "a.md:2:1");
        assert_eq!(SourceText::new("a.md", "").at(0).to_string(), "a.md:1:1");
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        check_refused(
            b"one\r\nMal\xE9 \xE9\n",
            "a.md:2:4: the octet 0xE9 is not UTF-8 [content/wrong-encoding]",
        );
        check_refused(b"\xFF\xFEo\0", "a.md: the file is UTF-16, not UTF-8 [content/wrong-encoding]");
        check_refused(
            b"one\n t\0o",
            "a.md:2:3: the control character U+0000 stands in the text [content/control-character]",
        );
        check_refused(
            &vec![b'a'; TEXT_BYTES_MAX + 1],
            "a.md: the file has 1025 KiB; a text file may have 1024 KiB [content/too-large]",
        );
    }
}
