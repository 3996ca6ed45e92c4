//! The plan: every row is a recipient or skipped for a reason, and the numbers add up.

use crate::support::{clock::FakeClock, sealed};
use masthead::{
    delivery::{
        plan::{ListRow, Plan, PlanError, Variants, plan},
        ports::{Ledger, SubscriberStore},
    },
    domain::{
        broadcast::SkipReason,
        problem::Problems,
        settings::Rate,
        subscriber::{Subscriber, SubscriberStatus},
        suppression::SuppressionReason,
        time::Clock,
    },
    ledger::memory::MemoryLedger,
};
use std::time::Duration;

/// Variant 0 in English, 1 in French; readers of the topic `none` get nothing; everybody needs a name.
#[derive(Default)]
struct TwoLanguages {
    rehearsed: u64,
}

impl Variants for TwoLanguages {
    fn variant_for(&mut self, subscriber: &Subscriber) -> Result<Option<usize>, Problems> {
        if subscriber.topics.iter().any(|topic| topic == "none") {
            return Ok(None);
        }
        let is_french = subscriber.language.as_ref().is_some_and(|language| language.as_str() == "fr");
        Ok(Some(usize::from(is_french)))
    }

    fn rehearse(&mut self, _variant: usize, subscriber: &Subscriber) -> Result<Vec<String>, Problems> {
        self.rehearsed += 1;
        Ok(subscriber.field("name").map_or_else(|| vec!["name".to_owned()], |_| Vec::new()))
    }
}

fn row(number: usize, change: impl FnOnce(&mut Subscriber)) -> ListRow {
    let mut subscriber = sealed::reader(number);
    change(&mut subscriber);
    ListRow::Reader { row: number as u64 + 2, subscriber }
}

fn french(subscriber: &mut Subscriber) {
    subscriber.language = masthead::domain::language::Language::parse("fr");
}

fn check_plan(ledger: &mut MemoryLedger, rows: Vec<ListRow>) -> Result<Plan, PlanError> {
    let recipients = plan(ledger, &mut TwoLanguages::default(), "starsom", rows)?;
    Ok(recipients.with(&sealed::content(&["en", "fr"])))
}

#[track_caller]
fn check_problems(result: Result<Plan, PlanError>, expected: &[&str]) {
    let Err(PlanError::Refused(problems)) = result else { panic!("{result:?}") };
    let shown: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
    assert_eq!(shown, expected);
}

#[test]
fn every_row_is_a_recipient_or_skipped_for_a_reason() {
    let clock = FakeClock::new();
    let mut ledger = MemoryLedger::default();
    let left = sealed::address(3);
    ledger.suppress(&left, "starsom", SuppressionReason::Unsubscribed, "test", clock.now()).unwrap();
    let rows = vec![
        row(0, |_| {}),
        row(1, french),
        row(2, |reader| reader.status = SubscriberStatus::Unsubscribed),
        row(3, |_| {}),
        row(4, |reader| reader.topics = vec!["none".to_owned()]),
        row(5, |reader| reader.address = sealed::address(0)),
        ListRow::Unusable { row: 8, reason: "not an e-mail address".to_owned() },
        row(7, french),
    ];
    let plan = check_plan(&mut ledger, rows).unwrap();
    let skipped: Vec<String> = plan
        .skipped
        .iter()
        .map(|(reason, skipped)| {
            let rows: Vec<u64> = skipped.examples.iter().map(|example| example.row).collect();
            format!("{} {} {rows:?}", skipped.count, reason.as_str())
        })
        .collect();
    assert_eq!(
        skipped,
        ["2 suppressed [4, 5]", "1 duplicate [7]", "1 malformed [8]", "1 no items of their topics [6]"]
    );
    assert_eq!(plan.rows, plan.recipients + plan.skipped.values().map(|skipped| skipped.count).sum::<u64>());
    let languages: Vec<String> =
        plan.per_language.iter().map(|(language, count)| format!("{language} {count}")).collect();
    assert_eq!((plan.recipients, languages), (3, vec!["en 1".to_owned(), "fr 2".to_owned()]));
    assert_eq!(plan.per_variant.iter().map(|variant| variant.recipients).collect::<Vec<_>>(), [1, 2]);
    let sealed = ledger.seal(&sealed::content(&["en", "fr"]), &plan.seal, clock.now()).unwrap();
    assert_eq!(ledger.tally(sealed.id).unwrap().total(), plan.recipients);
}

#[test]
fn examples_are_few_and_masked_however_long_the_list() {
    let mut ledger = MemoryLedger::default();
    let rows = (0..2_500).map(|number| row(number, |reader| reader.address = sealed::address(number % 2)));
    let plan = check_plan(&mut ledger, rows.collect()).unwrap();
    let duplicates = &plan.skipped[&SkipReason::Duplicate];
    assert_eq!((plan.recipients, duplicates.count, duplicates.examples.len()), (2, 2_498, 5));
    assert_eq!(duplicates.examples[0].shown, "r•••@e•••.org");
}

#[test]
fn a_missing_field_stops_the_plan_and_names_whom() {
    let rows = (0..7).map(|number| row(number, |reader| reader.name = None));
    check_problems(
        check_plan(&mut MemoryLedger::default(), rows.collect()),
        &["7 recipients lack the merge field `name`: r•••@e•••.org (row 2), r•••@e•••.org (row 3), \
           r•••@e•••.org (row 4), r•••@e•••.org (row 5), r•••@e•••.org (row 6) and 2 more [send/missing-field]"],
    );
}

#[test]
fn those_who_are_skipped_need_no_fields() {
    let rows =
        vec![row(0, |_| {}), row(1, |reader| (reader.address, reader.name) = (sealed::address(0), None))];
    assert_eq!(check_plan(&mut MemoryLedger::default(), rows).unwrap().recipients, 1);
}

#[test]
fn a_plan_for_nobody_is_refused() {
    let rows = vec![row(0, |reader| reader.status = SubscriberStatus::Unsubscribed)];
    check_problems(
        check_plan(&mut MemoryLedger::default(), rows),
        &["nobody is left to be mailed: 1 rows, all skipped [send/no-recipients]"],
    );
}

#[test]
fn the_seal_is_the_same_for_the_same_and_another_for_anything_else() {
    let seal = |rows| check_plan(&mut MemoryLedger::default(), rows).unwrap().seal;
    let first = seal(vec![row(0, |_| {}), row(1, french)]);
    assert_eq!(first.len(), 64);
    assert_eq!(first, seal(vec![row(0, |_| {}), row(1, french)]));
    assert_ne!(first, seal(vec![row(1, french), row(0, |_| {})]));
    assert_ne!(first, seal(vec![row(0, |_| {}), row(1, |_| {})]));
    assert_ne!(first, seal(vec![row(0, |reader| reader.name = Some("Other".to_owned())), row(1, french)]));
    let mut content = sealed::content(&["en", "fr"]);
    let hash = content.sha256.clone();
    content.variants[0].digest.html.push('!');
    assert_ne!(masthead::delivery::seal::content_hash(&content), hash);
}

#[test]
fn the_expected_duration_follows_the_rate() {
    let rows = (0..100).map(|number| row(number, |_| {})).collect();
    let plan = check_plan(&mut MemoryLedger::default(), rows).unwrap();
    assert_eq!(plan.expected_duration(Rate::parse("60/min"), 4), Duration::from_secs(100));
    assert!(plan.expected_duration(None, 4) < Duration::from_secs(10));
}
