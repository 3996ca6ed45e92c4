//! The variants of an issue, compiled when the first reader of each turns up.

use crate::{
    delivery::plan::Variants,
    domain::{
        broadcast::SealedVariant, delivery::DeliveryId, digest::Digest, language::Language,
        problem::Problems, subscriber::Subscriber,
    },
    render::{
        form::{DeliveryTokens, Fill, Filled, FormLetter, Frame, Sizes},
        token::Signer,
    },
};
use chrono::DateTime;
use std::{borrow::Cow, collections::HashMap};

/// Wishes remembered at once: lists with more combinations of language and topics ask again.
const WISHES_MAX: usize = 4_096;

/// What one group of readers gets: those with the same language and items share a variant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Choice {
    /// Language of the digest.
    pub language: Language,
    /// Items in the order of the issue, by slug; all of them when the reader wishes no topics.
    pub items: Vec<String>,
}

/// Puts issues together; what the files say stands behind it.
pub trait Editions {
    /// Returns what a reader with these wishes gets, `None` when the issue has no item for them.
    ///
    /// # Errors
    /// When the files can't be read or understood.
    fn choose(&mut self, language: Option<&Language>, topics: &[String]) -> Result<Option<Choice>, Problems>;

    /// Returns the label and the digest of a choice; called once for each.
    ///
    /// # Errors
    /// When the digest can't be rendered, or a check that blocks found something.
    fn compile(&mut self, choice: &Choice, topics: &[String]) -> Result<(String, Digest), Problems>;
}

/// Readers of a variant that lack other fields than those before: whom checks look at beside the extremes.
const LACKING_MAX: usize = 8;

/// The readers of a variant whose messages are the shortest and the longest so far, and some who see defaults:
/// whom checks look at.
#[derive(Clone, Debug, Default)]
struct Extremes {
    largest: Sizes,
    lacking: Vec<(u64, Subscriber)>,
    shortest: Option<(usize, Subscriber)>,
    longest: Option<(usize, Subscriber)>,
}

impl Extremes {
    fn note(&mut self, sizes: Sizes, defaults: u64, subscriber: &Subscriber) {
        let is_new = defaults != 0 && !self.lacking.iter().any(|(known, _)| *known == defaults);
        if is_new && self.lacking.len() < LACKING_MAX {
            self.lacking.push((defaults, subscriber.clone()));
        }
        self.largest = self.largest.max(sizes);
        if self.shortest.as_ref().is_none_or(|(least, _)| sizes.message < *least) {
            self.shortest = Some((sizes.message, subscriber.clone()));
        }
        if self.longest.as_ref().is_none_or(|(most, _)| sizes.message > *most) {
            self.longest = Some((sizes.message, subscriber.clone()));
        }
    }
}

/// A variant in use, as checks want to see it.
#[derive(Clone, Debug)]
pub struct Compiled<'a> {
    /// What is sealed.
    pub sealed: &'a SealedVariant,
    /// Its letter.
    pub letter: &'a FormLetter,
    /// Topics that one of its readers wishes; none mean all items.
    pub topics: &'a [String],
    /// Who gets the shortest and the longest message, and who sees defaults.
    pub readers: Vec<Subscriber>,
}

/// What readers get, by the topics they wish, sorted.
type ByTopics = HashMap<Vec<String>, Option<usize>>;

/// Variants by distinct language and items.
pub struct CompiledVariants<E> {
    editions: E,
    frame: Frame,
    signer: Signer,
    by_wish: HashMap<Option<Language>, ByTopics>,
    /// How many wishes are remembered.
    wishes: usize,
    by_choice: HashMap<Choice, usize>,
    variants: Vec<SealedVariant>,
    letters: Vec<FormLetter>,
    /// What a message of each letter could be recognised by: as long as what really will.
    samples: Vec<DeliveryTokens>,
    extremes: Vec<Extremes>,
    filled: Filled,
}

