//! T: what merge fields left behind.

use crate::{
    check::{CheckInput, Proof, Reach, Report, SCAFFOLD_TEASER},
    domain::{digest::Digest, merge::MergeField},
    render::form::{Part, parts},
};

/// Pairs of marks that templating tools put round a name.
const TAGS: [(&str, &str); 9] = [
    ("{{", "}}"),
    ("{%", "%}"),
    ("*|", "|*"),
    ("%%", "%%"),
    ("[[", "]]"),
    ("${", "}"),
    ("<%", "%>"),
    ("<<", ">>"),
    ("%7B%7B", "%7D%7D"),
];

/// Characters of a tag that a message shows, and within which its end is looked for.
const TAG_MAX: usize = 60;

/// What programs write when they have no value.
const MACHINE_WORDS: [&str; 9] =
    ["null", "NULL", "(null)", "None", "undefined", "NaN", "nil", "#N/A", "[object Object]"];

/// T001.
pub(super) fn tags(input: &CheckInput<'_>, proof: &Proof<'_>, report: &mut Report) {
    let token = input.digest.merge.prefix();
    let texts = proof.page.texts.iter().map(|text| ("HTML part", text));
    for (what, text) in [("subject", &proof.subject), ("text part", &proof.text)].into_iter().chain(texts) {
        if let Some(tag) = find_tag(text) {
            report.note("T001", format!("the {what} says `{tag}`"));
        }
        if input.reach == Reach::Public && text.contains(SCAFFOLD_TEASER) {
            let message = format!("the {what} says `{SCAFFOLD_TEASER}`, as a new item does");
            report.note("T001", message);
        }
        if text.contains(&token) {
            report.note("T001", format!("a merge field was left unfilled in the {what}"));
        }
    }
    // Tokens that stand where no text is read, such as a comment, count as well.
    if proof.html.contains(&token) {
        report.note("T001", "a merge field was left unfilled in the HTML part");
    }
}

/// Returns the first thing that looks like the tag of a templating tool.
fn find_tag(text: &str) -> Option<&str> {
    TAGS.iter().find_map(|(open, close)| {
        text.match_indices(open).find_map(|(at, _)| {
            let inner = &text[at + open.len()..];
            let limit = inner.char_indices().nth(TAG_MAX).map_or(inner.len(), |(at, _)| at);
            let len = inner[..limit].find(close)?;
            let end = at + open.len() + len + close.len();
            is_name(open, &inner[..len]).then(|| &text[at..end])
        })
    })
}

/// Returns whether what stands in a tag is a name and no sentence: strictly so for marks that prose uses too.
fn is_name(open: &str, inner: &str) -> bool {
    let is_allowed = |c: char| match open {
        "%%" => c.is_alphanumeric() || c == '_',
        "[[" | "<<" | "${" => c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ' '),
        _ => c != '\n',
    };
    inner.chars().all(is_allowed) && inner.chars().any(char::is_alphanumeric)
}

/// T003.
pub(super) fn hollow(input: &CheckInput<'_>, proof: &Proof<'_>, report: &mut Report) {
    let Digest { subject, html, text, merge, .. } = input.digest;
    for template in [subject, html, text] {
        let cut = parts(merge, template);
        for (index, part) in cut.iter().enumerate() {
            let Part::Field(field, _) = part else { continue };
            let MergeField::Subscriber { name, default } = &merge.fields()[*field] else { continue };
            let own = proof.reader.field(name);
            let value = own.as_deref().or(default.as_deref()).unwrap_or_default().trim();
            if MACHINE_WORDS.contains(&value) {
                let message = format!("the field `{name}` is `{value}` for {}", proof.reader.address);
                report.note("T003", message);
            }
            let before = index.checked_sub(1).and_then(|index| cut.get(index));
            if value.is_empty() && leaves_hole(before, cut.get(index + 1)) {
                let message = format!(
                    "without a value for `{name}` the text reads `{}`",
                    hole(before, cut.get(index + 1))
                );
                report.note("T003", message);
            }
        }
    }
}

/// Returns whether nothing between two texts would be seen: a space before a comma, or two spaces.
fn leaves_hole(before: Option<&Part<'_>>, after: Option<&Part<'_>>) -> bool {
    let (Some(Part::Text(before, _)), Some(Part::Text(after, _))) = (before, after) else { return false };
    before.ends_with(char::is_whitespace)
        && after.starts_with([',', ';', '.', ' ', '\u{60c}', '\u{61b}', '，', '、', '。'])
}

/// Returns the hole with a word on each side.
fn hole(before: Option<&Part<'_>>, after: Option<&Part<'_>>) -> String {
    let (Some(Part::Text(before, _)), Some(Part::Text(after, _))) = (before, after) else {
        return String::new();
    };
    let word = before.split_whitespace().next_back().unwrap_or_default();
    let rest: String = after.chars().take_while(|c| !matches!(c, '<' | '\n')).take(12).collect();
    format!("{} {}", word.rsplit('>').next().unwrap_or(word), rest.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_any_tool_are_found() {
        for tag in [
            "{{ name }}",
            "{% if x %}",
            "*|FNAME|*",
            "%%first_name%%",
            "[[name]]",
            "${name}",
            "<%= name %>",
            "%7B%7Bname%7D%7D",
        ] {
            assert_eq!(find_tag(&format!("Dear {tag}, hello")), Some(tag));
        }
    }

    #[test]
    fn ordinary_words_are_no_tags() {
        for text in
            ["100 %% sure %% of it, really (yes!)", "a {b} c", "x << y", "[[]]", "{{}}", "costs $5 {net}"]
        {
            assert_eq!(find_tag(text), None, "{text}");
        }
    }
}
