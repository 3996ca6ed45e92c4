//! T: what merge fields left behind.

use crate::{
    check::{
        CheckInput, Reach, SCAFFOLD_TEASER,
        message::Message,
        report::{Report, Spot},
        rules::{Rule, error},
    },
    domain::{digest::Digest, merge::MergeField},
    render::form::{Part, parts},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "T001",
        "check/unresolved-tag",
        "a placeholder was left unfilled",
        "Nobody wants to be called `{{ name }}`.",
        "write merge fields as `{{ subscriber.name | default(value=\"reader\") }}`, remove tags of other tools, and write your own text where a new file holds an example",
    ),
    error(
        "T002",
        "check/missing-value",
        "a reader lacks a field that has no default",
        "That reader's message could not be made.",
        "give the field a default, or complete the list",
    ),
    error(
        "T003",
        "check/hollow-value",
        "a merge field leaves a hole or a word of the machine",
        "`Dear ,` and `Dear null` tell readers that nobody looked.",
        "give the field a default that reads well, or correct the value in the list",
    ),
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    tags(input, message, report);
    hollow(input, message, report);
}

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
fn tags(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let token = input.digest.merge.prefix();
    let texts = message.page.texts.iter().map(|text| ("HTML part", text));
    for (what, text) in [("subject", &message.subject), ("text part", &message.text)].into_iter().chain(texts)
    {
        if let Some(tag) = find_tag(text) {
            report.note("T001", Spot::Message, format!("the {what} says `{tag}`"));
        }
        if input.reach == Reach::Public && text.contains(SCAFFOLD_TEASER) {
            let message = format!("the {what} says `{SCAFFOLD_TEASER}`, as a new item does");
            report.note("T001", Spot::Message, message);
        }
        if text.contains(&token) {
            report.note("T001", Spot::Message, format!("a merge field was left unfilled in the {what}"));
        }
    }
    // Tokens that stand where no text is read, such as a comment, count as well.
    if message.html.contains(&token) {
        report.note("T001", Spot::Message, "a merge field was left unfilled in the HTML part");
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
fn hollow(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let Digest { subject, html, text, merge, .. } = input.digest;
    for template in [subject, html, text] {
        let cut = parts(merge, template);
        for (index, part) in cut.iter().enumerate() {
            let Part::Field(field, _) = part else { continue };
            let MergeField::Subscriber { name, default } = &merge.fields()[*field] else { continue };
            let own = message.reader.field(name);
            let value = own.as_deref().or(default.as_deref()).unwrap_or_default().trim();
            if MACHINE_WORDS.contains(&value) {
                let message = format!("the field `{name}` is `{value}` for {}", message.reader.address);
                report.note("T003", Spot::Message, message);
            }
            let before = index.checked_sub(1).and_then(|index| cut.get(index));
            if value.is_empty() && leaves_hole(before, cut.get(index + 1)) {
                let message = format!(
                    "without a value for `{name}` the text reads `{}`",
                    hole(before, cut.get(index + 1))
                );
                report.note("T003", Spot::Message, message);
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
