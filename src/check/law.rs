//! G: what the law and fairness ask of every message.

use crate::{
    check::{
        CheckInput, Reach, SCAFFOLD_ADDRESS,
        message::Message,
        report::{Report, Spot},
        rules::{Rule, error, info, warning},
        script,
    },
    clients::colour::Palette,
    domain::{
        edition::Text,
        problem::{Place, Severity},
    },
};
use std::collections::HashSet;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "G001",
        "check/postal-address",
        "the postal address is missing",
        "The law of several countries asks for it in every such message, in both parts.",
        "set `footer.postal_address` of the newsletter and keep it in the template, HTML and text",
    ),
    error(
        "G002",
        "check/imprint",
        "the message does not say who publishes it",
        "The law of Canada, Germany and the United Kingdom, among others, asks for the name of whoever sends.",
        "set `footer.organisation` of the newsletter and keep it in the template, HTML and text",
    ),
    warning(
        "G003",
        "check/reason",
        "readers are not told why they get this",
        "Whoever doesn't remember subscribing complains; a sentence with the newsletter's name helps.",
        "set `footer.reason`, such as: you receive this because you asked for news of our project",
    ),
    warning(
        "G004",
        "check/privacy",
        "there is no link to a privacy notice",
        "The law of Europe lets readers know what is kept about them, wherever their data is used.",
        "set `footer.privacy_url` of the newsletter and keep it in the template, HTML and text",
    ),
    warning(
        "G005",
        "check/unsubscribe-small",
        "the unsubscribe link is hard to see",
        "Who can't find it presses the spam button; and regulators call small grey print a trick.",
        "show it in 11 pixels or more, in a colour with a contrast of 4.5 to its background",
    ),
    info(
        "G006",
        "check/view-online",
        "there is no link to the message on the web",
        "It helps whoever gets the message cut short, without pictures, or forwarded.",
        "set `public_url` in masthead.yaml and keep `archive_url` in the template",
    ),
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    postal_address(input, message, report);
    let html: HashSet<String> = script::words(&message.page.visible).into_iter().collect();
    let text: HashSet<String> = script::words(&message.text).into_iter().collect();
    let parts = [("HTML", &html), ("text", &text)];
    imprint(input, &parts, report);
    reason(input, &parts, report);
    privacy(input, message, report);
    unsubscribe(message, report);
    view_online(input, message, report);
}

/// What a link to leave by has at least.
const LEAVE_SIZE_MIN: f32 = 11.0;
const LEAVE_CONTRAST_MIN: f64 = 4.5;

type Parts<'a> = [(&'static str, &'a HashSet<String>); 2];

/// G001.
fn postal_address(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let address = input.edition.footer.postal_address.as_ref();
    let wanted = letters(address.map_or("", |text| &text.source));
    if wanted.is_empty() {
        return report.note("G001", newsletter(input), "the newsletter has no postal address");
    }
    let written = || Spot::Written(address.map(|text| text.place.clone()));
    if input.reach == Reach::Public && wanted == letters(SCAFFOLD_ADDRESS) {
        report.note("G001", written(), "the postal address is still the one of the example");
    }
    for (what, text) in [("HTML", &message.page.visible), ("text", &message.text)] {
        if !letters(text).contains(&wanted) {
            report.note("G001", written(), format!("the postal address does not stand in the {what} part"));
        }
    }
}

/// Returns the newsletter's own file, where what is missing should be said.
fn newsletter(input: &CheckInput<'_>) -> Spot {
    Spot::Written(Some(Place::file(&input.edition.name.place.path)))
}

