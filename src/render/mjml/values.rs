//! Attribute values: what they should look like, and how npm `mjml` reads numbers from them.

use std::borrow::Cow;

/// Returns what a value of that type should be, or `None` when it is fine.
pub(super) fn expected(kind: &str, value: &str) -> Option<String> {
    let (name, arguments) = match kind.split_once('(') {
        Some((name, rest)) => (name, rest.trim_end_matches(')')),
        None => (kind, ""),
    };
    let fine = match name {
        "color" => is_color(value),
        "boolean" => matches!(value, "true" | "false"),
        "integer" => !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()),
        "enum" => arguments.split(',').any(|option| option == value),
        "unit" | "signed" => is_length(value, arguments, name == "signed"),
        "units" => {
            let lengths: Vec<&str> = value.split_whitespace().collect();
            (1..=4).contains(&lengths.len())
                && lengths.iter().all(|length| is_length(length, arguments, false))
        }
        _ => true,
    };
    (!fine).then(|| describe(name, arguments))
}

/// Says in words what a type takes.
fn describe(name: &str, arguments: &str) -> String {
    let units = arguments.trim_end_matches(',').replace(',', ", ");
    match name {
        "color" => "a colour".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => "a whole number".to_owned(),
        "enum" => format!("one of {units}"),
        "units" => format!("one to four lengths in {units}"),
        _ => format!("a length in {units}"),
    }
}

fn is_color(value: &str) -> bool {
    if let Some(digits) = value.strip_prefix('#') {
        return matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let name = value.find('(').map_or(value, |end| &value[..end]);
    let has_arguments = name.len() < value.len();
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (!has_arguments || value.ends_with(')'))
}

/// Returns whether `value` is a number with one of `units` behind it, or zero.
fn is_length(value: &str, units: &str, signed: bool) -> bool {
    let value = value.trim();
    let value = if signed { value.strip_prefix('-').unwrap_or(value) } else { value };
    if value == "0" {
        return true;
    }
    let digits = value.find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let has_number = number.parse::<f64>().is_ok();
    units.split(',').any(|known| if known == "auto" { value == "auto" } else { has_number && unit == known })
}

/// Returns the whole number that `value` begins with, as JavaScript's `parseInt` does.
pub(super) fn whole(value: &str) -> Option<f64> {
    let value = value.trim_start();
    let sign = usize::from(value.starts_with(['-', '+']));
    let digits = value[sign..].find(|next: char| !next.is_ascii_digit()).unwrap_or(value.len() - sign);
    value[..sign + digits].parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Returns the number that `value` begins with, as JavaScript's `parseFloat` does.
pub(super) fn number(value: &str) -> Option<f64> {
    let value = value.trim_start();
    let sign = usize::from(value.starts_with(['-', '+']));
    let length =
        value[sign..].find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(value.len() - sign);
    let text = &value[..sign + length];
    // `1.2.3` is 1.2 there.
    let end = text.match_indices('.').nth(1).map_or(text.len(), |(at, _)| at);
    text[..end].parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Returns whether a width is a percentage.
pub(super) fn is_percent(value: &str) -> bool {
    value.trim_end().ends_with('%')
}

/// Returns whether a colour is written as `#abc`. Old Outlook knows only the long form.
pub(super) fn is_short_color(value: &str) -> bool {
    value.len() == 4 && value.starts_with('#') && value[1..].bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Returns `#abc` as `#aabbcc`; other colours stay as they are.
pub(super) fn long_color(value: &str) -> String {
    if is_short_color(value) {
        std::iter::once('#').chain(value[1..].chars().flat_map(|digit| [digit, digit])).collect()
    } else {
        value.to_owned()
    }
}

/// Returns a spacing in which every bare zero has its unit: the engine leaves out what has none.
pub(super) fn with_zero_units(value: &str) -> Cow<'_, str> {
    let is_done = |length: &str| !matches!(length, "" | "0") && !length.contains(char::is_whitespace);
    if value.split(' ').all(is_done) {
        return Cow::Borrowed(value);
    }
    let lengths = value.split_whitespace().map(|length| if length == "0" { "0px" } else { length });
    Cow::Owned(lengths.collect::<Vec<_>>().join(" "))
}

/// Returns a width with `px` behind it when it is a bare number.
pub(super) fn with_pixel_unit(value: &str) -> Cow<'_, str> {
    let value = value.trim();
    let bare = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if bare { Cow::Owned(format!("{value}px")) } else { Cow::Borrowed(value) }
}

#[cfg(test)]
mod tests {
    use super::{expected, long_color, number, whole, with_pixel_unit, with_zero_units};

    #[test]
    fn values_are_judged_by_their_type() {
        for (kind, value) in [
            ("color", "#fff"),
            ("color", "rgba(1,2,3,.5)"),
            ("color", "tomato"),
            ("unit(px,%)", "10.5px"),
            ("unit(px,%,)", "1.5"),
            ("units(px,%)", "0 25px 3%"),
            ("signed(px,em)", "-1.2px"),
            ("unit(px,auto)", "auto"),
            ("enum(left,right)", "left"),
            ("boolean", "true"),
            ("integer", "7"),
        ] {
            assert_eq!(expected(kind, value), None, "{kind} {value}");
        }
        for (kind, value) in [
            ("color", "#ff"),
            ("unit(px,%)", "10"),
            ("unit(px)", "10%"),
            ("units(px,%)", "1px 2px 3px 4px 5px"),
            ("enum(left,right)", "middle"),
            ("boolean", "yes"),
        ] {
            assert!(expected(kind, value).is_some(), "{kind} {value}");
        }
    }

    #[test]
    fn numbers_are_read_as_javascript_reads_them() {
        assert_eq!(whole(" 12.7px"), Some(12.0));
        assert_eq!(whole("px"), None);
        assert_eq!(number("33.33%"), Some(33.33));
        assert_eq!(number("1.2.3"), Some(1.2));
        assert_eq!(number("-4px"), Some(-4.0));
        assert_eq!(whole(&"9".repeat(400)), None);
    }

    #[test]
    fn short_colours_bare_zeros_and_bare_widths_are_completed() {
        assert_eq!(long_color("#f0a"), "#ff00aa");
        assert_eq!(long_color("#ff00aa"), "#ff00aa");
        assert_eq!(long_color("red"), "red");
        assert_eq!(with_zero_units("0 25px 0"), "0px 25px 0px");
        assert_eq!(with_pixel_unit("300"), "300px");
        assert_eq!(with_pixel_unit("50%"), "50%");
    }
}
