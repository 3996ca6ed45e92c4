//! What the mail clients of the readers don't support.
//!
//! Only clients that lack a feature wholly count: where it works in part, nobody says in which part. What other rules judge
//! more closely is left to them.

mod features;

use crate::{
    check::{
        CheckInput, Lack, LackingClient,
        report::{Report, Spot},
        style::scene::Scene,
    },
    clients::support::{self, Client, Feature, Kind, Shares, Usage, Verdict},
    domain::problem::Severity,
};
use features::{CONSEQUENCES, ELSEWHERE, ENHANCEMENTS};
use std::collections::{BTreeMap, BTreeSet};

/// Share of the readers for whom something is missing that is worth a word.
const WORTH_A_WORD: f64 = 0.05;

/// Share that is worth a warning.
const WORTH_A_WARNING: f64 = 0.20;

/// C001.
pub(super) fn judge(input: &CheckInput<'_>, scene: &Scene<'_>, report: &mut Report<'_>) {
    let shares = Shares::of(&input.settings.clients);
    let mut fine_points = FinePoints::default();
    for (feature, usages) in used(scene) {
        let Some(gap) = Gap::of(feature, &shares) else { continue };
        for usage in &usages {
            if !is_extra(usage) {
                let severity = if gap.share < WORTH_A_WARNING { Severity::Info } else { Severity::Warning };
                let sentence = gap.sentence();
                report.note_as(severity, "C001", spot(usage), sentence.clone());
                report.support("C001", &sentence, vec![gap.lack()]);
            } else if feature.kind != Kind::Selector {
                // The rule that a selector heads is an extra as a whole: its declarations are named.
                fine_points.add(&gap, usage);
            }
        }
    }
    if let Some(element) = fine_points.element {
        let lacks = std::mem::take(&mut fine_points.lacks);
        let sentence = fine_points.sentence();
        report.note_as(Severity::Info, "C001", Spot::Element(element), sentence.clone());
        report.support("C001", &sentence, lacks);
    }
}

/// Enhancements that some clients lack.
#[derive(Default)]
struct FinePoints {
    /// Names of features by the clients without them.
    groups: Vec<(f64, String, Vec<&'static str>)>,
    tested: BTreeSet<&'static str>,
    element: Option<usize>,
    /// Each feature for itself.
    lacks: Vec<Lack>,
}

impl FinePoints {
    fn add(&mut self, gap: &Gap, usage: &Usage) {
        let clients = gap.clients(false);
        self.tested.insert(gap.feature.tested);
        self.element.get_or_insert(usage.spot.element());
        if !self.lacks.iter().any(|known| known.feature == gap.feature.title) {
            self.lacks.push(gap.lack());
        }
        match self.groups.iter_mut().find(|(_, known, _)| *known == clients) {
            Some((_, _, names)) if names.contains(&gap.feature.title) => {}
            Some((_, _, names)) => names.push(gap.feature.title),
            None => self.groups.push((gap.share, clients, vec![gap.feature.title])),
        }
    }

    fn sentence(mut self) -> String {
        self.groups.sort_by(|one, other| other.0.total_cmp(&one.0));
        let group = |(share, clients, names): &(f64, String, Vec<&str>)| {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("{} for {} ({clients})", names.join(", "), percent(*share))
        };
        let groups: Vec<_> = self.groups.iter().map(group).collect();
        let tested = match (self.tested.first(), self.tested.last()) {
            (Some(first), Some(last)) if first != last => format!("between {first} and {last}"),
            (first, _) => first.copied().unwrap_or_default().to_owned(),
        };
        format!(
            "fine points that are not there for all readers, and not missed: {}; tested {tested}",
            groups.join("; ")
        )
    }
}

/// Returns the features that the message uses where readers see it, each with its uses.
fn used(scene: &Scene<'_>) -> Vec<(&'static Feature, Vec<Usage>)> {
    let mut used: BTreeMap<&'static str, Vec<Usage>> = BTreeMap::new();
    for usage in support::features_of(scene.document) {
        let is_hidden = match usage.spot {
            support::Spot::Element(number) | support::Spot::Inline(number) => scene.is_hidden(number),
            support::Spot::Sheet { .. } => false,
        };
        // A style element is always out of sight itself.
        let is_hidden = is_hidden && usage.feature != "html-style";
        if !is_hidden && !ELSEWHERE.contains(&usage.feature) && !says_nothing(&usage) {
            used.entry(usage.feature).or_default().push(usage);
        }
    }
    used.into_iter().filter_map(|(id, usages)| Some((support::feature(id)?, usages))).collect()
}

/// Returns whether a declaration only says what holds anyway.
fn says_nothing(usage: &Usage) -> bool {
    let is_property = support::feature(usage.feature).is_some_and(|feature| feature.kind == Kind::Property);
    let value = usage.written.split_once(':').map(|(_, value)| value.trim().to_ascii_lowercase());
    is_property
        && value.is_some_and(|value| {
            matches!(
                value.as_str(),
                "normal" | "none" | "auto" | "0" | "0px" | "visible" | "static" | "inherit" | "unset"
            )
        })
}

/// Returns whether a message is made to do without what is used here.
fn is_extra(usage: &Usage) -> bool {
    let is_sheet_extra = matches!(usage.spot, support::Spot::Sheet { is_extra: true, .. });
    is_sheet_extra || ENHANCEMENTS.contains(&usage.feature)
}

fn spot(usage: &Usage) -> Spot {
    match usage.spot {
        support::Spot::Inline(number) => Spot::Attribute(number, "style"),
        _ => Spot::Element(usage.spot.element()),
    }
}

/// A feature and who lacks it.
struct Gap {
    feature: &'static Feature,
    lacking: Vec<(&'static Client, f64)>,
    share: f64,
}

impl Gap {
    /// Returns who lacks a feature, when they are enough to be worth a word.
    fn of(feature: &'static Feature, shares: &Shares) -> Option<Self> {
        let (_, clients) = support::weight(feature.id, shares);
        let lacking: Vec<_> = clients
            .into_iter()
            .filter(|(_, verdict)| *verdict == Verdict::No)
            .map(|(client, _)| (client, shares.get(client.short)))
            .filter(|(_, share)| *share > 0.0)
            .collect();
        let share = lacking.iter().map(|(_, share)| share).sum();
        // What is five in a hundred may come out a hair less.
        (share >= WORTH_A_WORD - 1e-6).then_some(Self { feature, lacking, share })
    }

