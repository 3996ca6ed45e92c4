//! Template errors name the place and the way out.

use super::Templates;
use crate::{
    domain::{
        language::Language,
        problem::{Problem, Problems},
        template::TemplateFiles,
    },
    render::{merge::Blanks, phrases::Phrases},
};
use std::{collections::BTreeMap, sync::Arc};
use tera::{Context, Map, Value};

fn files(pairs: &[(&str, &str)]) -> TemplateFiles {
    let mut files: BTreeMap<String, String> =
        pairs.iter().map(|(name, source)| ((*name).to_owned(), (*source).to_owned())).collect();
    for required in ["digest.mjml", "digest.txt"] {
        files.entry(required.to_owned()).or_default();
    }
    TemplateFiles {
        name: "digest".into(),
        origin: "templates/digest".into(),
        files,
        ..TemplateFiles::default()
    }
}

fn render(pairs: &[(&str, &str)]) -> Result<String, Problems> {
    let files = files(pairs);
    let templates = Templates::parse(&files)?;
    let phrases = Phrases::new(&files, &Language::parse("en").unwrap(), &mut Blanks::new("7f3a91c0"));
    let mut context = Context::new();
    let headline = Map::from_iter([
        ("text".into(), Value::from("A & B")),
        ("html".into(), Value::safe_string("A &amp; <b>B</b>")),
    ]);
    context.insert_value("headline", Value::from(headline));
    context.insert("subject", "Sub\u{a0}ject \"x\"");
    templates.prepare(Arc::new(phrases), vec!["zqtoken".into(); 9]).render("digest.mjml", &context)
}

fn problems(pairs: &[(&str, &str)]) -> Vec<Problem> {
    render(pairs).unwrap_err().0
}

#[track_caller]
fn check(source: &str, code: &str, place: &str, words: &str) {
    let found = problems(&[("digest.mjml", source)]);
    let [problem] = found.as_slice() else { panic!("{source}: {found:?}") };
    assert_eq!(problem.code, code, "{problem:?}");
    assert_eq!(
        problem.place.as_ref().unwrap().to_string(),
        format!("templates/digest/{place}"),
        "{problem:?}"
    );
    let told = format!("{} / {}", problem.message, problem.help.clone().unwrap_or_default());
    assert!(told.contains(words), "{told}");
}

#[test]
fn plain_words_are_escaped_for_text_and_attributes_and_html_is_not() {
    let out = render(&[(
        "digest.mjml",
        "{{ headline.text }}|{{ headline.html }}|{{ subject }}|{{ headline.html | styled(b='x:y') }}",
    )]);
    assert_eq!(
        out.unwrap(),
        "A &amp; B|A &amp; <b>B</b>|Sub&#xA0;ject &quot;x&quot;|A &amp; <b style=\"x:y\">B</b>"
    );
}

#[test]
fn merge_fields_work_in_components_and_beside_other_tags() {
    let out = render(&[
        ("digest.mjml", "{{- subscriber.name | default(value='x') -}} | {{ <card /> }}"),
        (
            "parts.mjml",
            "{% component card(@subject) %}<b title='{{ subject }}'>{{ subscriber.email }}</b>{% endcomponent card %}",
        ),
    ]);
    assert_eq!(out.unwrap(), "zqtoken| <b title='Sub&#xA0;ject &quot;x&quot;'>zqtoken</b>");
}

#[test]
fn mistakes_are_named_with_place_and_way_out() {
    check("a\n {{ subjct }}", "template/unknown-name", "digest.mjml:2:5", "did you mean `subject`?");
    check("{{ headline.txt }}", "template/unknown-name", "digest.mjml:1:13", "did you mean `text`?");
    check("{{ headline.zzzzzzz }}", "template/unknown-name", "digest.mjml:1:13", "known here: html, text");
    check(
        "{{ subscriber.name }} {{ subject | uper }}",
        "template/unknown-name",
        "digest.mjml:1:36",
        "did you mean `upper`?",
    );
    check("{{ tt(key='x') }}", "template/unknown-name", "digest.mjml:1:4", "did you mean `t`?");
    check(
        "{% include 'part.mjml' %}",
        "template/unknown-name",
        "digest.mjml:1:12",
        "there is no file `part.mjml`",
    );
    check("{% if subject %}", "template/syntax", "digest.mjml:1:15", "Tera 2");
    check("{% for i in range(end=5000) %}{% endfor %}", "template/failed", "digest.mjml:1:13", "1000");
    check("{{ subject | styled(p='x') }}", "template/failed", "digest.mjml:1:14", "not for plain words");
    check("{{ t(key='nothing') }}", "template/failed", "digest.mjml:1:4", "there is no phrase `nothing`");
}

#[test]
fn endless_templates_end() {
    let nested = "{% for a in range(end=900) %}".repeat(4) + &"{% endfor %}".repeat(4);
    assert_eq!(problems(&[("digest.mjml", &nested)])[0].code, "template/failed");
    let long = "{% for a in range(end=900) %}{% for b in range(end=100) %}".to_owned()
        + &"x".repeat(100)
        + "{% endfor %}{% endfor %}";
    assert_eq!(problems(&[("digest.mjml", &long)])[0].code, "template/too-much-output");
    let endless = "{% component a() %}{{ <a /> }}{% endcomponent a %}{{ <a /> }}";
    assert_eq!(problems(&[("digest.mjml", endless)])[0].code, "template/too-much-output");
    let circle =
        problems(&[("digest.mjml", "{% include 'a.mjml' %}"), ("a.mjml", "{% include 'digest.mjml' %}")]);
    assert_eq!(circle[0].code, "template/syntax");
}

#[test]
fn all_files_and_all_names_are_reported_at_once() {
    let both = problems(&[("digest.mjml", "{{ }"), ("digest.txt", "{% if %}")]);
    assert_eq!(
        both.iter().map(|p| p.place.clone().unwrap().path).collect::<Vec<_>>(),
        ["templates/digest/digest.mjml", "templates/digest/digest.txt"]
    );
    let names = problems(&[("digest.mjml", "{{ a | nofilter }}\n{{ nofunction() }}")]);
    assert_eq!(names.len(), 2);
    let fields =
        problems(&[("digest.mjml", "{% if subscriber.name %}{% endif %}{{ subscriber.x | upper }}")]);
    assert_eq!(fields.len(), 2);
}

#[test]
fn a_folder_without_its_two_files_is_refused() {
    let empty =
        TemplateFiles { name: "bare".into(), origin: "templates/bare".into(), ..TemplateFiles::default() };
    let found = Templates::parse(&empty).unwrap_err().0;
    assert_eq!(found.iter().map(|p| p.code).collect::<Vec<_>>(), ["template/missing-file"; 2]);
}
