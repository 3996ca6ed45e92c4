//! Shows what the rules found: by severity, then by rule, each thing once however many variants have it.

use crate::{
    check::{Finding, rules::Rule},
    cli::output::{Dress, Output, visible},
    domain::{
        issue::Waiver,
        problem::{Place, Severity},
    },
};
use serde::Serialize;

/// Findings of one rule that are written out, unless they stop a send; `--json` has them all.
const SHOWN_MAX: usize = 10;

/// One thing that was found, in one or more variants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Found<'a> {
    #[serde(flatten)]
    pub(crate) rule: &'static Rule,
    pub(crate) severity: Severity,
    message: &'a str,
    help: &'a str,
    place: Option<&'a Place>,
    variants: Vec<&'a str>,
    pub(crate) waived: Option<&'a Waiver>,
}

/// Returns what was found, the gravest first, each once.
pub(crate) fn merged(findings: &[Finding]) -> Vec<Found<'_>> {
    let mut merged: Vec<Found<'_>> = Vec::new();
    for finding in findings {
        let place = finding.place.as_ref();
        let known = merged.iter_mut().find(|known| {
            known.rule == finding.rule
                && known.severity == finding.severity
                && known.message == finding.message
                && known.place == place
        });
        if let Some(known) = known {
            if !known.variants.contains(&finding.variant.as_str()) {
                known.variants.push(&finding.variant);
            }
            continue;
        }
        merged.push(Found {
            rule: finding.rule,
            severity: finding.severity,
            message: &finding.message,
            help: &finding.help,
            place,
            variants: vec![&finding.variant],
            waived: finding.waived.as_ref(),
        });
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
        let variants = output.dress(Dress::Faint, &format!("({})", found.variants.join(", ")));
        output.talk(&format!("  {}  {variants}", visible(found.message)));
        if let Some(place) = found.place {
            output.talk(&format!("    {}", visible(&place.to_string())));
            for line in output.excerpt(place, dress) {
                output.talk(&format!("  {line}"));
            }
        }
    }
    if group.len() > shown_max {
        output.talk(&format!("  … and {} more (`--json` lists them all)", group.len() - shown_max));
    }
    output.talk(&output.dress(Dress::Faint, &format!("  why:  {why}")));
    let mut helps: Vec<_> = group.iter().map(|found| found.help).collect();
    helps.dedup();
    for help in helps {
        output.talk(&format!("  help: {}", visible(help)));
    }
}

/// Shows what somebody let pass.
fn waiver(output: Output, found: &Found<'_>) {
    let Some(waiver) = found.waived else { return };
    let variants = found.variants.join(", ");
    output.talk(&format!(
        "{} {}: {}  ({variants})",
        output.dress(Dress::Faint, "waived"),
        found.rule.id,
        visible(found.message)
    ));
    output.talk(&format!("  by {}: {}", visible(&waiver.by), visible(&waiver.reason)));
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
