//! The extremes of a list, found by rendering everybody on it: away from the pages, and only small sums kept.

use crate::{
    domain::delivery::DeliveryId,
    domain::{
        address::EmailAddress, issue::IssueId, language::Language, problem::Problem, subscriber::Subscriber,
    },
    preview::{letter::Compiled, state::Preview},
    proof::Reading,
    render::{
        form::{Fill, Filled},
        token::Signer,
    },
    workspace::Workspace,
};
use chrono::DateTime;
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Readers read at once; between two reads nothing is held.
const CHUNK: usize = 500;
/// Wishes (language and topics) remembered at once; lists with more ask again.
const WISHES_MAX: usize = 256;
/// Languages that are named one by one.
const LANGUAGES_MAX: usize = 40;
/// Lists up to this length are gone through without being asked for, so that `check` sees their extremes.
pub(super) const UNASKED_MAX: u64 = 20_000;

/// A reader who is the most or the least of something.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Extreme {
    /// What they are: `longest name`.
    pub(super) what: String,
    /// The whole address: the page asks for the reader by it.
    pub(super) address: String,
    pub(super) name: Option<String>,
    pub(super) language: Option<Language>,
    /// Octets of the message; none when it can't be made.
    pub(super) octets: Option<usize>,
}

/// What going through the list came to.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct ExtremesAnswer {
    pub(super) extremes: Vec<Extreme>,
    /// Readers who would get the issue.
    pub(super) readers: u64,
    pub(super) why_not: Option<String>,
    /// Still at it.
    pub(super) pending: bool,
    /// Readers seen so far.
    pub(super) seen: u64,
}

/// Which list was gone through, for which files.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ground {
    generation: u64,
    issue: IssueId,
    list: u64,
}

#[derive(Default)]
struct Course {
    ground: Option<Ground>,
    answer: ExtremesAnswer,
    /// Readers of the shortest and the longest message, by variant.
    ends: BTreeMap<Reading, Vec<Subscriber>>,
}

/// Goes through the list, one issue at a time.
#[derive(Default)]
pub(super) struct Extremes(Mutex<Course>);

impl Extremes {
    fn lock(&self) -> MutexGuard<'_, Course> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the readers of the shortest and the longest message of a variant, once everybody was seen.
    pub(super) fn ends_of(&self, generation: u64, reading: &Reading) -> Vec<Subscriber> {
        let course = self.lock();
        let is_current = course.ground.as_ref().is_some_and(|ground| ground.generation == generation)
            && !course.answer.pending;
        course.ends.get(reading).filter(|_| is_current).cloned().unwrap_or_default()
    }

    /// Returns the same for all variants of an issue.
    pub(super) fn ends_of_issue(
        &self,
        generation: u64,
        issue: &IssueId,
    ) -> BTreeMap<Reading, Vec<Subscriber>> {
        let course = self.lock();
        let is_current = |ground: &Ground| ground.generation == generation && ground.issue == *issue;
        if course.answer.pending || !course.ground.as_ref().is_some_and(is_current) {
            return BTreeMap::new();
        }
        course.ends.clone()
    }

    /// Says what is known, and sets out when it is about other files or another list.
    pub(super) fn ask(
        &self,
        preview: &Preview,
        generation: u64,
        workspace: &Arc<Workspace>,
        issue: &IssueId,
    ) -> ExtremesAnswer {
        let list = match preview.office.list_stamp(workspace) {
            Ok(list) => list,
            Err(problem) => return ExtremesAnswer { why_not: Some(problem.message), ..Default::default() },
        };
        let ground = Ground { generation, issue: issue.clone(), list };
        let mut course = self.lock();
        if course.ground.as_ref() == Some(&ground) {
            return course.answer.clone();
        }
        let answer = ExtremesAnswer { pending: true, ..ExtremesAnswer::default() };
        *course = Course { ground: Some(ground.clone()), answer: answer.clone(), ends: BTreeMap::new() };
        drop(course);
        let (preview, workspace) = (preview.clone(), workspace.clone());
        // Whoever asks is on a thread that may block; this one lives longer than the question.
        tokio::runtime::Handle::current().spawn_blocking(move || {
            let mut walk = Walk::new(&preview, &workspace, &ground);
            let outcome = walk.everybody();
            let (answer, ends) = walk.into_answer(outcome);
            let mut course = preview.extremes.lock();
            if course.ground.as_ref() == Some(&ground) {
                (course.answer, course.ends) = (answer, ends);
                drop(course);
                preview.tell();
            }
        });
        answer
    }

    /// Notes how far it is; returns whether anybody still wants to know.
    fn note(&self, ground: &Ground, seen: u64) -> bool {
        let mut course = self.lock();
        let is_wanted = course.ground.as_ref() == Some(ground);
        if is_wanted {
            course.answer.seen = seen;
        }
        is_wanted
    }
}

/// The best so far of one kind.
type Best = Option<(usize, Extreme)>;

/// What readers wish (language and topics), and what that makes of the issue.
type Variants = HashMap<(Option<Language>, Vec<String>), Option<(Reading, Arc<Compiled>)>>;

/// One way through the list.
struct Walk<'a> {
    preview: &'a Preview,
    workspace: &'a Workspace,
    ground: &'a Ground,
    variants: Variants,
    filled: Filled,
    signer: Signer,
    seen: u64,
    readers: u64,
    longest_name: Best,
    no_name: Best,
    missing: Best,
    largest: Best,
    smallest: Best,
    languages: BTreeMap<String, (usize, Extreme)>,
    ends: BTreeMap<Reading, [(usize, Subscriber); 2]>,
}

