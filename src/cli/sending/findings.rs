//! Shows what the rules found: by severity, then by rule, each thing once however many variants have it.

use crate::{
    check::{Finding, Lack, rules::Rule},
    cli::output::{Dress, Output, visible},
    domain::{
        issue::Waiver,
        problem::{Place, Severity},
    },
};
use serde::Serialize;

/// Findings of one rule that are written out, unless they stop a send; `--json` has them all.
const SHOWN_MAX: usize = 10;

/// Characters of a line.
const WIDTH: usize = 100;

/// One thing that was found, in one or more variants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Found<'a> {
    #[serde(flatten)]
    pub(crate) rule: &'static Rule,
    pub(crate) severity: Severity,
    message: &'a str,
    help: &'a str,
    /// The first of the places.
    place: Option<&'a Place>,
    variants: Vec<&'a str>,
    /// Every place with the variants that have it there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    places: Vec<Seat<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    support: &'a [Lack],
    pub(crate) waived: Option<&'a Waiver>,
}

/// Where something was found, and in which variants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Seat<'a> {
    place: &'a Place,
    variants: Vec<&'a str>,
}

impl<'a> Found<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity,
            message: &finding.message,
            help: &finding.help,
            place: finding.place.as_ref(),
            variants: Vec::new(),
            places: Vec::new(),
            support: &finding.support,
            waived: finding.waived.as_ref(),
        }
    }

    fn is_of(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && self.severity == finding.severity && self.message == finding.message
    }

    /// Notes one more variant, and one more place when it is another.
    fn add(&mut self, finding: &'a Finding) {
        let variant = finding.variant.as_str();
        if !self.variants.contains(&variant) {
            self.variants.push(variant);
        }
        let Some(place) = &finding.place else { return };
        self.place = self.place.or(Some(place));
        match self.places.iter_mut().find(|seat| seat.place == place) {
            Some(seat) if seat.variants.contains(&variant) => {}
            Some(seat) => seat.variants.push(variant),
            None => self.places.push(Seat { place, variants: vec![variant] }),
        }
    }
}

/// Returns what was found, the gravest first, each once: languages say the same of different files.
pub(crate) fn merged(findings: &[Finding]) -> Vec<Found<'_>> {
    let mut merged: Vec<Found<'_>> = Vec::new();
    for finding in findings {
        let at = merged.iter().position(|known| known.is_of(finding)).unwrap_or_else(|| {
            merged.push(Found::of(finding));
            merged.len() - 1
        });
        merged[at].add(finding);
    }
    merged.sort_by_key(|found| (std::cmp::Reverse(found.severity), found.rule.id));
    merged
}

/// Shows findings, those that were waived last; returns whether one of them stops a send.
pub(crate) fn show(output: Output, findings: &[Finding]) -> bool {
    let merged = merged(findings);
    if output.json {
        for found in &merged {
            output.object(found);
        }
    } else {
        let (waived, open): (Vec<_>, Vec<_>) = merged.iter().partition(|found| found.waived.is_some());
        for group in open.chunk_by(|a, b| (a.severity, a.rule) == (b.severity, b.rule)) {
            rule(output, group);
        }
        for found in waived {
            waiver(output, found);
        }
    }
    findings.iter().any(Finding::stops)
}

