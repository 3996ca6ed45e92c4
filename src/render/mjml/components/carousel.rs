//! `mj-carousel` and `mj-carousel-image`.

use super::Studio;
use crate::render::mjml::look::{Look, Tag, plain, suffixed};
use crate::render::mjml::values::whole;

/// Returns the carousel, in a column whose inside is `container` pixels wide.
pub(super) fn render(studio: &mut Studio<'_>, look: &Look<'_>, container: f64) -> String {
    let images = look.item.children.iter().filter(|child| child.name == "mj-carousel-image").count();
    if images == 0 {
        return String::new();
    }
    let id = studio.next_id();
    studio.component_styles.push(style(look, &id, images));
    let carousel = Carousel { studio, look, container, id, images };
    let shown = format!(
        "<div class=\"mj-carousel\">{}{}{}{}</div></div>",
        carousel.radios(),
        carousel.content_tag(),
        carousel.thumbnails(),
        carousel.main()
    );
    let fallback = carousel.image(0);
    format!("<!--[if !mso]><!-->{shown}<!--<![endif]--><!--[if mso]>{fallback}<![endif]-->")
}

/// Returns the selectors of all images, joined.
fn each(images: usize, selector: impl Fn(usize) -> String) -> String {
    (0..images).map(selector).collect::<Vec<_>>().join(",")
}

/// Returns the rules that show the chosen image: a radio button per image, and siblings of the checked one.
fn style(look: &Look<'_>, id: &str, images: usize) -> String {
    let steps = |count: usize| "+ * ".repeat(count);
    let content = "+ .mj-carousel-content";
    let chosen = |at: usize, what: &str| {
        format!(".mj-carousel-{id}-radio-{}:checked {}{content} {what}", at + 1, steps(images - at - 1))
    };
    let all_images = each(images, |at| {
        format!(".mj-carousel-{id}-radio:checked {}{content} .mj-carousel-image", steps(at))
    });
    let image = each(images, |at| chosen(at, &format!(".mj-carousel-image-{}", at + 1)));
    let next = each(images, |at| chosen(at, &format!(".mj-carousel-next-{}", (at + 1) % images + 1)));
    let previous =
        each(images, |at| chosen(at, &format!(".mj-carousel-previous-{}", (at + images - 1) % images + 1)));
    let thumbnail = each(images, |at| chosen(at, &format!(".mj-carousel-{id}-thumbnail-{}", at + 1)));
    let thumbnails = each(images, |at| chosen(at, &format!(".mj-carousel-{id}-thumbnail")));
    let hovered = |at: usize, from: String, what: &str| {
        format!("{from}:hover {}+ .mj-carousel-main {what}", steps(images - at - 1))
    };
    let hover_all =
        each(images, |at| hovered(at, format!(".mj-carousel-{id}-thumbnail"), ".mj-carousel-image"));
    let hover_one = each(images, |at| {
        let from = format!(".mj-carousel-{id}-thumbnail-{}", at + 1);
        hovered(at, from, &format!(".mj-carousel-image-{}", at + 1))
    });
    let value = |name: &str| look.get(name).unwrap_or_default().to_owned();
    let fallback = fallback_style(id, images);
    format!(
        ".mj-carousel{{-webkit-user-select:none;-moz-user-select:none;user-select:none}}\
         .mj-carousel-{id}-icons-cell{{display:table-cell!important;width:{icon}!important}}\
         .mj-carousel-radio,.mj-carousel-next,.mj-carousel-previous{{display:none!important}}\
         .mj-carousel-thumbnail,.mj-carousel-next,.mj-carousel-previous{{touch-action:manipulation}}\
         {all_images}{{display:none!important}}{image}{{display:block!important}}\
         .mj-carousel-previous-icons,.mj-carousel-next-icons,{next},{previous}{{display:block!important}}\
         {thumbnail}{{border-color:{selected}!important}}{thumbnails}{{display:inline-block!important}}\
         .mj-carousel-image img + div,.mj-carousel-thumbnail img + div{{display:none!important}}\
         {hover_all}{{display:none!important}}\
         .mj-carousel-thumbnail:hover{{border-color:{hover}!important}}\
         {hover_one}{{display:block!important}}{fallback}",
        icon = value("icon-width"),
        selected = value("tb-selected-border-color"),
        hover = value("tb-hover-border-color"),
    )
}

