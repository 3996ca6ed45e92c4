//! `mj-image`.

use super::Studio;
use crate::render::mjml::look::{Look, Tag, plain};
use crate::render::mjml::values::whole;

/// Returns the image's table, in a column whose inside is `container` pixels wide.
pub(super) fn render(studio: &mut Studio<'_>, look: &Look<'_>, container: f64) -> String {
    let phone = studio.below_breakpoint();
    studio.add_kind_style(format!(
        "@media only screen and (max-width:{phone}){{table.mj-full-width-mobile{{width:100%!important}}\
         td.mj-full-width-mobile{{width:auto!important}}}}"
    ));
    let room = look.inner_width(container);
    let width = look.filled("width").and_then(whole).map_or(room, |width| width.min(room));
    let pixels = format!("{}px", plain(width));
    let wide = look.get("full-width") == Some("full-width");
    let all_of_it = wide.then_some("100%");
    let fluid = look.get("fluid-on-mobile").is_some_and(|value| !value.is_empty() && value != "false");
    let class = fluid.then_some("mj-full-width-mobile");

    let table = Tag::table()
        .maybe("class", class)
        .style(&[
            ("min-width", all_of_it),
            ("max-width", all_of_it),
            ("width", wide.then_some(&pixels)),
            ("border-collapse", Some("collapse")),
            ("border-spacing", Some("0px")),
        ])
        .open();
    let cell = Tag::new("td").maybe("class", class).style(&[("width", (!wide).then_some(&pixels))]).open();
    format!(
        "{table}<tbody><tr>{cell}{}</td></tr></tbody></table>",
        linked(look, &picture(look, width, all_of_it))
    )
}

/// Returns the `img` itself. It always has an `alt`: without one, screen readers read out file names.
fn picture(look: &Look<'_>, width: f64, all_of_it: Option<&str>) -> String {
    let height = look.filled("height").map(|height| {
        if height == "auto" { height.to_owned() } else { whole(height).map_or_else(String::new, plain) }
    });
    Tag::new("img")
        .with("alt", look.get("alt").unwrap_or_default())
        .maybe("src", look.get("src"))
        .maybe("srcset", look.get("srcset"))
        .maybe("sizes", look.get("sizes"))
        .style(&[
            ("border", look.get("border")),
            ("border-left", look.get("border-left")),
            ("border-right", look.get("border-right")),
            ("border-top", look.get("border-top")),
            ("border-bottom", look.get("border-bottom")),
            ("border-radius", look.get("border-radius")),
            ("display", Some("block")),
            ("outline", Some("none")),
            ("text-decoration", Some("none")),
            ("height", look.get("height")),
            ("max-height", look.get("max-height")),
            ("min-width", all_of_it),
            ("width", Some("100%")),
            ("max-width", all_of_it),
            ("font-size", look.get("font-size")),
        ])
        .maybe("title", look.get("title"))
        .with("width", &plain(width))
        .maybe("usemap", look.get("usemap"))
        .maybe("height", height.as_deref())
        .void()
}

/// Returns the picture in its link, when it has one.
fn linked(look: &Look<'_>, picture: &str) -> String {
    let Some(href) = look.filled("href") else { return picture.to_owned() };
    let link = Tag::new("a")
        .with("href", href)
        .maybe("target", look.get("target"))
        .maybe("rel", look.get("rel"))
        .maybe("name", look.get("name"))
        .maybe("title", look.get("title"))
        .open();
    format!("{link}{picture}</a>")
}
