//! I003, I004 and I010 to I013: formats, movement, backgrounds, and pictures that spy.

use crate::{
    check::{
        CheckInput,
        images::{
            gif,
            picture::{Picture, Pictures, pixels},
            png,
        },
        message::Message,
        page::shown,
        report::{Report, Spot},
    },
    clients::{Document, Element},
    domain::problem::Severity,
};

/// Octets of an animation from which on it stutters.
const ANIMATION_MAX: usize = 1_000_000;

pub(super) fn judge(pictures: &Pictures<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    inside(message, report);
    for picture in pictures.all() {
        format(&picture, report);
        swallowed(&picture, report);
    }
    for (number, _) in message.document.named("svg").filter(|(_, element)| !element.is_conditional) {
        report.note("I004", Spot::Element(number), "a drawing is written into the page as SVG");
    }
    moving(pictures, report);
    backgrounds(message, report);
}

/// I003.
fn inside(message: &Message<'_>, report: &mut Report<'_>) {
    for source in message.page.sources.iter().filter(|source| source.is_data()) {
        let called = match source.label.trim() {
            "" => "a picture".to_owned(),
            label => format!("the picture `{}`", shown(label)),
        };
        let spot = Spot::Attribute(source.number, source.attribute);
        report.note("I003", spot, format!("{called} is written into the page as `data:`"));
    }
    let holds_data = |css: &str| {
        let css: String = css.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
        css.to_ascii_lowercase().contains("url(data:image")
    };
    for (number, element) in message.document.elements.iter().enumerate() {
        if element.get("style").is_some_and(holds_data) {
            report.note("I003", Spot::Attribute(number, "style"), "a style holds a picture as `data:`");
        }
    }
    for run in message.document.runs.iter().filter(|run| run.is_raw && holds_data(&run.text)) {
        let spot = run.parent.map_or(Spot::Message, Spot::Element);
        report.note("I003", spot, "the style sheet holds a picture as `data:`");
    }
}

/// I004.
fn format(picture: &Picture<'_>, report: &mut Report<'_>) {
    let name = picture.file.and_then(|file| file.name.as_deref()).unwrap_or(picture.src);
    let path = name.split(['?', '#']).next().unwrap_or(name).to_lowercase();
    let octets = picture.file.map(|file| file.octets.as_slice()).unwrap_or_default();
    let Some((format, severity)) = by_octets(octets).or_else(|| by_ending(&path)) else { return };
    let reader = match format {
        "WebP" => "classic Outlook shows nothing",
        "SVG" => "Gmail shows nothing",
        _ => "most mail programs show nothing",
    };
    let message = format!("{} is {format}: {reader}", picture.called());
    report.note_as(severity, "I004", Spot::Attribute(picture.number, "src"), message);
}

/// Returns a troublesome format by the first octets of a file.
fn by_octets(octets: &[u8]) -> Option<(&'static str, Severity)> {
    let brand = octets.get(4..12).unwrap_or_default();
    match octets {
        [b'R', b'I', b'F', b'F', ..] if octets.get(8..12) == Some(b"WEBP") => {
            Some(("WebP", Severity::Warning))
        }
        _ if brand == b"ftypavif" || brand == b"ftypavis" => Some(("AVIF", Severity::Error)),
        _ if [b"ftypheic", b"ftypheix", b"ftypmif1"].iter().any(|known| brand == *known) => {
            Some(("HEIF", Severity::Error))
        }
        _ => None,
    }
}

/// Returns a troublesome format by the end of a file's name.
fn by_ending(path: &str) -> Option<(&'static str, Severity)> {
    let (_, ending) = path.rsplit('/').next().unwrap_or(path).rsplit_once('.')?;
    match ending {
        "svg" | "svgz" => Some(("SVG", Severity::Error)),
        "avif" => Some(("AVIF", Severity::Error)),
        "heic" | "heif" => Some(("HEIF", Severity::Error)),
        "jxl" => Some(("JPEG XL", Severity::Error)),
        "tif" | "tiff" => Some(("TIFF", Severity::Error)),
        "webp" => Some(("WebP", Severity::Warning)),
        _ => None,
    }
}

/// I010.
fn moving(pictures: &Pictures<'_>, report: &mut Report<'_>) {
    for (src, file) in pictures.inline() {
        let Some(motion) = gif::motion(&file.octets).filter(|motion| motion.frames > 1) else { continue };
        let name = shown(file.name.as_deref().unwrap_or(src));
        let spot = || pictures.showing(src).map_or(Spot::Message, |number| Spot::Attribute(number, "src"));
        if file.octets.len() > ANIMATION_MAX {
            let size = file.octets.len() / 1_000;
            report.note("I010", spot(), format!("the animation `{name}` weighs {size} kB"));
        }
        if motion.flashes > gif::FLASHES_MAX {
            let message = format!("the animation `{name}` flashes {} times a second", motion.flashes);
            report.note("I010", spot(), message);
        }
        let message = if motion.begins_blank {
            format!("the first frame of the animation `{name}` is empty: that is all classic Outlook shows")
        } else {
            format!(
                "classic Outlook shows only the first frame of the animation `{name}`: see that it says enough"
            )
        };
        let severity = if motion.begins_blank { Severity::Warning } else { Severity::Info };
        report.note_as(severity, "I010", spot(), message);
    }
}

