//! L and I, online: what only shows when links and pictures are fetched.
//!
//! Nothing is fetched here: this says what to ask for, and what an answer means. `masthead check --online` alone
//! asks, since nothing else may go out.

use crate::{
    check::{
        Finding,
        rules::{self, Rule, error, warning},
    },
    clients::Document,
    domain::{digest::Digest, issue::Waiver, problem::Severity},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    warning(
        "I009",
        "check/picture-not-served",
        "a picture on the web can't be fetched",
        "Readers see a hole where the picture should be, and many programs try only once.",
        "put the picture where its address says, over https, without login or cookies",
    ),
    error(
        "L008",
        "check/dead-link",
        "a link is dead or slow",
        "A link that fails is remembered longer than the news it stood in.",
        "correct the address, or take the final one instead of one that only forwards",
    ),
];

/// Forwardings that a reader on a phone puts up with.
const REDIRECTS_MAX: usize = 2;

/// Octets of one picture that load quickly.
const PICTURE_OCTETS_MAX: u64 = 200_000;

/// Octets of all pictures together that load quickly, and those that hardly load at all on a phone.
const ALL_OCTETS_MAX: u64 = 800_000;
const ALL_OCTETS_REFUSED: u64 = 2_000_000;

/// Returns whether a rule needs the network.
pub(super) fn is_online(id: &str) -> bool {
    RULES.iter().any(|rule| rule.id == id)
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A link to a page.
    Link,
    /// A picture of the message.
    Picture,
}

/// An address to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub url: String,
    /// What it is for.
    pub kind: Kind,
    /// The element that names it, by number.
    pub element: usize,
}

/// What became of asking for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A server answered.
    Reached {
        /// HTTP status.
        status: u16,
        /// How often it forwarded us.
        redirects: usize,
        /// Media type without parameters, when it is known.
        media_type: Option<String>,
        /// Octets, when they are known.
        octets: Option<u64>,
    },
    /// There is no such host.
    NoHost,
    /// The server could not prove who it is.
    Untrusted(String),
    /// No answer in time.
    Slow,
    /// The connection failed for another reason.
    Broken(String),
    /// It was not asked: a private address, or there was no time left.
    NotAsked,
}

/// Returns the addresses of a digest that may be asked for: on the web, and nobody's own. The issue's own archive
/// page is left out, since it is published later.
pub fn targets(digest: &Digest) -> Vec<Target> {
    let document = Document::read(&digest.html);
    let mine = digest.merge.prefix();
    let is_asked = |url: &str| {
        (url.starts_with("https://") || url.starts_with("http://"))
            && !url.contains(&mine)
            && digest.archive_url.as_deref() != Some(url)
    };
    let mut targets: Vec<Target> = Vec::new();
    for (name, attribute, kind) in [("a", "href", Kind::Link), ("img", "src", Kind::Picture)] {
        for (element, found) in document.named(name) {
            let Some(url) = found.get(attribute).map(str::trim).filter(|url| is_asked(url)) else { continue };
            if !targets.iter().any(|known| known.url == url && known.kind == kind) {
                targets.push(Target { url: url.to_owned(), kind, element });
            }
        }
    }
    targets
}

/// Returns what is wrong with the answer for an address.
pub fn finding(variant: &str, target: &Target, answer: &Answer, waivers: &[Waiver]) -> Option<Finding> {
    let (severity, what) = match target.kind {
        Kind::Link => link(answer)?,
        Kind::Picture => picture(answer)?,
    };
    let id = match target.kind {
        Kind::Link => "L008",
        Kind::Picture => "I009",
    };
    let finding = Finding::of(id, variant, format!("`{}` {what}", target.url), None, waivers);
    Some(at(Finding { severity, ..finding }, target))
}

/// Returns the finding with the element that names the address.
fn at(finding: Finding, target: &Target) -> Finding {
    let attribute = match target.kind {
        Kind::Link => "href",
        Kind::Picture => "src",
    };
    Finding { elements: vec![target.element], attribute: Some(attribute), ..finding }
}

fn link(answer: &Answer) -> Option<(Severity, String)> {
    match answer {
        Answer::Reached { status: status @ (404 | 410), .. } => {
            Some((Severity::Error, format!("leads to a page that does not exist (status {status})")))
        }
        Answer::Reached { status, .. } if *status >= 500 => {
            Some((Severity::Warning, format!("leads to a server in trouble (status {status})")))
        }
        Answer::Reached { redirects, .. } if *redirects > REDIRECTS_MAX => {
            Some((Severity::Warning, format!("forwards {redirects} times before there is a page")))
        }
        // Other refusals (401, 403, 429, …) are often meant for programs like this one, not for readers.
        Answer::Reached { .. } => None,
        other => failed(other, Severity::Error),
    }
}

fn picture(answer: &Answer) -> Option<(Severity, String)> {
    match answer {
        Answer::Reached { status: status @ (401 | 403), .. } => {
            Some((Severity::Warning, format!("asks for a login (status {status})")))
        }
        Answer::Reached { status, .. } if *status >= 400 => {
            Some((Severity::Warning, format!("is not there (status {status})")))
        }
        Answer::Reached { media_type: Some(kind), .. } if !kind.starts_with("image/") => {
            Some((Severity::Warning, format!("is no picture but `{kind}`")))
        }
        Answer::Reached { .. } => None,
        other => failed(other, Severity::Warning),
    }
}

