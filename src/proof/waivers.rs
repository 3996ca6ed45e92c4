//! Waivers that name no rule, or that nothing asks for any more.

use crate::{
    check::{Finding, rules},
    domain::{
        issue::Waiver,
        problem::{Problem, Severity},
    },
};

/// Whether the rules that need the network were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Online {
    /// No: waivers of them are taken on trust.
    No,
    /// Yes.
    Yes,
}

/// Returns the waivers that name no rule: that can be told without any finding.
pub fn unknown(waivers: &[Waiver]) -> Vec<Problem> {
    waivers.iter().filter_map(of_no_rule).collect()
}

fn of_no_rule(waiver: &Waiver) -> Option<Problem> {
    let id = waiver.rule.as_str();
    let problem = Problem::warning("check/unknown-waiver", format!("there is no rule `{id}` to waive"));
    let help = "write the id that `masthead check` shows, such as `I006`";
    rules::find(id).is_none().then(|| problem.at(waiver.place.clone()).help(help))
}

/// Returns what is wrong with the waivers of an issue, given all findings of all its variants.
pub fn problems(waivers: &[Waiver], findings: &[Finding], online: Online) -> Vec<Problem> {
    let complaints = waivers.iter().filter_map(|waiver| {
        let id = waiver.rule.as_str();
        let unknown = of_no_rule(waiver);
        if unknown.is_some() {
            return unknown;
        }
        let is_used = findings.iter().any(|finding| finding.rule.id == id);
        if is_used || (online == Online::No && rules::is_online(id)) {
            return None;
        }
        let message = format!("`{id}` is waived by {}, and objects to nothing", waiver.by);
        let problem = Problem { severity: Severity::Info, ..Problem::warning("check/idle-waiver", message) };
        Some(problem.at(waiver.place.clone()).help("take the waiver out, so that it hides nothing later"))
    });
    complaints.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::problem::Place;

    fn waiver(rule: &str) -> Waiver {
        let place = Place { line: 5, ..Place::file("issues/2022-04.yaml") };
        Waiver { rule: rule.into(), reason: "so".into(), by: "the editor".into(), place }
    }

    #[test]
    fn waivers_of_no_rule_and_of_no_finding_are_told() {
        let waivers = ["Z999", "G001", "L001", "L008"].map(waiver);
        let findings = [Finding::of("L001", "en", "no link", None, &waivers)];
        assert_eq!(findings[0].waived.as_ref().map(|waiver| waiver.by.as_str()), Some("the editor"));
        let said = |online| {
            let found = problems(&waivers, &findings, online).into_iter();
            found.map(|problem| (problem.code, problem.message)).collect::<Vec<_>>()
        };
        let codes: Vec<_> = said(Online::No).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, ["check/unknown-waiver", "check/idle-waiver"]);
        assert_eq!(unknown(&waivers), problems(&waivers, &findings, Online::No)[..1]);
        assert_eq!(said(Online::Yes).len(), 3);
    }
}
