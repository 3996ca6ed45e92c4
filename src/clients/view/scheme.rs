//! Decides `prefers-color-scheme` for good, so that a preview doesn't follow the system it runs on.

use crate::render::markup::{Event, Tag, Walk};
use std::ops::Range;

/// Returns the HTML with every question for the colour scheme answered; all else keeps its octets.
pub(super) fn settled(html: &str, dark: bool) -> String {
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    let mut is_style = false;
    for event in Walk::new(html) {
        match event {
            Event::Open(tag) => {
                is_style = tag.name == "style";
                attributes(&tag, dark, &mut changes);
            }
            Event::Text { text, at, is_raw: true, .. } if is_style => {
                changes.push((at..at + text.len(), settled_css(text, dark)));
            }
            _ => {}
        }
    }
    let mut out = String::with_capacity(html.len() + 64);
    let mut from = 0;
    for (range, text) in changes {
        // Walks go forward; whatever came out otherwise is left as it is.
        if range.start >= from && html.get(range.clone()).is_some() {
            out.push_str(&html[from..range.start]);
            out.push_str(&text);
            from = range.end;
        }
    }
    out.push_str(&html[from..]);
    out
}

fn attributes(tag: &Tag<'_>, dark: bool, changes: &mut Vec<(Range<usize>, String)>) {
    let is_scheme = tag.name == "meta"
        && tag.get("name").is_some_and(|name| name.trim().eq_ignore_ascii_case("color-scheme"));
    for attribute in &tag.attributes {
        let value = attribute.value;
        let settled = match attribute.name.as_str() {
            "content" if is_scheme => scheme(value, dark).to_owned(),
            "media" => settled_css(value, dark),
            "style" if value.contains("color-scheme") => settled_css(value, dark),
            _ => continue,
        };
        if settled != value {
            changes.push((attribute.at..attribute.at + value.len(), settled));
        }
    }
}

/// Returns the scheme of a message that can do those listed.
fn scheme(list: &str, dark: bool) -> &'static str {
    if dark && list.to_ascii_lowercase().contains("dark") { "dark" } else { "light" }
}

/// Returns style with `prefers-color-scheme` and `color-scheme` decided.
pub(super) fn settled_css(css: &str, dark: bool) -> String {
    schemes(&queries(css, dark), dark)
}

/// Puts a query that always or never holds in place of those for the scheme.
fn queries(css: &str, dark: bool) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(open) = rest.find('(') {
        let inside = &rest[open + 1..];
        let end = inside.find([')', '(', '{', '}']).filter(|end| inside.as_bytes()[*end] == b')');
        let query: Option<String> =
            end.map(|end| inside[..end].to_ascii_lowercase().split_whitespace().collect());
        let holds = match query.as_deref() {
            Some("prefers-color-scheme:dark") => Some(dark),
            Some("prefers-color-scheme:light") => Some(!dark),
            Some("prefers-color-scheme:no-preference") => Some(false),
            Some("prefers-color-scheme") => Some(true),
            _ => None,
        };
        if let (Some(holds), Some(end)) = (holds, end) {
            out.push_str(&rest[..open]);
            out.push_str(if holds { "(min-width:0)" } else { "(max-width:0)" });
            rest = &inside[end + 1..];
        } else {
            out.push_str(&rest[..=open]);
            rest = inside;
        }
    }
    out.push_str(rest);
    out
}

/// Decides the property `color-scheme`.
fn schemes(css: &str, dark: bool) -> String {
    const PROPERTY: &str = "color-scheme";
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find(PROPERTY) {
        let is_alone = !out_and(&out, &rest[..at]).ends_with(|c: char| c.is_alphanumeric() || c == '-');
        let after = &rest[at + PROPERTY.len()..];
        out.push_str(&rest[..at + PROPERTY.len()]);
        rest = after;
        if let Some(value) = after.trim_start().strip_prefix(':').filter(|_| is_alone) {
            let len = value.find([';', '}', '!']).unwrap_or(value.len());
            out.push(':');
            out.push_str(scheme(&value[..len], dark));
            rest = &value[len..];
        }
    }
    out.push_str(rest);
    out
}

/// Returns what stands last before a place: this piece, or what was written when it is empty.
fn out_and<'a>(written: &'a str, piece: &'a str) -> &'a str {
    if piece.is_empty() { written } else { piece }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, light: &str, dark: &str) {
        assert_eq!((settled(html, false).as_str(), settled(html, true).as_str()), (light, dark));
    }

    #[test]
    fn the_scheme_is_decided_and_all_else_stays() {
        check(
            "<style>@media screen and ( prefers-color-scheme : DARK ){p{a:b(c)}}</style>é<P  x>",
            "<style>@media screen and (max-width:0){p{a:b(c)}}</style>é<P  x>",
            "<style>@media screen and (min-width:0){p{a:b(c)}}</style>é<P  x>",
        );
        check(
            "<meta name=color-scheme content='light dark'><style media='(prefers-color-scheme:light)'>\
             :root{supported-color-schemes:light dark;color-scheme:light dark}</style>",
            "<meta name=color-scheme content='light'><style media='(min-width:0)'>\
             :root{supported-color-schemes:light dark;color-scheme:light}</style>",
            "<meta name=color-scheme content='dark'><style media='(max-width:0)'>\
             :root{supported-color-schemes:light dark;color-scheme:dark}</style>",
        );
    }

    #[test]
    fn a_message_that_knows_no_dark_stays_light() {
        check(
            "<p style='color-scheme: light'>(",
            "<p style='color-scheme:light'>(",
            "<p style='color-scheme:light'>(",
        );
    }
}
