use super::*;
use crate::domain::{
    address::{EmailAddress, Mailbox},
    digest::InlineImage,
    issue::IssueId,
    language::Language,
    merge::MergeTable,
    subscriber::SubscriberStatus,
};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Returns a digest whose texts hold the name's token where they say NAME.
fn digest(subject: &str, html: &str, text: &str, default: Option<&str>) -> Digest {
    let mut merge = MergeTable::new("7f3a91c0");
    let name = MergeField::Subscriber { name: "name".into(), default: default.map(str::to_owned) };
    let (name, link) = (merge.token(name), merge.token(MergeField::UnsubscribeUrl));
    let marked = |text: &str| text.replace("NAME", &name).replace("LINK", &link);
    Digest {
        issue: IssueId { newsletter: "starsom".into(), issue: "2022-04".into() },
        language: Language::parse("en").unwrap(),
        date: NaiveDate::from_ymd_opt(2022, 4, 8).unwrap(),
        subject: marked(subject),
        preheader: String::new(),
        from: Mailbox::parse("STARSOM <starsom@example.org>").unwrap(),
        reply_to: None,
        list_name: "STARSOM".into(),
        list_id: "starsom.example.org".into(),
        archive_url: None,
        contact: None,
        html: marked(html),
        text: marked(text),
        images: Vec::new(),
        merge,
    }
}

fn frame() -> Frame {
    Frame { edition: 0, public_url: None, unsubscribe_domain: "in.example.org".into() }
}

fn reader(name: Option<&str>) -> Subscriber {
    Subscriber {
        address: EmailAddress::parse("reader@example.net").unwrap(),
        name: name.map(str::to_owned),
        language: None,
        topics: Vec::new(),
        fields: BTreeMap::new(),
        status: SubscriberStatus::Active,
    }
}

/// Returns the problem that stops a changed digest, or nothing.
fn refusal(change: impl FnOnce(&mut Digest, &mut Frame)) -> String {
    let (mut digest, mut frame) = (digest("S", "<p>NAME</p>", "NAME", None), frame());
    change(&mut digest, &mut frame);
    FormLetter::new(&digest, &frame).map_or_else(|problems| problems.to_string(), |_| String::new())
}

fn filled(letter: &FormLetter, subscriber: &Subscriber) -> Result<Filled, MissingField> {
    let tokens = letter.tokens(&Signer::new([7; 16], &[9; 32]), DeliveryId(1));
    let mut filled = Filled::new();
    let date = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    letter.fill(&Fill { subscriber, date, tokens: &tokens }, &mut filled)?;
    Ok(filled)
}

#[test]
fn a_field_without_value_and_default_is_refused_and_named() {
    let letter = FormLetter::new(&digest("S", "<p>NAME</p>", "x", None), &frame()).unwrap();
    assert_eq!(letter.missing(&reader(Some(" \0 "))), ["name"]);
    assert!(letter.missing(&reader(Some("Anna"))).is_empty());
    let error = filled(&letter, &reader(None)).unwrap_err();
    assert_eq!(error.to_string(), "no value for merge field `name`, and it has no default");
    let problem = error.problem(&reader(None).address);
    assert!(
        problem.message.ends_with("r•••@e•••.net") && problem.help.unwrap().contains("subscriber.name |")
    );
}

#[test]
fn a_field_that_stands_nowhere_is_not_asked_for() {
    let mut unused = digest("S", "<p>x</p>", "LINK", None);
    unused.preheader = "Dear".into();
    let letter = FormLetter::new(&unused, &frame()).unwrap();
    assert!(letter.missing(&reader(None)).is_empty());
    assert_eq!(letter.fields().count(), 1);
}

#[test]
fn a_reused_message_holds_nothing_of_the_reader_before() {
    let letter = FormLetter::new(&digest("S", "<p>NAME</p>", "NAME", None), &frame()).unwrap();
    let tokens = letter.tokens(&Signer::new([7; 16], &[9; 32]), DeliveryId(1));
    let date = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let mut out = Filled::new();
    for name in ["Someone with a long name", "Anna"] {
        letter.fill(&Fill { subscriber: &reader(Some(name)), date, tokens: &tokens }, &mut out).unwrap();
    }
    let fresh = filled(&letter, &reader(Some("Anna"))).unwrap();
    assert_eq!(out.to_vec(), fresh.to_vec());
    assert_eq!(out.fingerprint(), fresh.fingerprint());
}

#[test]
fn sizes_are_those_of_the_parts() {
    let letter = FormLetter::new(&digest("S", "<p>NAME</p>\né", "x", None), &frame()).unwrap();
    let message = filled(&letter, &reader(Some("A&B"))).unwrap();
    let sizes = message.sizes();
    assert_eq!(sizes.html, "<p>A&amp;B</p>\r\né".len());
    assert_eq!(sizes.html_encoded, "<p>=\r\nA&amp;B=\r\n</p>\r\n=C3=A9".len());
    assert_eq!(sizes.message, message.to_vec().len());
}

