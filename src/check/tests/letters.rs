//! Rules of the first hour, on a whole letter with merge fields.

use crate::{
    check::{
        CheckInput, Finding, Reach, SCAFFOLD_ADDRESS, SCAFFOLD_TEASER, judge, sample_readers,
        tests::case::{edition, text},
    },
    domain::{
        address::Mailbox,
        digest::Digest,
        issue::IssueId,
        language::Language,
        merge::{MergeField, MergeTable},
        problem::Severity,
        settings::CheckSettings,
    },
    render::form::{FormLetter, Frame},
};
use chrono::NaiveDate;

/// What is looked at here; the other rules have their fixtures.
const RULES: [&str; 15] = [
    "A001", "A002", "G001", "H002", "H013", "H014", "I001", "L001", "L003", "M001", "M003", "M004", "T001",
    "T002", "T003",
];

const HTML: &str = "<!doctype html><html lang=\"en\" dir=\"ltr\"><head><title>News</title></head><body>\
    <div style=\"display:none\">Preheader</div><div lang=\"en\" dir=\"ltr\"><p>Dear NAME, welcome.</p>\
    <a href=\"https://example.org/\"><img src=\"https://example.org/a.png\" alt=\"Logo\"></a>\
    <p>Office, 1 Main Street<br>Vienna</p><a href=\"LINK\">Unsubscribe</a></div></body></html>";
const TEXT: &str = "Dear NAME, welcome.\n\n-- \nOffice, 1 Main Street, Vienna\nUnsubscribe: LINK\n";

/// What a test changes about a letter that every rule likes.
struct Draft {
    subject: String,
    html: String,
    text: String,
    default: Option<String>,
    from: &'static str,
    language: &'static str,
    public_url: Option<&'static str>,
    reach: Reach,
    address: Option<&'static str>,
    name: Option<&'static str>,
    relay_max: Option<u64>,
}

impl Draft {
    fn new() -> Self {
        Self {
            subject: "News for NAME".into(),
            html: HTML.into(),
            text: TEXT.into(),
            default: Some("reader".into()),
            from: "STARSOM <starsom@example.org>",
            language: "en",
            public_url: Some("https://news.example.org"),
            reach: Reach::Public,
            address: Some("Office\n1 Main Street\nVienna"),
            name: None,
            relay_max: None,
        }
    }

    fn digest(&self) -> Digest {
        let mut merge = MergeTable::new("7f3a91c0");
        let name = MergeField::Subscriber { name: "name".into(), default: self.default.clone() };
        let (name, link) = (merge.token(name), merge.token(MergeField::UnsubscribeUrl));
        let marked = |text: &str| text.replace("NAME", &name).replace("LINK", &link);
        Digest {
            issue: IssueId { newsletter: "starsom".into(), issue: "2022-04".into() },
            language: Language::parse(self.language).unwrap(),
            date: NaiveDate::from_ymd_opt(2022, 4, 8).unwrap(),
            subject: marked(&self.subject),
            preheader: String::new(),
            from: Mailbox::parse(self.from).unwrap(),
            reply_to: None,
            list_name: "STARSOM".into(),
            list_id: "starsom.example.org".into(),
            archive_url: None,
            contact: None,
            html: marked(&self.html),
            text: marked(&self.text),
            images: Vec::new(),
            merge,
        }
    }

    fn judged(&self) -> Vec<Finding> {
        let digest = self.digest();
        let frame = Frame {
            edition: 0,
            public_url: self.public_url.map(str::to_owned),
            unsubscribe_domain: "in.example.org".into(),
        };
        let letter = FormLetter::new(&digest, &frame).unwrap();
        let mut edition = edition(&digest);
        edition.footer.postal_address = self.address.map(text);
        let mut readers = sample_readers(&letter);
        if let Some(name) = self.name {
            readers.truncate(1);
            readers[0].name = (!name.is_empty()).then(|| name.to_owned());
        }
        judge(&CheckInput {
            variant: "en",
            edition: &edition,
            digest: &digest,
            letter: &letter,
            readers: &readers,
            past: &[],
            waivers: &[],
            settings: &CheckSettings::default(),
            reach: self.reach,
            message_octets_max: self.relay_max,
        })
    }
}

