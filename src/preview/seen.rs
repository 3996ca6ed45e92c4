//! The message as others see it: elements numbered for the page, then a mail client's view of them.

use crate::{
    clients::{
        Document,
        view::{self, View},
    },
    loopback::with_links_outside,
    preview::letter::{Compiled, Letter},
    render::markup::{Event, Walk},
};
use serde_json::json;
use std::fmt::Write;

/// Writes every element's number into its start tag, so that the page finds what a finding means.
pub(super) fn numbered(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 4);
    let (mut copied, mut number) = (0, 0);
    for event in Walk::new(html) {
        let Event::Open(tag) = event else { continue };
        let end = tag.at + 1 + tag.name.len();
        out.push_str(&html[copied..end]);
        write!(out, " data-at=\"{number}\"").expect("writing to a string can't fail");
        (copied, number) = (end, number + 1);
    }
    out.push_str(&html[copied..]);
    out
}

/// Returns the HTML of a view, with its pictures inside and links that lead out of the frame.
pub(super) fn seen(name: &str, compiled: &Compiled, letter: &Letter) -> String {
    let html = view::show(&numbered(&letter.html), named(name));
    with_links_outside(compiled.with_pictures(html))
}

/// Returns the view of a name, the page's short ones included; the plain one when there is none.
fn named(name: &str) -> View {
    match name {
        "partial" => View::PartialInversion,
        "full" => View::FullInversion,
        "rtl" => View::RightToLeft,
        other => View::parse(other).unwrap_or(View::Html),
    }
}

/// Returns the message in the order in which a screen reader says it.
pub(super) fn reading(letter: &Letter) -> serde_json::Value {
    let document = Document::read(&letter.html);
    let said = document.visible_runs().filter(|(_, run)| !run.text.trim().is_empty()).map(|(_, run)| {
        let text = run.text.split_whitespace().collect::<Vec<_>>().join(" ");
        json!({ "role": "text", "text": text, "lang": null, "dir": null, "element": run.parent })
    });
    said.collect()
}

/// Returns the lines that inboxes show.
pub(super) fn rows(compiled: &Compiled, letter: &Letter) -> serde_json::Value {
    let from = &compiled.proof.digest.from;
    let sender = from.name.clone().unwrap_or_else(|| from.address.expose());
    let row = |client: &str, device: &str| {
        json!({
            "client": client, "device": device, "sender": sender, "subject": letter.subject,
            "preheader": letter.preheader, "sender_cut": false, "subject_cut": false, "preheader_cut": false,
        })
    };
    let clients = ["Gmail", "Apple Mail", "Outlook"];
    clients.into_iter().flat_map(|client| [row(client, "phone"), row(client, "desktop")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_carries_its_number_also_those_for_outlook() {
        let html = "<!doctype html><html><head><title>a < b</title></head><body><!--[if mso]><table><tr><td><![endif]-->\
            <img src=\"x\"/><br><P class=a>é</P><!--[if mso]></td></tr></table><![endif]--></body></html>";
        let numbered = numbered(html);
        let document = Document::read(&numbered);
        assert_eq!(document.elements.len(), Document::read(html).elements.len());
        for (number, element) in document.elements.iter().enumerate() {
            assert_eq!(element.get("data-at"), Some(number.to_string().as_str()), "{}", element.name);
        }
        let mut without = numbered.clone();
        for number in 0..document.elements.len() {
            without = without.replacen(&format!(" data-at=\"{number}\""), "", 1);
        }
        assert_eq!(without, html);
    }
}
