//! Computed styles: what every element of a message looks like to a reader.
//!
//! A cascade as browsers have it, on what mail uses of CSS: a small sheet of the client's own, attributes
//! such as `bgcolor`, the `<style>` elements, and `style` attributes. Layout isn't worked out. What stands in conditional
//! comments for Outlook has no say here.

mod cascade;
mod computed;
mod declared;
mod hints;
mod shorthand;

pub use computed::{Computed, Direction};
pub use declared::{Declared, declarations};

pub(super) use declared::sheets;

use crate::clients::{
    Document,
    colour::{Colour, Palette, Use},
};
use cascade::Cascade;

/// Where and how a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Environment {
    /// Width of the window in CSS pixels.
    pub width: u32,
    /// Whether `prefers-color-scheme: dark` holds.
    pub dark: bool,
    /// Whether the client marks what it recolours with `data-ogsc` and `data-ogsb`, as Outlook does on the web and on phones.
    pub outlook_dark: bool,
    /// Whether `<style>` elements count.
    pub styles: bool,
}

impl Default for Environment {
    /// A light window on a desk, 800 pixels wide.
    fn default() -> Self {
        Self { width: 800, dark: false, outlook_dark: false, styles: true }
    }
}

/// The computed styles of a document. It keeps nothing of the document itself; numbers are those of its elements.
#[derive(Clone, Debug)]
pub struct Style {
    main: Vec<Computed>,
    cascade: Cascade,
    /// Text and background of every element without and with the dark theme.
    light: Vec<(Colour, Colour)>,
    dark: Vec<(Colour, Colour)>,
}

impl Style {
    /// Computes the styles of a document.
    pub fn of(document: &Document, environment: Environment) -> Self {
        let matched = cascade::Matched::new(document, environment);
        let cascade = matched.resolve(document, environment);
        let main = computed::compute(document, &cascade, environment);
        let colours_of = |dark: bool| -> Vec<(Colour, Colour)> {
            let pair = |one: &Computed| (one.colour, one.background);
            if dark == environment.dark {
                return main.iter().map(pair).collect();
            }
            let other = Environment { dark, outlook_dark: false, ..environment };
            computed::compute(document, &matched.resolve(document, other), other).iter().map(pair).collect()
        };
        let (light, dark) = (colours_of(false), colours_of(true));
        Self { main, cascade, light, dark }
    }

    /// Returns what an element looks like.
    ///
    /// # Panics
    /// When the document has no such element.
    pub fn computed(&self, element: usize) -> &Computed {
        &self.main[element]
    }

    /// Returns the value of a property as the cascade leaves it, inherited where CSS inherits; lengths are as written.
    ///
    /// `margin`, `padding`, `font` and `background` also answer by their longhands. `None` is the initial value.
    pub fn property(&self, element: usize, name: &str) -> Option<&str> {
        self.cascade.property(element, name)
    }

    /// Returns the value of a property that is declared for this very element, by sheet, attribute or `style`; not by the
    /// client's own sheet.
    pub fn own(&self, element: usize, name: &str) -> Option<&str> {
        self.cascade.own(element, name)
    }

    /// Returns the colours of an element's text and of what is behind it, both opaque, in a palette.
    ///
    /// # Panics
    /// When the document has no such element.
    pub fn colours(&self, element: usize, palette: Palette) -> (Colour, Colour) {
        let (text, background) = self.light[element];
        match palette {
            Palette::Light => (text, background),
            Palette::Dark => self.dark[element],
            Palette::FullInversion => (text.inverted(), background.inverted()),
            Palette::PartialInversion => {
                let darkened = background.partly_inverted(Use::Area);
                // On an area that stays, the text stays.
                let text = if darkened == background { text } else { text.partly_inverted(Use::Ink) };
                (text, darkened)
            }
        }
    }
}

#[cfg(test)]
mod tests;
