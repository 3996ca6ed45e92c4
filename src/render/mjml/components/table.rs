//! `mj-table`.

use crate::render::mjml::look::{Look, Tag, plain};
use crate::render::mjml::values::{is_percent, number, whole};

/// Returns the table.
pub(super) fn render(look: &Look<'_>) -> String {
    let width = look.get("width").unwrap_or("100%");
    let shown = if width == "auto" || is_percent(width) {
        width.to_owned()
    } else {
        whole(width).map_or_else(String::new, plain)
    };
    let digits: String = look
        .get("cellspacing")
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let spaced = number(&digits).is_some_and(|spacing| spacing > 0.0);
    let table = Tag::new("table")
        .maybe("cellpadding", look.get("cellpadding"))
        .maybe("cellspacing", look.get("cellspacing"))
        .maybe("role", look.get("role"))
        .with("width", &shown)
        .with("border", "0")
        .style(&[
            ("color", look.get("color")),
            ("font-family", look.get("font-family")),
            ("font-size", look.get("font-size")),
            ("line-height", look.get("line-height")),
            ("table-layout", look.get("table-layout")),
            ("width", Some(width)),
            ("border", look.get("border")),
            ("border-collapse", spaced.then_some("separate")),
        ])
        .open();
    format!("{table}{}</table>", look.item.content)
}
