//! Markdown whose tags know where they were written.

use super::{Headings, Remark, events, reader, sanitiser, to_pieces, too_long};
use crate::{
    domain::merge::MergeTable,
    render::{
        flow::Piece,
        markup::{self, Walk},
        trace::{Kind, Marks},
    },
};
use ammonia::Url;
use pulldown_cmark::{Event, LinkType, Tag};
use std::{
    cell::Cell,
    fmt::{self, Write},
    ops::Range,
};

/// Where a stretch of HTML begins, and the octets of Markdown that made it.
#[derive(Debug)]
struct Seat {
    html: usize,
    source: usize,
    /// Whether the HTML was taken over as it stands.
    is_raw: bool,
    /// Where the target of a link or image stands.
    target: Option<usize>,
}

/// Does what [`to_flow`](super::to_flow) does, and puts marks on all tags and on the targets of links and
/// images; `mark` gives the mark of an octet of the Markdown.
pub(crate) fn to_marked_flow(
    markdown: &str,
    table: &MergeTable,
    base: Option<&Url>,
    headings: Headings,
    marks: &mut Marks,
    mark: impl Fn(&mut Marks, Kind, usize) -> String,
) -> (Vec<Piece>, Vec<Remark>) {
    if let Some(refused) = too_long(markdown) {
        return refused;
    }
    let (html, seats) = seated(markdown, table);
    let names = [marks.attribute(), marks.target_attribute()];
    let mut marked = String::with_capacity(html.len() * 2);
    let mut done = 0;
    for (at, name_length) in tags(&html) {
        let Some(seat) = seats.iter().rfind(|seat| seat.html <= at) else { continue };
        let source = if seat.is_raw { seat.source + (at - seat.html) } else { seat.source };
        marked.push_str(&html[done..at + name_length]);
        done = at + name_length;
        let tag = mark(marks, Kind::Markdown, source);
        let target = seat.target.map(|target| mark(marks, Kind::Addresses, target)).unwrap_or_default();
        for (name, mark) in names.iter().zip([tag, target]).filter(|(_, mark)| !mark.is_empty()) {
            let _ = write!(marked, " {name}=\"{mark}\"");
        }
    }
    marked.push_str(&html[done..]);
    let clean = sanitiser(&names.each_ref().map(String::as_str)).clean(&marked).to_string();
    let (mut pieces, remarks) = to_pieces(&clean, table, base, headings);
    for piece in &mut pieces {
        move_target_mark(piece, &names[1]);
    }
    (pieces, remarks)
}

/// Takes the mark of a target from its own attribute to the end of the target.
fn move_target_mark(piece: &mut Piece, name: &str) {
    let Piece::Open { attributes, .. } = piece else { return };
    let Some(at) = attributes.iter().position(|(known, _)| known == name) else { return };
    let (_, mark) = attributes.remove(at);
    if let Some((_, target)) = attributes.iter_mut().find(|(name, _)| name == "href" || name == "src") {
        target.push_str(&mark);
    }
}

/// Returns where the tags of `html` begin, and the length up to the end of their names.
fn tags(html: &str) -> Vec<(usize, usize)> {
    let tags = Walk::new(html).filter_map(|event| match event {
        markup::Event::Open(tag) => Some((tag.at, 1 + tag.name.len())),
        _ => None,
    });
    tags.collect()
}

/// Renders Markdown and notes where each stretch of the HTML comes from.
fn seated(markdown: &str, table: &MergeTable) -> (String, Vec<Seat>) {
    let length = Cell::new(0);
    let mut counted = Counted { html: String::with_capacity(markdown.len() * 3 / 2), length: &length };
    let mut seats = Vec::new();
    let reader = reader(markdown);
    let defined: Vec<(String, Range<usize>)> = reader
        .reference_definitions()
        .iter()
        .map(|(label, definition)| (label.to_lowercase(), definition.span.clone()))
        .collect();
    let events = events(reader, table).map(|(event, octets)| {
        let is_raw = matches!(event, Event::Html(_) | Event::InlineHtml(_));
        let target = target(&event, &octets, markdown, &defined);
        seats.push(Seat { html: length.get(), source: octets.start, is_raw, target });
        event
    });
    // The writer writes each event before it asks for the next, so the length says where it begins.
    // Writing into a String can't fail.
    let _ = pulldown_cmark::html::write_html_fmt(&mut counted, events);
    (counted.html, seats)
}

