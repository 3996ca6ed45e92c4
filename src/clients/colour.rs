//! Colours: reading them from CSS, telling contrast, and turning light mail dark as clients do.

mod names;

/// A colour of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Colour {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
    /// How much it covers what is behind it: 255 wholly.
    pub alpha: u8,
}

/// Under which lights a mail is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Palette {
    /// As designed.
    Light,
    /// Our own dark theme, where the client honours `prefers-color-scheme`.
    Dark,
    /// The client darkens light areas and lightens the dark text on them; dark areas stay.
    PartialInversion,
    /// The client inverts the lightness of everything and keeps the hue.
    FullInversion,
}

impl Palette {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Light, Self::Dark, Self::PartialInversion, Self::FullInversion];
}

/// What a colour is used for; clients treat the two differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It fills an area.
    Area,
    /// It draws on an area: text, lines.
    Ink,
}

/// Lightness that white turns into: clients make no pitch-black areas.
const DARKEST: f64 = 10.0;

impl Colour {
    /// White.
    pub const WHITE: Self = Self::of(0x00ff_ffff);
    /// Black.
    pub const BLACK: Self = Self::of(0);
    /// Nothing at all.
    pub const TRANSPARENT: Self = Self { alpha: 0, ..Self::BLACK };

    /// Returns the opaque colour of `0xrrggbb`.
    pub const fn of(code: u32) -> Self {
        let [_, red, green, blue] = code.to_be_bytes();
        Self { red, green, blue, alpha: 255 }
    }

    /// Reads a colour of CSS: hex, `rgb()`, `hsl()` or a name. Anything else is `None`, also `currentcolor`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(digits) = text.strip_prefix('#') {
            return hex(digits);
        }
        if text == "transparent" {
            return Some(Self::TRANSPARENT);
        }
        if let Some((name, rest)) = text.split_once('(') {
            return function(name.trim(), rest.strip_suffix(')')?);
        }
        names::find(&text).and_then(hex)
    }

    /// Reads a colour as attributes such as `bgcolor` write it, where the `#` may be missing.
    pub fn parse_attribute(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::parse(text).or_else(|| hex(text).filter(|_| text.len() == 6))
    }

    /// Returns it as six digits with `#`, or eight when something shows through.
    pub fn to_hex(self) -> String {
        let Self { red, green, blue, alpha } = self;
        match alpha {
            255 => format!("#{red:02x}{green:02x}{blue:02x}"),
            _ => format!("#{red:02x}{green:02x}{blue:02x}{alpha:02x}"),
        }
    }

    /// Returns what one sees when it lies over an opaque colour.
    #[must_use]
    pub fn over(self, behind: Self) -> Self {
        let share = f64::from(self.alpha) / 255.0;
        let mix = |above: u8, below: u8| octet(f64::from(above) * share + f64::from(below) * (1.0 - share));
        Self {
            red: mix(self.red, behind.red),
            green: mix(self.green, behind.green),
            blue: mix(self.blue, behind.blue),
            alpha: behind.alpha.max(self.alpha),
        }
    }

    /// Returns the relative luminance of WCAG, 0 to 1.
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = [self.red, self.green, self.blue].map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Returns the contrast of WCAG between two opaque colours: 1 (none) to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Returns the perceived lightness, 0 (black) to 100 (white).
    pub fn lightness(self) -> f64 {
        self.to_lab()[0]
    }

    /// Returns it with its lightness turned round and its hue kept, as clients with full inversion show it.
    #[must_use]
    pub fn inverted(self) -> Self {
        let [lightness, a, b] = self.to_lab();
        Self::from_lab(inverted_lightness(lightness), a, b, self.alpha)
    }

    /// Returns it as clients with partial inversion show it: areas only get darker, ink only lighter.
    #[must_use]
    pub(super) fn partly_inverted(self, used_as: Use) -> Self {
        let (before, inverted) = (self.lightness(), self.inverted());
        let is_changed = match used_as {
            Use::Area => inverted_lightness(before) < before,
            Use::Ink => inverted_lightness(before) > before,
        };
        if is_changed { inverted } else { self }
    }

    fn to_lab(self) -> [f64; 3] {
        let [red, green, blue] = [self.red, self.green, self.blue].map(linear);
        let x = 0.412_456 * red + 0.357_576 * green + 0.180_437 * blue;
        let y = 0.212_673 * red + 0.715_152 * green + 0.072_175 * blue;
        let z = 0.019_334 * red + 0.119_192 * green + 0.950_304 * blue;
        let bend = |value: f64| {
            if value > 0.008_856 { value.cbrt() } else { 7.787 * value + 16.0 / 116.0 }
        };
        let [x, y, z] = [x / 0.950_47, y, z / 1.088_83].map(bend);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// Returns the nearest colour that a screen has: it grows paler until it fits.
    fn from_lab(lightness: f64, a: f64, b: f64, alpha: u8) -> Self {
        let mut kept = 1.0;
        loop {
            let linear = lab_to_linear([lightness, a * kept, b * kept]);
            let fits = linear.iter().all(|part| (-0.001..=1.001).contains(part));
            if fits || kept < 0.01 {
                let [red, green, blue] = linear.map(gamma);
                return Self { red, green, blue, alpha };
            }
            kept -= 0.02;
        }
    }
}

