//! Writes the document that the engine renders: every attribute worked out, everything risky in the
//! vault, our own components already rendered, and the engine's gaps bridged where that can be done.

use super::cascade::Item;
use super::components::{self, Studio};
use super::head::Head;
use super::look::{Look, quoted};
use super::schema;
use super::source::Span;
use super::values::{number, with_pixel_unit, with_zero_units};
use super::vault::Vault;

/// Something to be done to the finished HTML.
#[derive(Debug)]
pub(super) struct Patch {
    /// The class that marks the element.
    pub(super) marker: String,
    /// The style that its `div` needs.
    pub(super) style: String,
}

/// The document for the engine, being written.
#[derive(Debug)]
pub(super) struct Page<'a> {
    studio: Studio<'a>,
    /// What the engine doesn't get to see.
    pub(super) vault: Vault,
    /// Where each element begins in the text, and where it was written.
    pub(super) starts: Vec<(usize, Span)>,
    /// What is to be done afterwards.
    pub(super) patches: Vec<Patch>,
    body: String,
}

impl<'a> Page<'a> {
    /// Returns an empty page for a document with that head.
    pub(super) fn new(head: &'a Head, vault: Vault) -> Self {
        Self {
            studio: Studio::new(&head.rules, &head.breakpoint),
            vault,
            starts: Vec::new(),
            patches: Vec::new(),
            body: String::new(),
        }
    }

    /// Returns the text for the engine.
    pub(super) fn write(&mut self, head: &Head, language: &str, direction: &str, body: &Item) -> String {
        self.body(body);
        let mut text = format!(
            "<mjml lang=\"{}\" dir=\"{}\"><mj-head>",
            self.vault.value(language),
            self.vault.value(direction)
        );
        for (name, content) in [("mj-title", &head.title), ("mj-preview", &head.preview)] {
            if !content.is_empty() {
                let token = self.vault.put(content.clone());
                text.push_str(&format!("<{name}>{token}</{name}>"));
            }
        }
        text.push_str(&format!("<mj-breakpoint width=\"{}\" />", self.vault.value(&head.breakpoint)));
        let components = [self.studio.component_styles.join(""), self.studio.kind_styles.join("")].concat();
        for style in std::iter::once(&components).chain(&head.styles).filter(|style| !style.is_empty()) {
            let token = self.vault.put(style.clone());
            text.push_str(&format!("<mj-style>{token}</mj-style>"));
        }
        for raw in &head.raws {
            let token = self.vault.put(raw.clone());
            text.push_str(&format!("<mj-raw>{token}</mj-raw>"));
        }
        text.push_str("</mj-head>");
        let offset = text.len();
        self.starts.iter_mut().for_each(|(at, _)| *at += offset);
        text.push_str(&self.body);
        text.push_str("</mjml>");
        text
    }

    fn body(&mut self, item: &Item) {
        let look = Look::new(item, self.studio.rules);
        let width = look.filled("width").and_then(number).unwrap_or(600.0);
        self.open(item, &look, &[]);
        for child in &item.children {
            self.block(child, width, None);
        }
        self.body.push_str("</mj-body>");
    }

    /// Writes what stands in a body or a wrapper.
    fn block(&mut self, item: &Item, container: f64, gap: Option<&str>) {
        match item.name.as_str() {
            "mj-section" | "mj-wrapper" => self.section(item, container, gap),
            "mj-hero" => self.hero(item, container),
            _ => self.raw(&item.content),
        }
    }

    fn raw(&mut self, html: &str) {
        let token = self.vault.put(html.to_owned());
        self.body.push_str(&format!("<mj-raw>{token}</mj-raw>"));
    }

    fn section(&mut self, item: &Item, container: f64, gap: Option<&str>) {
        let look = Look::new(item, self.studio.rules);
        // The token that stands for the class also marks the section, so that its gap can be added afterwards.
        let class = gap.map(|gap| {
            let marker = self.vault.put(look.filled("css-class").unwrap_or_default().to_owned());
            self.patches.push(Patch { marker: marker.clone(), style: format!("margin-top:{gap};") });
            ("css-class", marker)
        });
        self.open(item, &look, class.as_slice());
        let inside = look.inner_width(container);
        if item.name == "mj-wrapper" {
            let gap = look.filled("gap");
            for (index, child) in item.children.iter().enumerate() {
                self.block(child, inside, gap.filter(|_| index > 0));
            }
        } else {
            self.row(item, inside);
        }
        self.body.push_str(&format!("</{}>", item.name));
    }

    /// Writes the columns and groups of a section or group.
    fn row(&mut self, item: &Item, width: f64) {
        let siblings = item.children.iter().filter(|child| child.name != "mj-raw").count();
        for child in &item.children {
            match child.name.as_str() {
                "mj-column" => self.column(child, width, siblings),
                "mj-group" => {
                    let look = Look::new(child, self.studio.rules);
                    let padding = look.spacing("padding", "left") + look.spacing("padding", "right");
                    self.open(child, &look, &[]);
                    self.row(child, look.column_width(width, siblings) - padding);
                    self.body.push_str("</mj-group>");
                }
                _ => self.raw(&child.content),
            }
        }
    }

