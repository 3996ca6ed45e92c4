//! From sealed content to the octets of a claim, and variants that are compiled once.

use crate::support::{clock::FakeClock, sealed};
use masthead::{
    delivery::{
        letters::{FormLetters, LetterDesk, Letters, Paper, signer},
        plan::{ListRow, plan},
        ports::{Candidate, Ledger},
        seal::Contents,
        variants::{Choice, CompiledVariants, Editions},
    },
    domain::{digest::Digest, language::Language, problem::Problems, time::Clock},
    ledger::memory::MemoryLedger,
    render::form::Frame,
};
use std::{cell::Cell, rc::Rc, time::Duration};

#[test]
fn the_same_claim_and_date_give_the_same_octets() {
    let clock = FakeClock::new();
    let mut ledger = MemoryLedger::default();
    let content = sealed::content(&["en", "fr"]);
    ledger.begin_staging("starsom").unwrap();
    ledger.stage(vec![Candidate { subscriber: sealed::reader(0), variant: 1 }]).unwrap();
    let broadcast = ledger.seal(&content, "seal", clock.now()).unwrap();
    let claim = ledger.claim(broadcast.id, "desk", 1, clock.now(), Duration::from_mins(2)).unwrap().remove(0);
    let keys = ledger.keys().unwrap();
    let letters = FormLetters::new(&broadcast.content, &keys).unwrap();
    let (mut one, mut other) = (Paper::default(), Paper::default());
    let first = letters.fill(&claim, 1_649_408_400, &mut one).unwrap();
    let again = letters.fill(&claim, 1_649_408_400, &mut other).unwrap();
    assert_eq!((one.pieces().concat(), &first.sha256), (other.pieces().concat(), &again.sha256));
    let message = String::from_utf8(one.pieces().concat()).unwrap();
    assert!(message.contains(&format!("<{}>", first.message_id)), "{message}");
    assert!(message.contains("Fri, 8 Apr 2022 09:00:00 +0000"), "{message}");
    assert_eq!(first.envelope.to, sealed::address(0));
    assert!(first.envelope.envelope_id.bytes().all(|octet| octet.is_ascii_alphanumeric()));
    let read = signer(&keys).read_mail_token(&first.envelope.envelope_id);
    assert_eq!(read.map(|(_, delivery)| delivery), Some(claim.delivery));
}

#[test]
fn a_variant_that_was_never_sealed_is_a_problem_of_one_delivery() {
    let mut ledger = MemoryLedger::default();
    let keys = ledger.keys().unwrap();
    let letters = FormLetters::new(&sealed::content(&["en"]), &keys).unwrap();
    let claim = masthead::domain::delivery::Claim {
        delivery: masthead::domain::delivery::DeliveryId(1),
        fence: 1,
        attempt: 1,
        variant: 7,
        subscriber: sealed::reader(0),
        repeat: None,
    };
    let problems = letters.fill(&claim, 0, &mut Paper::default()).unwrap_err();
    assert_eq!(problems.0[0].code, "send/unknown-variant");
}

/// Two items, of the topics `a` and `b`, in English and French.
struct TwoItems {
    compiled: Rc<Cell<u32>>,
}

impl Editions for TwoItems {
    fn choose(&mut self, language: Option<&Language>, topics: &[String]) -> Result<Option<Choice>, Problems> {
        let is_wished = |topic: &&str| topics.is_empty() || topics.iter().any(|wished| wished == topic);
        let items: Vec<String> = ["a", "b"].into_iter().filter(is_wished).map(str::to_owned).collect();
        let language = language.cloned().or_else(|| Language::parse("en")).unwrap();
        Ok((!items.is_empty()).then_some(Choice { language, items }))
    }

    fn compile(&mut self, choice: &Choice, topics: &[String]) -> Result<(String, Digest), Problems> {
        self.compiled.set(self.compiled.get() + 1);
        let label = std::iter::once(choice.language.as_str()).chain(topics.iter().map(String::as_str));
        let label = label.collect::<Vec<_>>().join("+");
        Ok((label.clone(), sealed::variant(&label).digest))
    }
}

#[test]
fn readers_with_the_same_language_and_items_share_a_variant() {
    let mut ledger = MemoryLedger::default();
    let compiled = Rc::new(Cell::new(0));
    let frame = Frame { edition: 0, public_url: None, unsubscribe_domain: "example.org".to_owned() };
    let keys = ledger.keys().unwrap();
    let editions = TwoItems { compiled: Rc::clone(&compiled) };
    let mut variants = CompiledVariants::new(editions, frame, signer(&keys));
    let wishes: [&[&str]; 6] = [&[], &["b", "a"], &["a"], &["a", "other"], &["other"], &[]];
    let rows = wishes.iter().enumerate().map(|(number, topics)| {
        let mut subscriber = sealed::reader(number);
        subscriber.topics = topics.iter().map(|&topic| topic.to_owned()).collect();
        if number == 5 {
            subscriber.language = Language::parse("fr");
        }
        ListRow::Reader { row: number as u64 + 1, subscriber }
    });
    let recipients = plan(&mut ledger, &mut variants, "starsom", rows).unwrap();
    assert!(variants.sizes().all(|(_, sizes)| sizes.message > 0));
    let content = Contents {
        issue: sealed::issue(),
        edition: 0,
        variants: variants.into_variants(),
        public_url: None,
        unsubscribe_domain: "example.org".to_owned(),
        envelope_from: sealed::address(0),
        waivers: Vec::new(),
        approved_by: Vec::new(),
    }
    .sealed();
    let plan = recipients.with(&content);
    let shown: Vec<String> =
        plan.per_variant.iter().map(|count| format!("{} {}", count.label, count.recipients)).collect();
    assert_eq!(shown, ["en 2", "en+a 2", "fr 1"]);
    assert_eq!((compiled.get(), plan.recipients, plan.rows), (3, 5, 6));
}
