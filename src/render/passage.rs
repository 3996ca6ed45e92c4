//! A text in the three forms that templates use: HTML, HTML without paragraphs, plain.

use crate::{
    domain::{
        language::{Direction, Language},
        merge::{MergeField, MergeTable},
    },
    render::{
        flow::{Piece, is_block, push_words, split_at_tokens, to_html},
        text::{Links, to_text},
        theme::Theme,
        trace::TextMark,
    },
};

/// A text with all that its forms depend on.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    /// The language of the words.
    pub(crate) language: &'a Language,
    /// Whether the digest is in another language.
    pub(crate) foreign: bool,
    /// The way the digest runs.
    pub(crate) around: Direction,
    /// The words.
    pub(crate) pieces: Vec<Piece>,
    /// Styles of the tags.
    pub(crate) theme: &'a Theme,
    /// Fields whose tokens stand in the words.
    pub(crate) table: &'a MergeTable,
    /// Marks that lead back to where it was written, when somebody wants to know.
    pub(crate) mark: TextMark,
}

impl Passage<'_> {
    /// Returns the text as HTML with its blocks.
    pub(crate) fn html(&self) -> String {
        let has_blocks =
            self.pieces.iter().any(|piece| matches!(piece, Piece::Open { tag, .. } if is_block(tag)));
        if has_blocks { self.written("div", &self.pieces) } else { self.written("span", &self.pieces) }
    }

    /// Returns the text as HTML whose paragraphs are parted by line breaks.
    pub(crate) fn inline(&self) -> String {
        let mut pieces: Vec<Piece> = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            match piece {
                Piece::Open { tag, .. } if tag == "p" => {
                    if matches!(pieces.last(), Some(Piece::Words(_) | Piece::Close(_))) {
                        pieces.push(Piece::open("br", &[]));
                        pieces.push(Piece::open("br", &[]));
                    }
                }
                Piece::Close(tag) if tag == "p" => {}
                other => pieces.push(other.clone()),
            }
        }
        self.written("span", &pieces)
    }

    /// Returns the text without markup.
    pub(crate) fn text(&self) -> String {
        let links = if self.is_rtl() { Links::After } else { Links::Inline };
        let mut text = to_text(&self.pieces, links);
        if !text.is_empty() {
            text.push_str(&self.mark.plain);
        }
        text
    }

    /// Returns pieces as HTML; `tag` stands around them when they are in another language.
    fn written(&self, tag: &str, pieces: &[Piece]) -> String {
        let mut pieces = self.isolated(pieces);
        self.theme.dress(&mut pieces);
        self.mark.on_tags(&mut pieces);
        let mut html = to_html(&pieces);
        // Words that stand in no element of their own tell the one around them where they come from.
        if html.is_empty() || tag != "span" {
            return self.in_its_language(tag, &html);
        }
        html.push_str(&self.mark.words);
        let mut html = self.in_its_language(tag, &html);
        if self.foreign {
            html.push_str(&self.mark.words);
        }
        html
    }

    fn is_rtl(&self) -> bool {
        self.language.direction() == Direction::Rtl
    }

    /// Returns the HTML marked with its language when that isn't the digest's.
    ///
    /// The style says the direction again: some programs strip the attribute. `dir="ltr"` also
    /// tells the mirror to keep its hands off.
    fn in_its_language(&self, tag: &str, html: &str) -> String {
        if !self.foreign || html.is_empty() {
            return html.to_owned();
        }
        let dir = self.language.direction().as_str();
        let align = match (tag, self.is_rtl()) {
            ("span", _) => "",
            // The mirror turns `start` to the right.
            (_, true) if self.around == Direction::Rtl => ";text-align:start",
            (_, true) => ";text-align:right",
            (_, false) => ";text-align:left",
        };
        format!(
            "<{tag}{} lang=\"{}\" dir=\"{dir}\" style=\"direction:{dir}{align}\">{html}</{tag}>",
            self.mark.on_wrapper(),
            self.language
        )
    }

    /// Wraps addresses in right-to-left words, which would read in the wrong order otherwise.
    fn isolated(&self, pieces: &[Piece]) -> Vec<Piece> {
        if !self.is_rtl() {
            return pieces.to_vec();
        }
        let mut out = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let Piece::Words(words) = piece else {
                out.push(piece.clone());
                continue;
            };
            for word in words.split_inclusive(char::is_whitespace) {
                let bare = word.trim_end().trim_end_matches(['.', ',', ';', ':', ')', '،', '؛', '؟', '!']);
                let bare = bare.trim_start_matches(['(', '«', '"']);
                if bare.is_empty() || !self.is_address(bare) {
                    push_words(&mut out, word);
                    continue;
                }
                let at = word.find(bare).unwrap_or(0);
                push_words(&mut out, &word[..at]);
                out.push(Piece::open("span", &[("dir", "ltr")]));
                out.push(Piece::Words(bare.to_owned()));
                out.push(Piece::close("span"));
                push_words(&mut out, &word[at + bare.len()..]);
            }
        }
        out
    }

    /// Returns whether a word is a web or e-mail address, or a merge field that will be one.
    fn is_address(&self, word: &str) -> bool {
        let is_mail = word.is_ascii()
            && word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
        let is_field = || {
            split_at_tokens(word, self.table).iter().any(|(_, field)| {
                let field = field.and_then(|index| self.table.fields().get(index));
                matches!(field, Some(MergeField::Subscriber { name, .. }) if name == "email")
            })
        };
        is_mail
            || word.starts_with("http://")
            || word.starts_with("https://")
            || word.starts_with("www.")
            || is_field()
    }
}

