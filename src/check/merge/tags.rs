//! T001: placeholders left unfilled.

use crate::{
    check::{
        CheckInput, Reach, SCAFFOLD_TEASER,
        headers::sender,
        message::Message,
        report::{Report, Spot},
    },
    render::place_in,
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

pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let name = input.digest.from.name.as_deref().unwrap_or_default();
    let subject = Spot::Written(Some(input.edition.subject.place.clone()));
    look("subject", &message.subject, &subject, input, report);
    look("sender's name", name, &sender::name_spot(input.edition, name), input, report);
    // What Mailchimp writes is emphasis in Markdown: the stars are gone from the message.
    let is_lost =
        |tag: &str| tag.starts_with("*|") && !message.text.contains(tag) && !message.subject.contains(tag);
    for text in input.edition.texts() {
        if let Some(tag) = find_tag(&text.source).filter(|tag| is_lost(tag)) {
            let place = place_in(text, text.source.find(tag).unwrap_or(0));
            report.note("T001", Spot::Written(Some(place)), format!("a text says `{tag}`"));
        }
    }
    let text = find_tag(&message.text).map_or(Spot::Message, |tag| message.saying(tag));
    look("text part", &message.text, &text, input, report);
    for run in message.document.runs.iter().filter(|run| !run.is_raw) {
        look("HTML part", &run.text, &run.parent.map_or(Spot::Message, Spot::Element), input, report);
    }
    for (number, element) in message.document.elements.iter().enumerate() {
        for (name, value) in element.attributes.iter().filter(|(name, _)| name != "style") {
            let spot = ADDRESSED.iter().find(|known| *known == name);
            let spot = spot.map_or(Spot::Element(number), |name| Spot::Attribute(number, name));
            look("HTML part", value, &spot, input, report);
        }
    }
    // Tokens that stand where no text is read, such as a comment, count as well.
    if message.html.contains(&input.digest.merge.prefix()) {
        report.note("T001", Spot::Message, "a merge field was left unfilled in the HTML part");
    }
}

/// Attributes whose value has a place of its own.
const ADDRESSED: [&str; 4] = ["href", "src", "alt", "title"];

fn look(what: &str, text: &str, spot: &Spot, input: &CheckInput<'_>, report: &mut Report<'_>) {
    if let Some(tag) = find_tag(text) {
        report.note("T001", spot.clone(), format!("the {what} says `{tag}`"));
    }
    if input.reach == Reach::Public && text.contains(SCAFFOLD_TEASER) {
        let message = format!("the {what} says `{SCAFFOLD_TEASER}`, as a new item does");
        report.note("T001", spot.clone(), message);
    }
    if what != "HTML part" && text.contains(&input.digest.merge.prefix()) {
        report.note("T001", spot.clone(), format!("a merge field was left unfilled in the {what}"));
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