/// Reduces a text to its letters and digits: line breaks and punctuation differ between the parts.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns the words of a Markdown text that stand in every reader's message: no addresses, no merge fields.
fn own_words(source: &str) -> Vec<String> {
    let (mut out, mut rest) = (String::with_capacity(source.len()), source);
    while let Some((at, (_, close))) = [("{{", "}}"), ("](", ")"), ("<", ">")]
        .iter()
        .filter_map(|pair| Some((rest.find(pair.0)?, *pair)))
        .min()
    {
        out.push_str(&rest[..at]);
        out.push(' ');
        rest = rest[at..].split_once(close).map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    script::words(&out)
}

/// Returns whether nearly all words of a text stand in a part.
fn stands_in(words: &[String], part: &HashSet<String>) -> bool {
    let known = words.iter().filter(|word| part.contains(*word)).count();
    known * 5 >= words.len() * 4
}

/// G002.
fn imprint(input: &CheckInput<'_>, parts: &Parts<'_>, report: &mut Report<'_>) {
    let Some(organisation) = &input.edition.footer.organisation else {
        return report.note("G002", newsletter(input), "the newsletter names no organisation");
    };
    missing_text(organisation, "the name of the organisation", "G002", parts, report);
}

fn missing_text(text: &Text, what: &str, rule: &str, parts: &Parts<'_>, report: &mut Report<'_>) {
    let words = own_words(&text.source);
    for (part, known) in parts {
        if !stands_in(&words, known) {
            let spot = Spot::Written(Some(text.place.clone()));
            report.note(rule, spot, format!("{what} does not stand in the {part} part"));
        }
    }
}

/// G003.
fn reason(input: &CheckInput<'_>, parts: &Parts<'_>, report: &mut Report<'_>) {
    let Some(reason) = &input.edition.footer.reason else {
        return report.note("G003", newsletter(input), "the newsletter gives no reason (`footer.reason`)");
    };
    missing_text(reason, "the reason why readers get this", "G003", parts, report);
    let said = letters(&reason.source);
    let names = [Some(&input.edition.name), input.edition.footer.organisation.as_ref()];
    let mut names = names.into_iter().flatten().map(|name| letters(&name.source));
    if !names.any(|name| !name.is_empty() && said.contains(&name)) {
        let spot = Spot::Written(Some(reason.place.clone()));
        let message = "the reason names neither the newsletter nor who publishes it";
        report.note_as(Severity::Info, "G003", spot, message);
    }
}

/// G004.
fn privacy(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let Some(url) = &input.edition.footer.privacy_url else {
        return report.note(
            "G004",
            newsletter(input),
            "the newsletter has no privacy notice (`footer.privacy_url`)",
        );
    };
    if !links_to(message, url) {
        let spot = Spot::Written(input.edition.places.privacy_url.clone());
        report.note("G004", spot, "the HTML part does not link to the privacy notice");
    }
    if !message.text.contains(url.trim()) {
        let spot = Spot::Written(input.edition.places.privacy_url.clone());
        report.note("G004", spot, "the text part does not name the privacy notice's address");
    }
}

fn links_to(message: &Message<'_>, url: &str) -> bool {
    let plain = |url: &str| url.trim().trim_end_matches('/').to_owned();
    let wanted = plain(url);
    message.document.named("a").any(|(_, link)| link.get("href").is_some_and(|href| plain(href) == wanted))
}

/// G005.
fn unsubscribe(message: &Message<'_>, report: &mut Report<'_>) {
    let style = message.style();
    let is_ours = |number: usize| message.document.elements[number].get("href") == Some(&message.unsubscribe);
    let links = message.document.named("a").map(|(number, _)| number).filter(|number| is_ours(*number));
    for number in links.filter(|number| style.computed(*number).is_visible) {
        let look = style.computed(number);
        if look.font_size < LEAVE_SIZE_MIN {
            let message = format!("the unsubscribe link is {:.0} pixels high", look.font_size);
            report.note("G005", Spot::Element(number), message);
        }
        let (text, ground) = style.colours(number, Palette::Light);
        let contrast = text.contrast(ground);
        if contrast < LEAVE_CONTRAST_MIN && !look.is_over_image {
            let message = format!("the unsubscribe link has a contrast of {contrast:.1} to its background");
            report.note("G005", Spot::Element(number), message);
        }
    }
}

/// G006.
fn view_online(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    match &input.digest.archive_url {
        None => report.note("G006", Spot::Message, "the issue has no page on the web"),
        Some(url) if !links_to(message, url) => {
            report.note("G006", Spot::Message, "the HTML part does not link to the issue's page on the web");
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_compared_by_its_words_alone() {
        let words =
            own_words("You, {{ subscriber.name }}, asked [for **it**](https://example.org/a b) <x@y.org>");
        assert_eq!(words, ["you", "asked", "for", "it"]);
        let part: HashSet<String> = script::words("You asked for it.").into_iter().collect();
        assert!(stands_in(&words, &part));
        assert!(!stands_in(&script::words("something else entirely"), &part));
    }
}
