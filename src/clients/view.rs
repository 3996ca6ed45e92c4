//! A message as one kind of mail client shows it, rewritten so that a plain browser shows the same.
//!
//! Every view is a picture drawn from what is known of a client's habits, not the client itself; `docs/clients.md` says
//! how far each can be trusted. Attributes of elements stay as they are, so whoever numbered them finds them again; what
//! a client drops is gone with its number. Nothing is fetched that the message doesn't fetch.

mod clip;
mod conditions;
mod outlook;
mod pictures;
mod recolour;
mod scheme;
mod writer;

use crate::clients::{
    Document,
    colour::Palette,
    sheet::{self, Item},
};
use writer::{Look, Shown, write};

pub use clip::CLIPPED_AT;

/// A way of showing a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum View {
    /// As designed, in light.
    Html,
    /// With our own dark theme, as Apple Mail shows it.
    Dark,
    /// Light areas darkened by the client, as in Outlook on the web and on phones or Gmail on Android.
    PartialInversion,
    /// Everything inverted by the client, as in Gmail on iOS or Outlook for Windows.
    FullInversion,
    /// Without pictures, until the reader allows them.
    NoImages,
    /// Without `<style>`, as Gmail shows it to accounts of other providers.
    NoStyle,
    /// Cut off where Gmail cuts long messages.
    Clipped,
    /// By Word's rules, as classic Outlook for Windows shows it.
    Outlook,
    /// Inside the page of a webmail whose own language runs from right to left.
    RightToLeft,
}

impl View {
    /// All views.
    pub const ALL: [Self; 9] = [
        Self::Html,
        Self::Dark,
        Self::PartialInversion,
        Self::FullInversion,
        Self::NoImages,
        Self::NoStyle,
        Self::Clipped,
        Self::Outlook,
        Self::RightToLeft,
    ];

    /// Returns a short name for addresses and lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Dark => "dark",
            Self::PartialInversion => "partial-inversion",
            Self::FullInversion => "full-inversion",
            Self::NoImages => "no-images",
            Self::NoStyle => "no-style",
            Self::Clipped => "clipped",
            Self::Outlook => "outlook",
            Self::RightToLeft => "right-to-left",
        }
    }

    /// Returns the view of a short name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    /// Returns what it imitates and how well, as a sentence.
    pub const fn note(self) -> &'static str {
        match self {
            Self::Html => "As designed, in a client that changes nothing.",
            Self::Dark => "Your dark theme, as Apple Mail and Samsung Email show it.",
            Self::PartialInversion => {
                "An approximation of Outlook on the web and phones and of Gmail on Android: light areas turn dark, dark ones stay."
            }
            Self::FullInversion => {
                "An approximation of Gmail on iPhones and Outlook for Windows in dark mode: all colours are inverted."
            }
            Self::NoImages => "What shows before the reader allows pictures.",
            Self::NoStyle => "Without style sheets, as in Gmail's app with another provider's account.",
            Self::Clipped => {
                "Gmail cuts a message after 102,400 octets of HTML and hides the rest behind a link."
            }
            Self::Outlook => {
                "An approximation of classic Outlook for Windows: Word's rules for boxes, and only the CSS that it knows."
            }
            Self::RightToLeft => {
                "In a webmail with an Arabic or Hebrew interface, which drops html and body."
            }
        }
    }
}

/// Returns the HTML of a message as a client shows it, for a plain browser.
///
/// The HTML must be that of the message: pictures by `cid:` or address. Put `data:` pictures in afterwards, or the
/// clipped view counts them.
pub fn show(html: &str, view: View) -> String {
    match view {
        View::Html => scheme::settled(html, false),
        View::Dark => scheme::settled(html, true),
        View::PartialInversion => recolour::recoloured(html, Palette::PartialInversion),
        View::FullInversion => recolour::recoloured(html, Palette::FullInversion),
        View::NoImages => pictures::blocked(html),
        View::NoStyle => without_style(html, ""),
        View::Clipped => match clip::cut(html) {
            Some(kept) => without_style(kept, clip::NOTICE),
            None => scheme::settled(html, false),
        },
        View::Outlook => outlook::shown(html),
        View::RightToLeft => right_to_left(html),
    }
}

/// Drops style sheets; `tail` comes after all that is in the body.
fn without_style(html: &str, tail: &str) -> String {
    struct Bare;
    impl Look for Bare {
        // Such clients put the message into a page of their own: the browser's margin around a body isn't there.
        fn element(&self, document: &Document, number: usize) -> Shown {
            let element = &document.elements[number];
            if element.name != "body" {
                return Shown::Kept;
            }
            let style = format!("margin:0;{}", element.get("style").unwrap_or_default());
            let mut attributes: Vec<_> =
                element.attributes.iter().filter(|(name, _)| name != "style").cloned().collect();
            attributes.push(("style".to_owned(), style));
            Shown::As("body".to_owned(), attributes)
        }

        fn sheet(&self, _number: usize, _items: Vec<Item>) -> Option<String> {
            None
        }
    }
    write(&Document::read(html), &Bare, tail)
}

/// Puts the body into a box of a page that runs from right to left.
fn right_to_left(html: &str) -> String {
    struct Webmail;
    impl Look for Webmail {
        fn element(&self, document: &Document, number: usize) -> Shown {
            let element = &document.elements[number];
            match element.name.as_str() {
                "html" | "head" => Shown::Contents,
                "title" | "meta" | "base" | "link" => Shown::Nothing,
                "body" => {
                    let lost = |name: &str| matches!(name, "lang" | "dir" | "xml:lang");
                    let kept = element.attributes.iter().filter(|(name, _)| !lost(name)).cloned();
                    Shown::As("div".to_owned(), kept.collect())
                }
                _ => Shown::Kept,
            }
        }

        fn has_doctype(&self) -> bool {
            false
        }
    }
    let inside = write(&Document::read(html), &Webmail, "");
    format!(
        "<!DOCTYPE html><html lang=\"ar\" dir=\"rtl\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light\"></head>\
         <body style=\"margin:0;background:#ffffff;color:#000000\"><div dir=\"rtl\">{inside}</div></body></html>"
    )
}

/// Writes a sheet with its dark theme switched off, as all clients but those of [`View::Dark`] read it.
fn light_sheet(items: &[Item]) -> String {
    scheme::settled_css(&sheet::write(items), false)
}

#[cfg(test)]
mod tests;
