//! I001 and I002: what stands for a picture that can't be seen.

use crate::{
    check::{
        images::picture::{Picture, Pictures},
        message::Message,
        page::shown,
        report::{Report, Spot},
    },
    domain::problem::Severity,
};

/// What says of a picture only that it is one, in lower case.
const EMPTY_WORDS: [&str; 34] = [
    "alt",
    "banner",
    "foto",
    "fotografía",
    "graphic",
    "graphique",
    "icon",
    "icono",
    "icône",
    "illustration",
    "image",
    "imagen",
    "img",
    "logo",
    "photo",
    "photograph",
    "photographie",
    "pic",
    "picture",
    "placeholder",
    "spacer",
    "thumbnail",
    "untitled",
    "изображение",
    "иллюстрация",
    "картинка",
    "рисунок",
    "фото",
    "صورة",
    "شعار",
    "图片",
    "图像",
    "照片",
    "圖片",
];

/// Endings of file names.
const FILE_ENDINGS: [&str; 9] = [".avif", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".svg", ".tiff", ".webp"];

/// Characters that can be listened to in one go.
const ALT_MAX: usize = 150;

pub(super) fn judge(pictures: &Pictures<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    for picture in pictures.all() {
        let spot = Spot::Attribute(picture.number, "alt");
        let Some(alt) = picture.element.get("alt") else {
            report.note("I001", spot, format!("{} has no `alt`", picture.called()));
            continue;
        };
        if let Some(fault) = fault(alt.trim(), &picture) {
            report.note("I002", spot, format!("{} {fault}", picture.called()));
        }
    }
    nameless(pictures, message, report);
}

fn fault(alt: &str, picture: &Picture<'_>) -> Option<String> {
    let lower = alt.to_lowercase();
    let length = alt.chars().count();
    if length > ALT_MAX {
        return Some(format!("has an alternative text of {length} characters, {ALT_MAX} can be listened to"));
    }
    let is_file = FILE_ENDINGS.iter().any(|ending| lower.ends_with(ending)) || is_stem(&lower, picture);
    if is_file {
        return Some(format!("has a file name for its alternative text: `{}`", shown(alt)));
    }
    EMPTY_WORDS.contains(&lower.as_str()).then(|| format!("is called `{}` and nothing else", shown(alt)))
}

/// Returns whether a text is the name of the picture's file, and not a word that the file was named after.
fn is_stem(alt: &str, picture: &Picture<'_>) -> bool {
    let name = picture.file.and_then(|file| file.name.as_deref()).unwrap_or(picture.src);
    let name = name.split(['?', '#']).next().unwrap_or(name);
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    alt == stem && alt.contains(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-'))
}

/// Linked pictures that leave the link without a name.
fn nameless(pictures: &Pictures<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    for picture in pictures.all().filter(|picture| picture.is_visible) {
        // Without any `alt`, the missing alternative text is said already.
        if picture.element.get("alt").is_none() {
            continue;
        }
        let links = &message.page.links;
        let mut around = message.document.with_ancestors(picture.number);
        // Links stand in the order of their numbers.
        let link = around.find_map(|number| links.binary_search_by_key(&number, |link| link.number).ok());
        if let Some(link) = link.map(|index| &links[index]).filter(|link| link.name.is_empty()) {
            let message =
                format!("{} is a link to `{}` that has no words", picture.called(), shown(&link.url));
            report.note_as(Severity::Error, "I002", Spot::Attribute(picture.number, "alt"), message);
        }
    }
}
