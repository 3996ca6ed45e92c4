//! `mj-social` and `mj-social-element`.

use super::{Studio, outlook};
use crate::render::mjml::look::{Look, Tag, plain};
use crate::render::mjml::values::whole;
use std::fmt::Write as _;

/// Where the icons of known networks lie: the addresses that MJML documents rely on.
const ICONS: &str = "https://www.mailjet.com/images/theme/v1/icons/ico-social/";

/// Name, colour, icon and sharing address of the networks that MJML knows.
const NETWORKS: [(&str, &str, &str, &str); 17] = [
    ("facebook", "#3b5998", "facebook", "https://www.facebook.com/sharer/sharer.php?u=[[URL]]"),
    ("twitter", "#55acee", "twitter", "https://twitter.com/intent/tweet?url=[[URL]]"),
    ("x", "#000000", "twitter-x", "https://twitter.com/intent/tweet?url=[[URL]]"),
    ("google", "#dc4e41", "google-plus", "https://plus.google.com/share?url=[[URL]]"),
    (
        "pinterest",
        "#bd081c",
        "pinterest",
        "https://pinterest.com/pin/create/button/?url=[[URL]]&media=&description=",
    ),
    (
        "linkedin",
        "#0077b5",
        "linkedin",
        "https://www.linkedin.com/shareArticle?mini=true&url=[[URL]]&title=&summary=&source=",
    ),
    ("instagram", "#3f729b", "instagram", ""),
    ("web", "#4BADE9", "web", ""),
    ("snapchat", "#FFFA54", "snapchat", ""),
    ("youtube", "#EB3323", "youtube", ""),
    ("tumblr", "#344356", "tumblr", "https://www.tumblr.com/widgets/share/tool?canonicalUrl=[[URL]]"),
    ("github", "#000000", "github", ""),
    ("xing", "#296366", "xing", "https://www.xing.com/app/user?op=share&url=[[URL]]"),
    ("vimeo", "#53B4E7", "vimeo", ""),
    ("medium", "#000000", "medium", ""),
    ("soundcloud", "#EF7F31", "soundcloud", ""),
    ("dribbble", "#D95988", "dribbble", ""),
];

/// Attributes that `mj-social` hands down to its elements.
const HANDED_DOWN: [&str; 13] = [
    "border",
    "border-radius",
    "color",
    "font-family",
    "font-size",
    "font-weight",
    "font-style",
    "icon-size",
    "icon-height",
    "icon-padding",
    "text-padding",
    "line-height",
    "text-decoration",
];

/// Returns the row or column of icons.
pub(super) fn render(studio: &Studio<'_>, look: &Look<'_>) -> String {
    let horizontal = look.get("mode") == Some("horizontal");
    let mut inside = String::new();
    for child in &look.item.children {
        if child.name == "mj-raw" {
            inside.push_str(child.content);
            continue;
        }
        let element = Look::inheriting(child, studio.rules, handed_down(look));
        let row = element_row(&element);
        if horizontal {
            let table = Tag::new("table")
                .maybe("align", look.get("align"))
                .with("border", "0")
                .with("cellpadding", "0")
                .with("cellspacing", "0")
                .with("role", "presentation")
                .style(&[("float", Some("none")), ("display", Some("inline-table"))])
                .open();
            let piece = format!("{table}<tbody>{row}</tbody></table>");
            let _ = write!(inside, "{}{piece}{}", outlook("<td>"), outlook("</td>"));
        } else {
            inside.push_str(&row);
        }
    }
    if !horizontal {
        let table = Tag::table().style(&[("margin", Some("0px"))]).open();
        return format!("{table}<tbody>{inside}</tbody></table>");
    }
    let table = Tag::new("table")
        .maybe("align", look.get("align"))
        .with("border", "0")
        .with("cellpadding", "0")
        .with("cellspacing", "0")
        .with("role", "presentation")
        .open();
    format!("{}{inside}{}", outlook(&format!("{table}<tr>")), outlook("</tr></table>"))
}

fn handed_down(look: &Look<'_>) -> Vec<(&'static str, String)> {
    let mut down = Vec::new();
    if let Some(padding) = look.filled("inner-padding") {
        down.push(("padding", padding.to_owned()));
    }
    down.extend(HANDED_DOWN.iter().filter_map(|name| look.get(name).map(|value| (*name, value.to_owned()))));
    down
}

