//! L: where links lead.

use crate::check::{
    CheckInput, Reach,
    message::Message,
    page::Target,
    report::{Report, Spot},
    rules::{Rule, error},
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "L001",
        "check/unsubscribe-link",
        "no visible unsubscribe link",
        "Providers and the law ask for it in the body of both parts; without it readers press the spam button.",
        "put `{{ unsubscribe_url }}` into a visible link of the HTML and into the text of the template",
    ),
    error(
        "L003",
        "check/link-target",
        "a link leads nowhere a reader can go",
        "Relative addresses, this machine and scripts don't work in a mail.",
        "write the full address, starting with `https://`",
    ),
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    unsubscribe(message, report);
    targets(input, message, report);
}

/// Schemes that a link may have, and those that an image may load from.
const LINK_SCHEMES: [&str; 6] = ["https", "http", "mailto", "tel", "sms", "webcal"];
const SOURCE_SCHEMES: [&str; 3] = ["https", "http", "cid"];

/// Endings of names that only mean something on one's own network.
const LOCAL_ENDINGS: [&str; 6] = ["localhost", "local", "lan", "internal", "test", "invalid"];

/// Characters of an address that a message shows.
const SHOWN_MAX: usize = 80;

/// L001.
fn unsubscribe(message: &Message<'_>, report: &mut Report<'_>) {
    let is_link = |target: &&Target| !target.is_source && target.url == message.unsubscribe;
    let is_clickable = |target: &Target| target.is_visible && !target.label.trim().is_empty();
    let links: Vec<&Target> = message.page.targets.iter().filter(is_link).collect();
    if links.is_empty() {
        report.note("L001", Spot::Message, "the HTML part has no unsubscribe link");
    } else if !links.into_iter().any(is_clickable) {
        report.note("L001", Spot::Message, "the unsubscribe link of the HTML part can't be seen");
    }
    if !message.text.contains(&message.unsubscribe) {
        report.note("L001", Spot::Message, "the text part has no unsubscribe link");
    }
}

/// L003.
fn targets(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    for target in &message.page.targets {
        if let Some(fault) = fault(&target.url, target.is_source, input.reach) {
            let what = if target.is_source { "image" } else { "link" };
            let label = target.label.trim();
            let named = if label.is_empty() { String::new() } else { format!(" `{}`", shown(label)) };
            report.note(
                "L003",
                Spot::Message,
                format!("the {what}{named} leads to `{}`: {fault}", shown(&target.url)),
            );
        }
    }
    for word in message.text.split_whitespace() {
        let Some(at) = word.find("http://").or_else(|| word.find("https://")) else { continue };
        let url = word[at..].trim_end_matches(['>', ')', ']', ',', '.']);
        if let Some(fault) = fault(url, false, input.reach) {
            report.note("L003", Spot::Message, format!("the text part leads to `{}`: {fault}", shown(url)));
        }
    }
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
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
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let Some((scheme, rest)) = url.split_once(':').filter(|(scheme, _)| scheme.chars().all(is_scheme)) else {
        return Some("it is relative");
    };
    let scheme = scheme.to_ascii_lowercase();
    let allowed = if is_source { SOURCE_SCHEMES.as_slice() } else { LINK_SCHEMES.as_slice() };
    if !allowed.contains(&scheme.as_str()) {
        return Some("mail programs don't follow such addresses");
    }
    if !scheme.starts_with("http") {
        return rest.trim().is_empty().then_some("it is empty");
    }
    let Some(host) = rest.strip_prefix("//").map(host).filter(|host| !host.is_empty()) else {
        return Some("it names no host");
    };
    (reach == Reach::Public && is_local(&host)).then_some("only this machine or network knows that host")
}

/// Returns the host of what follows `//`, in lower case.
fn host(rest: &str) -> String {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host.split(':').next().unwrap_or(host),
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn is_local(host: &str) -> bool {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return address.is_private()
            || address.is_loopback()
            || address.is_link_local()
            || address.is_unspecified();
    }
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        return address.is_loopback()
            || address.is_unspecified()
            || address.is_unique_local()
            || address.is_unicast_link_local();
    }
    let ending = host.rsplit('.').next().unwrap_or(host);
    !host.contains('.') || LOCAL_ENDINGS.contains(&ending)
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
