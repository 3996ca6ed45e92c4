//! Writes the document that the engine renders: every attribute worked out, everything risky in the
//! vault, our own components already rendered, and the engine's gaps bridged where that can be done.

use super::cascade::Item;
use super::components::{self, Studio};
use super::gutter::{self, Seat};
use super::head::Head;
use super::look::{Look, plain};
use super::patch::{Fix, Patch};
use super::schema::{self, Component};
use super::source::Span;
use super::values::{number, whole, with_pixel_unit, with_zero_units};
use super::vault::Vault;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Octets of most heads as the engine gets them: all texts are in the vault.
const HEAD_BYTES: usize = 1024;

/// The document for the engine, being written.
#[derive(Debug)]
pub(super) struct Page<'a> {
    studio: Studio<'a>,
    /// What the engine doesn't get to see.
    pub(super) vault: Vault<'a>,
    /// Where each element begins in the text, and where it was written.
    pub(super) starts: Vec<(usize, Span)>,
    /// What is to be done afterwards.
    pub(super) patches: Vec<Patch>,
    /// Rules for screens wider than the breakpoint.
    wide_rules: Vec<String>,
    body: String,
}

impl<'a> Page<'a> {
    /// Returns an empty page for a document with that head.
    pub(super) fn new(head: &'a Head<'a>, vault: Vault<'a>) -> Self {
        Self {
            studio: Studio::new(&head.rules, head.breakpoint),
            vault,
            starts: Vec::new(),
            patches: Vec::new(),
            wide_rules: Vec::new(),
            body: String::new(),
        }
    }

    /// Returns the text for the engine.
    pub(super) fn write(
        &mut self,
        head: &'a Head<'a>,
        language: &str,
        direction: &str,
        body: &'a Item<'a>,
    ) -> String {
        self.body(body);
        let mut text = String::with_capacity(self.body.len() + HEAD_BYTES);
        let (language, direction) = (self.vault.value(language), self.vault.value(direction));
        let _ = write!(text, "<mjml lang=\"{language}\" dir=\"{direction}\"><mj-head>");
        for (name, content) in [("mj-title", head.title), ("mj-preview", head.preview)] {
            if !content.is_empty() {
                let token = self.vault.put(content);
                let _ = write!(text, "<{name}>{token}</{name}>");
            }
        }
        let _ = write!(text, "<mj-breakpoint width=\"{}\" />", self.vault.value(head.breakpoint));
        let components = [self.studio.component_styles.concat(), self.studio.kind_styles.concat()].concat();
        let ours = [self.wide_style(head.breakpoint), components].map(Cow::Owned);
        for style in ours.into_iter().chain(head.styles.iter().cloned()).filter(|style| !style.is_empty()) {
            let token = self.vault.put(style);
            let _ = write!(text, "<mj-style>{token}</mj-style>");
        }
        for raw in &head.raws {
            let token = self.vault.put(*raw);
            let _ = write!(text, "<mj-raw>{token}</mj-raw>");
        }
        text.push_str("</mj-head>");
        let offset = text.len();
        self.starts.iter_mut().for_each(|(at, _)| *at += offset);
        text.push_str(&self.body);
        text.push_str("</mjml>");
        text
    }

    /// Returns the rules for screens wider than the breakpoint as a style sheet.
    fn wide_style(&self, breakpoint: &str) -> String {
        if self.wide_rules.is_empty() {
            return String::new();
        }
        let thunderbird = self
            .wide_rules
            .iter()
            .map(|rule| format!("@media screen and (min-width:{breakpoint}) {{ .moz-text-html {rule} }}"))
            .collect::<Vec<_>>()
            .concat();
        format!(
            "@media only screen and (min-width:{breakpoint}) {{ {} }}{thunderbird}",
            self.wide_rules.join(" ")
        )
    }

    fn body(&mut self, item: &'a Item<'a>) {
        let look = Look::new(item, self.studio.rules);
        let width = look.filled("width").and_then(number).unwrap_or(600.0);
        self.open(item, &look, &[]);
        for child in &item.children {
            self.block(child, width, Vec::new());
        }
        self.body.push_str("</mj-body>");
    }

    /// Writes what stands in a body or a wrapper.
    fn block(&mut self, item: &'a Item<'a>, container: f64, fixes: Vec<Fix>) {
        match item.name {
            "mj-section" | "mj-wrapper" => self.section(item, container, fixes),
            "mj-hero" => self.hero(item, container, fixes),
            _ => self.raw(item.content),
        }
    }

    fn raw(&mut self, html: impl Into<Cow<'a, str>>) {
        let html = html.into();
        self.body.push_str("<mj-raw>");
        if !html.is_empty() {
            let token = self.vault.put(html);
            self.body.push_str(&token);
        }
        self.body.push_str("</mj-raw>");
    }