fn inverted_lightness(lightness: f64) -> f64 {
    DARKEST + (100.0 - lightness) * (100.0 - DARKEST) / 100.0
}

fn lab_to_linear([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    let middle = (lightness + 16.0) / 116.0;
    let unbend = |value: f64| {
        if value > 0.206_893 { value.powi(3) } else { (value - 16.0 / 116.0) / 7.787 }
    };
    let xyz = [unbend(middle + a / 500.0) * 0.950_47, unbend(middle), unbend(middle - b / 200.0) * 1.088_83];
    [
        [3.240_454, -1.537_139, -0.498_531],
        [-0.969_266, 1.876_011, 0.041_556],
        [0.055_643, -0.204_026, 1.057_225],
    ]
    .map(|row| row.iter().zip(&xyz).map(|(factor, part)| factor * part).sum())
}

fn linear(part: u8) -> f64 {
    let part = f64::from(part) / 255.0;
    if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
}

fn gamma(linear: f64) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let part = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    octet(part * 255.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is rounded and clamped")]
fn octet(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// Reads three, four, six or eight hexadecimal digits.
fn hex(digits: &str) -> Option<Colour> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let long: String = match digits.len() {
        3 | 4 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        6 | 8 => digits.to_owned(),
        _ => return None,
    };
    let code = u32::from_str_radix(&long, 16).ok()?;
    Some(if long.len() == 6 {
        Colour::of(code)
    } else {
        let [.., alpha] = code.to_be_bytes();
        Colour { alpha, ..Colour::of(code >> 8) }
    })
}

/// Reads `rgb()` and `hsl()` in both notations, with commas and with spaces.
fn function(name: &str, inside: &str) -> Option<Colour> {
    let parts: Vec<&str> = inside
        .split(|c: char| c == ',' || c == '/' || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect();
    if !(3..=4).contains(&parts.len()) {
        return None;
    }
    let alpha = parts.get(3).map_or(Some(255), |part| number(part, 1.0).map(|share| octet(share * 255.0)))?;
    let [red, green, blue] = match name {
        "rgb" | "rgba" => {
            let part = |at: usize| number(parts[at], 255.0).map(octet);
            [part(0)?, part(1)?, part(2)?]
        }
        "hsl" | "hsla" => {
            let hue = degrees(parts[0])?;
            let share = |at: usize| parts[at].strip_suffix('%')?.parse::<f64>().ok().map(|part| part / 100.0);
            from_hsl(hue, share(1)?.clamp(0.0, 1.0), share(2)?.clamp(0.0, 1.0))
        }
        _ => return None,
    };
    Some(Colour { red, green, blue, alpha })
}

/// Reads a number, or a percentage of `whole`.
fn number(text: &str, whole: f64) -> Option<f64> {
    let value = match text.strip_suffix('%') {
        Some(share) => share.parse::<f64>().ok()? / 100.0 * whole,
        None => text.parse().ok()?,
    };
    value.is_finite().then_some(value)
}

fn degrees(text: &str) -> Option<f64> {
    let (digits, factor) =
        [("deg", 1.0), ("grad", 0.9), ("rad", 180.0 / std::f64::consts::PI), ("turn", 360.0)]
            .iter()
            .find_map(|(unit, factor)| text.strip_suffix(unit).map(|digits| (digits, *factor)))
            .unwrap_or((text, 1.0));
    digits.parse::<f64>().ok().map(|value| value * factor).filter(|value| value.is_finite())
}

fn from_hsl(hue: f64, saturation: f64, lightness: f64) -> [u8; 3] {
    let spread = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|step: f64| {
        let at = (step + hue.rem_euclid(360.0) / 30.0) % 12.0;
        octet((lightness - spread * (at - 3.0).min(9.0 - at).clamp(-1.0, 1.0)) * 255.0)
    })
}

#[cfg(test)]
mod tests;
