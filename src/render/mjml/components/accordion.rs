//! `mj-accordion` with its elements, titles and texts.

use super::{Studio, not_outlook};
use crate::render::mjml::cascade::{Item, Rules};
use crate::render::mjml::look::{Look, Tag};

/// Attributes that the accordion hands down to its elements, and they to their titles and texts.
const HANDED_DOWN: [&str; 9] = [
    "border",
    "icon-align",
    "icon-width",
    "icon-height",
    "icon-position",
    "icon-wrapped-url",
    "icon-wrapped-alt",
    "icon-unwrapped-url",
    "icon-unwrapped-alt",
];

/// Returns the rules that fold and unfold the elements where a mail program knows `:checked`.
fn style() -> String {
    let checkbox = ".mj-accordion-checkbox[type=\"checkbox\"]";
    let checked = ".mj-accordion-checkbox:checked + *";
    let thunderbird = ".moz-text-html input.mj-accordion-checkbox + *";
    format!(
        "noinput.mj-accordion-checkbox{{display:block!important}}\
         @media yahoo, only screen and (min-width:0){{\
         .mj-accordion-element{{display:block}}\
         {checkbox},.mj-accordion-less{{display:none!important}}\
         {checkbox} + * .mj-accordion-title{{cursor:pointer;touch-action:manipulation;-webkit-user-select:none;\
         -moz-user-select:none;user-select:none}}\
         {checkbox} + * .mj-accordion-content{{overflow:hidden;display:none}}\
         {checkbox} + * .mj-accordion-more{{display:block!important}}\
         {checked} .mj-accordion-content{{display:block}}\
         {checked} .mj-accordion-more{{display:none!important}}\
         {checked} .mj-accordion-less{{display:block!important}}}}\
         {thunderbird} .mj-accordion-title{{cursor:auto;touch-action:auto;-webkit-user-select:auto;\
         -moz-user-select:auto;user-select:auto}}\
         {thunderbird} .mj-accordion-content{{overflow:hidden;display:block}}\
         {thunderbird} .mj-accordion-ico{{display:none}}@goodbye{{@gmail}}"
    )
}

fn handed_down(look: &Look<'_>) -> Vec<(&'static str, String)> {
    HANDED_DOWN.iter().filter_map(|name| look.get(name).map(|value| (*name, value.to_owned()))).collect()
}

/// Returns the accordion.
pub(super) fn render(studio: &mut Studio<'_>, look: &Look<'_>) -> String {
    studio.add_kind_style(style());
    let table = Tag::new("table")
        .with("cellspacing", "0")
        .with("cellpadding", "0")
        .with("class", "mj-accordion")
        .style(&[
            ("width", Some("100%")),
            ("border-collapse", Some("collapse")),
            ("border", look.get("border")),
            ("border-bottom", Some("none")),
            ("font-family", look.get("font-family")),
        ])
        .open();
    let mut rows = String::new();
    for child in &look.item.children {
        if child.name == "mj-raw" {
            rows.push_str(child.content);
        } else {
            let element = Look::inheriting(child, studio.rules, handed_down(look));
            rows.push_str(&self::element(studio, &element, look.get("font-family")));
        }
    }
    format!("{table}<tbody>{rows}</tbody></table>")
}

/// Returns one element: what is always seen, and what unfolds.
fn element(studio: &Studio<'_>, look: &Look<'_>, accordion_font: Option<&str>) -> String {
    let font = look.get("font-family");
    let row = Tag::new("tr").maybe("class", look.get("css-class")).open();
    let cell = Tag::new("td")
        .style(&[("padding", Some("0px")), ("background-color", look.get("background-color"))])
        .open();
    let label = Tag::new("label")
        .with("class", "mj-accordion-element")
        .style(&[("font-size", Some("13px")), ("font-family", font)])
        .open();
    let input = Tag::new("input")
        .with("class", "mj-accordion-checkbox")
        .with("type", "checkbox")
        .style(&[("display", Some("none"))])
        .void();
    let inside = parts(studio, look, font.filter(|font| !font.is_empty()).or(accordion_font));
    format!("{row}{cell}{label}{}<div>{inside}</div></label></td></tr>", not_outlook(&input))
}

