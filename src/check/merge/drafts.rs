//! T004: filler text, notes to oneself, and servers that no reader knows.

use crate::{
    check::{
        CheckInput, Reach,
        merge::written,
        message::Message,
        report::{Report, Spot},
    },
    domain::{language::Language, problem::Severity},
};

/// Labels of a host that say it is not the public one.
const TRIAL_LABELS: [&str; 7] = ["staging", "stage", "stg", "preprod", "uat", "sandbox", "localhost"];

/// Labels that may say so, and may be a name.
const PERHAPS_TRIAL: [&str; 4] = ["test", "dev", "qa", "preview"];

pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let language = &input.digest.language;
    let subject = Spot::Written(Some(input.edition.subject.place.clone()));
    let mut known = Vec::new();
    let mut look = |what: &str, text: &str, spot: Spot, report: &mut Report<'_>| {
        for (word, severity) in notes(text, language) {
            // What the HTML says, the text part says as well.
            if what != "text part" || !known.contains(&word) {
                // A paragraph of many lines begins long before the word.
                let spot = match &spot {
                    Spot::Message => message.saying(&word),
                    Spot::Element(number) => Spot::Shown(*number, written(input.edition, &word)),
                    spot => spot.clone(),
                };
                report.note_as(severity, "T004", spot, format!("the {what} says `{word}`"));
                known.push(word);
            }
        }
    };
    look("subject", &message.subject, subject, report);
    for run in message.document.runs.iter().filter(|run| !run.is_raw) {
        look("HTML part", &run.text, run.parent.map_or(Spot::Message, Spot::Element), report);
    }
    for (number, image) in message.document.named("img") {
        look("HTML part", image.get("alt").unwrap_or_default(), Spot::Attribute(number, "alt"), report);
    }
    look("text part", &message.text, Spot::Message, report);
    if input.reach == Reach::Public {
        hosts(message, report);
    }
}

/// Returns the notes to oneself and filler words in a text, without its addresses.
fn notes(text: &str, language: &Language) -> Vec<(String, Severity)> {
    let mut notes = Vec::new();
    let mut before = String::new();
    for token in text.split_whitespace().filter(|token| !is_address(token)) {
        let word = token.trim_matches(|c: char| !c.is_alphanumeric());
        let lower = word.to_lowercase();
        let severity = match word {
            // `TODO` is a word in Spanish, Portuguese and Italian.
            "TODO" | "TODOS" if matches!(language.primary(), "es" | "pt" | "it" | "gl") => {
                token.ends_with(':').then_some(Severity::Warning)
            }
            "TODO" | "FIXME" => Some(Severity::Error),
            // Three may be a number of old Rome.
            "XXX" => Some(Severity::Warning),
            _ if word.len() > 3 && word.bytes().all(|octet| octet == b'X') => Some(Severity::Error),
            _ if lower == "ipsum" && before == "lorem" => Some(Severity::Error),
            _ => None,
        };
        if let Some(severity) = severity {
            let shown = if lower == "ipsum" { "lorem ipsum".to_owned() } else { word.to_owned() };
            notes.push((shown, severity));
        }
        before = lower;
    }
    notes
}

fn is_address(token: &str) -> bool {
    token.contains("://") || token.contains('@') || token.starts_with("www.")
}

fn hosts(message: &Message<'_>, report: &mut Report<'_>) {
    let mut known = Vec::new();
    for (number, element) in message.document.elements.iter().enumerate() {
        for name in ["href", "src", "background"] {
            let Some((url, host)) = element.get(name).and_then(|url| Some((url, host(url)?))) else {
                continue;
            };
            if let Some((fault, severity)) = fault(&host) {
                let what = if name == "href" { "link" } else { "picture" };
                let message = format!("a {what} leads to `{host}`, {fault}");
                report.note_as(severity, "T004", Spot::Attribute(number, name), message);
                known.push(url.to_owned());
            }
        }
    }
    for token in message.text.split_whitespace().filter(|token| token.contains("://")) {
        let Some(host) = token.find("http").and_then(|at| host(&token[at..])) else { continue };
        let is_new = !known.iter().any(|url| token.contains(url.as_str()));
        if let Some((fault, severity)) = fault(&host).filter(|_| is_new) {
            let message = format!("the text part leads to `{host}`, {fault}");
            report.note_as(severity, "T004", Spot::Message, message);
        }
    }
}

/// Returns the host of a web address in lower case.
fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once("://")?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '>', ')']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    Some(host.split(':').next().unwrap_or(host).trim_end_matches('.').to_ascii_lowercase())
}

/// Returns why a host is none for readers.
fn fault(host: &str) -> Option<(&'static str, Severity)> {
    // Only the one that templates and drafts are full of: `example.org` is used by examples that mean it.
    if host == "example.com" || host.ends_with(".example.com") {
        return Some(("an address for examples", Severity::Error));
    }
    let (names, _) = host.rsplit_once('.')?;
    // The name before the ending is a company's own: there is a `stage.com`.
    let below = names.rsplit_once('.').map_or("", |(below, _)| below);
    let is_one_of =
        |words: &[&str]| below.split('.').any(|label| label.split('-').any(|word| words.contains(&word)));
    if is_one_of(&TRIAL_LABELS) {
        Some(("a server for trials", Severity::Error))
    } else if is_one_of(&PERHAPS_TRIAL) {
        Some(("perhaps a server for trials", Severity::Warning))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_notes(text: &str, language: &str, expected: &[&str]) {
        let found: Vec<_> =
            notes(text, &Language::parse(language).unwrap()).into_iter().map(|(word, _)| word).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn notes_to_oneself_are_whole_words() {
        check_notes(
            "(TODO: date) FIXME, XXXX. Lorem ipsum dolor",
            "en",
            &["TODO", "FIXME", "XXXX", "lorem ipsum"],
        );
        check_notes("METHODOLOGY https://example.org/TODO todo a lorem", "en", &[]);
        check_notes("TODO el mundo TODO: fecha", "es", &["TODO"]);
        check_notes("the XXX Games", "en", &["XXX"]);
    }

    #[test]
    fn hosts_of_trials_are_told_from_names() {
        for host in ["example.com", "www.example.com", "staging.example.org", "www-uat.example.org"] {
            assert_eq!(fault(host).map(|(_, severity)| severity), Some(Severity::Error), "{host}");
        }
        assert_eq!(fault("dev.example.org").map(|(_, severity)| severity), Some(Severity::Warning));
        for host in ["www.example.org", "stage.org", "counterexample.com", "dev.to", "staging"] {
            assert_eq!(fault(host), None, "{host}");
        }
        assert_eq!(host("HTTPS://a@Example.org:80/x"), Some("example.org".into()));
        assert_eq!(host("mailto:a@example.com"), None);
    }
}
