//! A message whose pictures are blocked.

use super::writer::{Look, Shown, escaped, start_tag, write};
use crate::clients::{
    Document, Element,
    sheet::{self, Declaration, Item},
};

/// Returns the message with the words for each picture in a box of its size, and without background pictures.
pub(super) fn blocked(html: &str) -> String {
    write(&Document::read(html), &Blocked, "")
}

struct Blocked;

impl Look for Blocked {
    fn element(&self, document: &Document, number: usize) -> Shown {
        let element = &document.elements[number];
        match element.name.as_str() {
            "img" => Shown::Html(placeholder(element)),
            "source" | "v:fill" | "image" => Shown::Nothing,
            _ => {
                let kept =
                    element.attributes.iter().filter(|(name, _)| name != "background" && name != "poster");
                let attributes = kept.map(|(name, value)| match name.as_str() {
                    "style" if value.contains('(') => {
                        let list = sheet::declarations(value).into_iter().map(without_pictures);
                        (name.clone(), sheet::write_declarations(&list.collect::<Vec<_>>()))
                    }
                    _ => (name.clone(), value.clone()),
                });
                Shown::As(element.name.clone(), attributes.collect())
            }
        }
    }

    fn sheet(&self, _number: usize, mut items: Vec<Item>) -> Option<String> {
        sheet::for_each_declaration(&mut items, &mut |_, one| *one = without_pictures(one.clone()));
        Some(super::light_sheet(&items))
    }
}

fn without_pictures(mut declaration: Declaration) -> Declaration {
    let lower = declaration.value.to_ascii_lowercase();
    if lower.contains("url(") || lower.contains("image-set(") {
        let words = sheet::words(&declaration.value).into_iter().map(|word| {
            let lower = word.to_ascii_lowercase();
            if lower.starts_with("url(") || lower.contains("image-set(") { "none" } else { word }
        });
        declaration.value = words.collect::<Vec<_>>().join(" ");
    }
    declaration
}

/// Draws the box of a picture: its size where the message says it, its words inside.
fn placeholder(element: &Element) -> String {
    let pixels = |name: &str| {
        let value = element.get(name)?.trim().trim_end_matches("px").parse::<u32>().ok()?;
        (value > 0).then_some(value)
    };
    let (width, height) = (pixels("width"), pixels("height"));
    let declared = sheet::declarations(element.get("style").unwrap_or_default());
    let has = |name: &str| declared.iter().any(|one| one.property == name);
    let alt = element.get("alt").unwrap_or_default().trim();
    let mut style = sheet::write_declarations(&declared);
    if !style.is_empty() {
        style.push(';');
    }
    if !has("display") {
        style.push_str("display:inline-block;");
    }
    match (width, height) {
        (Some(width), Some(height)) => {
            if !has("width") {
                style.push_str(&format_px("width", width));
            }
            style.push_str("max-width:100%;height:auto;aspect-ratio:");
            style.push_str(&[width, height].map(|side| side.to_string()).join("/"));
            style.push(';');
        }
        (Some(width), None) if !has("width") => {
            style.push_str(&format_px("width", width));
            style.push_str("max-width:100%;");
        }
        (None, Some(height)) => style.push_str(&format_px("height", height)),
        _ => {}
    }
    // What is invisible, a spacer, or without words and height stays so.
    let is_bare = alt.is_empty() && height.is_none();
    let is_tiny = is_bare || width.is_some_and(|width| width < 8) || height.is_some_and(|height| height < 8);
    if !is_tiny {
        style.push_str(
            "box-sizing:border-box;overflow:hidden;border:1px solid #c4c7c5;padding:2px 4px;\
             line-height:1.3;text-align:start;text-indent:0",
        );
    }
    let dropped = ["src", "srcset", "sizes", "alt", "width", "height", "style", "loading", "usemap"];
    let kept = element.attributes.iter().filter(|(name, _)| !dropped.contains(&name.as_str())).cloned();
    let mut attributes: Vec<_> = kept.collect();
    attributes.push(("style".to_owned(), style));
    if !alt.is_empty() {
        attributes.push(("role".to_owned(), "img".to_owned()));
        attributes.push(("aria-label".to_owned(), alt.to_owned()));
    }
    let words = if is_tiny { String::new() } else { escaped(alt) };
    format!("{}{words}</span>", start_tag("span", &attributes))
}

fn format_px(name: &str, value: u32) -> String {
    format!("{name}:{value}px;")
}
