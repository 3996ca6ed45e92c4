//! Proves that colours are read as CSS means them, and inverted as clients do.

use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    let read = Colour::parse(text).map(Colour::to_hex);
    assert_eq!(read.as_deref().unwrap_or("none"), expected, "{text}");
}

#[test]
fn every_notation_is_read() {
    check("#1f5a8a", "#1f5a8a");
    check(" #ABC ", "#aabbcc");
    check("#abcd", "#aabbccdd");
    check("#11223380", "#11223380");
    check("rgb(1, 2,3)", "#010203");
    check("rgb(1 2 3 / 50%)", "#01020380");
    check("rgba(100%, 0%, 0%, .5)", "#ff000080");
    check("hsl(120, 100%, 25%)", "#008000");
    check("hsl(0.5turn 100% 50%)", "#00ffff");
    check("RebeccaPurple", "#663399");
    check("transparent", "#00000000");
}

#[test]
fn what_is_no_colour_is_not_read() {
    for text in
        ["", "#", "#12", "#ggg", "rgb(1,2)", "rgb(1,2,3", "hsl(1,2,3)", "currentcolor", "url(x)", "#é1"]
    {
        check(text, "none");
    }
    assert_eq!(Colour::parse_attribute("eef1f4"), Some(Colour::of(0x00ee_f1f4)));
    assert_eq!(Colour::parse_attribute("abc"), None);
}

#[test]
fn contrast_is_that_of_wcag() {
    assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 0.01);
    // The lightest grey that passes on white.
    let grey = Colour::of(0x0076_7676);
    assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
}

#[test]
fn what_shows_through_is_mixed() {
    let veil = Colour { alpha: 128, ..Colour::BLACK };
    assert_eq!(veil.over(Colour::WHITE).to_hex(), "#7f7f7f");
    assert_eq!(Colour::TRANSPARENT.over(Colour::WHITE), Colour::WHITE);
}

#[test]
fn inversion_turns_lightness_and_keeps_hue() {
    assert_eq!(Colour::WHITE.inverted().to_hex(), "#1b1b1b");
    assert_eq!(Colour::BLACK.inverted().to_hex(), "#ffffff");
    let blue = Colour::of(0x001f_5a8a).inverted();
    assert!(blue.lightness() > 60.0 && blue.blue > blue.green && blue.green > blue.red, "{blue:?}");
}

#[test]
fn partial_inversion_only_darkens_areas_and_lightens_ink() {
    let (navy, pale) = (Colour::of(0x0010_2a43), Colour::of(0x00ee_f1f4));
    assert_eq!(navy.partly_inverted(Use::Area), navy);
    assert_eq!(pale.partly_inverted(Use::Ink), pale);
    assert!(pale.partly_inverted(Use::Area).lightness() < 20.0);
    assert!(navy.partly_inverted(Use::Ink).lightness() > 80.0);
}