    /// Returns the same for programs.
    fn lack(&self) -> Lack {
        let client = |(client, share): &(&'static Client, f64)| LackingClient {
            client: client.short,
            name: client.name,
            per_mille: per_mille(*share),
        };
        Lack {
            feature: self.feature.title,
            per_mille: per_mille(self.share),
            clients: self.lacking.iter().map(client).collect(),
            tested: self.feature.tested,
        }
    }

    /// Names the clients, with their shares if there is room.
    fn clients(&self, with_shares: bool) -> String {
        let named = self.lacking.iter().map(|(client, share)| {
            if with_shares {
                format!("{} {}", name(client), percent(*share))
            } else {
                name(client).to_owned()
            }
        });
        named.collect::<Vec<_>>().join(", ")
    }

    fn sentence(&self) -> String {
        let Feature { id, title, tested, kind, .. } = self.feature;
        let known = CONSEQUENCES.iter().find(|(of, _)| of == id).map(|(_, what)| *what);
        let happens = known.unwrap_or_else(|| kind.consequence());
        format!(
            "`{title}` does not work for {} of the readers ({}): {happens}; tested {tested}",
            percent(self.share),
            self.clients(true)
        )
    }
}

/// Returns the name of a client as it fits in a list.
fn name(client: &'static Client) -> &'static str {
    match client.short {
        "gmail-other" => "the Gmail app with other accounts",
        "outlook" => "Outlook on web, phone and Mac",
        "outlook-windows" => "Outlook for Windows",
        "yahoo" => "Yahoo",
        _ => client.name,
    }
}

fn per_mille(share: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares lie between 0 and 1")]
    let per_mille = (share * 1_000.0).round() as u32;
    per_mille
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 0.95 { "under 1 %".to_owned() } else { format!("{percent:.0} %") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::MAIL_CLIENTS;

    #[test]
    fn every_feature_that_is_named_is_in_the_table_once() {
        let ids = || ELSEWHERE.iter().chain(ENHANCEMENTS);
        for id in ids().chain(CONSEQUENCES.iter().map(|(id, _)| id)) {
            assert!(support::feature(id).is_some(), "{id}");
        }
        assert!(ids().all(|id| ids().filter(|other| *other == id).count() == 1));
    }

    #[test]
    fn settings_know_the_same_clients_as_the_table() {
        assert_eq!(support::CLIENTS.each_ref().map(|client| client.short), MAIL_CLIENTS);
    }

    #[test]
    fn gaps_name_the_clients_and_what_happens() {
        let gap = Gap::of(support::feature("css-box-sizing").unwrap(), &Shares::default()).unwrap();
        assert_eq!(
            gap.sentence(),
            "`box-sizing` does not work for 12 % of the readers (Outlook for Windows 5 %, Yahoo 4 %, \
             the Gmail app with other accounts 3 %): the box grows by its padding and border; tested 2019-02-28"
        );
        assert!(Gap::of(support::feature("css-margin").unwrap(), &Shares::default()).is_none());
    }
}
