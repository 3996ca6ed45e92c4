//! One reader's message, taken apart again.

use crate::{
    check::{CheckInput, page::Page, report::Spot},
    clients::{
        Document,
        style::{Environment, Style},
    },
    domain::{delivery::DeliveryId, subscriber::Subscriber},
    render::{
        form::{Fill, Filled, MissingField, Sizes},
        token::Signer,
    },
};
use chrono::{DateTime, NaiveTime, Utc};
use std::cell::OnceCell;

/// One reader's message, as the rules see it.
pub(super) struct Message<'a> {
    /// Whose it is.
    pub(super) reader: &'a Subscriber,
    /// The octets that would be sent.
    pub(super) octets: Vec<u8>,
    /// The subject, decoded.
    pub(super) subject: String,
    /// The HTML part, decoded, LF line ends.
    pub(super) html: String,
    /// The text part, decoded, LF line ends.
    pub(super) text: String,
    /// The HTML part as a tree.
    pub(super) document: Document,
    /// What a reader meets in it.
    pub(super) page: Page,
    /// The reader's own unsubscribe link.
    pub(super) unsubscribe: String,
    pub(super) sizes: Sizes,
    style: OnceCell<Style>,
}

impl<'a> Message<'a> {
    /// Returns all that can be seen of the HTML part, white space collapsed.
    pub(super) fn visible(&self) -> &str {
        &self.page.visible
    }

    /// Returns what the elements of the HTML part look like; worked out when first asked for.
    pub(super) fn style(&self) -> &Style {
        self.style.get_or_init(|| Style::of(&self.document, Environment::default()))
    }

    /// Returns where the HTML part says something: what the text part says was written at the same place.
    pub(super) fn saying(&self, words: &str) -> Spot {
        let run = self.document.runs.iter().find(|run| !run.is_raw && run.text.contains(words));
        run.and_then(|run| run.parent).map_or(Spot::Message, Spot::Element)
    }

    /// Fills the letter for a reader.
    pub(super) fn of(input: &CheckInput<'_>, reader: &'a Subscriber) -> Result<Self, MissingField> {
        let tokens = input.letter.tokens(&Signer::of_no_ledger(), DeliveryId(0));
        let date: DateTime<Utc> = input.digest.date.and_time(NaiveTime::MIN).and_utc();
        let fill = Fill { subscriber: reader, date, tokens: &tokens };
        let mut filled = Filled::new();
        input.letter.fill(&fill, &mut filled)?;
        let html = input.letter.html_for(&fill)?;
        let document = Document::read(&html);
        Ok(Self {
            reader,
            octets: filled.to_vec(),
            subject: input.letter.subject_for(&fill)?,
            text: input.letter.text_for(&fill)?,
            page: Page::of(&document),
            document,
            html,
            unsubscribe: tokens.unsubscribe_link.clone(),
            sizes: filled.sizes(),
            style: OnceCell::new(),
        })
    }
}
