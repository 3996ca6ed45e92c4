//! The message as others see it: elements numbered for the page, then a mail client's view of them.

use crate::{
    clients::{
        Document,
        reading::{self, Entry, Role},
        row::{self, Cut, Row, Screen},
        style::{Direction, Environment, Style},
        view::{self, View},
    },
    loopback::with_links_outside,
    preview::letter::{Compiled, Letter},
    render::markup::{Event, Walk},
};
use serde::Serialize;
use std::fmt::Write;

/// Writes every element's number into its start tag, so that the page finds what a finding means.
pub(super) fn numbered(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 4);
    let (mut copied, mut number) = (0, 0);
    for event in Walk::new(html) {
        let Event::Open(tag) = event else { continue };
        let end = tag.at + 1 + tag.name.len();
        out.push_str(&html[copied..end]);
        write!(out, " data-at=\"{number}\"").expect("writing to a string can't fail");
        (copied, number) = (end, number + 1);
    }
    out.push_str(&html[copied..]);
    out
}

/// Returns the HTML of a view, with its pictures inside and links that lead out of the frame.
pub(super) fn seen(name: &str, compiled: &Compiled, letter: &Letter) -> String {
    let html = view::show(&numbered(&letter.html), named(name));
    with_links_outside(compiled.with_pictures(html))
}

/// Returns the view of a name, the page's short ones included; the plain one when there is none.
fn named(name: &str) -> View {
    match name {
        "partial" => View::PartialInversion,
        "full" => View::FullInversion,
        "rtl" => View::RightToLeft,
        other => View::parse(other).unwrap_or(View::Html),
    }
}

/// One thing that a screen reader says.
#[derive(Serialize)]
pub(super) struct Said {
    /// What it is above all: a heading with a link in it is a heading.
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<u8>,
    /// What it is beside that.
    also: Vec<String>,
    text: String,
    lang: Option<String>,
    dir: &'static str,
    /// The number of the element that it is or stands in.
    element: usize,
}

impl From<Entry> for Said {
    fn from(entry: Entry) -> Self {
        let Entry { mut roles, mut text, lang, direction, element } = entry;
        let heading = roles.iter().position(|role| matches!(role, Role::Heading(_)));
        let main = heading.or(roles.len().checked_sub(1)).map(|at| roles.remove(at));
        if let Some(Role::Table { rows, columns }) = main {
            let size = format!("{rows} × {columns}");
            text = if text.is_empty() { size } else { format!("{text}, {size}") };
        }
        Self {
            level: if let Some(Role::Heading(level)) = main { Some(level) } else { None },
            role: main.as_ref().map_or_else(|| "text".to_owned(), called),
            also: roles.iter().map(called).collect(),
            text,
            lang,
            dir: match direction {
                Direction::Ltr => "ltr",
                Direction::Rtl => "rtl",
            },
            element,
        }
    }
}

/// Returns what the page calls a role.
fn called(role: &Role) -> String {
    let name = match role {
        Role::Heading(_) => "heading",
        Role::Link(_) => "link",
        Role::Image => "image",
        Role::Control => "button",
        Role::ListItem => "listitem",
        Role::Quote => "quote",
        Role::Table { .. } => "table",
        Role::Cell { is_header: true } => "columnheader",
        Role::Cell { is_header: false } => "cell",
        Role::Region(name) => name,
        Role::Separator => "separator",
    };
    name.to_owned()
}

/// Returns the message in the order in which a screen reader says it.
pub(super) fn reading(letter: &Letter) -> Vec<Said> {
    let document = Document::read(&letter.html);
    let style = Style::of(&document, Environment::default());
    reading::entries(&document, &style).into_iter().map(Said::from).collect()
}

/// The line of an inbox, with what of it can be read there.
#[derive(Serialize)]
pub(super) struct InboxRow {
    client: &'static str,
    device: &'static str,
    sender: String,
    sender_cut: bool,
    subject: String,
    subject_cut: bool,
    preheader: String,
    preheader_cut: bool,
}

impl From<Row> for InboxRow {
    fn from(row: Row) -> Self {
        Self {
            client: row.client,
            device: match row.screen {
                Screen::Phone => "phone",
                Screen::Desktop => "desktop",
            },
            sender_cut: row.sender.is_cut(),
            sender: in_sight(row.sender),
            subject_cut: row.subject.is_cut(),
            subject: in_sight(row.subject),
            preheader_cut: row.preview.is_cut(),
            preheader: in_sight(row.preview),
        }
    }
}

/// Returns what a client writes: where nothing fits it writes nothing.
fn in_sight(text: Cut) -> String {
    if text.is_cut() && !text.shown.is_empty() { text.shown + "…" } else { text.shown }
}

/// Returns the lines that inboxes show.
pub(super) fn rows(compiled: &Compiled, letter: &Letter) -> Vec<InboxRow> {
    let from = &compiled.proof.digest.from;
    let sender = from.name.clone().unwrap_or_else(|| from.address.expose());
    let document = Document::read(&letter.html);
    row::rows(&sender, &letter.subject, &document).into_iter().map(InboxRow::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_called_by_what_it_is_above_all() {
        let html = "<html lang=en><h2>See <a href=x>the news</a></h2><p lang=ar dir=rtl><a href=y>x</a></p>\
            <table><caption>Seats</caption><tr><td>1</td></tr></table><hr>z</html>";
        let document = Document::read(html);
        let style = Style::of(&document, Environment::default());
        let said = |entry: Entry| {
            let Said { role, level, also, text, dir, .. } = entry.into();
            format!("{role} {} {} {dir}: {text}", level.unwrap_or(0), also.join("+"))
        };
        let said: Vec<String> = reading::entries(&document, &style).into_iter().map(said).collect();
        let expected = [
            "heading 2  ltr: See",
            "heading 2 link ltr: the news",
            "link 0  rtl: x",
            "table 0  ltr: 1 × 1",
            "text 0  ltr: Seats",
            "cell 0  ltr: 1",
            "separator 0  ltr: ",
            "text 0  ltr: z",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn every_element_carries_its_number_also_those_for_outlook() {
        let html = "<!doctype html><html><head><title>a < b</title></head><body><!--[if mso]><table><tr><td><![endif]-->\
            <img src=\"x\"/><br><P class=a>é</P><!--[if mso]></td></tr></table><![endif]--></body></html>";
        let numbered = numbered(html);
        let document = Document::read(&numbered);
        assert_eq!(document.elements.len(), Document::read(html).elements.len());
        for (number, element) in document.elements.iter().enumerate() {
            assert_eq!(element.get("data-at"), Some(number.to_string().as_str()), "{}", element.name);
        }
        let mut without = numbered.clone();
        for number in 0..document.elements.len() {
            without = without.replacen(&format!(" data-at=\"{number}\""), "", 1);
        }
        assert_eq!(without, html);
    }
}
