//! Proves that a message is read in order, with what each thing is.

use super::*;
use crate::clients::style::Environment;

/// Writes one line for each entry.
fn read(html: &str) -> Vec<String> {
    let document = Document::read(html);
    let style = Style::of(&document, Environment::default());
    entries(&document, &style)
        .iter()
        .map(|entry| {
            let roles: Vec<String> = entry.roles.iter().map(said).collect();
            let lang = entry.lang.as_deref().unwrap_or("-");
            format!("{} {lang}: {}", roles.join("+"), entry.text).trim().to_owned()
        })
        .collect()
}

fn said(role: &Role) -> String {
    match role {
        Role::Heading(level) => format!("h{level}"),
        Role::Link(_) => "link".to_owned(),
        Role::Image => "image".to_owned(),
        Role::Control => "control".to_owned(),
        Role::ListItem => "item".to_owned(),
        Role::Quote => "quote".to_owned(),
        Role::Table { rows, columns } => format!("table {rows}x{columns}"),
        Role::Cell { is_header } => if *is_header { "header" } else { "cell" }.to_owned(),
        Role::Region(name) => name.clone(),
        Role::Separator => "separator".to_owned(),
    }
}

#[track_caller]
fn check(html: &str, expected: &[&str]) {
    assert_eq!(read(html), expected, "{html}");
}

#[test]
fn texts_links_and_headings_come_in_order() {
    check(
        "<div lang=en role=article aria-label=News><h2><a href=x>Big\n news</a></h2><p>Some <b>bold</b> words and <a href=y>a link</a>.</p>\
         <ul><li>One</li><li>Two</li></ul><hr>",
        &[
            "article en: News",
            "h2+link en: Big news",
            "en: Some bold words and",
            "link en: a link",
            "en: .",
            "item en: One",
            "item en: Two",
            "separator en:",
        ],
    );
}

#[test]
fn layout_is_flattened_and_data_is_not() {
    check(
        "<table role=presentation><tr><td>a</td><td><p>b</p></td></tr></table><table><caption>T</caption><tr><th>x</th><th>y</th></tr><tr><td>1</td><td></td></tr></table>",
        &["-: a", "-: b", "table 2x2 -:", "-: T", "header -: x", "header -: y", "cell -: 1"],
    );
}

#[test]
fn pictures_are_read_by_their_words() {
    check(
        "<p><img alt=''><img alt='A map'><img src='https://e.org/i/m.png'><a href=x aria-label='More of A'>More<img alt=z></a></p>",
        &["image -: A map", "image -: m.png", "link -: More of A"],
    );
}

#[test]
fn what_is_hidden_is_not_read() {
    check(
        "<style>.h{display:none}</style><title>T</title><div class=h>1</div><p aria-hidden=true>2</p><!--[if mso]><p>3</p><![endif]-->\
         <p style='visibility:hidden'>4<b style='visibility:visible'>5</b></p>",
        &["-: 5"],
    );
}

#[test]
fn another_language_is_another_voice() {
    check(
        "<p lang=en>He said <i lang=fr>bonjour</i> twice</p>",
        &["en: He said", "fr: bonjour", "en: twice"],
    );
}
