//! Which features a message uses, and where.

use super::{
    names::{known, of_declaration},
    selectors::{of_at_rule, of_media, of_selectors},
};
use crate::clients::{
    Document, Element,
    selector::{self, Scene},
    sheet::{self, Body, Item},
    style::sheets,
};

/// Where a feature is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// By an element or one of its attributes.
    Element(usize),
    /// In the `style` attribute of an element.
    Inline(usize),
    /// In a `<style>` element.
    Sheet {
        /// Number of the `style` element.
        element: usize,
        /// The selector or the at-rule.
        rule: String,
        /// Whether it stands under a media query or in a rule for one client: the message was made to do without.
        is_extra: bool,
    },
}

impl Spot {
    /// Returns the number of the element: the one that uses the feature, or the `style` element.
    pub fn element(&self) -> usize {
        match self {
            Self::Element(element) | Self::Inline(element) | Self::Sheet { element, .. } => *element,
        }
    }
}

/// One use of a feature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usage {
    /// Id of the feature.
    pub feature: &'static str,
    /// Where.
    pub spot: Spot,
    /// What is written there, e.g. `border-radius:8px` or `<form>`.
    pub written: String,
}

/// Elements that stand for `html-semantics`.
const SEMANTIC: [&str; 13] = [
    "article",
    "aside",
    "details",
    "figcaption",
    "figure",
    "footer",
    "header",
    "main",
    "mark",
    "nav",
    "section",
    "summary",
    "time",
];

/// Attributes that are features of whichever element has them.
const ATTRIBUTES: [(&str, &str); 20] = [
    ("align", "html-align"),
    ("aria-describedby", "html-aria-describedby"),
    ("aria-hidden", "html-aria-hidden"),
    ("aria-label", "html-aria-label"),
    ("aria-labelledby", "html-aria-labelledby"),
    ("aria-live", "html-aria-live"),
    ("background", "html-background"),
    ("cellpadding", "html-cellpadding"),
    ("cellspacing", "html-cellspacing"),
    ("dir", "html-dir"),
    ("height", "html-height"),
    ("hidden", "html-hidden"),
    ("lang", "html-lang"),
    ("loading", "html-loading-attribute"),
    ("popover", "html-popover"),
    ("required", "html-required"),
    ("role", "html-role"),
    ("srcset", "html-srcset"),
    ("target", "html-target"),
    ("valign", "html-valign"),
];

/// Returns every use of a feature of the table, in no promised order, each place once. What only Outlook sees
/// doesn't count, nor do rules that mean nothing in this document (they are aimed at one client's own markup).
pub fn features_of(document: &Document) -> Vec<Usage> {
    let mut found = Vec::new();
    for (number, element) in document.elements.iter().enumerate().filter(|(_, one)| !one.is_conditional) {
        of_element(document, number, element, &mut found);
        for one in element.get("style").map(sheet::declarations).unwrap_or_default() {
            for feature in of_declaration(&one.property, &one.value, one.is_important) {
                let written = format!("{}:{}", one.property, one.written);
                found.push(Usage { feature, spot: Spot::Inline(number), written });
            }
        }
    }
    let scene = Scene { document, body_marks: &["data-ogsc", "data-ogsb", "data-ogac", "data-ogab"] };
    for (number, items) in sheets(document) {
        let element = &document.elements[number];
        if element.is_conditional {
            continue;
        }
        let media = element.get("media").filter(|media| !media.trim().is_empty());
        let mut sheet = Sheet { scene, number, is_extra: media.is_some(), found: &mut found };
        sheet.add(of_media(media.unwrap_or_default()), media.unwrap_or_default(), media.is_some());
        sheet.items(&items);
        if document.text_in(number).contains("/*") {
            sheet.add(known("css-comments").into_iter().collect(), "/*", true);
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Walks over one sheet.
struct Sheet<'a> {
    scene: Scene<'a>,
    number: usize,
    is_extra: bool,
    found: &'a mut Vec<Usage>,
}

impl Sheet<'_> {
    fn add(&mut self, features: Vec<&'static str>, rule: &str, is_used: bool) {
        self.add_written(features, rule, rule, is_used);
    }

    fn add_written(&mut self, features: Vec<&'static str>, rule: &str, written: &str, is_used: bool) {
        if !is_used {
            return;
        }
        for feature in features {
            let spot = Spot::Sheet { element: self.number, rule: rule.to_owned(), is_extra: self.is_extra };
            self.found.push(Usage { feature, spot, written: written.to_owned() });
        }
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Rule(rule) => self.rule(rule),
                Item::At(rule) => {
                    let head = format!("@{} {}", rule.name, rule.prelude);
                    let before = self.is_extra;
                    self.is_extra |= matches!(rule.name.as_str(), "media" | "supports");
                    self.add(of_at_rule(&rule.name, &rule.prelude), head.trim_end(), true);
                    match &rule.body {
                        Body::Items(inside) if !rule.name.ends_with("keyframes") => self.items(inside),
                        _ => {}
                    }
                    self.is_extra = before;
                }
            }
        }
    }

    fn rule(&mut self, rule: &sheet::Rule) {
        let selectors = selector::parse(&rule.selector).unwrap_or_default();
        let scene = self.scene;
        let meant: Vec<_> = selectors
            .into_iter()
            .filter(|selector| {
                let at_rest = selector.at_rest();
                (0..scene.document.elements.len()).any(|number| at_rest.means(&scene, number))
            })
            .collect();
        if meant.is_empty() {
            return;
        }
        let before = self.is_extra;
        self.is_extra |= rule.selector.contains("[data-og")
            || rule.selector.contains('>') && rule.selector.starts_with("u ");
        self.add(of_selectors(&meant), &rule.selector, true);
        for one in &rule.declarations {
            let features = of_declaration(&one.property, &one.value, one.is_important);
            self.add_written(features, &rule.selector, &format!("{}:{}", one.property, one.written), true);
        }
        if !rule.nested.is_empty() {
            self.add(known("css-nesting").into_iter().collect(), &rule.selector, true);
            self.items(&rule.nested);
        }
        self.is_extra = before;
    }
}