/// Asserts which rules find something after a change, with a word of each message.
#[track_caller]
fn check_findings(change: impl FnOnce(&mut Draft), expected: &[&str]) {
    let mut draft = Draft::new();
    change(&mut draft);
    let mut findings = draft.judged();
    findings.retain(|finding| RULES.contains(&finding.rule.id));
    let shown: Vec<String> =
        findings.iter().map(|finding| format!("{} {}", finding.rule.id, finding.message)).collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_good_letter_has_no_findings() {
    check_findings(|_| {}, &[]);
    check_findings(|draft| draft.public_url = None, &[]);
}

#[test]
fn a_tag_of_any_tool_left_over_is_found_in_every_part() {
    check_findings(
        |draft| {
            draft.subject = "News *|CITY|*".into();
            draft.html = HTML.replace("welcome", "{{ city }}");
            draft.text = TEXT.replace("welcome", "%%CITY%%");
        },
        &[
            "T001 the subject says `*|CITY|*`",
            "T001 the text part says `%%CITY%%`",
            "T001 the HTML part says `{{ city }}`",
        ],
    );
}

#[test]
fn what_a_new_file_says_as_an_example_is_found() {
    let filled = |letter: &str| letter.replace("welcome", SCAFFOLD_TEASER);
    check_findings(
        |draft| (draft.html, draft.text) = (filled(HTML), filled(TEXT)),
        &[
            "T001 the text part says `Write the news here, in Markdown.`, as a new item does",
            "T001 the HTML part says `Write the news here, in Markdown.`, as a new item does",
        ],
    );
    let local = |draft: &mut Draft| {
        (draft.html, draft.text) = (filled(HTML), filled(TEXT));
        draft.reach = Reach::Local;
    };
    check_findings(local, &[]);
}

#[test]
fn a_missing_or_hidden_unsubscribe_link_is_found() {
    check_findings(
        |draft| draft.html = HTML.replace("LINK", "https://example.org/u"),
        &["L001 the HTML part has no unsubscribe link"],
    );
    check_findings(
        |draft| draft.html = HTML.replace("<a href=\"LINK\"", "<a style=\"display:none\" href=\"LINK\""),
        &["L001 the unsubscribe link of the HTML part can't be seen"],
    );
    check_findings(
        |draft| draft.text = TEXT.replace("LINK", ""),
        &["L001 the text part has no unsubscribe link"],
    );
}

#[test]
fn links_that_lead_nowhere_are_found_unless_nothing_leaves_the_machine() {
    check_findings(
        |draft| draft.html = HTML.replace("<p>Dear", "<a href=\"/events\">Events</a><p>Dear"),
        &["L003 the link `Events` leads to `/events`: it is relative"],
    );
    let to_localhost = |draft: &mut Draft| draft.text = format!("http://localhost:8080/x\n{TEXT}");
    check_findings(
        to_localhost,
        &[
            "L003 the text part leads to `http://localhost:8080/x`: only this machine or network knows that host",
        ],
    );
    check_findings(
        |draft| {
            to_localhost(draft);
            draft.reach = Reach::Local;
        },
        &[],
    );
}

#[test]
fn an_image_without_alternative_text_is_found() {
    check_findings(
        |draft| draft.html = HTML.replace(" alt=\"Logo\"", ""),
        &["I001 the image `https://example.org/a.png` has no `alt`"],
    );
    check_findings(|draft| draft.html = HTML.replace("alt=\"Logo\"", "alt"), &[]);
}

#[test]
fn language_and_direction_must_be_marked_outside_and_inside() {
    check_findings(
        |draft| draft.html = HTML.replace("<html lang=\"en\" dir=\"ltr\">", "<html lang=\"und\">"),
        &["A001 `html` has no `lang`", "A002 `html` has no `dir`"],
    );
    check_findings(
        |draft| draft.language = "ar",
        &[
            "A001 `html` says `lang=\"en\"`, the variant is in `ar`",
            "A001 the body's wrapper says `lang=\"en\"`, the variant is in `ar`",
            "A002 `html` says `dir=\"ltr\"`, `ar` is written rtl",
            "A002 the body's wrapper says `dir=\"ltr\"`, `ar` is written rtl",
        ],
    );
}

#[test]
fn a_message_that_the_relay_would_not_take_is_found() {
    let letter = Draft::new().judged();
    assert!(!letter.iter().any(|finding| finding.rule.id == "M004"));
    let mut draft = Draft::new();
    draft.relay_max = Some(1_000);
    let mut findings = draft.judged();
    findings.retain(|finding| finding.rule.id == "M004");
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.message.ends_with("octets, this relay takes 1000 (`message_kilobytes`)"));
    check_findings(|draft| draft.relay_max = Some(10_000), &[]);
}

