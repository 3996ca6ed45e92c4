//! S004: the line that inboxes show after the subject.

use crate::{
    check::{
        CheckInput,
        report::{Report, Spot},
        script,
    },
    domain::merge::MergeField,
};

const WIDTH_MIN: usize = 30;
const WIDTH_MAX: usize = 140;

/// What every template begins with and nobody wants to read.
const WASTED: [&str; 12] = [
    "view in browser",
    "view this email",
    "view online",
    "view this message",
    "if you can't see",
    "having trouble",
    "voir en ligne",
    "voir dans le navigateur",
    "ver en línea",
    "открыть в браузере",
    "عرض في المتصفح",
    "在线查看",
];

pub(super) fn judge(input: &CheckInput<'_>, report: &mut Report<'_>) {
    // What a value adds differs by reader; its default, or a word, stands for it.
    let said = input.digest.merge.replace(&input.digest.preheader, |field| match field {
        MergeField::Subscriber { default: Some(default), .. } => default.clone(),
        MergeField::Subscriber { default: None, .. } => "value".to_owned(),
        MergeField::UnsubscribeUrl => String::new(),
    });
    let said = said.trim();
    let place = input.edition.preheader.as_ref().unwrap_or(&input.edition.subject).place.clone();
    let mut note = |message: String| report.note("S004", Spot::Written(Some(place.clone())), message);
    if said.is_empty() {
        return note("there is no preheader".to_owned());
    }
    let width = script::width(said);
    if width < WIDTH_MIN {
        note(format!("the preheader is only {width} columns wide, {WIDTH_MIN} are wanted"));
    } else if width > WIDTH_MAX {
        note(format!("the preheader is {width} columns wide, inboxes show {WIDTH_MAX} at most"));
    }
    let (lower, subject) = (said.to_lowercase(), input.digest.subject.trim().to_lowercase());
    if !subject.is_empty() && lower.starts_with(&subject) {
        note("the preheader repeats the subject".to_owned());
    }
    if let Some(wasted) = WASTED.iter().find(|wasted| lower.replace('\u{2019}', "'").starts_with(*wasted)) {
        note(format!("the preheader begins with `{wasted}`"));
    }
}
