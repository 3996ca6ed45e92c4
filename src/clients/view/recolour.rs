//! Colours as clients change them in dark mode when the message is light.

use super::writer::{Look, Shown, with_style, write};
use crate::clients::{
    Document,
    colour::{Colour, Palette, Use},
    sheet,
    style::{Environment, Style},
};

/// Properties of lines that have a colour.
const LINES: [&str; 14] = [
    "border",
    "border-top",
    "border-right",
    "border-bottom",
    "border-left",
    "border-color",
    "border-top-color",
    "border-right-color",
    "border-bottom-color",
    "border-left-color",
    "outline",
    "outline-color",
    "text-decoration",
    "text-decoration-color",
];

/// Returns the message as a client with one of the two inversions shows it.
pub(super) fn recoloured(html: &str, palette: Palette) -> String {
    let document = Document::read(html);
    let style = Style::of(&document, Environment::default());
    let look = Inverted { style, palette, top: top(&document) };
    let page = write(&document, &look, "");
    if look.top.is_some() {
        return page;
    }
    let (text, background) = (Colour::BLACK.inverted(), Colour::WHITE.inverted());
    format!("<style>html{{background-color:{};color:{}}}</style>{page}", background.to_hex(), text.to_hex())
}

/// Returns the element that stands for the window: `html`, or else `body`.
fn top(document: &Document) -> Option<usize> {
    document.first("html").or_else(|| document.first("body"))
}

struct Inverted {
    style: Style,
    palette: Palette,
    top: Option<usize>,
}

impl Look for Inverted {
    fn element(&self, document: &Document, number: usize) -> Shown {
        let added = self.declarations(document, number);
        let element = &document.elements[number];
        if added.is_empty() {
            return Shown::Kept;
        }
        Shown::As(element.name.clone(), with_style(&element.attributes, &added))
    }
}

impl Inverted {
    /// Returns what overrides the colours that an element sets.
    fn declarations(&self, document: &Document, number: usize) -> String {
        let style = &self.style;
        let mut added: Vec<String> = Vec::new();
        let own_area =
            style.own(number, "background-color").and_then(Colour::parse).filter(|area| area.alpha > 0);
        let element = &document.elements[number];
        let is_link = element.name == "a" && element.get("href").is_some();
        let is_top = self.top == Some(number);
        let (text, area) = style.colours(number, self.palette);
        if is_top {
            // The window takes the colour of the body, as the canvas of a browser does.
            let canvas = document.first("body").map_or(area, |body| style.colours(body, self.palette).1);
            added.push(format!("background-color:{} !important", canvas.to_hex()));
        } else if let Some(own) = own_area {
            let changed = match self.palette {
                Palette::FullInversion => own.inverted(),
                _ => own.partly_inverted(Use::Area),
            };
            added.push(format!("background-color:{} !important", changed.to_hex()));
        }
        if is_top || own_area.is_some() || is_link || style.own(number, "color").is_some() {
            added.push(format!("color:{} !important", text.to_hex()));
        }
        let is_area_changed = area != style.computed(number).background;
        if is_area_changed {
            added.extend(LINES.iter().filter_map(|line| self.line(number, line)));
        }
        added.join(";")
    }

    /// Returns a line with its colours turned round.
    fn line(&self, number: usize, property: &str) -> Option<String> {
        let value = self.style.own(number, property)?;
        let mut is_changed = false;
        let words = sheet::words(value).into_iter().map(|word| match Colour::parse(word) {
            Some(colour) if colour.alpha > 0 => {
                is_changed = true;
                colour.inverted().to_hex()
            }
            _ => word.to_owned(),
        });
        let value = words.collect::<Vec<_>>().join(" ");
        is_changed.then(|| format!("{property}:{value} !important"))
    }
}
