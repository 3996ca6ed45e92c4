//! T: what merge fields, drafts and earlier issues left behind.

mod calendar;
mod chinese;
mod dates;
mod drafts;
mod escape;
mod hollow;
mod repeats;
mod tags;

use crate::{
    check::{
        CheckInput,
        message::Message,
        report::{Report, Spot},
        rules::{Rule, error, info, warning},
    },
    domain::{edition::Edition, problem::Place, subscriber::Subscriber},
    render::{form::MissingField, place_in},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "T001",
        "check/unresolved-tag",
        "a placeholder was left unfilled",
        "Nobody wants to be called `{{ name }}`.",
        "write merge fields as `{{ subscriber.name | default(value=\"reader\") }}`, remove tags of other tools, and write your own text where a new file holds an example",
    ),
    error(
        "T002",
        "check/missing-value",
        "a reader lacks a field that has no default",
        "That reader's message could not be made.",
        "give the field a default, or complete the list",
    ),
    error(
        "T003",
        "check/hollow-value",
        "a merge field leaves a hole or a word of the machine",
        "`Dear ,` and `Dear null` tell readers that nobody looked.",
        "give the field a default that reads well, or correct the value in the list",
    ),
    error(
        "T004",
        "check/draft",
        "something of a draft was left in",
        "Filler text, notes to oneself and links to a test server are seen by all readers at once.",
        "write the real text, and link to the public page",
    ),
    error(
        "T005",
        "check/value-escapes",
        "a reader's value changes the message round it",
        "A name such as `<b>` must stay a name: what becomes markup or a header field lets strangers write your message.",
        "report it: Masthead escapes values itself; until then, use the field in plain text only",
    ),
    warning(
        "T007",
        "check/repeated-item",
        "an item was in an earlier issue",
        "Readers who find what they know already stop reading.",
        "leave the item out, or say in headline and teaser what is new",
    ),
    warning(
        "T008",
        "check/weekday",
        "a weekday does not fit its date",
        "Half of the readers will come on the wrong day.",
        "look at a calendar and correct the weekday or the date",
    ),
    info(
        "T009",
        "check/past-event",
        "an announcement is of a day that has passed",
        "An invitation to what is over shows that the text is an old one.",
        "leave the announcement out, or tell how it went",
    ),
];

/// What needs no reader.
pub(super) fn judge_variant(input: &CheckInput<'_>, report: &mut Report<'_>) {
    escape::judge(input, report);
    repeats::judge(input, report);
    dates::judge(input, report);
}

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    tags::judge(input, message, report);
    hollow::judge(input, message, report);
    drafts::judge(input, message, report);
}

/// T002: a reader's message could not be made.
pub(super) fn missing(
    input: &CheckInput<'_>,
    missing: &MissingField,
    reader: &Subscriber,
    report: &mut Report<'_>,
) {
    let spot = Spot::Written(written(input.edition, &format!("subscriber.{}", missing.field)));
    report.note("T002", spot, format!("{missing}: {}", reader.address));
}

/// Returns where a text of the edition says something; nowhere when the template does.
pub(super) fn written(edition: &Edition, words: &str) -> Option<Place> {
    edition.texts().find_map(|text| Some(place_in(text, text.source.find(words)?)))
}