/// What a network adds to what the author set.
struct Network {
    href: Option<String>,
    source: Option<String>,
    color: Option<String>,
}

impl Network {
    fn of(look: &Look<'_>) -> Self {
        let name = look.get("name").unwrap_or_default();
        let shared = name.strip_suffix("-noshare");
        let known = NETWORKS.iter().find(|network| network.0 == shared.unwrap_or(name));
        let share = match (shared, known) {
            (Some(_), Some(_)) | (_, None) => "",
            (None, Some(network)) => network.3,
        };
        let href = look
            .filled("href")
            .map(|href| if share.is_empty() { href.to_owned() } else { share.replacen("[[URL]]", href, 1) });
        let source = look
            .filled("src")
            .map(ToOwned::to_owned)
            .or_else(|| known.map(|network| format!("{ICONS}{}.png", network.2)));
        let color = look
            .filled("background-color")
            .map(ToOwned::to_owned)
            .or_else(|| known.map(|network| network.1.to_owned()));
        Self { href, source, color }
    }
}

/// Returns the row of one network.
fn element_row(look: &Look<'_>) -> String {
    let network = Network::of(look);
    let row = Tag::new("tr").maybe("class", look.get("css-class")).open();
    let icon = icon_cell(look, &network);
    let text = text_cell(look, &network);
    if look.get("icon-position") == Some("left") {
        format!("{row}{icon}{text}</tr>")
    } else {
        format!("{row}{text}{icon}</tr>")
    }
}

/// Returns the opening link, when there is one.
fn link(look: &Look<'_>, network: &Network) -> Option<Tag> {
    let href = network.href.as_deref()?;
    Some(Tag::new("a").with("href", href).maybe("rel", look.get("rel")).maybe("target", look.get("target")))
}

fn icon_cell(look: &Look<'_>, network: &Network) -> String {
    let size = look.filled("icon-size");
    let mut cell = look.paddings("padding");
    cell.push(("vertical-align", look.get("vertical-align")));
    let table = Tag::table()
        .style(&[
            ("background", network.color.as_deref()),
            ("border-radius", look.get("border-radius")),
            ("width", size),
        ])
        .open();
    let icon = Tag::new("td")
        .style(&[
            ("padding", look.get("icon-padding")),
            ("font-size", Some("0")),
            ("height", look.filled("icon-height").or(size)),
            ("vertical-align", Some("middle")),
            ("width", size),
        ])
        .open();
    let image = Tag::new("img")
        .with("alt", look.get("alt").unwrap_or_default())
        .maybe("title", look.get("title"))
        .maybe("src", network.source.as_deref())
        .style(&[
            ("border", look.get("border")),
            ("border-radius", look.get("border-radius")),
            ("display", Some("block")),
        ])
        .maybe("width", size.and_then(whole).map(plain).as_deref())
        .maybe("sizes", look.filled("sizes"))
        .maybe("srcset", look.filled("srcset"))
        .void();
    let image = match link(look, network) {
        Some(link) => format!("{}{image}</a>", link.open()),
        None => image,
    };
    let cell = Tag::new("td").style(&cell).open();
    format!("{cell}{table}<tbody><tr>{icon}{image}</td></tr></tbody></table></td>")
}

fn text_cell(look: &Look<'_>, network: &Network) -> String {
    if look.item.content.is_empty() {
        return String::new();
    }
    let styles = [
        ("color", look.get("color")),
        ("font-size", look.get("font-size")),
        ("font-weight", look.get("font-weight")),
        ("font-style", look.get("font-style")),
        ("font-family", look.get("font-family")),
        ("line-height", look.get("line-height")),
        ("text-decoration", look.get("text-decoration")),
    ];
    let cell = Tag::new("td")
        .style(&[
            ("vertical-align", Some("middle")),
            ("padding", look.get("text-padding")),
            ("text-align", look.get("align")),
        ])
        .open();
    let (open, close) = match link(look, network) {
        Some(link) => (link.style(&styles).open(), "</a>"),
        None => (Tag::new("span").style(&styles).open(), "</span>"),
    };
    format!("{cell}{open} {} {close}</td>", look.item.content)
}
