//! L005 and L009: what links say about where they lead.

use crate::check::{
    links::address::{Address, comparable},
    message::Message,
    page::{Link, shown},
    report::{Report, Spot},
};
use std::collections::{BTreeMap, BTreeSet};

/// What says nothing about where a link leads, in lower case and without punctuation.
const VAGUE: [&str; 62] = [
    "click",
    "click here",
    "details",
    "find out more",
    "full story",
    "go",
    "here",
    "learn more",
    "link",
    "more",
    "more details",
    "more info",
    "more information",
    "open",
    "read",
    "read full story",
    "read more",
    "read on",
    "see more",
    "this link",
    "view",
    "view more",
    "watch",
    "cliquez ici",
    "en savoir plus",
    "ici",
    "lire",
    "lire la suite",
    "lire plus",
    "plus",
    "plus dinfos",
    "suite",
    "voir",
    "voir plus",
    "aquí",
    "haga clic aquí",
    "leer",
    "leer más",
    "más",
    "más información",
    "saber más",
    "ver",
    "ver más",
    "читать",
    "читать далее",
    "читать дальше",
    "подробнее",
    "подробности",
    "здесь",
    "далее",
    "اقرأ المزيد",
    "اقرا المزيد",
    "المزيد",
    "هنا",
    "اضغط هنا",
    "انقر هنا",
    "للمزيد",
    "التفاصيل",
    "阅读全文",
    "阅读更多",
    "更多",
    "点击这里",
];

/// Endings of the web addresses that people write without `www.`; others may as well end a file's name.
const ENDINGS: [&str; 64] = [
    "com", "org", "net", "int", "edu", "gov", "mil", "info", "biz", "news", "io", "app", "dev", "online",
    "site", "eu", "un", "ae", "ar", "at", "au", "be", "br", "ca", "ch", "cl", "cn", "co", "de", "dk", "dz",
    "eg", "es", "fi", "fr", "gh", "gr", "hk", "ie", "il", "in", "iq", "it", "jo", "jp", "ke", "kr", "lb",
    "ma", "mx", "ng", "nl", "no", "nz", "pe", "pk", "pt", "ru", "sa", "se", "tr", "uk", "us", "za",
];

pub(super) fn judge(message: &Message<'_>, report: &mut Report<'_>) {
    let seen: Vec<&Link> = message.page.links.iter().filter(|link| link.is_visible).collect();
    for link in &seen {
        disguised(link, report);
    }
    vague(&seen, report);
}

/// L005.
fn disguised(link: &Link, report: &mut Report<'_>) {
    let Some(target) = Address::parse(&link.url) else { return };
    let Some((shows, is_mail)) = shown_host(&link.label) else { return };
    let written = shown(&link.label);
    let spot = Spot::Attribute(link.number, "href");
    let mail = (target.scheme == "mailto").then(|| target.rest.split('?').next().unwrap_or_default());
    let leads_elsewhere = match (is_mail, mail) {
        (true, Some(mail)) => !mail.trim().eq_ignore_ascii_case(link.label.trim()),
        (false, Some(_)) => true,
        (_, None) if !target.is_web() => return,
        // A page of the same house may have a name of its own.
        (_, None) => {
            let host = comparable(&target.host);
            host != shows && !host.ends_with(&format!(".{shows}"))
        }
    };
    if leads_elsewhere {
        let whither = mail.unwrap_or(&target.host);
        report.note("L005", spot, format!("the link reads `{written}` and leads to `{}`", shown(whither)));
    }
}

/// Returns the host that a link's words name, when they look like an address, and whether it is that of a mailbox.
fn shown_host(label: &str) -> Option<(String, bool)> {
    let trim = |word: &str| -> String {
        word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/').to_lowercase()
    };
    let is_host = |host: &str| {
        host.contains('.')
            && host
                .split('.')
                .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'))
    };
    for word in label.split_whitespace().map(trim) {
        let bare = ["https://", "http://", "www."].iter().find_map(|start| word.strip_prefix(start));
        if let Some(bare) = bare {
            let host = bare.split(['/', '?', '#', ':', '…']).next().unwrap_or(bare);
            let host = host.strip_prefix("www.").unwrap_or(host);
            return is_host(host).then(|| (comparable(host), false));
        }
    }
    // A bare name counts only when it is all that the link shows.
    let mut words = label.split_whitespace().map(trim);
    let (word, None) = (words.next()?, words.next()) else { return None };
    let (host, is_mail) = match word.split_once('@') {
        Some((_, host)) => (host.to_owned(), true),
        None => (word.split(['/', '?', '#', ':', '…']).next().unwrap_or_default().to_owned(), false),
    };
    let ends_like_one = host.rsplit('.').next().is_some_and(|ending| ENDINGS.contains(&ending));
    (is_host(&host) && ends_like_one).then(|| (comparable(&host), is_mail))
}

/// L009.
fn vague(seen: &[&Link], report: &mut Report<'_>) {
    let mut by_name: BTreeMap<String, Vec<&Link>> = BTreeMap::new();
    for link in seen {
        let name = bare(&link.name);
        if VAGUE.contains(&name.as_str()) {
            by_name.entry(name).or_default().push(link);
        }
    }
    for links in by_name.values() {
        let targets: BTreeSet<&str> = links.iter().map(|link| link.url.as_str()).collect();
        if targets.len() < 2 {
            continue;
        }
        let message =
            format!("{} links are all called `{}` and lead to different places", links.len(), links[0].name);
        for link in links {
            report.note("L009", Spot::Element(link.number), message.clone());
        }
    }
}

/// Returns a name in lower case, without punctuation and arrows.
fn bare(name: &str) -> String {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).collect();
    letters.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_look_like_addresses_are_read() {
        let host = |label| shown_host(label).map(|(host, _)| host);
        assert_eq!(host("https://www.example.org/a/b…").as_deref(), Some("example.org"));
        assert_eq!(host("See www.Example.org, please").as_deref(), Some("example.org"));
        assert_eq!(host("(example.org/plan)").as_deref(), Some("example.org"));
        assert_eq!(shown_host("Contact@example.org"), Some(("example.org".to_owned(), true)));
        for words in ["Node.js", "README.md", "The plan", "3.5", "Ask example.org for it", "e.g. this", "…"]
        {
            assert_eq!(host(words), None, "{words}");
        }
    }

    #[test]
    fn names_lose_arrows_and_case() {
        assert_eq!(bare("Read MORE →"), "read more");
        assert!(VAGUE.iter().all(|word| bare(word) == *word));
    }
}