/// Shows what one rule found, and what to do about it.
fn rule(output: Output, group: &[&Found<'_>]) {
    let Some(first) = group.first() else { return };
    let (word, dress) = match first.severity {
        Severity::Error => ("error", Dress::Bad),
        Severity::Warning => ("warning", Dress::Careful),
        Severity::Info => ("note", Dress::Faint),
    };
    let Rule { id, code, title, why, .. } = first.rule;
    let code = output.dress(Dress::Faint, &format!("[{code}]"));
    output.talk(&format!("{} {id}: {title}  {code}", output.dress(dress, word)));
    let shown_max = if first.severity == Severity::Error { usize::MAX } else { SHOWN_MAX };
    for found in group.iter().take(shown_max) {
        one(output, found, dress);
    }
    if group.len() > shown_max {
        output.talk(&format!("  … and {} more (`--json` lists them all)", group.len() - shown_max));
    }
    for line in wrapped("  why:  ", why) {
        output.talk(&output.dress(Dress::Faint, &line));
    }
    let mut helps: Vec<_> = group.iter().map(|found| found.help).collect();
    helps.dedup();
    for line in helps.into_iter().flat_map(|help| wrapped("  help: ", &visible(help))) {
        output.talk(&line);
    }
}

/// Shows one thing that was found: what, in which variants, where.
fn one(output: Output, found: &Found<'_>, dress: Dress) {
    let variants = output.dress(Dress::Faint, &format!("({})", found.variants.join(", ")));
    // A list of features is easier to take in line by line than as a sentence.
    let (said, listed) = match found.message.split_once(": ").filter(|_| found.support.len() > 1) {
        Some((said, _)) => (format!("{said}:"), lacks(found.support)),
        None => (found.message.to_owned(), Vec::new()),
    };
    let mut said = wrapped("  ", &visible(&said));
    if let Some(last) = said.last_mut() {
        last.extend(["  ", variants.as_str()]);
    }
    for line in said.iter().chain(&listed) {
        output.talk(line);
    }
    match found.places.as_slice() {
        [] => {}
        [seat] => {
            output.talk(&format!("    {}", visible(&seat.place.to_string())));
            for line in output.excerpt(seat.place, dress) {
                output.talk(&format!("  {line}"));
            }
        }
        seats => {
            for Seat { place, variants } in seats {
                let variants = output.dress(Dress::Faint, &format!("({})", variants.join(", ")));
                output.talk(&format!("    {}  {variants}", visible(&place.to_string())));
            }
        }
    }
}

/// Returns a line for each group of clients: how many readers, what they lack, which clients.
fn lacks(lacks: &[Lack]) -> Vec<String> {
    let mut groups: Vec<(&Lack, Vec<String>)> = Vec::new();
    for lack in lacks {
        let name = format!("`{}`", lack.feature);
        match groups.iter_mut().find(|(first, _)| first.clients == lack.clients) {
            Some((_, names)) => names.push(name),
            None => groups.push((lack, vec![name])),
        }
    }
    groups.sort_by_key(|(first, _)| std::cmp::Reverse(first.per_mille));
    let line = |(first, names): &(&Lack, Vec<String>)| {
        let clients: Vec<_> = first.clients.iter().map(|client| client.name).collect();
        let share = format!("    {:>3} %  ", (first.per_mille + 5) / 10);
        wrapped(&share, &format!("{} ({})", names.join(", "), clients.join(", ")))
    };
    let mut lines: Vec<_> = groups.iter().flat_map(line).collect();
    let tested = || lacks.iter().map(|lack| lack.tested);
    if let (Some(first), Some(last)) = (tested().min(), tested().max()) {
        lines.push(format!("    tested from {first} to {last}"));
    }
    lines
}

/// Breaks a text into lines, the first behind `lead` and the others below its words.
fn wrapped(lead: &str, text: &str) -> Vec<String> {
    let indent = lead.chars().count();
    let (mut lines, mut line) = (Vec::new(), lead.to_owned());
    let mut length = indent;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let more = word.chars().count();
        if length > indent && length + 1 + more > WIDTH {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            length = indent;
        }
        if length > indent {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += more;
    }
    lines.push(line);
    lines
}

/// Shows what somebody let pass.
fn waiver(output: Output, found: &Found<'_>) {
    let Some(waiver) = found.waived else { return };
    let lead = format!("waived {}: ", found.rule.id);
    let mut lines = wrapped(&lead, &format!("{}  ({})", visible(found.message), found.variants.join(", ")));
    if let Some(rest) = lines.first().and_then(|line| line.strip_prefix("waived")) {
        lines[0] = format!("{}{rest}", output.dress(Dress::Faint, "waived"));
    }
    lines.extend(wrapped("  ", &format!("by {}: {}", visible(&waiver.by), visible(&waiver.reason))));
    for line in lines {
        output.talk(&line);
    }
}

/// Returns the waivers that let something pass, each once.
pub(crate) fn waivers(findings: &[Finding]) -> Vec<Waiver> {
    let mut waivers: Vec<Waiver> = Vec::new();
    for waiver in findings.iter().filter_map(|finding| finding.waived.as_ref()) {
        if !waivers.iter().any(|known| known.rule == waiver.rule) {
            waivers.push(waiver.clone());
        }
    }
    waivers.sort_by(|a, b| a.rule.cmp(&b.rule));
    waivers
}

/// Returns the line that says of waivers who let what pass.
pub(crate) fn waivers_in_words(waivers: &[Waiver]) -> Option<String> {
    let parts: Vec<_> = waivers
        .iter()
        .map(|waiver| format!("{} by {} ({})", waiver.rule, waiver.by, waiver.reason))
        .collect();
    (!parts.is_empty()).then(|| format!("waived: {}", visible(&parts.join("; "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_between_words() {
        let lines = wrapped("  why:  ", &"many words ".repeat(20));
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.len() <= WIDTH && !line.ends_with(' ')), "{lines:?}");
        assert!(lines[0].starts_with("  why:  many") && lines[1].starts_with("        "), "{lines:?}");
        let address = format!("https://example.org/{}", "a".repeat(120));
        assert_eq!(wrapped("  ", &address), [format!("  {address}")], "an address stays whole");
    }

    #[test]
    fn languages_that_say_the_same_are_told_together_with_each_place() {
        let finding = |variant, path: &str| {
            Finding::of("T007", variant, "`road` was in `news/1` already", Some(Place::file(path)), &[])
        };
        let findings = [finding("en", "a.md"), finding("fr", "a.fr.md"), finding("ru", "a.md")];
        let merged = merged(&findings);
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].variants, ["en", "fr", "ru"]);
        let json = serde_json::to_value(&merged[0]).unwrap();
        assert_eq!(json["place"]["path"], "a.md");
        assert_eq!(json["places"][0]["variants"], serde_json::json!(["en", "ru"]));
        assert_eq!(json["places"][1]["place"]["path"], "a.fr.md");
        assert!(json.get("support").is_none());
    }
}
