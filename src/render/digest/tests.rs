//! A small edition through the whole pipeline, in two languages and two directions.

use super::{Renderer, render};
use crate::domain::{
    address::{EmailAddress, Mailbox},
    digest::Digest,
    edition::{Edition, EditionImage, EditionItem, EditionPlaces, Footer, ItemPlaces, Text},
    issue::IssueId,
    language::Language,
    merge::MergeField,
    problem::Place,
    template::TemplateFiles,
};
use chrono::NaiveDate;
use std::collections::BTreeMap;

const NONCE: &str = "7f3a91c0";

fn language(tag: &str) -> Language {
    Language::parse(tag).unwrap()
}

fn text(tag: &str, source: &str) -> Text {
    Text {
        source: source.into(),
        language: language(tag),
        place: Place::file("newsletters/starsom/newsletter.yaml"),
        lines: Vec::new(),
    }
}

fn strings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub(super) fn template() -> TemplateFiles {
    let files = [
        ("digest.mjml", include_str!("../../../tests/fixtures/render/small/digest.mjml")),
        ("digest.txt", include_str!("../../../tests/fixtures/render/small/digest.txt")),
        ("item.mjml", include_str!("../../../tests/fixtures/render/small/item.mjml")),
    ];
    let english = [
        ("read_more", "Read more"),
        ("read_more_about", "Read more: {headline}"),
        ("leave", "Unsubscribe"),
        ("unused", "{{ subscriber.secret }}"),
        ("count.one", "{n} item"),
        ("count.other", "{n} items"),
    ];
    let arabic = [
        ("read_more", "اقرأ المزيد"),
        ("leave", "إلغاء الاشتراك"),
        ("count.two", "خبران"),
        ("count.other", "{n} خبر"),
    ];
    let theme = [
        ("accent", "#1f5a8a"),
        ("text", "#1c2733"),
        ("font", "Arial,sans-serif"),
        ("font@ar", "'Segoe UI',Tahoma,sans-serif"),
        ("md_p", "margin:0 0 16px"),
        ("md_a", "color:{accent};text-decoration:underline"),
        ("md_ul", "margin:0;padding-left:20px"),
        ("md_p_last", "margin-bottom:0"),
    ];
    TemplateFiles {
        name: "small".into(),
        origin: "templates/small".into(),
        files: strings(&files),
        strings: BTreeMap::from([(language("en"), strings(&english)), (language("ar"), strings(&arabic))]),
        theme: strings(&theme),
    }
}

fn item(slug: &str, headline: Text, teaser: Text, place: Option<Text>) -> EditionItem {
    EditionItem {
        slug: slug.into(),
        date: NaiveDate::from_ymd_opt(2022, 4, 7).unwrap(),
        place_name: place,
        headline,
        teaser,
        link: Some(format!("https://www.example.org/starsom/{slug}")),
        image: None,
        topics: vec!["cooperation".into()],
        places: ItemPlaces::default(),
    }
}

fn footer() -> Footer {
    Footer {
        organisation: None,
        postal_address: Some(text("en", "1 Harbour Road\nExample City")),
        reason: None,
        contact: Some("mailto:contact@example.org".into()),
        privacy_url: None,
    }
}