impl<'a> Walk<'a> {
    fn new(preview: &'a Preview, workspace: &'a Workspace, ground: &'a Ground) -> Self {
        Self {
            preview,
            workspace,
            ground,
            variants: HashMap::new(),
            filled: Filled::new(),
            signer: Signer::of_no_ledger(),
            seen: 0,
            readers: 0,
            longest_name: None,
            no_name: None,
            missing: None,
            largest: None,
            smallest: None,
            languages: BTreeMap::new(),
            ends: BTreeMap::new(),
        }
    }

    /// Renders everybody; stops when nobody wants to know any more.
    fn everybody(&mut self) -> Result<(), Problem> {
        let newsletter = &self.ground.issue.newsletter;
        let mut after: Option<EmailAddress> = None;
        loop {
            let chunk =
                self.preview.office.readers_after(self.workspace, newsletter, after.as_ref(), CHUNK)?;
            for reader in &chunk {
                self.one(reader);
            }
            self.seen += chunk.len() as u64;
            match chunk.last() {
                Some(last) if self.preview.extremes.note(self.ground, self.seen) => {
                    after = Some(last.address.clone());
                }
                _ => return Ok(()),
            }
        }
    }

    fn one(&mut self, reader: &Subscriber) {
        let Some((reading, compiled)) = self.variant(reader) else { return };
        self.readers += 1;
        let letter = &compiled.proof.letter;
        let tokens = letter.tokens(&self.signer, DeliveryId(0));
        let fill = Fill { subscriber: reader, date: DateTime::UNIX_EPOCH, tokens: &tokens };
        let octets = match letter.fill(&fill, &mut self.filled) {
            Ok(()) => Some(self.filled.len()),
            Err(missing) => {
                if self.missing.is_none() {
                    let what = format!("no value for `{}`", missing.field);
                    self.missing = Some((0, extreme(&what, reader, None)));
                }
                None
            }
        };
        let name = reader.name.as_deref().map(str::trim).unwrap_or_default();
        match name.chars().count() {
            0 => keep(&mut self.no_name, 0, || extreme("no name", reader, octets)),
            length => keep(&mut self.longest_name, length, || extreme("longest name", reader, octets)),
        }
        let Some(octets) = octets else { return };
        keep(&mut self.largest, octets, || extreme("largest message", reader, Some(octets)));
        // The least is the most of what is left.
        keep(&mut self.smallest, usize::MAX - octets, || extreme("smallest message", reader, Some(octets)));
        let tag = reading.language.as_str();
        let known = self.languages.get(tag).map(|(most, _)| *most);
        if known.map_or(self.languages.len() < LANGUAGES_MAX, |most| octets > most) {
            let what = format!("language: {tag}");
            self.languages.insert(tag.to_owned(), (octets, extreme(&what, reader, Some(octets))));
        }
        self.note_ends(reading, octets, reader);
    }

    fn note_ends(&mut self, reading: Reading, octets: usize, reader: &Subscriber) {
        let ends =
            self.ends.entry(reading).or_insert_with(|| [(octets, reader.clone()), (octets, reader.clone())]);
        if octets < ends[0].0 {
            ends[0] = (octets, reader.clone());
        } else if octets > ends[1].0 {
            ends[1] = (octets, reader.clone());
        }
    }

    /// Finds what a reader gets, compiled once for all who wish the same.
    fn variant(&mut self, reader: &Subscriber) -> Option<(Reading, Arc<Compiled>)> {
        let wish = (reader.language.clone(), reader.topics.clone());
        if let Some(known) = self.variants.get(&wish) {
            return known.clone();
        }
        let found = Preview::reading_for(self.workspace, &self.ground.issue, reader).and_then(|reading| {
            let known = self.preview.known(self.ground.generation, self.workspace, &reading);
            known.good.map(|compiled| (reading, compiled))
        });
        if self.variants.len() >= WISHES_MAX {
            self.variants.clear();
        }
        self.variants.insert(wish, found.clone());
        found
    }

    fn into_answer(
        self,
        outcome: Result<(), Problem>,
    ) -> (ExtremesAnswer, BTreeMap<Reading, Vec<Subscriber>>) {
        let singles = [self.longest_name, self.no_name, self.largest, self.smallest, self.missing];
        let extremes = singles.into_iter().flatten().chain(self.languages.into_values());
        let answer = ExtremesAnswer {
            extremes: extremes.map(|(_, extreme)| extreme).collect(),
            readers: self.readers,
            why_not: outcome.err().map(|problem| problem.message),
            pending: false,
            seen: self.seen,
        };
        let ends = self.ends.into_iter().map(|(reading, [(_, short), (_, long)])| {
            let mut readers = vec![short];
            if long != readers[0] {
                readers.push(long);
            }
            (reading, readers)
        });
        (answer, ends.collect())
    }
}

fn keep(best: &mut Best, measure: usize, make: impl FnOnce() -> Extreme) {
    if best.as_ref().is_none_or(|(most, _)| measure > *most) {
        *best = Some((measure, make()));
    }
}

fn extreme(what: &str, reader: &Subscriber, octets: Option<usize>) -> Extreme {
    Extreme {
        what: what.to_owned(),
        address: reader.address.expose(),
        name: reader.name.clone(),
        language: reader.language.clone(),
        octets,
    }
}