    fn column(&mut self, item: &Item, parent: f64, siblings: usize) {
        let look = Look::new(item, self.studio.rules);
        let mut width = look.column_width(parent, siblings);
        for side in ["left", "right"] {
            width -= look.spacing("padding", side)
                + look.border("border", side)
                + look.border("inner-border", side);
        }
        self.open(item, &look, &[]);
        item.children.iter().for_each(|child| self.content(child, width, false));
        self.body.push_str("</mj-column>");
    }

    fn hero(&mut self, item: &Item, container: f64) {
        let look = Look::new(item, self.studio.rules);
        let padding = look.spacing("padding", "left") + look.spacing("padding", "right");
        let extra = hero_extras(&look);
        self.open(item, &look, &extra);
        item.children.iter().for_each(|child| self.content(child, container - padding, true));
        self.body.push_str("</mj-hero>");
    }

    /// Writes what stands in a column or hero.
    fn content(&mut self, item: &Item, width: f64, in_hero: bool) {
        if item.name == "mj-raw" {
            self.raw(&item.content);
        } else if components::is_ours(&item.name) {
            let html = components::row(&mut self.studio, item, width, in_hero);
            self.raw(&html);
        } else {
            let look = Look::new(item, self.studio.rules);
            let extra = self.button_link(&look);
            self.open(item, &look, extra.as_slice());
            if !item.content.is_empty() {
                let token = self.vault.put(item.content.clone());
                self.body.push_str(&token);
            }
            self.body.push_str(&format!("</{}>", item.name));
        }
    }

    /// Returns a button's link with its title behind it: the engine would leave the title out.
    fn button_link(&mut self, look: &Look<'_>) -> Option<(&'static str, String)> {
        let title = look.set("title").filter(|_| look.item.name == "mj-button")?;
        let href = look.filled("href")?;
        let link = format!("{}\" title=\"{}", quoted(href), quoted(title));
        Some(("href", self.vault.put(link)))
    }

    /// Writes an opening tag with every attribute that counts; `extra` goes before what is set.
    fn open(&mut self, item: &Item, look: &Look<'_>, extra: &[(&str, String)]) {
        self.starts.push((self.body.len(), item.span));
        self.body.push_str(&format!("<{}", item.name));
        for name in schema::component(&item.name).into_iter().flat_map(schema::Component::attribute_names) {
            if extra.iter().any(|(added, _)| *added == name) || is_ours_to_do(&item.name, name) {
                continue;
            }
            let Some(value) = look.set(name) else { continue };
            self.attribute(&item.name, name, &value.to_owned());
        }
        for (name, value) in extra {
            self.attribute(&item.name, name, value);
        }
        self.body.push('>');
    }

    fn attribute(&mut self, element: &str, name: &str, value: &str) {
        if value.is_empty() && matches!(name, "border-radius" | "inner-border-radius" | "css-class") {
            return;
        }
        if name == "full-width" && value != "full-width" {
            return;
        }
        let value = match (element, name) {
            ("mj-body" | "mj-column" | "mj-group", "width") => with_pixel_unit(value),
            _ if name.contains("padding") => with_zero_units(value),
            _ => value.to_owned(),
        };
        let value = if name == "css-class" && value.contains(' ') {
            self.vault.put(value)
        } else {
            self.vault.value(&value)
        };
        self.body.push_str(&format!(" {name}=\"{value}\""));
    }
}

/// Returns whether the engine doesn't get an attribute because we see to it.
fn is_ours_to_do(element: &str, name: &str) -> bool {
    name == "mj-class"
        || matches!(
            (element, name),
            ("mj-body", "id" | "css-class")
                | ("mj-section" | "mj-wrapper", "gap" | "gutter")
                | ("mj-button", "title")
        )
}

/// Returns what a hero needs beyond what the engine does: styles ride on values that it writes as they are.
fn hero_extras(look: &Look<'_>) -> Vec<(&'static str, String)> {
    let mut extra = Vec::new();
    if look.get("mode") == Some("fluid-height") {
        extra.push(("mode", "fluid".to_owned()));
    }
    if let Some(radius) = look.filled("border-radius") {
        let align = look.get("vertical-align").unwrap_or("top");
        extra.push(("vertical-align", format!("{align};border-radius:{radius}")));
    }
    let inner: String = look
        .paddings("inner-padding")
        .into_iter()
        .filter_map(|(style, value)| value.map(|value| format!(";{style}:{value}")))
        .collect();
    if !inner.is_empty() {
        extra.push(("width", format!("{}{inner}", look.filled("width").unwrap_or("auto"))));
    }
    extra
}