pub(super) fn edition(tag: &str) -> Edition {
    let arabic = tag == "ar";
    let say = |english: &str, other: &str| text(tag, if arabic { other } else { english });
    let mut first = item(
        "male",
        say("Sri Lanka & the Maldives meet", "سريلانكا وجزر المالديف تجتمعان"),
        say(
            "# Three days\n\nOfficers from *six* countries met, see [the programme](programme). Much was said about many things at the seaside.",
            "التقى ضباط من *ست* دول، راسلوا contact@example.org. انظر [البرنامج](programme).",
        ),
        Some(say("Malé", "ماليه")),
    );
    first.image = Some(EditionImage {
        src: "cid:male".into(),
        alt: "Officers\u{a0}at a \"table\"".into(),
        size: Some((640, 480)),
    });
    // No translation: the item stays English in every edition.
    let second = item(
        "dubai",
        text("en", "A round table in Dubai"),
        text("en", "- one\n- two"),
        Some(text("en", "Dubai")),
    );
    Edition {
        issue: IssueId { newsletter: "starsom".into(), issue: "2022-04".into() },
        language: language(tag),
        date: NaiveDate::from_ymd_opt(2022, 4, 1).unwrap(),
        subject: say(
            "News for {{ subscriber.name | default(value=\"you\") }} & \"co\"",
            "أخبار {{ subscriber.name | default(value='القارئ') }}",
        ),
        preheader: Some(say("Three days\n in Malé", "ثلاثة أيام")),
        name: say("STARSOM", "ستارسوم"),
        tagline: None,
        from: Mailbox {
            name: Some("STARSOM".into()),
            address: EmailAddress::parse("starsom@example.org").unwrap(),
        },
        reply_to: None,
        list_id: "starsom.example.org".into(),
        website: Some("https://www.example.org/starsom".into()),
        navigation: Vec::new(),
        opening: Some(say(
            "Dear {{ subscriber.name | default(value=\"reader\") }},\n\nhere is [your page](https://example.org/?e={{ subscriber.email }}).",
            "عزيزنا {{ subscriber.name | default(value=\"القارئ\") }}،\n\nهذه [صفحتك](https://example.org/?e={{ subscriber.email }}).",
        )),
        about: Some((
            say("The project *works*.", "المشروع *يعمل*."),
            Some("https://www.example.org/starsom/about".into()),
        )),
        items: vec![first, second],
        footer: footer(),
        teaser_length: 90,
        theme: BTreeMap::from([("accent".into(), "#0b6e4f".into())]),
        template: "small".into(),
        archive_url: None,
        places: EditionPlaces::default(),
    }
}

fn digest(tag: &str) -> Digest {
    render(&edition(tag), &template(), Vec::new(), NONCE).unwrap()
}

/// Shows what the template wrote, before the engine: the engine has snapshots of its own.
fn mjml(tag: &str) -> String {
    Renderer::new(&template()).unwrap().draft(&edition(tag), NONCE).unwrap().mjml
}

#[test]
fn an_english_edition_becomes_a_digest() {
    insta::assert_snapshot!("english_mjml", mjml("en"));
    insta::assert_snapshot!("english_text", digest("en").text);
}

#[test]
fn an_arabic_edition_becomes_a_mirrored_digest() {
    insta::assert_snapshot!("arabic_mjml", mjml("ar"));
    insta::assert_snapshot!("arabic_text", digest("ar").text);
}

#[test]
fn only_fields_that_are_used_remain_open() {
    let digest = digest("en");
    let names: Vec<_> = digest
        .merge
        .fields()
        .iter()
        .map(|field| match field {
            MergeField::Subscriber { name, default } => {
                format!("{name}/{}", default.as_deref().unwrap_or("-"))
            }
            MergeField::UnsubscribeUrl => "unsubscribe".to_owned(),
        })
        .collect();
    assert_eq!(names, ["name/you", "name/reader", "email/-", "unsubscribe"]);
    assert_eq!(digest.subject, "News for zq7f3a91c00000qz & \"co\"");
    assert_eq!(digest.preheader, "Three days in Malé");
    assert!(digest.html.contains("https://example.org/?e=zq7f3a91c00002qz"));
    assert_eq!(digest.contact.as_deref(), Some("mailto:contact@example.org"));
}

#[test]
fn html_says_what_readers_and_screen_readers_need() {
    for (tag, dir) in [("en", "ltr"), ("ar", "rtl")] {
        let html = digest(tag).html;
        assert!(html.contains(&format!("<html lang=\"{tag}\" dir=\"{dir}\"")), "{html}");
        assert_eq!(html.matches("<table").count(), html.matches("role=\"presentation\"").count());
        assert_eq!(html.matches("role=\"article\"").count(), 1);
        assert!(html.contains(".card { padding-"), "the style sheets stay apart");
        assert!(html.matches("<style").count() >= 3);
        assert!(html.contains("<title>"));
        assert!(!html.contains("fonts.googleapis"));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(digest("ar"), digest("ar"));
}

#[test]
fn one_renderer_serves_all_languages() {
    let renderer = Renderer::new(&template()).unwrap();
    for tag in ["en", "ar", "fr", "zh-Hans"] {
        let digest = renderer.render(&edition(tag), Vec::new(), NONCE).unwrap();
        assert_eq!(digest.language.as_str(), tag);
    }
}

#[test]
fn problems_of_texts_and_template_come_together() {
    let mut edition = edition("en");
    edition.subject.source = "Hi {{ name }}".into();
    edition.items[0].teaser.source = "![](https://example.org/x.png) {{ subscriber.name | upper }}".into();
    edition.theme.insert("md_p".into(), "color:{acent}".into());
    let mut template = template();
    template.files.get_mut("digest.txt").unwrap().push_str("{{ strings.raed_more }}");
    let problems = render(&edition, &template, Vec::new(), NONCE).unwrap_err().0;
    let mut codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            "render/image-without-alt",
            "render/merge-field-misused",
            "render/merge-field-unknown",
            "template/missing-phrase",
            "template/theme-token"
        ]
    );
}