/// I011.
fn swallowed(picture: &Picture<'_>, report: &mut Report<'_>) {
    let octets = picture.file.map(|file| file.octets.as_slice()).unwrap_or_default();
    if picture.is_visible && png::is_dark_on_nothing(octets) {
        let message = format!("{} has dark lines on a transparent ground", picture.called());
        report.note("I011", Spot::Attribute(picture.number, "src"), message);
    }
}

/// I013.
fn backgrounds(message: &Message<'_>, report: &mut Report<'_>) {
    let document = &message.document;
    for (number, element) in document.elements.iter().enumerate().filter(|(_, known)| !known.is_conditional) {
        let Some(url) = background(element) else { continue };
        if !has_ground(element) && !has_vml(document, number) {
            let message = format!("the background picture `{}` has no colour behind it", shown(url));
            report.note("I013", Spot::Element(number), message);
        }
    }
}

/// Returns the address of the background picture that an element has by attribute or style.
fn background(element: &Element) -> Option<&str> {
    let attribute = element.get("background").map(str::trim).filter(|url| !url.is_empty());
    attribute.or_else(|| {
        let style = element.get("style")?;
        let at = style.to_ascii_lowercase().find("url(")? + 4;
        let before = style[..at].rsplit(';').next().unwrap_or_default().trim_start();
        let url = style[at..].split(')').next().unwrap_or_default();
        before.to_ascii_lowercase().starts_with("background").then(|| url.trim_matches(['"', '\'', ' ']))
    })
}

/// Returns whether an element has a colour of its own beneath the picture.
fn has_ground(element: &Element) -> bool {
    let style = element.get("style").unwrap_or_default().to_ascii_lowercase();
    let is_colour = |declaration: &str| match declaration.split_once(':') {
        Some((name, value)) if name.trim() == "background-color" => value.trim() != "transparent",
        Some((name, value)) if name.trim() == "background" => value.contains('#') || value.contains("rgb"),
        _ => false,
    };
    element.get("bgcolor").is_some_and(|colour| !colour.trim().is_empty()) || style.split(';').any(is_colour)
}

/// Returns whether Outlook draws the background by its own means, in or right around the element.
fn has_vml(document: &Document, number: usize) -> bool {
    let fills = document.named("v:fill").chain(document.named("v:image"));
    let wide = document.elements[number].parent.unwrap_or(number);
    fills.into_iter().any(|(fill, _)| document.is_within(fill, wide))
}

/// I012.
pub(super) fn spies(
    pictures: &Pictures<'_>,
    input: &CheckInput<'_>,
    message: &Message<'_>,
    report: &mut Report<'_>,
) {
    for picture in pictures.all().filter(|picture| is_remote(picture.src)) {
        let spot = Spot::Element(picture.number);
        if is_dot(picture.element) {
            report.note("I012", spot, format!("{} can't be seen, but is fetched", picture.called()));
        } else if !picture.is_visible && !may_appear(picture.number, &message.document) {
            report.note("I012", spot, format!("{} is hidden, but is fetched", picture.called()));
        }
    }
    // Numbers of elements don't depend on the reader, so the digest tells which addresses are personal.
    let token = input.digest.merge.prefix();
    if !input.digest.html.contains(&token) {
        return;
    }
    for (number, image) in Document::read(&input.digest.html).named("img") {
        if image.get("src").is_some_and(|src| src.contains(&token)) {
            let message = "the address of an image is different for each reader";
            report.note("I012", Spot::Attribute(number, "src"), message);
        }
    }
}

fn is_remote(src: &str) -> bool {
    let start = src.get(..7).unwrap_or(src).to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https:/") || src.starts_with("//")
}

/// Returns whether a picture is shown in the size of a dot or less.
fn is_dot(element: &Element) -> bool {
    let side = |name: &str| {
        let style = element.get("style").unwrap_or_default().to_ascii_lowercase();
        let mut styled = style.split(';').filter_map(|declaration| declaration.split_once(':'));
        let styled = styled.find(|(known, _)| known.trim() == name).and_then(|(_, value)| pixels(value));
        styled.or_else(|| element.get(name).and_then(pixels))
    };
    matches!((side("width"), side("height")), (Some(0 | 1), Some(0 | 1)) | (Some(0), _) | (_, Some(0)))
}

/// Returns whether a style sheet may bring a hidden picture to light, as with a logo for dark mode.
fn may_appear(number: usize, document: &Document) -> bool {
    let mut classes = document
        .with_ancestors(number)
        .flat_map(|around| document.elements[around].get("class").unwrap_or_default().split_whitespace());
    let sheets: Vec<&str> =
        document.runs.iter().filter(|run| run.is_raw).map(|run| run.text.as_str()).collect();
    classes.any(|class| {
        let selector = format!(".{class}");
        sheets.iter().any(|sheet| {
            sheet.match_indices(&selector).any(|(at, _)| {
                let rule = sheet[at..].split('}').next().unwrap_or_default();
                rule.split_once('{').is_some_and(|(_, style)| {
                    let style: String = style.split_whitespace().collect();
                    style.contains("display:") && !style.contains("display:none")
                })
            })
        })
    })
}
