//! Who gets what: streams a list, decides about every row, stages the recipients and seals them.
//!
//! The list is read once and never held: a batch of recipients is the most that is in memory. Nothing
//! is sent and nothing is sealed here before every recipient was rendered; a crash forgets the staging.

use crate::{
    delivery::{
        ports::{Candidate, Ledger, LedgerError, Staged},
        seal::SealHash,
    },
    domain::{
        address::EmailAddress,
        broadcast::{SealedContent, SkipReason},
        language::Language,
        problem::{Problem, Problems},
        settings::Rate,
        subscriber::{Subscriber, SubscriberStatus},
    },
};
use std::{collections::BTreeMap, time::Duration};

/// Recipients staged in one transaction.
const BATCH_ROWS: usize = 1_000;

/// Examples kept per reason or missing field.
const EXAMPLES_MAX: usize = 5;

/// What one message over one connection takes, as a guess for the plan: a relay some way off.
const MESSAGE_TIME_GUESS: Duration = Duration::from_millis(150);

/// One row of a list.
#[derive(Clone, Debug)]
pub enum ListRow {
    /// A reader.
    Reader {
        /// Row number in the file, or position in the store; counted from 1.
        row: u64,
        /// Who.
        subscriber: Subscriber,
    },
    /// A row that names nobody.
    Unusable {
        /// Row number in the file.
        row: u64,
        /// Why, for people; without the address.
        reason: String,
    },
}

/// The variants of an issue, compiled when the first reader of each turns up.
pub trait Variants {
    /// Returns the index of the variant this reader gets, `None` when the issue has no item for them.
    ///
    /// # Errors
    /// When the variant can't be compiled.
    fn variant_for(&mut self, subscriber: &Subscriber) -> Result<Option<usize>, Problems>;

    /// Renders the message of this reader and returns the merge fields that lack a value and a default.
    ///
    /// # Errors
    /// When the message can't be made for another reason.
    fn rehearse(&mut self, variant: usize, subscriber: &Subscriber) -> Result<Vec<String>, Problems>;
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Something the sender can put right.
    #[error("{0}")]
    Refused(Problems),
    /// The ledger could not.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<Problems> for PlanError {
    fn from(problems: Problems) -> Self {
        Self::Refused(problems)
    }
}

/// A row that gets nothing, as an example of its reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SkippedRow {
    /// Row number.
    pub row: u64,
    /// Who or what, masked: an address or the reader's complaint.
    pub shown: String,
}

/// All rows skipped for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    /// How many.
    pub count: u64,
    /// The first few.
    pub examples: Vec<SkippedRow>,
}

/// How many get one variant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct VariantCount {
    /// Its short name, e.g. `fr+cooperation`.
    pub label: String,
    /// Its language.
    pub language: Language,
    /// Recipients.
    pub recipients: u64,
}

/// Who gets what: every row read is a recipient or skipped for a reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// Rows of the list.
    pub rows: u64,
    /// Those who will be mailed.
    pub recipients: u64,
    /// By language.
    pub per_language: BTreeMap<Language, u64>,
    /// By variant, in the order of the sealed variants.
    pub per_variant: Vec<VariantCount>,
    /// Those who won't, by reason.
    pub skipped: BTreeMap<SkipReason, Skipped>,
    /// Hash over content and recipients: what is sealed.
    pub seal: String,
}

impl Plan {
    /// Returns about how long the sending takes: the rate's time, or a guess when there is none.
    pub fn expected_duration(&self, rate: Option<Rate>, connections: usize) -> Duration {
        let recipients = u32::try_from(self.recipients).unwrap_or(u32::MAX);
        let connections = u32::try_from(connections.max(1)).unwrap_or(u32::MAX);
        let by_connections = (MESSAGE_TIME_GUESS * recipients.min(1_000_000_000)) / connections;
        let by_rate = rate.map_or(Duration::ZERO, |rate| {
            rate.per.mul_f64(f64::from(recipients) / f64::from(rate.messages.max(1)))
        });
        by_connections.max(by_rate)
    }
}

