//! Values worked out: pixels, colours, lists.

use super::{Environment, cascade::Cascade};
use crate::clients::{Document, colour::Colour, sheet};

/// Which way text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

/// How far lines stand apart.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Leading {
    Factor(f32),
    Pixels(f32),
}

/// What an element looks like. Lengths are CSS pixels.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Computed {
    /// Colour of the text, opaque: mixed with what is behind it.
    pub colour: Colour,
    /// Colour behind it, opaque: its own over that of the elements around it.
    pub background: Colour,
    /// Whether a background image, its own or one around it, is not covered by a colour nearer to it.
    pub is_over_image: bool,
    /// Size of the letters.
    pub font_size: f32,
    /// Weight of the letters, 100 to 900.
    pub font_weight: u16,
    /// Families in order, without quotes.
    pub families: Vec<String>,
    /// Whether the letters lean.
    pub is_italic: bool,
    /// Distance of the lines.
    pub line_height: f32,
    /// `display` in lower case.
    pub display: String,
    /// Whether its text is underlined, by itself or by an element around it.
    pub is_underlined: bool,
    /// Whether its text is struck through, likewise.
    pub is_struck: bool,
    /// Space added between letters.
    pub letter_spacing: f32,
    /// `text-transform` in lower case.
    pub text_transform: String,
    /// `text-align` in lower case; `start` unless something else is said.
    pub text_align: String,
    /// Which way text runs.
    pub direction: Direction,
    /// Whether readers see it: neither it nor an element around it has `display:none`, and it isn't `visibility:hidden`.
    pub is_visible: bool,
    /// How opaque it is with all that is around it, 0 to 1.
    pub opacity: f32,
    leading: Leading,
    is_displayed: bool,
    is_drawn: bool,
}

/// Computes all elements; parents come before their children.
pub(super) fn compute(document: &Document, cascade: &Cascade, environment: Environment) -> Vec<Computed> {
    let canvas = canvas(document, cascade, environment);
    let mut all: Vec<Computed> = Vec::with_capacity(document.elements.len());
    for (number, element) in document.elements.iter().enumerate() {
        let parent = element.parent.and_then(|parent| all.get(parent)).unwrap_or(&canvas);
        let mut computed = Reader { cascade, number, parent }.computed(&canvas);
        computed.is_visible &= !element.is_conditional;
        all.push(computed);
    }
    all
}

/// What is there before the message.
fn canvas(document: &Document, cascade: &Cascade, environment: Environment) -> Computed {
    let meta = document.named("meta").filter(|(_, meta)| meta.get("name") == Some("color-scheme"));
    let knows_dark = meta.filter_map(|(_, meta)| meta.get("content")).any(|content| content.contains("dark"))
        || document
            .first("html")
            .and_then(|html| cascade.own(html, "color-scheme"))
            .is_some_and(|value| value.contains("dark"));
    let is_dark = environment.dark && knows_dark;
    Computed {
        colour: if is_dark { Colour::WHITE } else { Colour::BLACK },
        background: if is_dark { Colour::of(0x0012_1212) } else { Colour::WHITE },
        is_over_image: false,
        font_size: 16.0,
        font_weight: 400,
        families: vec!["serif".to_owned()],
        is_italic: false,
        line_height: 19.2,
        display: "block".to_owned(),
        is_underlined: false,
        is_struck: false,
        letter_spacing: 0.0,
        text_transform: "none".to_owned(),
        text_align: "start".to_owned(),
        direction: Direction::Ltr,
        is_visible: true,
        opacity: 1.0,
        leading: Leading::Factor(1.2),
        is_displayed: true,
        is_drawn: true,
    }
}

/// Reads the values of one element.
struct Reader<'a> {
    cascade: &'a Cascade,
    number: usize,
    parent: &'a Computed,
}