#[cfg(test)]
mod tests {
    use super::Passage;
    use crate::{
        domain::{
            language::{Direction, Language},
            merge::MergeTable,
        },
        render::{
            flow::Piece,
            markdown::{Headings, to_flow},
            theme::Theme,
            trace::TextMark,
        },
    };

    #[track_caller]
    fn check(tag: &str, foreign: bool, markdown: &str, html: &str, inline: &str) {
        let table = MergeTable::new("7f3a91c0");
        let language = Language::parse(tag).unwrap();
        let (pieces, _) = to_flow(markdown, &table, None, Headings::Bold);
        let theme = Theme::default();
        let passage = Passage {
            language: &language,
            foreign,
            around: Direction::Ltr,
            pieces,
            theme: &theme,
            table: &table,
            mark: TextMark::default(),
        };
        assert_eq!(passage.html(), html);
        assert_eq!(passage.inline(), inline);
    }

    #[test]
    fn paragraphs_become_line_breaks_inline() {
        check(
            "en",
            false,
            "a\n\nb *c*\n\nd",
            r#"<p class="md-p">a</p><p class="md-p">b <em>c</em></p><p class="md-p">d</p>"#,
            "a<br /><br />b <em>c</em><br /><br />d",
        );
    }

    #[test]
    fn a_foreign_text_says_its_language() {
        check(
            "en",
            true,
            "a",
            r#"<div lang="en" dir="ltr" style="direction:ltr;text-align:left"><p class="md-p">a</p></div>"#,
            r#"<span lang="en" dir="ltr" style="direction:ltr">a</span>"#,
        );
    }

    #[test]
    fn addresses_are_isolated_in_right_to_left_words() {
        check(
            "ar",
            false,
            "راسلنا (contact@example.org). أو www.example.org",
            r#"<p class="md-p">راسلنا (<span dir="ltr">contact@example.org</span>). أو <span dir="ltr">www.example.org</span></p>"#,
            r#"راسلنا (<span dir="ltr">contact@example.org</span>). أو <span dir="ltr">www.example.org</span>"#,
        );
    }

    #[test]
    fn a_line_without_blocks_is_marked_by_a_span() {
        let table = MergeTable::new("7f3a91c0");
        let language = Language::parse("ar").unwrap();
        let theme = Theme::default();
        let pieces = vec![Piece::Words("ماليه".into())];
        let passage = Passage {
            language: &language,
            foreign: true,
            around: Direction::Ltr,
            pieces,
            theme: &theme,
            table: &table,
            mark: TextMark::default(),
        };
        assert_eq!(passage.html(), r#"<span lang="ar" dir="rtl" style="direction:rtl">ماليه</span>"#);
    }
}
