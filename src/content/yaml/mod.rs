//! YAML with places: the one folder that names `serde-saphyr`.
//!
//! The parser's events become a small tree in which every key and value knows its octets, so
//! that a reader can report all problems of a file with line and column. Scalars keep their
//! words: nothing is turned into a number, a date or a truth value here.
//!
//! What YAML can do and these files never need is refused: anchors and aliases (so nothing can
//! multiply), tags, several documents, mappings as keys, and more depth than a person nests.

mod refusal;
mod wrapped;

use crate::content::source::SourceText;
use crate::domain::problem::Problem;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, options};
use std::ops::Range;

/// Levels of nesting that a file may have; newsletters need four.
const DEPTH_MAX: usize = 32;

/// Values that a file may hold.
const NODES_MAX: usize = 20_000;

/// A value and the octets it came from.
#[derive(Debug)]
pub(crate) struct Node {
    /// The octets in the source.
    pub(crate) span: Range<usize>,
    /// What it is.
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Value {
    /// Nothing, or `~`.
    Empty,
    /// Words, as written.
    Scalar {
        /// The words after quotes, folding and escapes.
        text: String,
        /// Whether they were written without quotes.
        is_plain: bool,
        /// From which octet of the words on they stand at which line, when lines aren't kept as written.
        lines: Vec<(usize, u32)>,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) offset: usize,
    /// The value.
    pub(crate) node: Node,
}

/// A collection that is still open.
enum Frame {
    List { start: usize, items: Vec<Node> },
    Map { start: usize, entries: Vec<Entry>, key: Option<(String, usize)> },
}

/// Reads the YAML in `range` of `source`.
///
/// The tree is `None` when there is nothing, or when the YAML is broken: broken YAML is
/// reported once, since whatever follows would be guesswork.
pub(crate) fn parse(source: &SourceText, range: Range<usize>) -> (Option<Node>, Vec<Problem>) {
    let text = &source.text()[range.clone()];
    let mut builder = Builder::new(source, range.start);
    let options = options! { emit_comments: false, simple_key_max_lookahead: 1024 };
    for next in Parser::new_from_str_with_options(text, options) {
        let go_on = match next {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => {
                let offset = error.marker().byte_offset().unwrap_or_default() + range.start;
                builder.problems.push(refusal::of_scan(source, offset, error.kind()));
                builder.is_broken = true;
                false
            }
        };
        if !go_on {
            break;
        }
    }
    let root = if builder.is_broken { None } else { builder.root };
    (root, builder.problems)
}

struct Builder<'a> {
    source: &'a SourceText,
    base: usize,
    stack: Vec<Frame>,
    root: Option<Node>,
    problems: Vec<Problem>,
    nodes: usize,
    documents: usize,
    is_broken: bool,
}

impl<'a> Builder<'a> {
    fn new(source: &'a SourceText, base: usize) -> Self {
        Self {
            source,
            base,
            stack: Vec::new(),
            root: None,
            problems: Vec::new(),
            nodes: 0,
            documents: 0,
            is_broken: false,
        }
    }

    /// Takes one event; `false` stops the reading.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let span = span.byte_range().map_or(self.base..self.base, |r| r.start + self.base..r.end + self.base);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                self.documents == 1 || self.stop(refusal::second_document(self.source, span.start))
            }
            Event::Alias(_) => {
                self.problems.push(refusal::mark(self.source, span.start));
                self.complete(Node { span, value: Value::Empty })
            }
            Event::Scalar(text, style, anchor, tag) => {
                if anchor != 0 || tag.is_some() {
                    self.problems.push(refusal::mark(self.source, span.start));
                }
                let node = self.scalar(&text, style, span);
                self.complete(node)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(Frame::List { start: span.start, items: Vec::new() }, anchor != 0 || tag.is_some())
            }
            Event::MappingStart(_, anchor, tag) => {
                let frame = Frame::Map { start: span.start, entries: Vec::new(), key: None };
                self.open(frame, anchor != 0 || tag.is_some())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            _ => true,
        }
    }

    fn stop(&mut self, problem: Problem) -> bool {
        self.problems.push(problem);
        self.is_broken = true;
        false
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Range<usize>) -> Node {
        let written = self.source.text().get(span.clone()).unwrap_or_default();
        let is_plain = style == ScalarStyle::Plain;
        if is_plain && (written.is_empty() || text == "~" || text.is_empty()) {
            return Node { span, value: Value::Empty };
        }
        if is_plain {
            self.problems.extend(refusal::cut_by_comment(self.source, span.end));
        }
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        // The place of a block is its first line of words, not the line of the `|`.
        let start = if is_block { first_words(self.source.text(), span.start, span.end) } else { span.start };
        let span = start..span.end.max(start);
        let written = self.source.text().get(span.clone()).unwrap_or_default();
        let lines = if style == ScalarStyle::Literal || !written.contains('\n') {
            Vec::new()
        } else {
            wrapped::lines(text, written, self.source.at(start).line)
        };
        Node { span, value: Value::Scalar { text: text.to_owned(), is_plain, lines } }
    }

    fn open(&mut self, frame: Frame, is_marked: bool) -> bool {
        let (Frame::List { start, .. } | Frame::Map { start, .. }) = frame;
        if is_marked {
            self.problems.push(refusal::mark(self.source, start));
        }
        if matches!(self.stack.last(), Some(Frame::Map { key: None, .. })) {
            return self.stop(refusal::key_is_no_word(self.source, start));
        }
        if self.stack.len() == DEPTH_MAX {
            return self.stop(refusal::too_deep(self.source, start));
        }
        self.stack.push(frame);
        true
    }

    fn close(&mut self, end: usize) -> bool {
        let node = match self.stack.pop() {
            Some(Frame::List { start, items }) => Node { span: start..end, value: Value::List(items) },
            Some(Frame::Map { start, entries, .. }) => Node { span: start..end, value: Value::Map(entries) },
            None => return true,
        };
        self.complete(node)
    }

    /// Puts a finished value where it belongs.
    fn complete(&mut self, node: Node) -> bool {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return self.stop(refusal::too_many(self.source, node.span.start, NODES_MAX));
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List { items, .. }) => items.push(node),
            Some(Frame::Map { entries, key, .. }) => match key.take() {
                Some((name, offset)) => entries.push(Entry { key: name, offset, node }),
                None => match node.value {
                    Value::Scalar { text, .. } => *key = Some((text, node.span.start)),
                    _ => return self.stop(refusal::key_is_no_word(self.source, node.span.start)),
                },
            },
        }
        true
    }
}

/// Returns where the words of a block scalar begin whose span starts at its `|` or `>`.
fn first_words(text: &str, start: usize, end: usize) -> usize {
    let end = end.min(text.len()).max(start);
    let has_header = text[start..].starts_with(['|', '>']);
    let header = if has_header { text[start..end].find('\n') } else { None };
    let header_end = header.map_or(start, |at| start + at + 1);
    let body = &text[header_end..end];
    body.find(|c: char| !c.is_whitespace()).map_or(start, |at| header_end + at)
}

#[cfg(test)]
mod tests;
