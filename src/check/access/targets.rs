//! A005: links that a finger can hit.

use crate::{
    check::{
        access::prose::Prose,
        message::Message,
        report::{Report, Spot},
    },
    clients::{Document, Node, style::Style},
    domain::problem::Severity,
};
use std::collections::{BTreeMap, BTreeSet};

/// Pixels that a link needs (WCAG 2.2, 2.5.8), and those that fingers like (2.5.5).
const TARGET_MIN: f32 = 24.0;
const TARGET_GOOD: f32 = 44.0;

/// Characters that are too few for a link to be wide by its words alone.
const NARROW: usize = 3;

pub(super) fn judge(prose: &Prose<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let style = message.style();
    // Links within a sentence are as high as its lines; nobody can change that.
    let in_sentences: BTreeSet<usize> = prose
        .words
        .iter()
        .filter(|words| prose.block(words).unlinked > 0)
        .filter_map(|words| words.link.filter(|link| is_inline(style, *link)))
        .collect();
    let sizes: Vec<(usize, &str, String, f32)> = message
        .page
        .links
        .iter()
        .filter(|link| link.is_visible && style.computed(link.number).is_visible)
        .filter_map(|link| Some((link.number, link.url.as_str(), link.called(), size(message, link.number)?)))
        .collect();
    let mut best: BTreeMap<&str, f32> = BTreeMap::new();
    for (_, url, _, size) in &sizes {
        let known = best.entry(url).or_insert(*size);
        *known = known.max(*size);
    }
    for (number, url, called, size) in &sizes {
        let best = best.get(url).copied().unwrap_or(*size);
        if in_sentences.contains(number) || *size >= TARGET_GOOD {
            continue;
        }
        // Whoever misses a headline finds the larger link to the same page below it.
        if best >= TARGET_GOOD || (*size >= TARGET_MIN && best > *size) {
            continue;
        }
        let severity = if *size < TARGET_MIN { Severity::Warning } else { Severity::Info };
        let message = format!("{called} is about {} pixels high or wide", size.round());
        report.note_as(severity, "A005", Spot::Element(*number), message);
    }
}

/// Returns whether a link flows in its line and has no room of its own.
fn is_inline(style: &Style, number: usize) -> bool {
    style.computed(number).display == "inline"
}

/// Returns about how high or wide a link is, whichever is less; `None` when a picture decides.
fn size(message: &Message<'_>, number: usize) -> Option<f32> {
    let (document, style) = (&message.document, message.style());
    let text = message.page.text_of(document, number);
    let pixels = |side: &str| -> f32 {
        let written = style.property(number, &format!("padding-{side}"));
        written.and_then(|value| value.trim().strip_suffix("px")?.trim().parse().ok()).unwrap_or(0.0)
    };
    if holds_picture(document, number) || text.is_empty() {
        return None;
    }
    let computed = style.computed(number);
    let high = pixels("top") + computed.line_height + pixels("bottom");
    // A letter is about half as wide as it is high; longer texts are wide enough in any case.
    let count = text.chars().count();
    if count > NARROW {
        return Some(high);
    }
    let letters = u16::try_from(count).map_or(0.0, f32::from);
    Some(high.min(pixels("left") + letters * computed.font_size * 0.5 + pixels("right")))
}

fn holds_picture(document: &Document, number: usize) -> bool {
    let mut open = vec![number];
    while let Some(number) = open.pop() {
        let element = &document.elements[number];
        if element.name == "img" {
            return true;
        }
        open.extend(element.children.iter().filter_map(|child| match child {
            Node::Element(child) => Some(*child),
            Node::Run(_) => None,
        }));
    }
    false
}