#[test]
fn mjml_that_is_none_is_refused() {
    let mut template = template();
    template.files.insert("digest.mjml".into(), "<mjml><mj-body><mj-nonsense></mj-body></mjml>".into());
    let problems = render(&edition("en"), &template, Vec::new(), NONCE).unwrap_err().0;
    assert!(problems[0].code.contains("mjml"), "{problems:?}");
}

/// Returns an edition and a template with a merge field of its own in every text.
fn full_of_fields() -> (Edition, TemplateFiles) {
    let field = |place: &str| format!("{{{{ subscriber.{place} | default(value='x') }}}}");
    let mut edition = edition("ar");
    edition.subject.source = field("subject");
    edition.preheader.as_mut().unwrap().source = field("preheader");
    edition.name.source = field("name_of_newsletter");
    edition.opening.as_mut().unwrap().source =
        format!("_{}_ [x](https://example.org/?a={})", field("opening"), field("link"));
    let about = edition.about.as_mut().unwrap();
    about.0.source = field("about");
    about.1 = Some(format!("about?b={}", field("about_link")));
    let item = &mut edition.items[0];
    item.headline.source = field("headline");
    item.place_name.as_mut().unwrap().source = field("place");
    item.teaser.source = format!("> <{}>", field("teaser"));
    item.link = Some(format!("https://example.org/{}", field("read_more")));
    item.image.as_mut().unwrap().alt = field("alt");
    edition.footer.postal_address.as_mut().unwrap().source = field("address");
    let mut template = template();
    let arabic = template.strings.get_mut(&language("ar")).unwrap();
    arabic.insert("leave".into(), field("phrase"));
    template.files.get_mut("digest.mjml").unwrap().insert_str(0, "{# {{ subscriber #}");
    (edition, template)
}

#[test]
fn merge_fields_survive_in_every_text() {
    let (edition, template) = full_of_fields();
    let digest = render(&edition, &template, Vec::new(), NONCE).unwrap();
    let shown = |text: &str| {
        digest.merge.replace(text, |field| match field {
            MergeField::Subscriber { name, .. } => format!("[{name}]"),
            MergeField::UnsubscribeUrl => "[leave]".to_owned(),
        })
    };
    let (html, text) = (shown(&digest.html), shown(&digest.text));
    assert_eq!(shown(&digest.subject), "[subject]");
    assert!(!html.contains(NONCE) && !text.contains(NONCE));
    for name in [
        "subject",
        "preheader",
        "name_of_newsletter",
        "opening",
        "link",
        "about",
        "about_link",
        "headline",
        "place",
        "teaser",
        "read_more",
        "alt",
        "address",
        "phrase",
    ] {
        assert!(html.contains(&format!("[{name}]")), "{name} is missing in {html}");
    }
    for name in [
        "name_of_newsletter",
        "opening",
        "link",
        "about",
        "headline",
        "place",
        "teaser",
        "read_more",
        "address",
        "phrase",
    ] {
        assert!(text.contains(&format!("[{name}]")), "{name} is missing in {text}");
    }
    assert!(html.contains("title=\"Read more: [headline]\""), "{html}");
    assert_eq!(digest.list_name, "x");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_is_written_compiles_or_is_refused(words in proptest::prelude::any::<String>(), rtl in proptest::prelude::any::<bool>()) {
        let mut edition = edition(if rtl { "ar" } else { "en" });
        edition.subject.source.clone_from(&words);
        edition.opening.as_mut().unwrap().source.clone_from(&words);
        edition.items[0].headline.source.clone_from(&words);
        edition.items[0].teaser.source.clone_from(&words);
        edition.items[0].image.as_mut().unwrap().alt.clone_from(&words);
        if let Err(problems) = render(&edition, &template(), Vec::new(), NONCE) {
            proptest::prop_assert!(words.contains("{{") || words.contains("{%"), "{problems}");
        }
    }
}