impl<E: Editions> CompiledVariants<E> {
    /// Returns no variants yet; `frame` and `signer` are those of the broadcast to be sealed.
    pub fn new(editions: E, frame: Frame, signer: Signer) -> Self {
        Self {
            editions,
            frame,
            signer,
            by_wish: HashMap::new(),
            wishes: 0,
            by_choice: HashMap::new(),
            variants: Vec::new(),
            letters: Vec::new(),
            samples: Vec::new(),
            extremes: Vec::new(),
            filled: Filled::new(),
        }
    }

    /// Returns the variants in use with their letters and the readers of their extremes.
    pub fn compiled(&self) -> impl Iterator<Item = Compiled<'_>> {
        let parts = self.variants.iter().zip(&self.letters).zip(&self.extremes);
        parts.enumerate().map(|(index, ((sealed, letter), extremes))| {
            let wishes = self.by_wish.values().flatten().filter(|(_, known)| **known == Some(index));
            // Several wishes may lead here; the same one is named every time.
            let topics = wishes.map(|(topics, _)| topics.as_slice()).min().unwrap_or_default();
            let lengths = [&extremes.shortest, &extremes.longest].into_iter().flatten();
            let readers = lengths.map(|(_, reader)| reader);
            let mut readers: Vec<_> =
                readers.chain(extremes.lacking.iter().map(|(_, reader)| reader)).cloned().collect();
            readers.dedup();
            Compiled { sealed, letter, topics, readers }
        })
    }

    /// Returns the variants in use, in the order of their indices.
    pub fn into_variants(self) -> Vec<SealedVariant> {
        self.variants
    }

    /// Returns the variants in use with the sizes of the largest message of each.
    pub fn sizes(&self) -> impl Iterator<Item = (&SealedVariant, Sizes)> {
        self.variants.iter().zip(self.extremes.iter().map(|extremes| extremes.largest))
    }

    fn find(&mut self, language: Option<&Language>, topics: &[String]) -> Result<Option<usize>, Problems> {
        let Some(choice) = self.editions.choose(language, topics)? else { return Ok(None) };
        if let Some(known) = self.by_choice.get(&choice) {
            return Ok(Some(*known));
        }
        let (label, digest) = self.editions.compile(&choice, topics)?;
        let index = self.variants.len();
        let letter = FormLetter::new(&digest, &self.frame)?;
        // The deliveries have no numbers yet; every number gives tokens and messages of the same size.
        self.samples.push(letter.tokens(&self.signer, DeliveryId(0)));
        self.letters.push(letter);
        self.extremes.push(Extremes::default());
        self.variants.push(SealedVariant { label, language: choice.language.clone(), digest });
        self.by_choice.insert(choice, index);
        Ok(Some(index))
    }
}

impl<E: Editions> Variants for CompiledVariants<E> {
    fn variant_for(&mut self, subscriber: &Subscriber) -> Result<Option<usize>, Problems> {
        let (language, mut topics) = (&subscriber.language, Cow::Borrowed(&subscriber.topics));
        if !topics.is_sorted_by(|one, next| one < next) {
            topics.to_mut().sort_unstable();
            topics.to_mut().dedup();
        }
        let known = self.by_wish.get(language).and_then(|by_topics| by_topics.get(topics.as_slice()));
        if let Some(known) = known {
            return Ok(*known);
        }
        let found = self.find(language.as_ref(), &topics)?;
        if self.wishes >= WISHES_MAX {
            self.by_wish.clear();
            self.wishes = 0;
        }
        self.wishes += 1;
        self.by_wish.entry(language.clone()).or_default().insert(topics.into_owned(), found);
        Ok(found)
    }

    fn rehearse(&mut self, variant: usize, subscriber: &Subscriber) -> Result<Vec<String>, Problems> {
        let letter = &self.letters[variant];
        let missing = letter.missing(subscriber);
        if !missing.is_empty() {
            return Ok(missing.into_iter().map(str::to_owned).collect());
        }
        let tokens = &self.samples[variant];
        let fill = Fill { subscriber, date: DateTime::UNIX_EPOCH, tokens };
        letter.fill(&fill, &mut self.filled).map_err(|missing| missing.problem(&subscriber.address))?;
        let defaults = letter.defaults_for(subscriber);
        self.extremes[variant].note(self.filled.sizes(), defaults, subscriber);
        Ok(Vec::new())
    }
}