/// Returns the rules for mail programs without radio buttons.
fn fallback_style(id: &str, images: usize) -> String {
    let steps = "+ *".repeat(images - 1);
    format!(
        ".mj-carousel noinput{{display:block!important}}\
         .mj-carousel noinput .mj-carousel-image-1{{display:block!important}}\
         .mj-carousel noinput .mj-carousel-arrows,.mj-carousel noinput .mj-carousel-thumbnails\
         {{display:none!important}}[owa] .mj-carousel-thumbnail{{display:none!important}}\
         @media screen yahoo{{.mj-carousel-{id}-icons-cell,.mj-carousel-previous-icons,.mj-carousel-next-icons\
         {{display:none!important}}.mj-carousel-{id}-radio-1:checked {steps}+ .mj-carousel-content \
         .mj-carousel-{id}-thumbnail-1{{border-color:transparent}}}}"
    )
}

/// One carousel being rendered.
struct Carousel<'c> {
    studio: &'c Studio<'c>,
    look: &'c Look<'c>,
    container: f64,
    id: String,
    images: usize,
}

impl<'c> Carousel<'c> {
    /// Returns the attributes of image `at`, to which the carousel hands `inherited` down.
    fn child(&self, at: usize, inherited: Vec<(&'static str, String)>) -> Look<'c> {
        let mut images = self.look.item.children.iter().filter(|child| child.name == "mj-carousel-image");
        let item = images.nth(at).expect("the index counts the same images");
        Look::inheriting(item, self.studio.rules, inherited)
    }

    fn value(&self, name: &'static str) -> Option<(&'static str, String)> {
        self.look.get(name).map(|value| (name, value.to_owned()))
    }

    fn radios(&self) -> String {
        let id = &self.id;
        (1..=self.images)
            .map(|at| {
                Tag::new("input")
                    .with(
                        "class",
                        &format!("mj-carousel-radio mj-carousel-{id}-radio mj-carousel-{id}-radio-{at}"),
                    )
                    .maybe("checked", (at == 1).then_some("checked"))
                    .with("type", "radio")
                    .with("name", &format!("mj-carousel-radio-{id}"))
                    .with("id", &format!("mj-carousel-{id}-radio-{at}"))
                    .style(&[("display", Some("none")), ("mso-hide", Some("all"))])
                    .void()
            })
            .collect()
    }

    fn content_tag(&self) -> String {
        Tag::new("div")
            .with("class", &format!("mj-carousel-content mj-carousel-{}-content", self.id))
            .style(&[
                ("display", Some("table")),
                ("width", Some("100%")),
                ("table-layout", Some("fixed")),
                ("text-align", Some("center")),
                ("font-size", Some("0px")),
            ])
            .open()
    }

    fn thumbnails(&self) -> String {
        let mode = self.look.get("thumbnails").unwrap_or_default();
        if !matches!(mode, "visible" | "supported") {
            return String::new();
        }
        // The reference means to share the width between the thumbnails, but always takes its upper bound.
        let width = self.look.filled("tb-width").unwrap_or("110px").to_owned();
        (0..self.images).map(|at| self.thumbnail(at, &width)).collect()
    }

    fn thumbnail(&self, at: usize, width: &str) -> String {
        let inherited: Vec<_> =
            [self.value("tb-border"), self.value("tb-border-radius")].into_iter().flatten().collect();
        let look = self.child(at, inherited);
        let (id, number) = (&self.id, at + 1);
        let mode = look.filled("thumbnails").or(self.look.get("thumbnails"));
        let class = suffixed(look.get("css-class"), "thumbnail");
        let anchor = Tag::new("a")
            .style(&[
                ("border", look.get("tb-border")),
                ("border-radius", look.get("tb-border-radius")),
                ("display", Some(if mode == Some("supported") { "none" } else { "inline-block" })),
                ("overflow", Some("hidden")),
                ("width", Some(look.item.values.get("tb-width").unwrap_or(width))),
            ])
            .with("href", &format!("#{number}"))
            .maybe("target", look.get("target"))
            .with(
                "class",
                format!(
                    "mj-carousel-thumbnail mj-carousel-{id}-thumbnail mj-carousel-{id}-thumbnail-{number} {class}"
                )
                .trim_end(),
            )
            .open();
        let image = Tag::new("img")
            .style(&[("display", Some("block")), ("width", Some("100%")), ("height", Some("auto"))])
            .maybe("src", look.filled("thumbnails-src").or(look.get("src")))
            .with("alt", look.get("alt").unwrap_or_default())
            .maybe("width", whole(width).map(plain).as_deref())
            .void();
        format!("{anchor}<label for=\"mj-carousel-{id}-radio-{number}\">{image}</label></a>")
    }

    fn main(&self) -> String {
        let table = Tag::new("table")
            .style(&[
                ("caption-side", Some("top")),
                ("display", Some("table-caption")),
                ("table-layout", Some("fixed")),
                ("width", Some("100%")),
            ])
            .with("border", "0")
            .with("cellpadding", "0")
            .with("cellspacing", "0")
            .with("width", "100%")
            .with("role", "presentation")
            .with("class", "mj-carousel-main")
            .open();
        let images: String = (0..self.images).map(|at| self.image(at)).collect();
        format!(
            "{table}<tbody><tr>{}<td style=\"padding:0px;\"><div class=\"mj-carousel-images\">{images}</div></td>{}\
             </tr></tbody></table>",
            self.controls("previous", "left-icon"),
            self.controls("next", "right-icon")
        )
    }

    fn controls(&self, direction: &str, icon: &str) -> String {
        let id = &self.id;
        let width = self.look.get("icon-width");
        let cell = Tag::new("td")
            .with("class", &format!("mj-carousel-{id}-icons-cell"))
            .style(&[
                ("font-size", Some("0px")),
                ("display", Some("none")),
                ("mso-hide", Some("all")),
                ("padding", Some("0px")),
            ])
            .open();
        let image = Tag::new("img")
            .maybe("src", self.look.get(icon))
            .with("alt", direction)
            .style(&[("display", Some("block")), ("width", width), ("height", Some("auto"))])
            .maybe("width", width.and_then(whole).map(plain).as_deref())
            .void();
        let labels = (1..=self.images)
            .map(|at| {
                format!(
                    "<label for=\"mj-carousel-{id}-radio-{at}\" \
                     class=\"mj-carousel-{direction} mj-carousel-{direction}-{at}\">{image}</label>"
                )
            })
            .collect::<Vec<_>>()
            .concat();
        format!(
            "{cell}<div class=\"mj-carousel-{direction}-icons\" style=\"display:none;mso-hide:all;\">{labels}</div></td>"
        )
    }

    fn image(&self, at: usize) -> String {
        let look = self.child(at, self.value("border-radius").into_iter().collect());
        let image = Tag::new("img")
            .maybe("title", look.get("title"))
            .maybe("src", look.get("src"))
            .with("alt", look.get("alt").unwrap_or_default())
            .style(&[
                ("border-radius", look.get("border-radius")),
                ("display", Some("block")),
                ("width", Some(&format!("{}px", plain(self.container)))),
                ("max-width", Some("100%")),
                ("height", Some("auto")),
            ])
            .with("width", &plain(self.container.trunc()))
            .with("border", "0")
            .void();
        let image = match look.filled("href") {
            Some(href) => {
                let link =
                    Tag::new("a").with("href", href).maybe("rel", look.get("rel")).with("target", "_blank");
                format!("{}{image}</a>", link.open())
            }
            None => image,
        };
        let class = format!(
            "mj-carousel-image mj-carousel-image-{} {}",
            at + 1,
            look.get("css-class").unwrap_or_default()
        );
        let hidden = at > 0;
        let div = Tag::new("div")
            .with("class", class.trim_end())
            .style(&[("display", hidden.then_some("none")), ("mso-hide", hidden.then_some("all"))])
            .open();
        format!("{div}{image}</div>")
    }
}
