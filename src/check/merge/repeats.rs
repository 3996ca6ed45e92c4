//! T007: what readers know from an earlier issue.

use crate::{
    check::{
        CheckInput,
        report::{Report, Spot},
    },
    domain::{edition::EditionItem, issue::PastItem, problem::Place},
};

pub(super) fn judge(input: &CheckInput<'_>, report: &mut Report<'_>) {
    for item in &input.edition.items {
        // The newest comes first: that is the one that readers remember.
        let known = input.past.iter().find_map(|past| {
            let what = past.items.iter().find_map(|old| repeated(item, old))?;
            Some((past, what))
        });
        if let Some((past, (what, place))) = known {
            let message = format!("{what}`{}` was in `{}` already ({})", item.slug, past.id, past.date);
            let place = place.unwrap_or(&item.headline.place);
            report.note("T007", Spot::Written(Some(place.clone())), message);
        }
    }
}

/// Returns what of an item is the same, and where it stands; nothing is said when all of it is.
fn repeated<'a>(item: &'a EditionItem, old: &PastItem) -> Option<(&'static str, Option<&'a Place>)> {
    let same_text = |one: &str, other: &str| {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        !one.trim().is_empty() && plain(one) == plain(other)
    };
    let same_link = |one: &str, other: &str| {
        let plain = |url: &str| url.trim().trim_end_matches('/').to_ascii_lowercase();
        plain(one) == plain(other)
    };
    if item.slug == old.slug {
        Some(("", item.places.entry.as_ref()))
    } else if same_text(&item.headline.source, &old.headline) {
        Some(("the headline of ", None))
    } else if item.link.as_deref().zip(old.link.as_deref()).is_some_and(|(one, other)| same_link(one, other))
    {
        Some(("the link of ", item.places.link.as_ref()))
    } else {
        None
    }
}
