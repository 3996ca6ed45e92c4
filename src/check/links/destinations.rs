//! L003, L004, L006, L007, L010 and L012: the addresses themselves.

use crate::{
    check::{
        CheckInput, Reach,
        links::address::{Address, comparable, domain, mixed_label, sub_labels},
        message::Message,
        page::shown,
        report::{Report, Spot},
    },
    domain::problem::Severity,
};
use std::collections::BTreeSet;

/// Schemes that a link may have, and those that an image may load from.
const LINK_SCHEMES: [&str; 6] = ["https", "http", "mailto", "tel", "sms", "webcal"];
const SOURCE_SCHEMES: [&str; 3] = ["https", "http", "cid"];

/// Services that hide an address behind a short one.
const SHORTENERS: [&str; 60] = [
    "1url.com",
    "2no.co",
    "adf.ly",
    "amzn.to",
    "bc.vc",
    "bit.do",
    "bit.ly",
    "bitly.com",
    "bl.ink",
    "buff.ly",
    "chilp.it",
    "clck.ru",
    "cutt.ly",
    "db.tt",
    "dlvr.it",
    "dwz.cn",
    "fb.me",
    "goo.gl",
    "goo.su",
    "han.gl",
    "ift.tt",
    "is.gd",
    "j.mp",
    "kutt.it",
    "lc.cx",
    "lnkd.in",
    "mcaf.ee",
    "me2.do",
    "ow.ly",
    "po.st",
    "qr.ae",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "short.gy",
    "shorte.st",
    "shorturl.at",
    "shrtco.de",
    "snip.ly",
    "soo.gd",
    "spoo.me",
    "suo.im",
    "surl.li",
    "t.cn",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tiny.one",
    "tinyurl.com",
    "tny.im",
    "tr.im",
    "trib.al",
    "u.to",
    "url.cn",
    "urlz.fr",
    "v.gd",
    "v.ht",
    "vk.cc",
    "wp.me",
    "x.co",
];

/// Labels before the domain from which on a host looks made up.
const SUB_LABELS_MAX: usize = 3;

/// Different addresses, and different domains, from which on a message has many.
const LINKS_MAX: usize = 60;
const DOMAINS_MAX: usize = 15;

/// An address, where it stands and what a finding calls it.
struct Destination<'a> {
    url: &'a str,
    called: String,
    is_source: bool,
    spot: Spot,
}

pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    for destination in destinations(message) {
        let Destination { url, called, is_source, spot } = &destination;
        let (url, is_source) = (*url, *is_source);
        let mut note = |id: &str, says: String| report.note(id, spot.clone(), format!("{called} {says}"));
        if let Some(fault) = fault(url, is_source, input.reach) {
            note("L003", format!("leads to `{}`: {fault}", shown(url)));
            continue;
        }
        if let Some(content_id) = url.strip_prefix("cid:") {
            if !input.digest.images.iter().any(|image| image.content_id == content_id) {
                note("L003", format!("leads to `{}`: the message holds no such picture", shown(url)));
            }
            continue;
        }
        let Some(address) = Address::parse(url).filter(Address::is_web) else { continue };
        // Only a demo gets here with the address of this machine.
        if address.is_local() {
            continue;
        }
        // The same address behind several links is one fault.
        let mut note =
            |id: &str, says: String| report.note(id, spot.clone(), format!("`{}` {says}", shown(url)));
        if address.scheme == "http" {
            note("L004", "is not encrypted".to_owned());
        }
        if !is_source && SHORTENERS.contains(&comparable(&address.host).as_str()) {
            note("L006", format!("goes through the shortener `{}`", address.host));
        }
        if let Some(oddity) = oddity(&address) {
            note("L007", format!("looks like the address of a fraud: {oddity}"));
        }
    }
    jumps(message, report);
    crowd(message, report);
}

/// Returns every address of the message: links and pictures of the HTML, and what only the text part names.
fn destinations<'a>(message: &'a Message<'_>) -> Vec<Destination<'a>> {
    let links = message.page.links.iter().map(|link| Destination {
        url: &link.url,
        called: link.called(),
        is_source: false,
        spot: Spot::Attribute(link.number, "href"),
    });
    // A picture within the page has a rule of its own.
    let sources = message.page.sources.iter().filter(|source| !source.is_data());
    let sources = sources.map(|source| Destination {
        url: &source.url,
        called: match source.label.trim() {
            "" => "the image".to_owned(),
            label => format!("the image `{}`", shown(label)),
        },
        is_source: true,
        spot: Spot::Attribute(source.number, source.attribute),
    });
    let known: BTreeSet<&str> = message.page.links.iter().map(|link| link.url.as_str()).collect();
    let in_text = urls_of(&message.text).filter(|url| !known.contains(url)).map(|url| Destination {
        url,
        called: "the text part".to_owned(),
        is_source: false,
        spot: Spot::Message,
    });
    links.chain(sources).chain(in_text).collect()
}

