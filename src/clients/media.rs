//! Media queries, decided for one environment.

use crate::clients::{sheet, style::Environment};

/// Returns whether a list of media queries holds; an empty one does.
pub(super) fn holds(list: &str, environment: Environment) -> bool {
    list.trim().is_empty() || sheet::split(list, b',').into_iter().any(|query| one(query, environment))
}

fn one(query: &str, environment: Environment) -> bool {
    let query = query.trim().to_ascii_lowercase();
    // Spelled without spaces as some minifiers do: `screen and(max-width:1px)`.
    let spaced = query.replace('(', " (").replace(')', ") ");
    let (query, is_negated) = match spaced.trim().strip_prefix("not ") {
        Some(rest) => (rest.trim(), true),
        None => (spaced.trim(), false),
    };
    let query = query.strip_prefix("only ").unwrap_or(query);
    let all = query.split(" and ").all(|part| {
        part.split(" or ").any(|part| match part.trim() {
            "all" | "screen" => true,
            part => match part.strip_prefix("not ") {
                Some(part) => !feature(part, environment),
                None => feature(part, environment),
            },
        })
    });
    all != is_negated
}

/// Decides `(feature: value)`; what we don't know doesn't hold.
fn feature(text: &str, environment: Environment) -> bool {
    let inside: String = text.trim().trim_matches(['(', ')']).split_whitespace().collect();
    let width = f64::from(environment.width);
    if let Some((name, value)) = inside.split_once(':') {
        return match name {
            "max-width" | "max-device-width" => pixels(value).is_some_and(|limit| width <= limit),
            "min-width" | "min-device-width" => pixels(value).is_some_and(|limit| width >= limit),
            "width" | "device-width" => pixels(value).is_some_and(|exact| (width - exact).abs() < 0.5),
            "prefers-color-scheme" => value == if environment.dark { "dark" } else { "light" },
            "prefers-reduced-motion" | "prefers-contrast" => value == "no-preference",
            "orientation" => value == if environment.width < 600 { "portrait" } else { "landscape" },
            "min-resolution" | "-webkit-min-device-pixel-ratio" => value.starts_with('1'),
            _ => false,
        };
    }
    // The newer notation: `(width <= 480px)`.
    for (sign, above) in [("<=", false), (">=", true), ("<", false), (">", true)] {
        if let Some(limit) = inside.strip_prefix("width").and_then(|rest| rest.strip_prefix(sign)) {
            let Some(limit) = pixels(limit) else { return false };
            let is_equal = (width - limit).abs() < 0.5;
            return (is_equal && sign.len() == 2) || (!is_equal && (width > limit) == above);
        }
    }
    matches!(inside.as_str(), "color" | "width" | "grid:0")
}

fn pixels(value: &str) -> Option<f64> {
    let (digits, factor) = match value {
        _ if value.ends_with("px") => (&value[..value.len() - 2], 1.0),
        _ if value.ends_with("rem") => (&value[..value.len() - 3], 16.0),
        _ if value.ends_with("em") => (&value[..value.len() - 2], 16.0),
        _ => (value, 1.0),
    };
    digits.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, width: u32, dark: bool, expected: bool) {
        let environment = Environment { width, dark, ..Environment::default() };
        assert_eq!(holds(list, environment), expected, "{list} at {width}");
    }

    #[test]
    fn queries_hold_as_in_a_browser() {
        check("", 600, false, true);
        check("screen and (min-width:480px)", 480, false, true);
        check("only screen and (max-width:479px)", 480, false, false);
        check("print, (max-width: 30em)", 480, false, true);
        check("not print", 600, false, true);
        check("screen and(max-width:600px)", 600, false, true);
        check("(width < 480px)", 480, false, false);
        check("(width >= 480px)", 480, false, true);
        check("(prefers-color-scheme:dark)", 600, true, true);
        check("(prefers-color-scheme: dark)", 600, false, false);
        check("(prefers-color-scheme:light)", 600, false, true);
        check("(unheard-of)", 600, true, false);
    }
}
