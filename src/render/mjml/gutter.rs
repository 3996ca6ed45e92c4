//! The gutter of a section: columns give up width, and the space goes between them. On phones, where
//! columns stack, it goes above and below instead.

use super::look::{Look, plain};
use super::patch::Fix;
use super::values::{is_percent, number, whole};

/// Where a column stands in its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    /// Its number, from 0, everything counted.
    pub(super) index: usize,
    /// Everything in the row.
    pub(super) count: usize,
    /// The columns and groups in the row.
    pub(super) columns: usize,
    /// Whether the row is a group, which doesn't stack.
    pub(super) in_group: bool,
    /// Whether the row runs from right to left.
    pub(super) from_right: bool,
    /// The row's width in pixels.
    pub(super) width: f64,
}

/// A length in one unit.
#[derive(Clone, Copy, Debug)]
struct Length {
    value: f64,
    percent: bool,
}

impl Length {
    fn parse(text: &str) -> Self {
        let percent = is_percent(text);
        let value = if percent { number(text) } else { whole(text) };
        Self { value: value.unwrap_or(0.0), percent }
    }

    /// Returns the same length in the other unit when `percent` asks for it.
    fn converted(self, percent: bool, row: f64) -> f64 {
        match (self.percent, percent) {
            (false, true) if row > 0.0 => self.value / row * 100.0,
            (true, false) => row * self.value / 100.0,
            _ => self.value,
        }
    }
}

/// Returns what a column of a row with a gutter needs: a fix and the rule of the class that it names.
///
/// The class is `class`; the rule is for screens wider than the breakpoint.
pub(super) fn fixes(column: &Look<'_>, gutter: &str, seat: Seat, class: &str) -> (Vec<Fix>, String) {
    let gutter = Length::parse(gutter);
    #[expect(clippy::cast_precision_loss, reason = "a row has few columns")]
    let (count, columns, index) = (seat.count as f64, seat.columns.max(1) as f64, seat.index as f64);
    let own = column.filled("width").map_or(Length { value: 100.0 / columns, percent: true }, Length::parse);
    let in_unit = gutter.converted(own.percent, seat.width);
    let reduced = six_digits(own.value - in_unit * (count - 1.0) / count).max(0.0);
    let width = if own.percent {
        format!("{}%", plain(reduced))
    } else {
        // Pixels left over go to the first columns, one each.
        let extra = (count * (reduced - reduced.floor())).round();
        format!("{}px", plain(reduced.floor() + if index < extra { 1.0 } else { 0.0 }))
    };
    let wide = desktop_padding(gutter.converted(own.percent, seat.width), own.percent, seat);
    let outlook = desktop_padding(gutter.converted(false, seat.width), false, seat);
    let half = gutter.converted(true, seat.width) / 2.0;
    let stacked = padding(
        [
            if seat.index == 0 { 0.0 } else { half },
            0.0,
            if seat.index + 1 == seat.count { 0.0 } else { half },
            0.0,
        ],
        true,
    );
    let phone = if seat.in_group { wide.clone() } else { stacked };
    let mut fixes = vec![Fix::Gutter {
        class: class.to_owned(),
        style: format!("padding:{phone};"),
        outlook: format!("padding:{outlook};"),
    }];
    if seat.in_group {
        let share =
            if own.percent { reduced } else { six_digits(reduced / seat.width.trunc().max(1.0) * 100.0) };
        fixes.push(Fix::Width(format!("{}%", plain(share))));
    }
    let space = if seat.in_group { String::new() } else { format!(" padding:{wide} !important;") };
    (fixes, format!(".{class} {{ width:{width} !important; max-width:{width};{space} }}"))
}

/// Returns the width that a column without gutter keeps in a group, which doesn't stack on phones; `None`
/// when it stays what it is.
pub(super) fn phone_width(column: &Look<'_>, seat: Seat) -> Option<String> {
    match column.filled("width") {
        // The reference cuts an equal share to whole percents.
        None => Some(format!("{}%", 100 / seat.columns.max(1))),
        Some(width) if is_percent(width) => None,
        Some(width) => {
            let share = whole(width).unwrap_or(0.0) / seat.width.trunc().max(1.0) * 100.0;
            Some(format!("{}%", plain(six_digits(share))))
        }
    }
}

/// Returns the padding between columns that stand beside each other.
fn desktop_padding(gutter: f64, percent: bool, seat: Seat) -> String {
    if seat.count <= 1 {
        return padding([0.0; 4], percent);
    }
    let (leading, trailing) = if percent {
        (gutter / 2.0, gutter / 2.0)
    } else {
        ((gutter.round() / 2.0).ceil(), (gutter.round() / 2.0).floor())
    };
    let (first, last) = (seat.index == 0, seat.index + 1 == seat.count);
    let unless = |edge: bool, space: f64| if edge { 0.0 } else { space };
    let (right, left) = if seat.from_right {
        (unless(first, trailing), unless(last, leading))
    } else {
        (unless(last, leading), unless(first, trailing))
    };
    padding([0.0, right, 0.0, left], percent)
}

fn padding(sides: [f64; 4], percent: bool) -> String {
    let side = |value: f64| {
        if percent { format!("{}%", plain(six_digits(value))) } else { format!("{}px", plain(value.round())) }
    };
    sides.map(side).join(" ")
}

/// Returns a number with six digits behind the point.
fn six_digits(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
