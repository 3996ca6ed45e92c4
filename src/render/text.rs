//! Plain text from the same source as the HTML: never stripped HTML.

use crate::render::flow::{Piece, is_block};

/// How links are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// `words (https://…)`.
    Inline,
    /// On lines of their own after the paragraph, because an address inside right-to-left words reads badly.
    After,
}

/// A block that is open, and what its lines begin with.
#[derive(Debug)]
enum Block {
    Quote,
    List { next: Option<u64> },
    Item,
    Verbatim,
}

/// Writes plain text from pieces.
#[derive(Debug)]
struct Writer {
    links: Links,
    out: String,
    paragraph: String,
    blocks: Vec<Block>,
    /// What the first line of the coming paragraph begins with, instead of spaces: `- ` or `1. `.
    bullet: Option<String>,
    /// Whether an empty line parts the coming paragraph from the last.
    tight: bool,
    targets: Vec<String>,
    link: Option<(String, usize)>,
}

/// Returns the plain text of a flow: paragraphs unwrapped, parted by an empty line.
pub(crate) fn to_text(pieces: &[Piece], links: Links) -> String {
    let mut writer = Writer {
        links,
        out: String::new(),
        paragraph: String::new(),
        blocks: Vec::new(),
        bullet: None,
        tight: true,
        targets: Vec::new(),
        link: None,
    };
    for piece in pieces {
        match piece {
            Piece::Words(words) => writer.words(words),
            Piece::Open { tag, attributes } => writer.open(tag, attributes),
            Piece::Close(tag) => writer.close(tag),
        }
    }
    writer.end_paragraph();
    writer.out
}

impl Writer {
    fn words(&mut self, words: &str) {
        if matches!(self.blocks.last(), Some(Block::Verbatim)) {
            self.paragraph.push_str(words);
            return;
        }
        for (index, word) in words.split([' ', '\n', '\t', '\r']).enumerate() {
            if index > 0 && !self.paragraph.is_empty() && !self.paragraph.ends_with([' ', '\n']) {
                self.paragraph.push(' ');
            }
            self.paragraph.push_str(word);
        }
    }

