//! I005 to I008: how large pictures are, in pixels and octets.

use crate::{
    check::{
        images::picture::Pictures,
        message::Message,
        page::shown,
        report::{Report, Spot},
    },
    domain::problem::Severity,
};

/// Octets of one picture, and of all together, from which on they are heavy, and from which on too heavy.
const PICTURE_MAX: usize = 200_000;
const ALL_MAX: usize = 800_000;
const ALL_LIMIT: usize = 2_000_000;

/// Octets below which a picture with too many pixels harms nobody.
const LIGHT: usize = 20_000;

/// Octets of visible text that a message with pictures has at least.
const TEXT_MIN: usize = 400;

/// Square CSS pixels that a character of running text takes, about 8 by 24.
const CHARACTER_AREA: u64 = 190;

/// How many times the area of the text pictures may take.
const AREA_FACTOR: u64 = 3;

pub(super) fn judge(pictures: &Pictures<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    width(pictures, report);
    resolution(pictures, report);
    weight(pictures, report);
    share(pictures, message, report);
}

/// I005.
fn width(pictures: &Pictures<'_>, report: &mut Report<'_>) {
    for picture in pictures.all().filter(|picture| picture.width().is_none()) {
        let says = match picture.element.get("width") {
            None => "has no `width`".to_owned(),
            Some(width) => format!("says `width=\"{}\"`, which is no number of pixels", shown(width)),
        };
        report.note("I005", Spot::Element(picture.number), format!("{} {says}", picture.called()));
    }
}

/// I006.
fn resolution(pictures: &Pictures<'_>, report: &mut Report<'_>) {
    for picture in pictures.all().filter(|picture| picture.is_visible) {
        let (Some(file), Some(shown_at)) = (picture.file, picture.width()) else { continue };
        let Some((wide, _)) = file.size.filter(|_| shown_at > 0) else { continue };
        let (called, spot) = (picture.called(), Spot::Attribute(picture.number, "src"));
        if u64::from(wide) * 2 < u64::from(shown_at) * 3 {
            let message = format!(
                "{called} has {wide} pixels for a width of {shown_at}: it looks blurred on sharp screens"
            );
            report.note("I006", spot, message);
        } else if wide > shown_at.saturating_mul(3) && file.octets.len() > LIGHT {
            let message = format!(
                "{called} has {wide} pixels for a width of {shown_at}: it is heavier than it need be"
            );
            report.note("I006", spot, message);
        }
    }
}

/// I007. What is only linked is not weighed here.
fn weight(pictures: &Pictures<'_>, report: &mut Report<'_>) {
    let mut all = 0;
    for (src, file) in pictures.inline() {
        all += file.octets.len();
        if file.octets.len() > PICTURE_MAX {
            let name = file.name.as_deref().unwrap_or(src);
            let spot = pictures.showing(src).map_or(Spot::Message, |number| Spot::Attribute(number, "src"));
            let size = kilobytes(file.octets.len());
            report.note("I007", spot, format!("the image `{}` weighs {size} kB", shown(name)));
        }
    }
    if all > ALL_MAX {
        let severity = if all > ALL_LIMIT { Severity::Error } else { Severity::Warning };
        let message = format!("the pictures weigh {} kB together", kilobytes(all));
        report.note_as(severity, "I007", Spot::Message, message);
    }
}

fn kilobytes(octets: usize) -> usize {
    octets.div_ceil(1_000)
}

/// I008.
fn share(pictures: &Pictures<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let shown: Vec<_> = pictures.all().filter(|picture| picture.is_visible).collect();
    let Some(first) = shown.first() else { return };
    let text = message.visible();
    if text.len() < TEXT_MIN {
        let message =
            format!("the message has pictures and only {} characters of text", text.chars().count());
        return report.note("I008", Spot::Element(first.number), message);
    }
    let area = |width: u32, height: u32| u64::from(width) * u64::from(height);
    let pictures: u64 =
        shown.iter().filter_map(|picture| Some(area(picture.width()?, picture.height()?))).sum();
    let text_area = CHARACTER_AREA * u64::try_from(text.chars().count()).unwrap_or(u64::MAX / CHARACTER_AREA);
    if pictures > AREA_FACTOR * text_area {
        let message = format!("pictures take about {} times the room of the text", pictures / text_area);
        report.note("I008", Spot::Element(first.number), message);
    }
}
