//! Gathers what the rules find.

use crate::{
    check::{
        CheckInput, Finding,
        finding::{Lack, TEMPLATE},
        rules,
    },
    domain::{
        issue::Waiver,
        problem::{Place, Severity},
    },
};

/// Where in a message something was found.
#[derive(Clone, Debug)]
pub(super) enum Spot {
    /// Nowhere in particular.
    Message,
    /// An element of the HTML, by number.
    Element(usize),
    /// An attribute of an element.
    Attribute(usize, &'static str),
    /// An element of the HTML, by number, where what is missing belongs into the template.
    Template(usize),
    /// An element of the HTML that shows what a file says elsewhere.
    Shown(usize, Option<Place>),
    /// Where a file says it; nowhere in particular when that is not known.
    Written(Option<Place>),
}

/// Collects findings; each is said once however many readers and elements show it.
pub(super) struct Report<'a> {
    variant: &'a str,
    waivers: &'a [Waiver],
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(super) fn new(input: &CheckInput<'a>) -> Self {
        Self { variant: input.variant, waivers: input.waivers, findings: Vec::new() }
    }

    /// Notes a finding with the severity and help of its rule.
    pub(super) fn note(&mut self, id: &str, spot: Spot, message: impl Into<String>) {
        let rule = rules::rule(id);
        self.note_as(rule.severity, id, spot, message);
    }

    /// Notes a finding that matters more or less than its rule usually does.
    pub(super) fn note_as(&mut self, severity: Severity, id: &str, spot: Spot, message: impl Into<String>) {
        let (rule, message) = (rules::rule(id), message.into());
        let (place, element, attribute) = match spot {
            Spot::Message => (None, None, None),
            Spot::Element(number) => (None, Some(number), None),
            Spot::Attribute(number, name) => (None, Some(number), Some(name)),
            Spot::Template(number) => (None, Some(number), Some(TEMPLATE)),
            Spot::Shown(number, place) => (place, Some(number), None),
            Spot::Written(place) => (place, None, None),
        };
        let known = self.findings.iter_mut().find(|known| known.rule == rule && known.message == message);
        if let Some(known) = known {
            if let Some(number) = element.filter(|number| !known.elements.contains(number)) {
                known.elements.push(number);
            }
            return;
        }
        self.findings.push(Finding {
            rule,
            severity,
            message,
            help: rule.fix.to_owned(),
            place,
            variant: self.variant.to_owned(),
            elements: element.into_iter().collect(),
            attribute,
            support: Vec::new(),
            waived: self.waivers.iter().find(|waiver| waiver.rule == rule.id).cloned(),
        });
    }

    /// Says of a finding which clients lack what, unless that was said.
    pub(super) fn support(&mut self, id: &str, message: &str, lacks: Vec<Lack>) {
        let known = self.findings.iter_mut().find(|known| known.rule.id == id && known.message == message);
        if let Some(known) = known.filter(|known| known.support.is_empty()) {
            known.support = lacks;
        }
    }

    /// Returns the findings, the gravest first.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.rule.id));
        self.findings
    }
}