impl Reader<'_> {
    /// Returns what is said for the element, in lower case; `None` when it is the parent's business.
    fn given(&self, name: &str) -> Option<String> {
        let value = self.cascade.given(self.number, name)?.trim().to_ascii_lowercase();
        (!matches!(value.as_str(), "inherit" | "unset")).then_some(value)
    }

    fn computed(&self, canvas: &Computed) -> Computed {
        let parent = self.parent;
        let font_size = self.font_size();
        let (background, is_over_image) = self.background();
        let colour = match self.given("color").as_deref() {
            None | Some("currentcolor") => parent.colour,
            Some("initial") => canvas.colour,
            Some(text) => Colour::parse(text).map_or(parent.colour, |colour| colour.over(background)),
        };
        let leading = self.leading(font_size);
        let display = self.given("display").unwrap_or_else(|| "inline".to_owned());
        let is_displayed = parent.is_displayed && display != "none";
        let is_drawn = self.is_drawn();
        let line = self.given("text-decoration-line").unwrap_or_default();
        // Blocks that stand in the line cut off what would be drawn through them.
        let passes = !display.starts_with("inline-") && display != "table";
        let word = |name: &str, from: &str| self.given(name).unwrap_or_else(|| from.to_owned());
        Computed {
            colour,
            background,
            is_over_image,
            font_size,
            font_weight: self.font_weight(),
            families: self.families(),
            is_italic: self.given("font-style").map_or(parent.is_italic, |style| {
                style.starts_with("italic") || style.starts_with("oblique")
            }),
            line_height: match leading {
                Leading::Factor(factor) => factor * font_size,
                Leading::Pixels(pixels) => pixels,
            },
            is_underlined: line.contains("underline") || (parent.is_underlined && passes),
            is_struck: line.contains("line-through") || (parent.is_struck && passes),
            letter_spacing: match self.given("letter-spacing") {
                None => parent.letter_spacing,
                Some(value) => length(&value, font_size, font_size).unwrap_or(0.0),
            },
            text_transform: word("text-transform", &parent.text_transform),
            text_align: word("text-align", &parent.text_align),
            direction: match self.given("direction").as_deref() {
                Some("rtl") => Direction::Rtl,
                Some(_) => Direction::Ltr,
                None => parent.direction,
            },
            is_visible: is_displayed && is_drawn,
            opacity: parent.opacity * self.given("opacity").and_then(|v| share(&v)).unwrap_or(1.0),
            leading,
            is_displayed,
            is_drawn,
            display,
        }
    }

    fn is_drawn(&self) -> bool {
        self.given("visibility")
            .map_or(self.parent.is_drawn, |value| value != "hidden" && value != "collapse")
    }

    fn background(&self) -> (Colour, bool) {
        let behind = self.parent.background;
        let image = self.given("background-image").is_some_and(|image| image != "none" && image != "initial");
        let own = match self.given("background-color").as_deref() {
            None | Some("initial") => Colour::TRANSPARENT,
            Some("currentcolor") => self.parent.colour,
            Some(text) => Colour::parse(text).unwrap_or(Colour::TRANSPARENT),
        };
        (own.over(behind), image || (self.parent.is_over_image && own.alpha < 255))
    }

    fn font_size(&self) -> f32 {
        let parent = self.parent.font_size;
        let Some(value) = self.given("font-size") else { return parent };
        let size = match value.as_str() {
            "xx-small" => 9.0,
            "x-small" => 10.0,
            "small" => 13.0,
            "medium" | "initial" => 16.0,
            "large" => 18.0,
            "x-large" => 24.0,
            "xx-large" => 32.0,
            "smaller" => parent / 1.2,
            "larger" => parent * 1.2,
            _ => length(&value, parent, parent).unwrap_or(parent),
        };
        size.max(0.0)
    }

    fn font_weight(&self) -> u16 {
        let parent = self.parent.font_weight;
        match self.given("font-weight").as_deref() {
            None => parent,
            Some("bold") => 700,
            Some("bolder") if parent < 350 => 400,
            Some("bolder") => parent.max(700),
            Some("lighter") if parent < 550 => 100,
            Some("lighter") => 400,
            Some(number) => number.parse().unwrap_or(400),
        }
    }

    fn families(&self) -> Vec<String> {
        match self.cascade.given(self.number, "font-family") {
            None | Some("inherit" | "unset") => self.parent.families.clone(),
            Some(list) => sheet::split(list, b',')
                .into_iter()
                .map(|family| family.trim().trim_matches(['"', '\'']).to_owned())
                .filter(|family| !family.is_empty())
                .collect(),
        }
    }

    fn leading(&self, font_size: f32) -> Leading {
        let Some(value) = self.given("line-height") else { return self.parent.leading };
        if let Ok(factor) = value.parse::<f32>() {
            return if factor.is_finite() { Leading::Factor(factor) } else { self.parent.leading };
        }
        length(&value, font_size, font_size).map_or(Leading::Factor(1.2), Leading::Pixels)
    }
}

fn share(value: &str) -> Option<f32> {
    let number = match value.strip_suffix('%') {
        Some(percent) => percent.parse::<f32>().ok()? / 100.0,
        None => value.parse().ok()?,
    };
    number.is_finite().then(|| number.clamp(0.0, 1.0))
}

/// Works out a length; `None` for words and what we don't know.
fn length(value: &str, em: f32, whole: f32) -> Option<f32> {
    let value = value.trim();
    let unit_at = value.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(value.len());
    let number: f32 = value[..unit_at].trim().parse().ok()?;
    let factor = match &value[unit_at..] {
        "px" => 1.0,
        "" if number.abs() < f32::EPSILON => 1.0,
        "pt" => 4.0 / 3.0,
        "em" => em,
        "rem" | "pc" => 16.0,
        "ex" | "ch" => em / 2.0,
        "%" => whole / 100.0,
        "in" => 96.0,
        "cm" => 37.8,
        "mm" => 3.78,
        _ => return None,
    };
    let pixels = number * factor;
    pixels.is_finite().then_some(pixels)
}
