//! The components that we render ourselves, because the engine lacks features of theirs, gives two of
//! them the same id, or counts widths in single precision.

mod accordion;
mod button;
mod carousel;
mod image;
mod navbar;
mod social;
mod table;

use super::cascade::{Item, Rules};
use super::look::{Look, Tag};
use super::values::whole;

/// What the components of one document share.
#[derive(Debug)]
pub(super) struct Studio<'a> {
    /// What `mj-attributes` says.
    pub(super) rules: &'a Rules<'a>,
    /// The width below which columns stack.
    pub(super) breakpoint: String,
    /// Style sheets of single components, first.
    pub(super) component_styles: Vec<String>,
    /// Style sheets of kinds of components, each once, behind them.
    pub(super) kind_styles: Vec<String>,
    /// Components so far that need an id.
    ids: usize,
}

impl<'a> Studio<'a> {
    /// Returns a studio for a document with these rules.
    pub(super) fn new(rules: &'a Rules<'a>, breakpoint: &str) -> Self {
        let breakpoint = breakpoint.to_owned();
        Self { rules, breakpoint, component_styles: Vec::new(), kind_styles: Vec::new(), ids: 0 }
    }

    /// Returns an id that no other component of this document has; the same document gives the same ids.
    fn next_id(&mut self) -> String {
        self.ids += 1;
        format!("mj{:06}", self.ids)
    }

    /// Adds the style sheet of a kind of component, once.
    fn add_kind_style(&mut self, style: String) {
        if !self.kind_styles.contains(&style) {
            self.kind_styles.push(style);
        }
    }

    /// Returns the largest width that still counts as a phone.
    fn below_breakpoint(&self) -> String {
        let from = self.breakpoint.find(|next: char| next.is_ascii_digit());
        match from.and_then(|from| whole(&self.breakpoint[from..])) {
            Some(pixels) => format!("{}px", pixels - 1.0),
            None => self.breakpoint.clone(),
        }
    }
}

/// Returns whether we render that component ourselves.
pub(super) fn is_ours(name: &str) -> bool {
    matches!(
        name,
        "mj-image" | "mj-button" | "mj-table" | "mj-social" | "mj-navbar" | "mj-accordion" | "mj-carousel"
    )
}

/// Returns a row of a column (or of a hero) that holds the component.
pub(super) fn row(studio: &mut Studio<'_>, item: &Item<'_>, width: f64, in_hero: bool) -> String {
    let look = Look::new(item, studio.rules);
    let inside = match item.name {
        "mj-image" => image::render(studio, &look, width),
        "mj-button" => button::render(&look),
        "mj-table" => table::render(&look),
        "mj-social" => social::render(studio, &look),
        "mj-navbar" => navbar::render(studio, &look),
        "mj-accordion" => accordion::render(studio, &look),
        _ => carousel::render(studio, &look, width),
    };
    let background = look.get("container-background-color");
    let mut styles = vec![("background", background), ("font-size", Some("0px"))];
    styles.extend(look.paddings("padding"));
    styles.push(("word-break", Some("break-word")));
    let cell = Tag::new("td")
        .maybe("align", look.get("align"))
        .maybe("background", background.filter(|_| in_hero))
        .maybe("vertical-align", look.get("vertical-align").filter(|_| !in_hero))
        .maybe("class", look.get("css-class"))
        .marked(&look)
        .style(&styles)
        .open();
    ["<tr>", &cell, &inside, "</td></tr>"].concat()
}

/// Returns markup that only Outlook sees.
fn outlook(inside: &str) -> String {
    format!("<!--[if mso | IE]>{inside}<![endif]-->")
}

/// Returns markup that Outlook and Internet Explorer don't see.
fn not_outlook(inside: &str) -> String {
    format!("<!--[if !mso | IE]><!-->{inside}<!--<![endif]-->")
}