/// Returns where the target of a link or image stands: in its own brackets, or in the definition it refers to.
fn target(
    event: &Event<'_>,
    octets: &Range<usize>,
    markdown: &str,
    defined: &[(String, Range<usize>)],
) -> Option<usize> {
    let Event::Start(Tag::Link { link_type, dest_url, id, .. } | Tag::Image { link_type, dest_url, id, .. }) =
        event
    else {
        return None;
    };
    let around = match link_type {
        LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut => {
            let label = id.to_lowercase();
            defined.iter().find(|(known, _)| *known == label).map(|(_, octets)| octets.clone())?
        }
        _ => octets.clone(),
    };
    let found = markdown.get(around.clone())?.rfind(&**dest_url);
    Some(around.start + found.unwrap_or_default())
}

/// Takes HTML and tells its length to others.
#[derive(Debug)]
struct Counted<'a> {
    html: String,
    length: &'a Cell<usize>,
}

impl Write for Counted<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.html.push_str(text);
        self.length.set(self.html.len());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{seated, tags};
    use crate::{
        domain::{merge::MergeTable, problem::Place},
        render::{
            flow::to_html,
            markdown::{Headings, to_flow, to_marked_flow},
            trace::{ATTEMPTS, Kind, Marks},
        },
    };

    const MARKDOWN: &str = "# Head\n\nOne *two\nthree* [four\nfive](https://example.org/a) <b>six</b>.\n\n- a\n- b\n\n  c\n\n> quote\n\n\
        ```\ncode\n```\n\n<div>\n<a\nhref=\"https://example.org/b\" onclick=\"x\" title=\"<i>\">raw</a>\n</div>\n\n\
        ![seven](https://example.org/i.png) [eight][ref] `nine`\n\n***\n\n[ref]: https://example.org/c\n";

    #[test]
    fn every_tag_knows_the_line_it_was_written_in() {
        let (html, seats) = seated(MARKDOWN, &MergeTable::new("7f3a91c0"));
        let line = |at: usize| MARKDOWN[..at].matches('\n').count() + 1;
        let mut found = Vec::new();
        for (at, length) in tags(&html) {
            let seat = seats.iter().rfind(|seat| seat.html <= at).unwrap();
            let source = if seat.is_raw { seat.source + at - seat.html } else { seat.source };
            let target = seat.target.map(|target| format!("→{}", line(target))).unwrap_or_default();
            found.push(format!("{}{}{target}", &html[at + 1..at + length], line(source)));
        }
        assert_eq!(
            found.join(" "),
            "h11 p3 em3 a4→5 b5 ul7 li7 p7 li8 p8 p10 blockquote12 p12 pre14 code14 div18 a19 p23 img23→23 a23→27 code23 hr25"
        );
    }

    #[test]
    fn marks_change_nothing_else() {
        let table = MergeTable::new("7f3a91c0");
        let mut marks = Marks::new("7f3a91c0", ATTEMPTS[0]);
        let mark = |marks: &mut Marks, kind: Kind, at: usize| {
            marks.mark(kind, &Place { line: u32::try_from(at).unwrap(), ..Place::file("a.md") })
        };
        let (marked, _) = to_marked_flow(MARKDOWN, &table, None, Headings::Bold, &mut marks, mark);
        let (plain, _) = to_flow(MARKDOWN, &table, None, Headings::Bold);
        assert_eq!(marks.strip(&to_html(&marked)), to_html(&plain));
        assert!(marks.all_in(&to_html(&marked)).len() > 20);
    }
}
