//! Markdown to a sanitised [`flow`](crate::render::flow): safe tags only, whatever the writer put in.
//!
//! Scripts, styles, event handlers and links to anything but http, https, mailto and tel never
//! get through. Words inside dropped tags stay, except inside `<script>` and `<style>`.

use crate::{
    domain::{merge::MergeTable, problem::Problem},
    render::flow::{Piece, is_block, parse},
};
use ammonia::{Builder, Url, UrlRelative};
use pulldown_cmark::{CowStr, Event, OffsetIter, Options, Parser, Tag, TagEnd};
use std::{collections::HashSet, ops::Range, sync::LazyLock};

mod seats;

pub(crate) use seats::to_marked_flow;

/// Octets that one text may have.
const TEXT_MAX: usize = 200_000;

/// Levels of Markdown nesting that are kept.
const NESTING_MAX: usize = 16;

/// Raw HTML tags in one text that are read as HTML; what comes after is shown as words.
const RAW_TAGS_MAX: usize = 500;

/// What becomes of headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Headings {
    /// Bold paragraphs: the text stands under a headline of its own.
    Bold,
    /// One level down at least, for the page has its `h1` already.
    Demoted,
}

/// Something wrong with a text, and the words in its source by which the place can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    /// What stands at the place; empty means the whole text.
    pub(crate) about: String,
    /// What is wrong, without place.
    pub(crate) problem: Problem,
}

/// Turns Markdown (its merge fields already taken out) into safe pieces, and says what is wrong with it.
pub(crate) fn to_flow(
    markdown: &str,
    table: &MergeTable,
    base: Option<&Url>,
    headings: Headings,
) -> (Vec<Piece>, Vec<Remark>) {
    if let Some(refused) = too_long(markdown) {
        return refused;
    }
    let clean = SANITISER.clean(&to_raw_html(markdown, table)).to_string();
    to_pieces(&clean, table, base, headings)
}

/// Returns nothing, and why, for a text that is too long to be read.
fn too_long(markdown: &str) -> Option<(Vec<Piece>, Vec<Remark>)> {
    if markdown.len() > TEXT_MAX {
        let message = format!("text of {} octets; at most {TEXT_MAX} are taken", markdown.len());
        let help = "a digest holds teasers: shorten the text and link to the rest";
        let problem = Problem::error("render/text-too-long", message).help(help);
        return Some((Vec::new(), vec![Remark { about: String::new(), problem }]));
    }
    None
}

/// Reads sanitised HTML.
fn to_pieces(
    clean: &str,
    table: &MergeTable,
    base: Option<&Url>,
    headings: Headings,
) -> (Vec<Piece>, Vec<Remark>) {
    let mut remarks = Vec::new();
    let mut pieces = Vec::new();
    for piece in parse(clean) {
        match piece {
            Piece::Open { tag, attributes } if tag == "img" => match image(attributes) {
                Ok(attributes) => pieces.push(Piece::Open { tag, attributes }),
                Err(remark) => remarks.push(*remark),
            },
            Piece::Open { tag, attributes } if tag == "a" => {
                pieces.push(Piece::Open { tag, attributes: link(attributes, base, table) });
            }
            Piece::Open { tag, attributes } if heading_level(&tag).is_some() => match headings {
                Headings::Bold => {
                    pieces.push(Piece::Open { tag: "p".into(), attributes });
                    pieces.push(Piece::open("strong", &[]));
                }
                Headings::Demoted => pieces.push(Piece::Open { tag: demoted(tag), attributes }),
            },
            Piece::Close(tag) if heading_level(&tag).is_some() => match headings {
                Headings::Bold => {
                    pieces.push(Piece::close("strong"));
                    pieces.push(Piece::close("p"));
                }
                Headings::Demoted => pieces.push(Piece::Close(demoted(tag))),
            },
            other => pieces.push(other),
        }
    }
    (without_space_between_blocks(pieces), remarks)
}

/// Renders Markdown as the parser sees it, raw HTML included; nothing in it is trusted yet.
fn to_raw_html(markdown: &str, table: &MergeTable) -> String {
    let mut html = String::with_capacity(markdown.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut html, events(reader(markdown), table).map(|(event, _)| event));
    html
}

fn reader(markdown: &str) -> OffsetIter<'_> {
    Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH).into_offset_iter()
}

/// Bounds what the parser read, whose octets in the source stand beside it.
fn events<'a>(
    read: impl Iterator<Item = (Event<'a>, Range<usize>)>,
    table: &MergeTable,
) -> impl Iterator<Item = (Event<'a>, Range<usize>)> {
    let prefix = format!("<{}", table.prefix());
    let mut depth = 0_usize;
    let mut raw_tags = 0_usize;
    read.filter_map(move |(event, octets)| {
        let event = match event {
            // `<{{ subscriber.email }}>` looks like a tag once the field has become a token.
            Event::Html(html) | Event::InlineHtml(html) if html.contains(&prefix) => Event::Text(html),
            Event::Html(html) => raw(html, &mut raw_tags, Event::Html),
            Event::InlineHtml(html) => raw(html, &mut raw_tags, Event::InlineHtml),
            other => other,
        };
        let is_kept = match &event {
            Event::Start(tag) => {
                depth += 1;
                depth <= NESTING_MAX || is_leaf(tag)
            }
            Event::End(end) => {
                depth -= 1;
                depth < NESTING_MAX || is_leaf_end(*end)
            }
            _ => true,
        };
        is_kept.then_some((event, octets))
    })
}