#[test]
fn html_over_the_limit_is_found_and_close_to_it_warned_of() {
    let padded = |count: usize| HTML.replace("welcome", &"word ".repeat(count));
    check_findings(
        |draft| draft.html = padded(20_480),
        &["M003 the HTML has 106932 octets encoded, 102400 are allowed"],
    );
    let mut draft = Draft::new();
    draft.html = padded(17_000);
    let mut findings = draft.judged();
    findings.retain(|finding| RULES.contains(&finding.rule.id));
    assert_eq!((findings.len(), findings[0].severity), (1, Severity::Warning));
}

#[test]
fn an_empty_text_part_is_found() {
    check_findings(
        |draft| draft.text = "\n".into(),
        &[
            "G001 the postal address does not stand in the text part",
            "L001 the text part has no unsubscribe link",
            "M001 the text part is empty",
        ],
    );
}

#[test]
fn sender_and_subject_are_judged() {
    check_findings(
        |draft| draft.from = "News <news@gmail.com>",
        &["H002 the sender's address is at `gmail.com`, a freemail provider"],
    );
    check_findings(|draft| draft.subject = "  ".into(), &["H013 the subject is empty"]);
    check_findings(|draft| draft.subject = "RE[2]: News".into(), &["H014 the subject begins with `RE[2]:`"]);
    check_findings(|draft| draft.subject = "Results: the year".into(), &[]);
}

#[test]
fn a_missing_postal_address_is_found() {
    check_findings(|draft| draft.address = None, &["G001 the newsletter has no postal address"]);
    check_findings(
        |draft| draft.html = HTML.replace("Vienna", ""),
        &["G001 the postal address does not stand in the HTML part"],
    );
    check_findings(
        |draft| {
            let address = |letter: &str| letter.replace("Office, ", SCAFFOLD_ADDRESS);
            (draft.html, draft.text) = (address(HTML), address(TEXT));
            draft.address = Some(SCAFFOLD_ADDRESS);
        },
        &["G001 the postal address is still the one of the example"],
    );
}

#[test]
fn holes_and_words_of_machines_are_found() {
    check_findings(
        |draft| draft.default = Some(String::new()),
        &["T003 without a value for `name` the text reads `Dear , welcome.`"],
    );
    check_findings(|draft| draft.name = Some("null"), &["T003 the field `name` is `null` for r•••@e•••.org"]);
}

#[test]
fn a_reader_without_a_value_is_named() {
    check_findings(
        |draft| (draft.default, draft.name) = (None, Some("")),
        &["T002 no value for merge field `name`, and it has no default: r•••@e•••.org"],
    );
}

#[test]
fn findings_become_problems_with_rule_and_help() {
    let mut draft = Draft::new();
    draft.subject = String::new();
    let findings = draft.judged();
    let problem = findings.iter().find(|finding| finding.rule.id == "H013").unwrap().to_problem();
    assert_eq!(
        problem.to_string(),
        "newsletters/starsom/issues/2022-04.yaml:2:10: the subject is empty (H013, variant `en`) [check/subject]"
    );
    assert_eq!(problem.help.as_deref(), Some("write a subject of 5 to 60 characters"));
}