/// Returns what no answer at all means; `gravest` is for those that will not mend themselves.
fn failed(answer: &Answer, gravest: Severity) -> Option<(Severity, String)> {
    Some(match answer {
        Answer::Reached { .. } | Answer::NotAsked => return None,
        Answer::NoHost => (gravest, "names a host that does not exist".to_owned()),
        Answer::Untrusted(cause) => (gravest, format!("is not trusted by browsers: {cause}")),
        Answer::Slow => (Severity::Warning, "does not answer within ten seconds".to_owned()),
        Answer::Broken(cause) => (Severity::Warning, format!("can't be reached: {cause}")),
    })
}

/// Returns what is wrong with the weight of the pictures of one variant.
pub fn weights(variant: &str, pictures: &[(&Target, &Answer)], waivers: &[Waiver]) -> Vec<Finding> {
    // Pictures on this machine are weighed under I007; those on the web belong there as well.
    let id = if rules::find("I007").is_some() { "I007" } else { "I009" };
    let octets = |answer: &Answer| match answer {
        Answer::Reached { status: 200..=299, octets, .. } => *octets,
        _ => None,
    };
    let known: Vec<_> =
        pictures.iter().filter_map(|(target, answer)| Some((*target, octets(answer)?))).collect();
    let heavy = known.iter().filter(|(_, octets)| *octets > PICTURE_OCTETS_MAX).map(|(target, octets)| {
        let message = format!("the picture `{}` has {} kB", target.url, octets / 1_000);
        let finding = Finding::of(id, variant, message, None, waivers);
        at(Finding { severity: Severity::Warning, ..finding }, target)
    });
    let mut findings: Vec<_> = heavy.collect();
    let all: u64 = known.iter().map(|(_, octets)| octets).sum();
    if all > ALL_OCTETS_MAX {
        let severity = if all > ALL_OCTETS_REFUSED { Severity::Error } else { Severity::Warning };
        let message = format!("the pictures on the web have {} kB together", all / 1_000);
        findings.push(Finding { severity, ..Finding::of(id, variant, message, None, waivers) });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(status: u16, redirects: usize, media_type: &str, octets: u64) -> Answer {
        Answer::Reached { status, redirects, media_type: Some(media_type.into()), octets: Some(octets) }
    }

    #[track_caller]
    fn check(kind: Kind, answer: &Answer, expected: Option<(&str, Severity)>) {
        let target = Target { url: "https://www.example.org/a".into(), kind, element: 7 };
        let found = finding("en", &target, answer, &[]);
        let said = found.as_ref().map(|found| (found.rule.id, found.severity));
        assert_eq!(said, expected, "{kind:?} {answer:?}");
        assert!(found.is_none_or(|found| found.elements == [7] && found.wants_trace()));
    }

    #[test]
    fn answers_mean_what_readers_would_see() {
        let (error, warning) = (Severity::Error, Severity::Warning);
        check(Kind::Link, &reached(200, 2, "text/html", 1), None);
        check(Kind::Link, &reached(404, 0, "text/html", 1), Some(("L008", error)));
        check(Kind::Link, &reached(410, 0, "text/html", 1), Some(("L008", error)));
        check(Kind::Link, &reached(403, 0, "text/html", 1), None);
        check(Kind::Link, &reached(503, 0, "text/html", 1), Some(("L008", warning)));
        check(Kind::Link, &reached(200, 3, "text/html", 1), Some(("L008", warning)));
        check(Kind::Link, &Answer::NoHost, Some(("L008", error)));
        check(Kind::Link, &Answer::Untrusted("expired".into()), Some(("L008", error)));
        check(Kind::Link, &Answer::Slow, Some(("L008", warning)));
        check(Kind::Link, &Answer::NotAsked, None);
        check(Kind::Picture, &reached(200, 0, "image/png", 1), None);
        check(Kind::Picture, &reached(200, 0, "text/html", 1), Some(("I009", warning)));
        check(Kind::Picture, &reached(403, 0, "text/html", 1), Some(("I009", warning)));
        check(Kind::Picture, &reached(404, 0, "image/png", 1), Some(("I009", warning)));
        check(Kind::Picture, &Answer::NoHost, Some(("I009", warning)));
    }

    #[test]
    fn heavy_pictures_are_told_one_by_one_and_together() {
        let target = Target { url: "https://www.example.org/a.png".into(), kind: Kind::Picture, element: 1 };
        let found = |octets: &[u64]| {
            let answers: Vec<_> = octets.iter().map(|octets| reached(200, 0, "image/png", *octets)).collect();
            let pictures: Vec<_> = answers.iter().map(|answer| (&target, answer)).collect();
            weights("en", &pictures, &[]).into_iter().map(|found| found.severity).collect::<Vec<_>>()
        };
        assert_eq!(found(&[200_000; 4]), []);
        assert_eq!(found(&[300_000]), [Severity::Warning]);
        assert_eq!(found(&[199_000; 5]), [Severity::Warning]);
        assert_eq!(found(&[199_000; 11]), [Severity::Error]);
    }
}