/// Returns raw HTML as such, or as words when the text has too many tags to be honest.
fn raw<'a>(html: CowStr<'a>, seen: &mut usize, event: impl Fn(CowStr<'a>) -> Event<'a>) -> Event<'a> {
    *seen += html.matches('<').count();
    if *seen > RAW_TAGS_MAX { Event::Text(html) } else { event(html) }
}

/// Returns whether a tag must keep its pair even when nested too deep, because the writer counts on it.
fn is_leaf(tag: &Tag) -> bool {
    matches!(tag, Tag::Image { .. } | Tag::CodeBlock(_) | Tag::HtmlBlock)
}

/// The same for closing tags.
fn is_leaf_end(tag: TagEnd) -> bool {
    matches!(tag, TagEnd::Image | TagEnd::CodeBlock | TagEnd::HtmlBlock)
}

/// Tags that a text may have.
const TAGS: [&str; 33] = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "cite",
    "code",
    "del",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "u",
    "ul",
];

/// The one sanitiser.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| sanitiser(&[]));

/// Makes a sanitiser that lets a few attributes of our own pass on every tag.
fn sanitiser<'a>(ours: &[&'a str]) -> Builder<'a> {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .clean_content_tags(HashSet::from([
            "script", "style", "title", "template", "noscript", "iframe", "object",
        ]))
        .add_tag_attributes("a", ["href", "title"])
        .add_tag_attributes("img", ["src", "alt", "title", "width", "height"])
        .add_tag_attributes("abbr", ["title"])
        .add_tag_attributes("ol", ["start"])
        .generic_attributes(["lang", "dir"].into_iter().chain(ours.iter().copied()).collect())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true);
    builder
}

/// Returns the attributes of a link: its target made absolute, and the hook for dark-mode styles.
fn link(
    mut attributes: Vec<(String, String)>,
    base: Option<&Url>,
    table: &MergeTable,
) -> Vec<(String, String)> {
    for (name, value) in &mut attributes {
        if name == "href" {
            *value = absolute(value.trim(), base, table);
        }
    }
    attributes.push(("class".into(), "lk".into()));
    attributes
}

/// Returns a link target made absolute with the newsletter's website; what can't be stays for `check` to refuse.
pub(crate) fn absolute(target: &str, base: Option<&Url>, table: &MergeTable) -> String {
    let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
    let has_scheme =
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if has_scheme || target.starts_with('#') || table.field_at(target).is_some() {
        return target.to_owned();
    }
    base.and_then(|base| base.join(target).ok()).map_or_else(|| target.to_owned(), String::from)
}

/// Checks an image written in Markdown.
fn image(attributes: Vec<(String, String)>) -> Result<Vec<(String, String)>, Box<Remark>> {
    let value =
        |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim());
    let source = value("src").unwrap_or_default().to_owned();
    if !source.starts_with("https://") {
        let problem = Problem::error("render/image-not-https", format!("image `{source}` in a text"));
        let help = "images in texts need an https:// address; use the `image` key for files";
        return Err(Box::new(Remark { about: source, problem: problem.help(help) }));
    }
    if value("alt").unwrap_or_default().is_empty() {
        let problem = Problem::error(
            "render/image-without-alt",
            format!("image `{source}` says nothing to those who don't see it"),
        );
        let problem = problem.help("describe it: `![what it shows](https://…)`");
        return Err(Box::new(Remark { about: source, problem }));
    }
    Ok(attributes)
}

/// Returns the level of a heading tag.
fn heading_level(tag: &str) -> Option<u8> {
    match tag.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    }
}

/// Returns `h2` for `h1`; other headings stay.
fn demoted(tag: String) -> String {
    if tag == "h1" { "h2".into() } else { tag }
}

/// Drops the line ends that the Markdown writer puts between blocks.
fn without_space_between_blocks(pieces: Vec<Piece>) -> Vec<Piece> {
    let at_block = |piece: Option<&Piece>| match piece {
        None => true,
        Some(Piece::Open { tag, .. } | Piece::Close(tag)) => is_block(tag),
        Some(Piece::Words(_)) => false,
    };
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut rest = pieces.into_iter().peekable();
    while let Some(piece) = rest.next() {
        match &piece {
            Piece::Words(words)
                if words.trim_ascii().is_empty() && (at_block(out.last()) || at_block(rest.peek())) => {}
            _ => out.push(piece),
        }
    }
    out
}

#[cfg(test)]
mod tests;