#[test]
fn previews_show_the_values_decoded() {
    let letter =
        FormLetter::new(&digest("For NAME", "<p>NAME</p>", "NAME\nLINK", Some("you")), &frame()).unwrap();
    let tokens = letter.tokens(&Signer::new([7; 16], &[9; 32]), DeliveryId(1));
    let subscriber = reader(Some("<Anna>"));
    let date = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let fill = Fill { subscriber: &subscriber, date, tokens: &tokens };
    assert_eq!(letter.subject_for(&fill).unwrap(), "For <Anna>");
    assert_eq!(letter.html_for(&fill).unwrap(), "<p>&lt;Anna&gt;</p>");
    assert_eq!(letter.text_for(&fill).unwrap(), format!("<Anna>\nmailto:{}\n", tokens.unsubscribe_address));
}

#[test]
fn what_no_message_can_carry_is_refused() {
    assert_eq!(refusal(|_, _| {}), "");
    assert!(refusal(|digest, _| digest.html.push('\0')).contains("[form/control-character]"));
    assert!(refusal(|digest, _| digest.subject.push('\n')).contains("[form/control-character]"));
    assert!(refusal(|digest, _| digest.list_name = digest.text.clone()).contains("[form/field-in-header]"));
    assert!(refusal(|digest, _| digest.list_id = "no id".into()).contains("[form/domain]"));
    assert!(refusal(|_, frame| frame.unsubscribe_domain = "a>b.org".into()).contains("[form/domain]"));
    assert!(
        refusal(|digest, _| digest.from.address = EmailAddress::parse("é@example.org").unwrap())
            .contains("[form/sender-address]")
    );
    let image = |media_type: &str, base64: &str| InlineImage {
        content_id: "a".into(),
        file_name: "a.png".into(),
        media_type: media_type.into(),
        base64: base64.into(),
    };
    assert!(refusal(|digest, _| digest.images.push(image("image/png\r\nX: y", ""))).contains("[form/image]"));
    assert!(refusal(|digest, _| digest.images.push(image("image/png", "!"))).contains("[form/image]"));
}

/// Returns whether two messages have the same octets, after looking that their fingerprints say the same.
fn same(one: &Filled, other: &Filled) -> bool {
    let is_same = one.to_vec() == other.to_vec();
    assert_eq!(one.fingerprint() == other.fingerprint(), is_same);
    let front = b"DKIM-Signature: x\r\n";
    assert_eq!(one.fingerprint_after(front) == other.fingerprint_after(front), is_same);
    assert_ne!(one.fingerprint_after(front), other.fingerprint());
    is_same
}

proptest::proptest! {
    #[test]
    fn equal_fingerprints_are_equal_octets(
        names in ["[a-z]{1,3}", "[a-z]{1,3}"], bodies in ["[ab]{0,2}", "[ab]{0,2}"], seconds in [0..2_i64, 0..2]
    ) {
        let [one, other] = [0, 1].map(|at| {
            let html = format!("<p>{}NAME{}</p>", bodies[at], bodies[1 - at]);
            let letter = FormLetter::new(&digest("S", &html, "NAME", None), &frame()).unwrap();
            let tokens = letter.tokens(&Signer::new([7; 16], &[9; 32]), DeliveryId(1));
            let date = DateTime::from_timestamp(seconds[at], 0).unwrap();
            let mut out = Filled::new();
            letter.fill(&Fill { subscriber: &reader(Some(&names[at])), date, tokens: &tokens }, &mut out).unwrap();
            out
        });
        let expected = names[0] == names[1] && bodies[0] == bodies[1] && seconds[0] == seconds[1];
        assert_eq!(same(&one, &other), expected);
    }

    #[test]
    fn one_changed_octet_changes_the_fingerprint(at in 0_usize..100_000) {
        let letter = FormLetter::new(&digest("S", "<p>NAME</p>", "NAME\nLINK", None), &frame()).unwrap();
        let message = filled(&letter, &reader(Some("Anna"))).unwrap();
        let (mut value, mut shared) = (message.clone(), message.clone());
        let (in_values, in_sheet) = (at % message.values.len(), at % message.sheet.stock.octets().len());
        value.values[in_values] ^= 1;
        value.read_values_again();
        let mut octets = message.sheet.stock.octets().to_vec();
        octets[in_sheet] ^= 1;
        let blanks = message.sheet.blanks.clone();
        shared.sheet = Arc::new(Sheet { octets, blanks, ..Sheet::default() }.complete());
        assert!(!same(&message, &value) && !same(&message, &shared) && !same(&value, &shared));
    }
}

#[test]
fn a_shifted_border_changes_the_fingerprint() {
    let letter = FormLetter::new(&digest("S", "<p>NAME</p>", "NAME", None), &frame()).unwrap();
    let message = filled(&letter, &reader(Some("Anna"))).unwrap();
    let mut shifted = message.clone();
    shifted.ends[0] -= 1;
    assert_ne!(message.fingerprint(), shifted.fingerprint());
}
