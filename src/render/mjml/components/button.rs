//! `mj-button`.

use crate::render::mjml::look::{Look, Tag, plain};
use crate::render::mjml::values::{is_percent, whole};

/// Returns the button: a link, or a paragraph when it leads nowhere.
pub(super) fn render(look: &Look<'_>) -> String {
    let table = Tag::table()
        .style(&[
            ("border-collapse", Some("separate")),
            ("width", look.get("width")),
            ("line-height", Some("100%")),
        ])
        .open();
    let cell = Tag::new("td")
        .with("align", "center")
        .maybe("bgcolor", look.get("background-color").filter(|color| *color != "none"))
        .with("role", "presentation")
        .style(&[
            ("border", look.get("border")),
            ("border-bottom", look.get("border-bottom")),
            ("border-left", look.get("border-left")),
            ("border-radius", look.get("border-radius")),
            ("border-right", look.get("border-right")),
            ("border-top", look.get("border-top")),
            ("cursor", Some("auto")),
            ("font-style", look.get("font-style")),
            ("height", look.get("height")),
            ("mso-padding-alt", look.get("inner-padding")),
            ("text-align", look.get("text-align")),
            ("background", look.get("background-color")),
        ])
        .maybe("valign", look.get("vertical-align"))
        .open();
    let (name, href) = match look.filled("href") {
        Some(href) => ("a", Some(href)),
        None => ("p", None),
    };
    let inside = Tag::new(name)
        .maybe("href", href)
        .maybe("name", look.get("name"))
        .maybe("rel", look.get("rel"))
        .maybe("title", look.get("title"))
        .style(&[
            ("display", Some("inline-block")),
            ("width", inner_width(look).as_deref()),
            ("background", look.get("background-color")),
            ("color", look.get("color")),
            ("font-family", look.get("font-family")),
            ("font-size", look.get("font-size")),
            ("font-style", look.get("font-style")),
            ("font-weight", look.get("font-weight")),
            ("line-height", look.get("line-height")),
            ("letter-spacing", look.get("letter-spacing")),
            ("margin", Some("0")),
            ("text-decoration", look.get("text-decoration")),
            ("text-transform", look.get("text-transform")),
            ("padding", look.get("inner-padding")),
            ("mso-padding-alt", Some("0px")),
            ("border-radius", look.get("border-radius")),
        ])
        .maybe("target", look.get("target").filter(|_| href.is_some()))
        .open();
    format!("{table}<tbody><tr>{cell}{inside} {} </{name}></td></tr></tbody></table>", look.item.content)
}

/// Returns the width of what is inside; of a percentage nobody can know it.
fn inner_width(look: &Look<'_>) -> Option<String> {
    let width = look.filled("width").filter(|width| !is_percent(width))?;
    let paddings = look.spacing("inner-padding", "left") + look.spacing("inner-padding", "right");
    let borders = look.border("border", "left") + look.border("border", "right");
    Some(format!("{}px", plain(whole(width)? - paddings - borders)))
}