/// People who lack a merge field.
#[derive(Debug, Default)]
struct Lacking {
    count: u64,
    examples: Vec<String>,
}

/// Takes the rows of a list one by one and makes the plan of them.
pub struct Planner<'a> {
    ledger: &'a mut dyn Ledger,
    variants: &'a mut dyn Variants,
    batch: Vec<(u64, Candidate)>,
    rows: u64,
    per_variant: Vec<u64>,
    skipped: BTreeMap<SkipReason, Skipped>,
    lacking: BTreeMap<String, Lacking>,
    hash: SealHash,
}

impl<'a> Planner<'a> {
    /// Begins a plan with an empty staging area for this newsletter.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn begin(
        ledger: &'a mut dyn Ledger,
        variants: &'a mut dyn Variants,
        newsletter: &str,
    ) -> Result<Self, LedgerError> {
        ledger.begin_staging(newsletter)?;
        Ok(Self {
            ledger,
            variants,
            batch: Vec::with_capacity(BATCH_ROWS),
            rows: 0,
            per_variant: Vec::new(),
            skipped: BTreeMap::new(),
            lacking: BTreeMap::new(),
            hash: SealHash::new(),
        })
    }

    /// Decides about one row.
    ///
    /// # Errors
    /// When a variant can't be compiled or rendered, or the ledger can't be written.
    pub fn add(&mut self, row: ListRow) -> Result<(), PlanError> {
        self.rows += 1;
        let (row, subscriber) = match row {
            ListRow::Unusable { row, reason } => {
                self.skip(SkipReason::Malformed, row, reason);
                return Ok(());
            }
            ListRow::Reader { row, subscriber } => (row, subscriber),
        };
        if subscriber.status == SubscriberStatus::Unsubscribed {
            self.skip(SkipReason::Suppressed, row, subscriber.address.to_string());
            return Ok(());
        }
        let Some(variant) = self.variants.variant_for(&subscriber)? else {
            self.skip(SkipReason::NoItems, row, subscriber.address.to_string());
            return Ok(());
        };
        self.batch.push((row, Candidate { subscriber, variant }));
        if self.batch.len() >= BATCH_ROWS { self.stage() } else { Ok(()) }
    }

    /// Ends the list: everybody is staged, rendered and counted.
    ///
    /// # Errors
    /// When somebody lacks a merge field, or nobody is left to be mailed, or the ledger can't be written.
    pub fn finish(mut self) -> Result<Recipients, PlanError> {
        self.stage()?;
        let staged: u64 = self.per_variant.iter().sum();
        let skipped: u64 = self.skipped.values().map(|skipped| skipped.count).sum();
        assert_eq!(self.rows, staged + skipped, "every row is a recipient or skipped for a reason");
        let mut problems: Vec<Problem> =
            self.lacking.iter().map(|(field, lacking)| missing_field(field, lacking)).collect();
        if staged == 0 {
            problems.push(nobody(self.rows));
        }
        let Self { rows, per_variant, skipped, hash, .. } = self;
        Ok(Problems(problems).or_value(Recipients { rows, staged, per_variant, skipped, hash })?)
    }

    /// Stages the batch, counts and hashes those who were added, and renders each of them once.
    fn stage(&mut self) -> Result<(), PlanError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH_ROWS));
        let candidates = batch.iter().map(|(_, candidate)| candidate.clone()).collect();
        let answers = self.ledger.stage(candidates)?;
        assert_eq!(answers.len(), batch.len(), "the ledger answers for every candidate");
        for ((row, candidate), staged) in batch.into_iter().zip(answers) {
            match staged {
                Staged::Skipped(reason) => self.skip(reason, row, candidate.subscriber.address.to_string()),
                Staged::Added => self.count(row, &candidate)?,
            }
        }
        Ok(())
    }

    fn count(&mut self, row: u64, candidate: &Candidate) -> Result<(), PlanError> {
        if self.per_variant.len() <= candidate.variant {
            self.per_variant.resize(candidate.variant + 1, 0);
        }
        self.per_variant[candidate.variant] += 1;
        self.hash.recipient(candidate);
        for field in self.variants.rehearse(candidate.variant, &candidate.subscriber)? {
            let lacking = self.lacking.entry(field).or_default();
            lacking.count += 1;
            if lacking.examples.len() < EXAMPLES_MAX {
                lacking.examples.push(person(row, &candidate.subscriber.address));
            }
        }
        Ok(())
    }

    fn skip(&mut self, reason: SkipReason, row: u64, shown: String) {
        let skipped = self.skipped.entry(reason).or_default();
        skipped.count += 1;
        if skipped.examples.len() < EXAMPLES_MAX {
            skipped.examples.push(SkippedRow { row, shown });
        }
    }
}