    fn open(&mut self, tag: &str, attributes: &[(String, String)]) {
        let value = |wanted: &str| {
            attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        if is_block(tag) {
            self.end_paragraph();
        }
        match tag {
            "br" => {
                self.paragraph.truncate(self.paragraph.trim_end_matches(' ').len());
                self.paragraph.push('\n');
            }
            "hr" => {
                self.paragraph.push_str("* * *");
                self.end_paragraph();
            }
            "img" => self.words(&format!("[{}]", value("alt").unwrap_or_default())),
            "a" => self.link = value("href").map(|href| (href.to_owned(), self.paragraph.len())),
            "blockquote" => self.blocks.push(Block::Quote),
            "pre" => self.blocks.push(Block::Verbatim),
            "ul" => self.blocks.push(Block::List { next: None }),
            "ol" => {
                let first = value("start").and_then(|start| start.parse().ok()).unwrap_or(1);
                self.blocks.push(Block::List { next: Some(first) });
            }
            "li" => {
                let bullet = match self.blocks.last_mut() {
                    Some(Block::List { next: Some(number) }) => {
                        *number = number.saturating_add(1);
                        format!("{}. ", number.saturating_sub(1))
                    }
                    _ => "- ".to_owned(),
                };
                self.bullet = Some(bullet);
                self.blocks.push(Block::Item);
            }
            _ => {}
        }
    }

    fn close(&mut self, tag: &str) {
        if is_block(tag) {
            self.end_paragraph();
        }
        match tag {
            "a" => self.end_link(),
            "blockquote" | "pre" | "ul" | "ol" | "li" => {
                self.blocks.pop();
                self.tight = tag == "li" || (self.in_item() && tag != "blockquote");
            }
            _ => {}
        }
    }

    /// Writes where the link leads, unless its words say so already.
    fn end_link(&mut self) {
        let Some((target, from)) = self.link.take() else { return };
        let words = self.paragraph.get(from..).unwrap_or_default().trim();
        let bare = target.strip_prefix("mailto:").unwrap_or(&target);
        if words == target || words == bare || target.starts_with('#') {
            return;
        }
        match self.links {
            _ if words.is_empty() => self.words(bare),
            Links::Inline => {
                let target = format!(" ({bare})");
                self.words(&target);
            }
            Links::After => self.targets.push(bare.to_owned()),
        }
    }

    fn in_item(&self) -> bool {
        self.blocks.iter().any(|block| matches!(block, Block::Item))
    }

    /// Writes the paragraph with the beginnings that its blocks ask for.
    fn end_paragraph(&mut self) {
        let mut paragraph = std::mem::take(&mut self.paragraph);
        for target in self.targets.drain(..) {
            paragraph.push('\n');
            paragraph.push_str(&target);
        }
        let lines = paragraph.trim_matches('\n').trim_end();
        if lines.is_empty() {
            return;
        }
        if !self.out.is_empty() {
            self.out.push_str(if self.tight { "\n" } else { "\n\n" });
        }
        for (index, line) in lines.lines().enumerate() {
            let start = self.line_start(index == 0);
            if index > 0 {
                self.out.push('\n');
            }
            self.out.push_str(&start);
            self.out.push_str(line.trim_end());
        }
        self.bullet = None;
        self.tight = self.in_item();
    }

    /// Returns what a line begins with inside the open blocks.
    fn line_start(&self, first: bool) -> String {
        let items = self.blocks.iter().filter(|block| matches!(block, Block::Item)).count();
        let mut seen = 0;
        let mut start = String::new();
        for block in &self.blocks {
            match block {
                Block::Quote => start.push_str("> "),
                Block::Item => {
                    seen += 1;
                    match &self.bullet {
                        Some(bullet) if first && seen == items => start.push_str(bullet),
                        _ => start.push_str("  "),
                    }
                }
                Block::List { .. } | Block::Verbatim => {}
            }
        }
        start
    }
}

/// Tidies what a text template wrote: no spaces at line ends, one empty line at most, one line end at the end.
///
/// The signature line `-- ` keeps its space (RFC 3676, 4.3).
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 1;
    for line in text.lines() {
        let line = if line == "-- " { line } else { line.trim_end() };
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 {
            out.push_str(line);
            out.push('\n');
        }
    }
    let kept = out.trim_end_matches('\n').len();
    out.truncate(kept);
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::{Links, tidy, to_text};
    use crate::{
        domain::merge::MergeTable,
        render::markdown::{Headings, to_flow},
    };

    fn text(markdown: &str, links: Links) -> String {
        let (pieces, _) = to_flow(markdown, &MergeTable::new("7f3a91c0"), None, Headings::Demoted);
        to_text(&pieces, links)
    }

    #[test]
    fn markdown_reads_well_without_markup() {
        let markdown = "# Title\n\nSome *words*, a [link](https://example.org/a) and <https://example.org/b>.\nSame  line.\n\n- one\n- two\n  1. inner\n  2. second\n- three\n\n> quoted\n> on\n\nbroken  \nline\n\n```\ncode  x\n  y\n```\n";
        insta::assert_snapshot!(text(markdown, Links::Inline), @r"
        Title

        Some words, a link (https://example.org/a) and https://example.org/b. Same line.

        - one
        - two
          1. inner
          2. second
        - three

        > quoted on

        broken
        line

        code  x
          y
        ");
    }

    #[test]
    fn addresses_stand_on_their_own_line_in_right_to_left_text() {
        let markdown = "اقرأ [المزيد](https://example.org/a) هنا.\n\nثم";
        assert_eq!(text(markdown, Links::After), "اقرأ المزيد هنا.\nhttps://example.org/a\n\nثم");
    }

    #[test]
    fn loose_space_goes_and_the_signature_line_stays() {
        assert_eq!(tidy("\n\na  \n\n\n\nb\n-- \nc\n\n"), "a\n\nb\n-- \nc\n");
    }
}
