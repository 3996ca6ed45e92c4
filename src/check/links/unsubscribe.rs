//! L001 and L002: the way out.

use crate::check::{
    links::destinations::urls_of,
    message::Message,
    page::{Link, shown},
    report::{Report, Spot},
};

/// How the six languages say *unsubscribe*, in lower case.
const WORDS: [&str; 19] = [
    "unsubscribe",
    "opt out",
    "opt-out",
    "désabonner",
    "désinscrire",
    "désinscription",
    "désabonnement",
    "cancelar la suscripción",
    "cancelar suscripción",
    "darse de baja",
    "anular la suscripción",
    "отписаться",
    "отписка",
    "إلغاء الاشتراك",
    "الغاء الاشتراك",
    "退订",
    "取消订阅",
    "退訂",
    "取消訂閱",
];

/// Characters that the words on an unsubscribe link have at most; what is longer is a headline about it.
const LABEL_MAX: usize = 40;

pub(super) fn judge(message: &Message<'_>, report: &mut Report<'_>) {
    own(message, report);
    shared(message, report);
}

/// L001.
fn own(message: &Message<'_>, report: &mut Report<'_>) {
    let links = message.page.links.iter().filter(|link| link.url == message.unsubscribe);
    let links: Vec<&Link> = links.collect();
    let is_clickable = |link: &&Link| link.is_visible && !link.name.is_empty();
    match links.first() {
        None => report.note("L001", end(message), "the HTML part has no unsubscribe link"),
        Some(first) if !links.iter().any(is_clickable) => {
            let spot = Spot::Element(first.number);
            report.note("L001", spot, "the unsubscribe link of the HTML part can't be seen");
        }
        Some(_) => {}
    }
    if !message.text.contains(&message.unsubscribe) {
        report.note("L001", Spot::Message, "the text part has no unsubscribe link");
    }
}

/// Returns where the link would be looked for: the last that the message shows.
fn end(message: &Message<'_>) -> Spot {
    message
        .page
        .seen_runs(&message.document)
        .last()
        .map_or(Spot::Message, |(_, parent)| Spot::Template(parent))
}

/// L002.
fn shared(message: &Message<'_>, report: &mut Report<'_>) {
    let own = message.unsubscribe.as_str();
    for link in message.page.links.iter().filter(|link| link.url != own && link.is_visible) {
        let spot = Spot::Attribute(link.number, "href");
        let called = link.called();
        if unescaped(&link.url).contains(own) {
            report.note("L002", spot, format!("{called} leads to the unsubscribe page by way of another"));
        } else if says_unsubscribe(&link.label) || says_unsubscribe(&link.name) {
            let target = shown(&link.url);
            report.note("L002", spot, format!("{called} leads to `{target}`, the same for all readers"));
        }
    }
    for line in message.text.lines().filter(|line| !line.contains(own)) {
        let Some(url) = urls_of(line).next() else { continue };
        let label = line.split(url).next().unwrap_or_default();
        if says_unsubscribe(label) {
            let message = format!("the text part offers `{}`, the same for all readers", shown(url));
            report.note("L002", Spot::Message, message);
        }
    }
}

fn says_unsubscribe(label: &str) -> bool {
    let label = label.to_lowercase();
    label.chars().count() <= LABEL_MAX && WORDS.iter().any(|word| label.contains(word))
}

/// Returns an address with `%3A` and its like decoded.
fn unescaped(url: &str) -> String {
    let octets = url.as_bytes();
    let digit = |at: usize| octets.get(at).and_then(|octet| char::from(*octet).to_digit(16));
    let mut plain = Vec::with_capacity(octets.len());
    let mut at = 0;
    while let Some(octet) = octets.get(at) {
        let escape = (digit(at + 1), digit(at + 2));
        if let (b'%', (Some(high), Some(low))) = (octet, escape) {
            plain.push(u8::try_from(high * 16 + low).unwrap_or_default());
            at += 3;
        } else {
            plain.push(*octet);
            at += 1;
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_in_addresses_are_decoded() {
        assert_eq!(unescaped("https%3A%2F%2fa.org%zz%4"), "https://a.org%zz%4");
    }

    #[test]
    fn short_labels_in_any_language_say_it_and_headlines_do_not() {
        assert!(says_unsubscribe("Se désabonner") && says_unsubscribe("退订"));
        assert!(!says_unsubscribe("How a ministry made it easy for citizens to unsubscribe"));
    }
}