/// Plans a whole list: [`Planner::begin`], [`Planner::add`] for each row, [`Planner::finish`].
///
/// # Errors
/// As those of [`Planner`].
pub fn plan(
    ledger: &mut dyn Ledger,
    variants: &mut dyn Variants,
    newsletter: &str,
    rows: impl IntoIterator<Item = ListRow>,
) -> Result<Recipients, PlanError> {
    let mut planner = Planner::begin(ledger, variants, newsletter)?;
    for row in rows {
        planner.add(row)?;
    }
    planner.finish()
}

/// Everybody of a list, staged and counted; waits for the content, which is known once every variant in use is.
pub struct Recipients {
    rows: u64,
    staged: u64,
    per_variant: Vec<u64>,
    skipped: BTreeMap<SkipReason, Skipped>,
    hash: SealHash,
}

impl Recipients {
    /// Returns the plan of sending `content` to them: what it says is staged and waits for `Ledger::seal`.
    pub fn with(mut self, content: &SealedContent) -> Plan {
        assert!(self.per_variant.len() <= content.variants.len(), "every variant in use is in the content");
        self.per_variant.resize(content.variants.len(), 0);
        let mut per_language = BTreeMap::new();
        let mut per_variant = Vec::with_capacity(content.variants.len());
        for (variant, recipients) in content.variants.iter().zip(self.per_variant) {
            *per_language.entry(variant.language.clone()).or_default() += recipients;
            let (label, language) = (variant.label.clone(), variant.language.clone());
            per_variant.push(VariantCount { label, language, recipients });
        }
        let seal = self.hash.finish(content);
        let Self { rows, staged, skipped, .. } = self;
        Plan { rows, recipients: staged, per_language, per_variant, skipped, seal }
    }
}

fn person(row: u64, address: &EmailAddress) -> String {
    format!("{address} (row {row})")
}

fn missing_field(field: &str, lacking: &Lacking) -> Problem {
    let Lacking { count, examples } = lacking;
    let named = examples.join(", ");
    let others = count - examples.len() as u64;
    let more = if others == 0 { String::new() } else { format!(" and {others} more") };
    let who = if *count == 1 { "1 recipient lacks".to_owned() } else { format!("{count} recipients lack") };
    Problem::error("send/missing-field", format!("{who} the merge field `{field}`: {named}{more}")).help(
        format!(
            "fill the column `{field}`, or give the field a default: {{{{ subscriber.{field} | default(value=\"…\") }}}}"
        ),
    )
}

fn nobody(rows: u64) -> Problem {
    if rows == 0 {
        return Problem::error("send/no-recipients", "nobody is there to be mailed: the list is empty")
            .help("fill it with `masthead subscribers import people.csv`, or name a list with `--to`");
    }
    Problem::error("send/no-recipients", format!("nobody is left to be mailed: {rows} rows, all skipped"))
        .help("look at the reasons: `masthead suppress list` shows who left, `--to` names another list")
}
