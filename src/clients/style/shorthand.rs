//! Properties that set several others.

use crate::clients::{colour::Colour, sheet};

/// Calls `set` with a declaration and with all that it sets.
pub(super) fn expand(property: &str, value: &str, mut set: impl FnMut(&str, &str)) {
    set(property, value);
    let words = sheet::words(value);
    let is_global = matches!(value, "inherit" | "initial" | "unset" | "revert");
    match property {
        "margin" | "padding" => sides(property, &words, &mut set),
        "background" if is_global => set("background-color", value),
        "background" => background(&words, &mut set),
        "font" if is_global => {
            for name in ["font-style", "font-weight", "font-size", "line-height", "font-family"] {
                set(name, value);
            }
        }
        "font" => font(value, &words, &mut set),
        "text-decoration" => {
            let line = words.iter().find(|word| {
                let word = word.to_ascii_lowercase();
                is_global || matches!(word.as_str(), "none" | "underline" | "overline" | "line-through")
            });
            set("text-decoration-line", line.unwrap_or(&"none"));
        }
        _ => {}
    }
}

fn sides(property: &str, words: &[&str], set: &mut impl FnMut(&str, &str)) {
    let (top, right, bottom, left) = match words {
        [all] => (all, all, all, all),
        [vertical, sides] => (vertical, sides, vertical, sides),
        [top, sides, bottom] => (top, sides, bottom, sides),
        [top, right, bottom, left] => (top, right, bottom, left),
        _ => return,
    };
    for (side, value) in [("top", top), ("right", right), ("bottom", bottom), ("left", left)] {
        set(&format!("{property}-{side}"), value);
    }
}

fn background(words: &[&str], set: &mut impl FnMut(&str, &str)) {
    let colour = words.iter().find(|word| is_colour(word)).unwrap_or(&"transparent");
    set("background-color", colour);
    let image = words.iter().find(|word| {
        let word = word.to_ascii_lowercase();
        word.starts_with("url(") || word.contains("gradient(") || word.starts_with("image-set(")
    });
    set("background-image", image.unwrap_or(&"none"));
}

fn is_colour(word: &str) -> bool {
    Colour::parse(word).is_some() || word.eq_ignore_ascii_case("currentcolor")
}

/// Style, weight and the like, then `size/leading`, then the family.
fn font(value: &str, words: &[&str], set: &mut impl FnMut(&str, &str)) {
    let is_size = |word: &&str| {
        let first = word.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let is_number = first.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        (is_number && first.ends_with(|c: char| c.is_ascii_alphabetic() || c == '%'))
            || ["small", "medium", "large"].iter().any(|size| first.ends_with(size))
            || matches!(first.as_str(), "larger" | "smaller")
    };
    let Some(at) = words.iter().position(is_size) else { return };
    let (mut style, mut weight) = ("normal", "normal");
    for word in &words[..at] {
        match word.to_ascii_lowercase().as_str() {
            "italic" | "oblique" => style = word,
            "bold" | "bolder" | "lighter" => weight = word,
            number if number.parse::<u16>().is_ok() => weight = word,
            _ => {}
        }
    }
    set("font-style", style);
    set("font-weight", weight);
    let (size, leading) = words[at].split_once('/').unwrap_or((words[at], "normal"));
    set("font-size", size);
    set("line-height", leading);
    if let Some(found) = value.find(words[at]) {
        set("font-family", value[found + words[at].len()..].trim());
    }
}
