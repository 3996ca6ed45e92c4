//! Marks on the tags of a template's source, before Tera sees it.

use crate::render::source_map::brace_len;

/// MJML elements that nothing in the HTML can be led back to, or that other stages find by their bare tags.
const UNMARKED: [&str; 16] = [
    "mj-all",
    "mj-attributes",
    "mj-breakpoint",
    "mj-carousel-image",
    "mj-accordion-title",
    "mj-accordion-text",
    "mj-class",
    "mj-font",
    "mj-html-attribute",
    "mj-html-attributes",
    "mj-include",
    "mj-preview",
    "mj-raw",
    "mj-selector",
    "mj-social-element",
    "mj-title",
];

/// Returns the source with what `mark` gives for a tag's offset behind each tag's name.
///
/// What stands in Tera's braces is left alone, and so is what Tera might make into another name.
pub(crate) fn with_marks(source: &str, mut mark: impl FnMut(usize) -> String) -> String {
    let mut out = String::with_capacity(source.len() * 3 / 2);
    let (mut at, mut done) = (0, 0);
    while let Some(found) = source[at..].find(['<', '{']) {
        at += found;
        let rest = &source[at..];
        if rest.starts_with('{') {
            at += brace_len(rest);
            continue;
        }
        let Some(length) = name_len(&rest[1..]) else {
            at += 1;
            continue;
        };
        let name = &rest[1..=length];
        if !UNMARKED.contains(&name) {
            out.push_str(&source[done..=at + length]);
            out.push_str(&mark(at));
            done = at + 1 + length;
        }
        at += 1 + length;
        at += attributes_len(&source[at..]);
    }
    out.push_str(&source[done..]);
    out
}

/// Returns the length of the tag name that `text` begins with, when it is surely a whole one.
fn name_len(text: &str) -> Option<usize> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))?;
    let after = &text[length..];
    let ends = after.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    // `<h{{ level }}>` is another tag for each level; `<td{% if … %} …` is a `td`.
    (ends || (after.starts_with("{%") && length > 1)).then_some(length)
}

/// Returns the length of what follows a tag's name, its end included; quotes and braces may hide a `>`.
fn attributes_len(text: &str) -> usize {
    let (mut at, mut quote) = (0, None);
    while let Some(found) = text[at..].find(['"', '\'', '{', '>']) {
        at += found;
        let c = text.as_bytes()[at];
        if c == b'{' {
            at += brace_len(&text[at..]);
            continue;
        }
        at += 1;
        match quote {
            Some(open) if open == c => quote = None,
            None if c == b'>' => return at,
            None => quote = Some(c),
            Some(_) => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::with_marks;

    #[track_caller]
    fn check(source: &str, marked: &str) {
        assert_eq!(with_marks(source, |_| "*".to_owned()), marked);
    }

    #[test]
    fn tags_are_marked_behind_their_names() {
        check(
            "<p>a < b <br/><mj-text css-class=\"x\"></mj-text>",
            "<p*>a < b <br*/><mj-text* css-class=\"x\"></mj-text>",
        );
        check(
            "<!--[if mso]><td><![endif]--><mj-attributes><p title=\"<b c\">",
            "<!--[if mso]><td*><![endif]--><mj-attributes><p* title=\"<b c\">",
        );
    }

    #[test]
    fn braces_are_left_alone() {
        check(
            "{% if a <b %}<td{% if c %} d=\"<e>\"{% endif %}>{{ \"<i>\" }}{# <b> #}",
            "{% if a <b %}<td*{% if c %} d=\"<e>\"{% endif %}>{{ \"<i>\" }}{# <b> #}",
        );
        check(
            "<h{{ level }}><{{ tag }}>{% raw %}<p>{% endraw %}<p a={{ \"<q>\" }}>",
            "<h{{ level }}><{{ tag }}>{% raw %}<p>{% endraw %}<p* a={{ \"<q>\" }}>",
        );
        check(
            "<h2 class=\"a{% if b %} c\" d=\"{{ e }}\" f=\"g{% endif %}\">",
            "<h2* class=\"a{% if b %} c\" d=\"{{ e }}\" f=\"g{% endif %}\">",
        );
    }
}