/// Returns title and text; one that is missing is there all the same, empty.
fn parts(studio: &Studio<'_>, look: &Look<'_>, font: Option<&str>) -> String {
    let down = handed_down(look);
    let mut inside = String::new();
    let children = &look.item.children;
    let missing = |name: &str| !children.iter().any(|child| child.name == name);
    let empty = |name: &'static str| Item { name, ..Item::default() };
    // The reference doesn't apply `mj-all` to a part that it adds itself.
    let no_rules = Rules::default();
    if missing("mj-accordion-title") {
        let item = empty("mj-accordion-title");
        inside.push_str(&title(&Look::inheriting(&item, &no_rules, down.clone()), font));
    }
    for child in children {
        let part = Look::inheriting(child, studio.rules, down.clone());
        match child.name {
            "mj-accordion-title" => inside.push_str(&title(&part, font)),
            "mj-accordion-text" => inside.push_str(&text(&part, font)),
            _ => inside.push_str(child.content),
        }
    }
    if missing("mj-accordion-text") {
        let item = empty("mj-accordion-text");
        inside.push_str(&text(&Look::inheriting(&item, &no_rules, down.clone()), font));
    }
    inside
}

/// Returns the font of a title or text: its own only when it stands on the element itself.
fn font_of<'f>(look: &'f Look<'_>, font: Option<&'f str>) -> Option<&'f str> {
    let own = look.item.own.iter().any(|attribute| attribute.name == "font-family");
    if own { look.get("font-family") } else { font }
}

fn table(look: &Look<'_>) -> String {
    Tag::new("table")
        .with("cellspacing", "0")
        .with("cellpadding", "0")
        .style(&[("width", Some("100%")), ("border-bottom", look.get("border"))])
        .open()
}

fn title(look: &Look<'_>, font: Option<&str>) -> String {
    let mut styles = vec![
        ("width", Some("100%")),
        ("background-color", look.get("background-color")),
        ("color", look.get("color")),
        ("font-size", look.get("font-size")),
        ("font-family", font_of(look, font)),
        ("font-weight", look.get("font-weight")),
    ];
    styles.extend(look.paddings("padding"));
    let cell = Tag::new("td").maybe("class", look.get("css-class")).style(&styles).open();
    let words = format!("{cell}{}</td>", look.item.content);
    let icons = not_outlook(&icons(look));
    let row = if look.get("icon-position") == Some("right") { words + &icons } else { icons + &words };
    format!("<div class=\"mj-accordion-title\">{}<tbody><tr>{row}</tr></tbody></table></div>", table(look))
}

fn icons(look: &Look<'_>) -> String {
    let cell = Tag::new("td")
        .with("class", "mj-accordion-ico")
        .style(&[
            ("padding", Some("16px")),
            ("background", look.get("background-color")),
            ("vertical-align", look.get("icon-align")),
        ])
        .open();
    let icon = |state: &str, class: &str| {
        Tag::new("img")
            .maybe("src", look.get(&format!("icon-{state}-url")))
            .with("alt", look.get(&format!("icon-{state}-alt")).unwrap_or_default())
            .with("class", class)
            .style(&[
                ("display", Some("none")),
                ("width", look.get("icon-width")),
                ("height", look.get("icon-height")),
            ])
            .void()
    };
    format!("{cell}{}{}</td>", icon("wrapped", "mj-accordion-more"), icon("unwrapped", "mj-accordion-less"))
}

fn text(look: &Look<'_>, font: Option<&str>) -> String {
    let mut styles = vec![
        ("background", look.get("background-color")),
        ("font-size", look.get("font-size")),
        ("font-family", font_of(look, font)),
        ("font-weight", look.get("font-weight")),
        ("letter-spacing", look.get("letter-spacing")),
        ("line-height", look.get("line-height")),
        ("color", look.get("color")),
    ];
    styles.extend(look.paddings("padding"));
    let cell = Tag::new("td").maybe("class", look.get("css-class")).style(&styles).open();
    format!(
        "<div class=\"mj-accordion-content\">{}<tbody><tr>{cell}{}</td></tr></tbody></table></div>",
        table(look),
        look.item.content
    )
}