fn of_element(document: &Document, number: usize, element: &Element, found: &mut Vec<Usage>) {
    let name = element.name.as_str();
    let kind = element.get("type").unwrap_or_default().to_ascii_lowercase();
    let mut add = |id: &str, written: String| {
        found.extend(known(id).map(|feature| Usage { feature, spot: Spot::Element(number), written }));
    };
    let id = match name {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => "html-h1-h6".to_owned(),
        "ul" | "ol" | "dl" => "html-lists".to_owned(),
        "map" => "html-image-maps".to_owned(),
        "button" if kind == "reset" => "html-button-reset".to_owned(),
        "button" => "html-button-submit".to_owned(),
        "input" if kind.is_empty() => "html-input-text".to_owned(),
        "input" => format!("html-input-{kind}"),
        _ if SEMANTIC.contains(&name) => "html-semantics".to_owned(),
        // Those that share their names with attributes.
        "align" | "background" | "dir" | "height" | "hidden" | "lang" | "role" | "target" | "width" => {
            String::new()
        }
        _ => format!("html-{name}"),
    };
    add(&id, format!("<{name}>"));
    for (attribute, id) in ATTRIBUTES {
        if let Some(value) = element.get(attribute) {
            add(id, format!("{attribute}=\"{value}\""));
        }
    }
    for side in ["width", "height"] {
        if element.get(side).is_some() && name != "meta" {
            add(&format!("html-{side}"), format!("{side}=\"{}\"", element.get(side).unwrap_or_default()));
        }
    }
    let href = element.get("href").unwrap_or_default().trim();
    if name == "a" && href.starts_with('#') {
        add("html-anchor-links", format!("href=\"{href}\""));
    }
    if name == "a" && href.to_ascii_lowercase().starts_with("mailto:") {
        add("html-mailto-links", format!("href=\"{href}\""));
    }
    if name == "meta" && element.get("name") == Some("color-scheme") {
        add("html-meta-color-scheme", "<meta name=\"color-scheme\">".to_owned());
    }
    if name == "html" && (element.get("amp4email").is_some() || element.get("\u{26a1}4email").is_some()) {
        add("amp", "amp4email".to_owned());
    }
    if element.parent.is_none() && number == 0 && document.has_doctype() {
        add("html-doctype", "<!doctype html>".to_owned());
    }
    for source in ["src", "background", "data", "poster"].iter().filter_map(|name| element.get(name)) {
        if let Some(id) = image_format(source) {
            add(id, source.chars().take(80).collect());
        }
    }
}

/// Returns the feature of an image by its address.
fn image_format(source: &str) -> Option<&'static str> {
    let lower = source.trim().to_ascii_lowercase();
    if lower.starts_with("data:image/") {
        return Some("image-base64");
    }
    let path = lower.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    Some(match name.rsplit_once('.')?.1 {
        "jpg" | "jpeg" => "image-jpg",
        "png" => "image-png",
        "gif" => "image-gif",
        "webp" => "image-webp",
        "svg" => "image-svg",
        "avif" => "image-avif",
        "heif" | "heic" => "image-heif",
        "bmp" => "image-bmp",
        "ico" => "image-ico",
        "tif" | "tiff" => "image-tiff",
        "apng" => "image-apng",
        "hdr" => "image-hdr",
        "mp4" => "image-mp4",
        _ => return None,
    })
}
