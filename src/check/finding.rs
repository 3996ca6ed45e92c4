//! What a rule found, and where.

use crate::{
    check::rules::{self, Rule},
    domain::{
        issue::Waiver,
        problem::{Place, Problem, Severity},
    },
    render::trace::Trace,
};
use serde::Serialize;

/// What stands for an attribute when the template's line is meant, whatever words the element shows.
pub(super) const TEMPLATE: &str = "template";

/// A feature that mail clients of some readers lack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lack {
    /// What people call it, e.g. `border-radius`.
    pub feature: &'static str,
    /// Readers without it, in tenths of a hundredth: 125 are 12.5 %.
    pub per_mille: u32,
    /// The clients without it.
    pub clients: Vec<LackingClient>,
    /// When that was last tested.
    pub tested: &'static str,
}

/// A client that lacks a feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LackingClient {
    /// Its name in `checks.clients`.
    pub client: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Its share of the readers, in tenths of a hundredth.
    pub per_mille: u32,
}

/// One thing a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which rule.
    #[serde(flatten)]
    pub rule: &'static Rule,
    /// How much it matters here.
    pub severity: Severity,
    /// What is wrong, as in [`Problem::message`].
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Where it was written, when that can be told.
    pub place: Option<Place>,
    /// In which variant.
    pub variant: String,
    /// The elements of the HTML that show it, by number: the n-th start tag, counted from 0.
    pub elements: Vec<usize>,
    /// The attribute of the element that is meant, when not the whole of it.
    pub attribute: Option<&'static str>,
    /// Which clients lack what, where a rule weighs that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub support: Vec<Lack>,
    /// Who decided to let it pass, and why.
    pub waived: Option<Waiver>,
}

impl Finding {
    /// Returns a finding of a rule that no single message shows, with the severity and help of the rule.
    ///
    /// # Panics
    /// When there is no such rule: ids stand in this crate only.
    pub fn of(
        id: &str,
        variant: &str,
        message: impl Into<String>,
        place: Option<Place>,
        waivers: &[Waiver],
    ) -> Self {
        let rule = rules::rule(id);
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            help: rule.fix.to_owned(),
            place,
            variant: variant.to_owned(),
            elements: Vec::new(),
            attribute: None,
            support: Vec::new(),
            waived: waivers.iter().find(|waiver| waiver.rule == rule.id).cloned(),
        }
    }

    /// Returns whether it stops a send: an error that nobody waived.
    pub fn stops(&self) -> bool {
        self.severity == Severity::Error && self.waived.is_none()
    }

    /// Returns whether a trace of the HTML could tell its place.
    pub fn wants_trace(&self) -> bool {
        self.place.is_none() && !self.elements.is_empty()
    }

    /// Returns the finding in the shape that terminal and preview show.
    pub fn to_problem(&self) -> Problem {
        Problem {
            code: self.rule.code,
            severity: self.severity,
            place: self.place.clone(),
            message: format!("{} ({}, variant `{}`)", self.message, self.rule.id, self.variant),
            help: Some(self.help.clone()),
        }
    }
}

/// Says of findings in the HTML where they were written.
pub fn locate(findings: &mut [Finding], trace: &Trace) {
    for finding in findings.iter_mut().filter(|finding| finding.wants_trace()) {
        let place = finding.elements.iter().find_map(|number| match finding.attribute {
            Some(TEMPLATE) => trace.template(*number).or_else(|| trace.element(*number)),
            Some(name) => trace.attribute(*number, name),
            None => trace.element(*number),
        });
        finding.place = place.cloned();
        finding.attribute = finding.attribute.filter(|name| *name != TEMPLATE);
    }
}
