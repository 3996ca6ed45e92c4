//! Says in words how two fingerprints differ.

use crate::domain::approval::Fingerprint;
use std::collections::BTreeSet;

/// Changes that are listed; more are counted.
const CHANGES_MAX: usize = 12;

/// What follows from other parts: named only when no other change explains it.
const RESULTS: [&str; 4] = ["html", "text", "headers", "letter"];

/// How a part differs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Difference {
    New,
    Gone,
    Changed,
}

/// Returns what differs between what was approved and what is there now. Never empty.
pub(super) fn in_words(approved: &Fingerprint, now: &Fingerprint) -> Vec<String> {
    let names: BTreeSet<_> = approved.parts.keys().chain(now.parts.keys()).collect();
    let differing: Vec<_> = names
        .into_iter()
        .filter_map(|name| {
            let difference = match (approved.parts.get(name), now.parts.get(name)) {
                (None, _) => Difference::New,
                (_, None) => Difference::Gone,
                (before, after) if before != after => Difference::Changed,
                _ => return None,
            };
            Some((name.as_str(), difference))
        })
        .collect();
    let causes: Vec<_> = differing.iter().copied().filter(|(name, _)| !is_result(name)).collect();
    // Adding or removing an item changes the order as well; one reason is enough.
    let has_items = |wanted: &[Difference]| {
        causes.iter().any(|(name, how)| name.starts_with("item/") && wanted.contains(how))
    };
    let items_moved = has_items(&[Difference::New, Difference::Gone]);
    let told = if causes.is_empty() { differing } else { causes };
    let mut words: Vec<_> = told
        .into_iter()
        .filter(|(name, _)| *name != "items" || !items_moved)
        .map(|(name, difference)| phrase(name, difference))
        .collect();
    words.dedup();
    if words.is_empty() {
        words.push("something that this version of masthead reckons with differently".to_owned());
    }
    if words.len() > CHANGES_MAX {
        let more = words.len() - CHANGES_MAX;
        words.truncate(CHANGES_MAX);
        words.push(format!("and {more} more"));
    }
    words
}

fn is_result(name: &str) -> bool {
    name.split_once('/').is_some_and(|(_, part)| RESULTS.contains(&part))
}

fn phrase(name: &str, difference: Difference) -> String {
    let what = match name.split_once('/') {
        None => "the order of the items".to_owned(),
        Some(("item", slug)) => format!("item {slug}"),
        Some(("template", file)) => format!("template file {file}"),
        Some(("image", file)) => format!("picture {file}"),
        Some(("setting", setting)) => setting_in_words(setting),
        Some((variant, part)) => variant_in_words(variant, part),
    };
    match difference {
        Difference::Changed => what,
        Difference::New => format!("{what} (new)"),
        Difference::Gone => format!("{what} (taken out)"),
    }
}

fn setting_in_words(setting: &str) -> String {
    match setting {
        "from" => "the sender (`from`)".to_owned(),
        "reply_to" => "where answers go (`reply_to`)".to_owned(),
        "date" => "the day of the issue (`date`)".to_owned(),
        "teaser" => "the length of teasers (`teaser`)".to_owned(),
        "images" => "how pictures travel (`images`)".to_owned(),
        "bounces" => "where bounces go (`bounces`)".to_owned(),
        other => format!("the setting `{other}`"),
    }
}

fn variant_in_words(variant: &str, part: &str) -> String {
    let (language, topics) = variant.split_once('+').unwrap_or((variant, ""));
    let part = match part {
        "html" => "HTML",
        "letter" => "message",
        "text" => "plain text",
        "headers" => "header fields",
        "about" => "text about the newsletter",
        other => other,
    };
    let topics = if topics.is_empty() { String::new() } else { format!(" for readers of `{topics}`") };
    match language_in_words(language) {
        Some(language) => format!("the {language} {part}{topics}"),
        None => format!("the {part} in `{language}`{topics}"),
    }
}

/// Returns the English adjective of the languages that occur most.
fn language_in_words(tag: &str) -> Option<&'static str> {
    Some(match tag {
        "ar" => "Arabic",
        "de" => "German",
        "en" => "English",
        "es" => "Spanish",
        "fr" => "French",
        "it" => "Italian",
        "pt" => "Portuguese",
        "ru" => "Russian",
        "zh" => "Chinese",
        _ => return None,
    })
}