/// Returns the web addresses in a plain text, without what punctuation follows them.
pub(super) fn urls_of(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter_map(|word| {
        let at = word.find("http://").or_else(|| word.find("https://"))?;
        Some(word[at..].trim_end_matches(['>', ')', ']', ',', '.']))
    })
}

/// Returns why an address is of no use in a mail.
fn fault(url: &str, is_source: bool, reach: Reach) -> Option<&'static str> {
    let url = url.trim();
    if url.is_empty() || url == "#" {
        return Some("it is empty");
    }
    // A link within the page: useless in some clients, harmful in none.
    if url.starts_with('#') && !is_source {
        return None;
    }
    let Some(address) = Address::parse(url) else { return Some("it is relative") };
    let allowed = if is_source { SOURCE_SCHEMES.as_slice() } else { LINK_SCHEMES.as_slice() };
    if !allowed.contains(&address.scheme.as_str()) {
        return Some("mail programs don't follow such addresses");
    }
    if !address.is_web() {
        return address.rest.trim().is_empty().then_some("it is empty");
    }
    if address.host.is_empty() {
        return Some("it names no host");
    }
    (reach == Reach::Public && address.is_local()).then_some("only this machine or network knows that host")
}

/// Returns why filters would take an address for that of a fraud.
fn oddity(address: &Address) -> Option<String> {
    if address.user.is_some() {
        return Some("what stands before the `@` is not where it leads".to_owned());
    }
    if address.is_number() {
        return Some("its host is a bare number".to_owned());
    }
    let usual = if address.scheme == "http" { "80" } else { "443" };
    if let Some(port) = address.port.as_deref().filter(|port| *port != usual) {
        return Some(format!("it names the unusual port {port}"));
    }
    if let Some(label) = mixed_label(&address.host) {
        return Some(format!("`{label}` mixes letters of different alphabets"));
    }
    let count = sub_labels(&address.host);
    (count > SUB_LABELS_MAX).then(|| format!("{count} names stand before the domain"))
}

/// L010.
fn jumps(message: &Message<'_>, report: &mut Report<'_>) {
    let jumps = message.page.links.iter().filter_map(|link| Some((link, link.url.strip_prefix('#')?)));
    for (link, goal) in jumps.filter(|(_, goal)| !goal.is_empty()) {
        let is_there = message.document.elements.iter().any(|element| {
            element.get("id") == Some(goal) || (element.name == "a" && element.get("name") == Some(goal))
        });
        let spot = Spot::Attribute(link.number, "href");
        if is_there {
            report.note("L010", spot, "links jump within the message, which some mail programs don't do");
        } else {
            let message = format!("{} jumps to `#{}`, which isn't there", link.called(), shown(goal));
            report.note_as(Severity::Warning, "L010", spot, message);
        }
    }
}

/// L012.
fn crowd(message: &Message<'_>, report: &mut Report<'_>) {
    let urls: BTreeSet<&str> = message.page.links.iter().map(|link| link.url.as_str()).collect();
    let pages: Vec<Address> = urls.into_iter().filter_map(Address::parse).filter(Address::is_web).collect();
    if pages.len() > LINKS_MAX {
        let message = format!("the message links to {} different addresses", pages.len());
        report.note("L012", Spot::Message, message);
    }
    let domains: BTreeSet<&str> = pages.iter().map(|page| domain(&page.host)).collect();
    if domains.len() > DOMAINS_MAX {
        let message = format!("the message links to {} different domains", domains.len());
        report.note("L012", Spot::Message, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_fault(url: &str, reach: Reach, expected: Option<&str>) {
        assert_eq!(fault(url, false, reach), expected, "{url}");
    }

    #[test]
    fn addresses_that_readers_can_follow_pass() {
        for url in
            ["https://example.org", "HTTP://example.org/x?y#z", "mailto:a@example.org", "tel:+1", "#top"]
        {
            check_fault(url, Reach::Public, None);
        }
        assert_eq!(fault("cid:logo@example.org", true, Reach::Public), None);
    }

    #[test]
    fn addresses_that_lead_nowhere_are_named() {
        let relative = Some("it is relative");
        for url in ["/events", "events.html", "www.example.org/a:b", "?x=1"] {
            check_fault(url, Reach::Public, relative);
        }
        for url in ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "cid:x"] {
            check_fault(url, Reach::Public, Some("mail programs don't follow such addresses"));
        }
        check_fault(" ", Reach::Public, Some("it is empty"));
        check_fault("mailto:", Reach::Public, Some("it is empty"));
        check_fault("https:///x", Reach::Public, Some("it names no host"));
    }

    #[test]
    fn this_machine_is_fine_only_when_nothing_leaves_it() {
        for url in [
            "http://localhost:8080/",
            "https://user@127.0.0.1/",
            "https://10.1.2.3",
            "http://[::1]:80/",
            "https://intranet/x",
            "https://printer.local/",
        ] {
            check_fault(url, Reach::Local, None);
            check_fault(url, Reach::Public, Some("only this machine or network knows that host"));
        }
    }
}
