//! Cuts a text at a word when it is too long for a teaser.

use crate::{
    domain::merge::{MergeField, MergeTable},
    render::flow::{Piece, is_void, push_words, split_at_tokens},
};
use unicode_segmentation::UnicodeSegmentation as _;

/// What stands where words were left out.
const ELLIPSIS: char = '…';

/// Characters a merge field without default is taken to have.
const FIELD_CHARS: usize = 10;

/// Characters that may be given up to end at a word; beyond it a "word" is cut (scripts without spaces).
const WORD_CHARS_MAX: usize = 30;

/// Returns the text cut to `length_max` visible characters, and whether anything was left out.
///
/// Tags stay balanced, a merge field counts as long as its default and is never cut.
pub(crate) fn cut(pieces: Vec<Piece>, length_max: usize, table: &MergeTable) -> (Vec<Piece>, bool) {
    let total: usize = pieces.iter().map(|piece| visible_len(piece, table)).sum();
    if total <= length_max {
        return (pieces, false);
    }
    let mut left = length_max.saturating_sub(1);
    let mut out: Vec<Piece> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    for piece in pieces {
        match &piece {
            Piece::Words(words) => {
                let length = visible_len(&piece, table);
                if length > left {
                    let mut kept = fitting(words, left, table);
                    if kept.trim().is_empty() && !has_words(&out) {
                        kept = beginning(words, left, table);
                    }
                    push_words(&mut out, kept);
                    break;
                }
                left -= length;
            }
            Piece::Open { tag, .. } if !is_void(tag) => open.push(tag.clone()),
            Piece::Close(_) => {
                open.pop();
            }
            Piece::Open { .. } => {}
        }
        out.push(piece);
    }
    finish(&mut out, &mut open);
    out.extend(open.into_iter().rev().map(Piece::Close));
    (out, true)
}

/// Drops what would be left empty at the end and writes the ellipsis after the last words.
fn finish(out: &mut Vec<Piece>, open: &mut Vec<String>) {
    loop {
        match out.last() {
            Some(Piece::Words(words)) if words.trim().is_empty() => {
                out.pop();
            }
            Some(Piece::Open { tag, .. }) => {
                if !is_void(tag) {
                    open.pop();
                }
                out.pop();
            }
            _ => break,
        }
    }
    let last = out.iter_mut().rev().find_map(|piece| match piece {
        Piece::Words(words) => Some(words),
        _ => None,
    });
    if let Some(words) = last {
        let kept = words.trim_end_matches(|c: char| {
            c.is_whitespace()
                || matches!(
                    c,
                    ',' | ';'
                        | ':'
                        | '.'
                        | '-'
                        | '–'
                        | '—'
                        | '('
                        | '«'
                        | '“'
                        | '，'
                        | '。'
                        | '、'
                        | '،'
                        | '؛'
                )
        });
        words.truncate(kept.len());
        words.push(ELLIPSIS);
    } else {
        out.push(Piece::Words(ELLIPSIS.to_string()));
    }
}

/// Returns whether anything can be read yet.
fn has_words(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Words(words) if !words.trim().is_empty()))
}

/// Returns as many characters as fit, when not even the first word does.
fn beginning<'a>(words: &'a str, left: usize, table: &MergeTable) -> &'a str {
    let first = split_at_tokens(words, table).into_iter().next();
    let part = first.filter(|(_, field)| field.is_none()).map_or("", |(part, _)| part);
    let length: usize = part.graphemes(true).take(left).map(str::len).sum();
    &words[..length]
}

/// Returns how many characters a reader sees; runs of white space count once.
fn visible_len(piece: &Piece, table: &MergeTable) -> usize {
    let Piece::Words(words) = piece else { return 0 };
    split_at_tokens(words, table)
        .into_iter()
        .map(|(part, field)| field.map_or_else(|| words_len(part), |index| field_len(table, index)))
        .sum()
}

/// Returns the length that a merge field is taken to have.
fn field_len(table: &MergeTable, index: usize) -> usize {
    match table.fields().get(index) {
        Some(MergeField::Subscriber { default: Some(default), .. }) => default.graphemes(true).count(),
        _ => FIELD_CHARS,
    }
}

/// Counts grapheme clusters, a run of white space as one.
fn words_len(words: &str) -> usize {
    let mut spaces = false;
    words
        .graphemes(true)
        .filter(|cluster| {
            let space = cluster.chars().all(char::is_whitespace);
            let counts = !(space && spaces);
            spaces = space;
            counts
        })
        .count()
}

/// Returns the longest beginning of `words` that fits and ends at a word.
fn fitting<'a>(words: &'a str, left: usize, table: &MergeTable) -> &'a str {
    let mut used = 0;
    let mut end = 0;
    for (part, field) in split_at_tokens(words, table) {
        let length = field.map_or_else(|| words_len(part), |index| field_len(table, index));
        if used + length <= left {
            used += length;
            end += part.len();
            continue;
        }
        if field.is_none() {
            end += word_end(part, left - used);
        }
        break;
    }
    &words[..end]
}

/// Returns the byte offset of the last word boundary within `left` characters of `part`.
fn word_end(part: &str, left: usize) -> usize {
    let mut used = 0;
    for (at, word) in part.split_word_bound_indices() {
        let length = words_len(word);
        if used + length <= left {
            used += length;
            continue;
        }
        if length > WORD_CHARS_MAX {
            let clusters: usize = word.graphemes(true).take(left - used).map(str::len).sum();
            return at + clusters;
        }
        return at;
    }
    part.len()
}

#[cfg(test)]
mod tests {
    use super::cut;
    use crate::{
        domain::merge::{MergeField, MergeTable},
        render::flow::{parse, to_html},
    };

    #[track_caller]
    fn check_cut(html: &str, length_max: usize, expected: &str) {
        let (pieces, _) = cut(parse(html), length_max, &MergeTable::new("7f3a91c0"));
        assert_eq!(to_html(&pieces), expected);
    }

    #[test]
    fn the_cut_is_at_a_word_and_leaves_no_tag_open() {
        check_cut("<p>one two three</p>", 13, "<p>one two three</p>");
        check_cut("<p>one two three</p>", 12, "<p>one two…</p>");
        check_cut("<p>one <a href=\"u\">two three</a> four</p>", 9, "<p>one <a href=\"u\">two…</a></p>");
        check_cut("<p>one,</p><ul><li>two</li></ul>", 5, "<p>one…</p>");
        check_cut("<p>one <em>two</em> three</p>", 5, "<p>one…</p>");
        check_cut("<p>verylongword</p>", 4, "<p>ver…</p>");
    }

    #[test]
    fn scripts_without_spaces_are_cut_at_a_character() {
        check_cut("<p>马累举行了为期三天的研讨会，来自六个国家。</p>", 8, "<p>马累举行了为期…</p>");
        let thai = "ก".repeat(60);
        check_cut(&thai, 11, &format!("{}…", "ก".repeat(10)));
    }

    #[test]
    fn a_merge_field_counts_as_its_default_and_is_never_cut() {
        let mut table = MergeTable::new("7f3a91c0");
        let field = MergeField::Subscriber { name: "name".into(), default: Some("dear reader".into()) };
        let token = table.token(field);
        let html = format!("<p>Hello {token} and all</p>");
        let check = |length_max| to_html(&cut(parse(&html), length_max, &table).0);
        assert_eq!(check(25), html);
        assert_eq!(check(22), format!("<p>Hello {token} and…</p>"));
        assert_eq!(check(18), format!("<p>Hello {token}…</p>"));
        assert_eq!(check(12), "<p>Hello…</p>");
    }
}