    fn section(&mut self, item: &'a Item<'a>, container: f64, mut fixes: Vec<Fix>) {
        let look = Look::new(item, self.studio.rules);
        if look.get("full-width") == Some("full-width") && look.filled("border-radius").is_some() {
            fixes.push(Fix::Drop("border-radius"));
        }
        let class = self.mark(&look, fixes);
        self.open(item, &look, class.as_slice());
        let inside = look.inner_width(container);
        if item.name == "mj-wrapper" {
            let own_width = (!has_plain_box(&look)).then(|| Fix::MaxWidth(format!("{}px", plain(inside))));
            for (index, child) in item.children.iter().enumerate() {
                let mut fixes: Vec<Fix> = own_width.iter().cloned().collect();
                if let Some(gap) = look.filled("gap").filter(|_| index > 0 && child.name == "mj-section") {
                    fixes.push(Fix::Div(format!("margin-top:{gap};")));
                }
                if child.name == "mj-raw" && !child.content.is_empty() {
                    // The engine leaves Outlook's comment open around raw children of a wrapper.
                    self.raw(format!("<![endif]-->{}<!--[if mso | IE]>", child.content));
                } else {
                    self.block(child, inside, fixes);
                }
            }
        } else {
            self.row(item, &look, inside, look.filled("gutter"));
        }
        self.close(item.name);
    }

    /// Returns the class with which an element is found again in the engine's HTML, if it has to be.
    fn mark(&mut self, look: &Look<'_>, fixes: Vec<Fix>) -> Option<(&'static str, String)> {
        if fixes.is_empty() {
            return None;
        }
        let class = look.filled("css-class").unwrap_or_default().to_owned();
        let bare = class.is_empty();
        let marker = self.vault.put(class);
        self.patches.push(Patch { marker: marker.clone(), bare, fixes });
        Some(("css-class", marker))
    }

    /// Writes the columns and groups of a section or group; `gutter` is what lies between columns.
    fn row(&mut self, item: &'a Item<'a>, look: &Look<'_>, width: f64, gutter: Option<&str>) {
        let columns = item.children.iter().filter(|child| child.name != "mj-raw").count();
        let count = item.children.len();
        let from_right = look.get("direction") == Some("rtl");
        for (index, child) in item.children.iter().enumerate() {
            let seat = Seat { index, count, columns, in_group: item.name == "mj-group", from_right, width };
            match child.name {
                "mj-column" => self.column(child, seat, gutter),
                "mj-group" => {
                    let look = Look::new(child, self.studio.rules);
                    let padding = look.spacing("padding", "left") + look.spacing("padding", "right");
                    self.open(child, &look, &[]);
                    self.row(child, &look, look.column_width(width, columns) - padding, gutter);
                    self.body.push_str("</mj-group>");
                }
                _ => self.raw(child.content),
            }
        }
    }

    fn column(&mut self, item: &'a Item<'a>, seat: Seat, gutter: Option<&str>) {
        let look = Look::new(item, self.studio.rules);
        let mut width = look.column_width(seat.width, seat.columns);
        for side in ["left", "right"] {
            width -= look.spacing("padding", side)
                + look.border("border", side)
                + look.border("inner-border", side);
        }
        let fixes = self.column_fixes(&look, seat, gutter);
        let class = self.mark(&look, fixes);
        self.open(item, &look, class.as_slice());
        item.children.iter().for_each(|child| self.content(child, width, false));
        self.body.push_str("</mj-column>");
    }

    fn column_fixes(&mut self, look: &Look<'_>, seat: Seat, gutter: Option<&str>) -> Vec<Fix> {
        let mut fixes = Vec::new();
        if let Some(gutter) = gutter {
            let class = format!("mj-gutter-{}", self.wide_rules.len() + 1);
            let (filled, rule) = gutter::fixes(look, gutter, seat, &class);
            self.wide_rules.push(rule);
            fixes = filled;
        } else if seat.in_group {
            fixes.extend(gutter::phone_width(look, seat).map(Fix::Width));
        }
        let has_outer = PADDINGS.iter().any(|name| look.set(name).is_some());
        if look.filled("inner-border-radius").is_some() && look.filled("border-radius").is_none() {
            fixes.push(if has_outer { Fix::CollapseOuter } else { Fix::SeparateOnly });
        }
        fixes
    }

    fn hero(&mut self, item: &'a Item<'a>, container: f64, fixes: Vec<Fix>) {
        let look = Look::new(item, self.studio.rules);
        let padding = look.spacing("padding", "left") + look.spacing("padding", "right");
        let mut extra = hero_extras(&look);
        extra.extend(self.mark(&look, fixes));
        self.open(item, &look, &extra);
        item.children.iter().for_each(|child| self.content(child, container - padding, true));
        self.body.push_str("</mj-hero>");
    }

