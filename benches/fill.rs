//! Measures what one more reader costs: filling a 58 KB digest, its tokens, its hash.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark asks the clock and prints")]

use chrono::{DateTime, NaiveDate};
use masthead::{
    domain::{
        address::{EmailAddress, Mailbox},
        delivery::DeliveryId,
        digest::Digest,
        issue::IssueId,
        language::Language,
        merge::{MergeField, MergeTable},
        subscriber::{Subscriber, SubscriberStatus},
    },
    render::{
        form::{Fill, Filled, FormLetter, Frame},
        token::Signer,
    },
};
use std::{collections::BTreeMap, hint::black_box, time::Instant};

/// Messages per measurement.
const ROUNDS: u32 = 100_000;

fn digest() -> Digest {
    let mut merge = MergeTable::new("7f3a91c0");
    let name = merge.token(MergeField::Subscriber { name: "name".into(), default: Some("reader".into()) });
    let link = merge.token(MergeField::UnsubscribeUrl);
    let item =
        "<td style=\"padding:16px\" role=\"presentation\"><p>Une actualité — avec des accents</p></td>\n";
    let items = item.repeat(50_000 / item.len());
    let text = "Une actualité\nhttps://www.example.org/starsom/male\n\n".repeat(8_000 / 50);
    Digest {
        issue: IssueId { newsletter: "starsom".into(), issue: "2022-04".into() },
        language: Language::parse("fr").expect("a language"),
        date: NaiveDate::from_ymd_opt(2022, 4, 8).expect("a day"),
        subject: "L’actualité d’avril".into(),
        preheader: String::new(),
        from: Mailbox::parse("STARSOM <starsom@example.org>").expect("a mailbox"),
        reply_to: None,
        list_name: "STARSOM".into(),
        list_id: "starsom.example.org".into(),
        archive_url: None,
        contact: None,
        html: format!(
            "<html><body><p>Bonjour {name}</p>{items}<a href=\"{link}\">Se désabonner</a></body></html>"
        ),
        text: format!("Bonjour {name}\n\n{text}-- \nSe désabonner : {link}\n"),
        images: Vec::new(),
        merge,
    }
}

fn subscriber(name: &str) -> Subscriber {
    Subscriber {
        address: EmailAddress::parse("reader@example.net").expect("an address"),
        name: Some(name.to_owned()),
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    }
}

/// Prints the time of one call, averaged over [`ROUNDS`] or a part of them.
fn measure(what: &str, rounds: u32, mut call: impl FnMut()) {
    for _ in 0..rounds / 10 {
        call();
    }
    let start = Instant::now();
    for _ in 0..rounds {
        call();
    }
    println!("{what:<40} {:>10.3} µs", start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
}

fn main() {
    let digest = digest();
    let frame = Frame {
        edition: 0,
        public_url: Some("https://news.example.org".into()),
        unsubscribe_domain: "in.example.org".into(),
    };
    let letter = FormLetter::new(&digest, &frame).expect("the digest compiles");
    let signer = Signer::new([7; 16], &[9; 32]);
    let tokens = letter.tokens(&signer, DeliveryId(1));
    let date = DateTime::from_timestamp(1_700_000_000, 0).expect("a moment");
    let mut out = Filled::new();
    println!("digest: {} octets of HTML, {} of text", digest.html.len(), digest.text.len());
    measure("compile the letter", ROUNDS / 1_000, || {
        black_box(FormLetter::new(&digest, &frame).expect("the digest compiles"));
    });
    measure("tokens of a delivery", ROUNDS, || {
        black_box(letter.tokens(&signer, DeliveryId(black_box(1))));
    });
    for name in ["Anna Reader", "نشرة الأخبار"] {
        let subscriber = subscriber(name);
        let fill = Fill { subscriber: &subscriber, date, tokens: &tokens };
        measure(&format!("fill for {name}"), ROUNDS, || {
            letter.fill(black_box(&fill), &mut out).expect("no field is missing");
            black_box(out.pieces());
        });
    }
    println!("message: {} octets in {} pieces", out.len(), out.pieces().len());
    measure("fingerprint of the message", ROUNDS, || {
        black_box(out.fingerprint());
    });
}
