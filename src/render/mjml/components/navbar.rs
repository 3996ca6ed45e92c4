//! `mj-navbar` and `mj-navbar-link`.

use super::{Studio, outlook};
use crate::render::mjml::look::{Look, Tag, quoted, suffixed};

/// Returns the row of links, with the hamburger that unfolds them on phones when asked for.
pub(super) fn render(studio: &mut Studio<'_>, look: &Look<'_>) -> String {
    let phone = studio.below_breakpoint();
    studio.add_kind_style(style(&phone));
    let hamburger = if look.get("hamburger") == Some("hamburger") {
        self::hamburger(look, &studio.next_id())
    } else {
        String::new()
    };
    let base = look.filled("base-url").unwrap_or_default();
    let mut links = String::new();
    for child in &look.item.children {
        if child.name == "mj-raw" {
            links.push_str(child.content);
        } else {
            links.push_str(&link(&Look::new(child, studio.rules), base));
        }
    }
    let table = format!(
        "<table role=\"presentation\" border=\"0\" cellpadding=\"0\" cellspacing=\"0\" align=\"{}\"><tr>",
        quoted(look.get("align").unwrap_or_default())
    );
    format!(
        "{hamburger}<div class=\"mj-inline-links\">{}{links}{}</div>",
        outlook(&table),
        outlook("</tr></table>")
    )
}

/// Returns the rules that fold the links below a width of `phone`.
fn style(phone: &str) -> String {
    let menu = ".mj-menu-checkbox[type=\"checkbox\"]";
    let links = "~ .mj-inline-links";
    let trigger = "~ .mj-menu-trigger";
    format!(
        "noinput.mj-menu-checkbox{{display:block!important;max-height:none!important;visibility:visible!important}}\
         @media only screen and (max-width:{phone}){{\
         {menu} {links}{{display:none!important}}\
         {menu}:checked {links},{menu} {trigger}{{display:block!important;max-width:none!important;\
         max-height:none!important;font-size:inherit!important}}\
         {menu} {links} > a{{display:block!important}}\
         {menu}:checked {trigger} .mj-menu-icon-close{{display:block!important}}\
         {menu}:checked {trigger} .mj-menu-icon-open{{display:none!important}}}}"
    )
}

/// Returns the check box and the sign that folds and unfolds the links.
fn hamburger(look: &Look<'_>, id: &str) -> String {
    let trigger = Tag::new("div")
        .with("class", "mj-menu-trigger")
        .style(&[
            ("display", Some("none")),
            ("max-height", Some("0px")),
            ("max-width", Some("0px")),
            ("font-size", Some("0px")),
            ("overflow", Some("hidden")),
        ])
        .open();
    let mut styles = vec![
        ("display", Some("block")),
        ("cursor", Some("pointer")),
        ("mso-hide", Some("all")),
        ("-moz-user-select", Some("none")),
        ("user-select", Some("none")),
        ("color", look.get("ico-color")),
        ("font-size", look.get("ico-font-size")),
        ("font-family", look.get("ico-font-family")),
        ("text-transform", look.get("ico-text-transform")),
        ("text-decoration", look.get("ico-text-decoration")),
        ("line-height", look.get("ico-line-height")),
    ];
    styles.extend(look.paddings("ico-padding"));
    let label = Tag::new("label")
        .with("for", id)
        .with("class", "mj-menu-label")
        .style(&styles)
        .maybe("align", look.get("ico-align"))
        .open();
    format!(
        "<!--[if !mso]><!--><input type=\"checkbox\" id=\"{id}\" class=\"mj-menu-checkbox\" \
         style=\"display:none !important; max-height:0; visibility:hidden;\" /><!--<![endif]-->\
         {trigger}{label}<span class=\"mj-menu-icon-open\" style=\"mso-hide:all;\"> {} </span>\
         <span class=\"mj-menu-icon-close\" style=\"display:none;mso-hide:all;\"> {} </span></label></div>",
        look.get("ico-open").unwrap_or_default(),
        look.get("ico-close").unwrap_or_default()
    )
}

/// Returns one link.
fn link(look: &Look<'_>, base: &str) -> String {
    let href = look.get("href").map(|href| format!("{base}{href}"));
    let class =
        look.filled("css-class").map_or_else(|| "mj-link".to_owned(), |class| format!("mj-link {class}"));
    let cell = Tag::new("td")
        .style(&look.paddings("padding"))
        .with("class", &suffixed(look.get("css-class"), "outlook"))
        .open();
    let mut styles = vec![
        ("display", Some("inline-block")),
        ("color", look.get("color")),
        ("font-family", look.get("font-family")),
        ("font-size", look.get("font-size")),
        ("font-style", look.get("font-style")),
        ("font-weight", look.get("font-weight")),
        ("letter-spacing", look.get("letter-spacing")),
        ("line-height", look.get("line-height")),
        ("text-decoration", look.get("text-decoration")),
        ("text-transform", look.get("text-transform")),
    ];
    styles.extend(look.paddings("padding"));
    let anchor = Tag::new("a")
        .with("class", &class)
        .maybe("href", href.as_deref())
        .maybe("rel", look.get("rel"))
        .maybe("target", look.get("target"))
        .maybe("name", look.get("name"))
        .marked(look)
        .style(&styles)
        .open();
    // The blanks keep two links apart, as in the reference.
    format!("{} {anchor} {} </a> {}", outlook(&cell), look.item.content, outlook("</td>"))
}