    /// Writes what stands in a column or hero.
    fn content(&mut self, item: &'a Item<'a>, width: f64, in_hero: bool) {
        if item.name == "mj-raw" {
            self.raw(item.content);
        } else if components::is_ours(item.name) {
            let html = components::row(&mut self.studio, item, width, in_hero);
            self.raw(html);
        } else {
            let look = Look::new(item, self.studio.rules);
            self.open(item, &look, &[]);
            if schema::is_ending(item.name) && !item.content.is_empty() {
                let token = self.vault.put(item.content);
                self.body.push_str(&token);
            }
            self.close(item.name);
        }
    }

    fn close(&mut self, name: &str) {
        self.body.push_str("</");
        self.body.push_str(name);
        self.body.push('>');
    }

    /// Writes an opening tag with every attribute that counts; `extra` goes before what is set.
    fn open(&mut self, item: &'a Item<'a>, look: &Look<'_>, extra: &[(&str, String)]) {
        self.starts.push((self.body.len(), item.span));
        self.body.push('<');
        self.body.push_str(item.name);
        let mark = item.mark.filter(|_| item.name != "mj-body");
        if let Some(mark) = mark {
            self.marked_class(mark, look, extra);
        }
        for name in look.component.into_iter().flat_map(Component::attribute_names) {
            let Some(value) = look.set(name) else { continue };
            let is_added = extra.iter().any(|(added, _)| *added == name);
            if is_added || is_ours_to_do(item.name, name) || (mark.is_some() && name == "css-class") {
                continue;
            }
            self.attribute(item.name, name, value);
        }
        for (name, value) in extra.iter().filter(|(name, _)| mark.is_none() || *name != "css-class") {
            self.attribute(item.name, name, value);
        }
        self.body.push('>');
    }

    /// Writes the class with a mark before it: on its way through the engine a mark rides on the class.
    fn marked_class(&mut self, mark: &str, look: &Look<'_>, extra: &[(&str, String)]) {
        let added = extra.iter().find(|(name, _)| *name == "css-class").map(|(_, value)| value.as_str());
        let class = added.or_else(|| look.set("css-class")).unwrap_or_default();
        let class = self.class(class);
        let _ = write!(self.body, " css-class=\"{}\"", format!("{mark} {class}").trim_end());
    }

    /// Returns classes as the engine may see them: it would take several apart.
    fn class<'v>(&mut self, classes: &'v str) -> Cow<'v, str> {
        if classes.contains(' ') {
            Cow::Owned(self.vault.put(classes.to_owned()))
        } else {
            self.vault.value(classes)
        }
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
            _ => Cow::Borrowed(value),
        };
        let value = if name == "css-class" { self.class(&value) } else { self.vault.value(&value) };
        for piece in [" ", name, "=\"", &value, "\""] {
            self.body.push_str(piece);
        }
    }
}

/// Returns whether the engine doesn't get an attribute because we see to it.
fn is_ours_to_do(element: &str, name: &str) -> bool {
    name == "mj-class"
        || matches!(
            (element, name),
            ("mj-body", "id" | "css-class")
                | ("mj-section" | "mj-wrapper", "gap" | "gutter")
                | ("mj-hero", "padding-top" | "padding-right" | "padding-bottom" | "padding-left")
        )
}

/// The attributes with which a column has an outer and an inner table.
const PADDINGS: [&str; 5] = ["padding", "padding-bottom", "padding-left", "padding-right", "padding-top"];

/// Returns whether the engine reads all paddings of an element as we do, and there are no borders.
fn has_plain_box(look: &Look<'_>) -> bool {
    const SIDES: [&str; 5] = ["", "-top", "-right", "-bottom", "-left"];
    let plain = |length: &str| {
        let digits = length.strip_suffix("px").unwrap_or(if length == "0" { length } else { "-" });
        digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    SIDES.iter().all(|side| {
        look.set(&format!("border{side}")).is_none()
            && look.set(&format!("padding{side}")).is_none_or(|value| value.split_whitespace().all(plain))
    })
}

/// Returns what a hero needs beyond what the engine does: styles ride on values that it writes as they are.
fn hero_extras(look: &Look<'_>) -> Vec<(&'static str, String)> {
    let mut extra = Vec::new();
    if look.get("mode") == Some("fluid-height") {
        extra.push(("mode", "fluid".to_owned()));
    }
    // The engine reads only pixels and would take the paddings off the height wrongly: it gets none.
    let height = look.filled("height").and_then(whole).unwrap_or(0.0);
    let paddings = look.spacing("padding", "top") + look.spacing("padding", "bottom");
    extra.push(("height", format!("{}px", plain(height - paddings))));
    extra.push(("padding", "0px".to_owned()));
    let mut align = look.get("vertical-align").unwrap_or("top").to_owned();
    for (style, value) in
        look.paddings("padding").into_iter().chain([("border-radius", look.filled("border-radius"))])
    {
        if let Some(value) = value {
            let _ = write!(align, ";{style}:{value}");
        }
    }
    extra.push(("vertical-align", align));
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
