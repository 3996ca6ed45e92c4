//! Mirroring swaps sides where they matter and nowhere else.

use super::direct;
use crate::domain::language::Language;

fn directed(mjml: &str, tag: &str) -> String {
    direct(mjml, &Language::parse(tag).unwrap())
}

#[track_caller]
fn check(mjml: &str, arabic: &str) {
    assert_eq!(directed(mjml, "ar"), arabic);
}

#[test]
fn attributes_change_sides() {
    check(
        r#"<mj-text align="left" padding="1px 2px 3px 4px">left</mj-text>"#,
        r#"<mj-text align="right" padding="1px 4px 3px 2px">left</mj-text>"#,
    );
    check(
        r#"<mj-image padding-left='4px' align = "right" src="left.png" alt="left" />"#,
        r#"<mj-image padding-right='4px' align = "left" src="left.png" alt="left" />"#,
    );
    check(
        r#"<mj-section direction="rtl" background-position="left top">"#,
        r#"<mj-section direction="ltr" background-position="right top">"#,
    );
    check(
        r#"<td style="padding-left:4px" align=left nowrap>"#,
        r#"<td style="padding-right:4px" align=right nowrap>"#,
    );
    check(
        r#"<mj-column inner-border-radius="1px 2px" border-left="1px solid">"#,
        r#"<mj-column inner-border-radius="2px 1px" border-right="1px solid">"#,
    );
}

#[test]
fn what_opts_out_stays() {
    check(
        r#"<mj-text css-class="x no-mirror" align="left"><p style="float:left">a</p></mj-text><mj-text align="left">"#,
        r#"<mj-text css-class="x no-mirror" align="left"><p style="float:left">a</p></mj-text><mj-text align="right">"#,
    );
    check(
        r#"<div dir="ltr" style="text-align:left"><div style="float:left"><br></div></div><div style="float:left">"#,
        r#"<div dir="ltr" style="text-align:left"><div style="float:left"><br></div></div><div style="float:right">"#,
    );
    check(
        r#"<mj-text css-class="no-mirror" align="start">"#,
        r#"<mj-text css-class="no-mirror" align="right">"#,
    );
}

#[test]
fn start_and_end_hold_in_every_language() {
    let mjml = r#"<mj-text align="start" padding-end="4px" style="text-align:end">"#;
    assert_eq!(
        directed(mjml, "en"),
        r#"<mj-text align="left" padding-right="4px" style="text-align:right">"#
    );
    assert_eq!(directed(mjml, "ar"), r#"<mj-text align="right" padding-left="4px" style="text-align:left">"#);
}

#[test]
fn the_root_says_language_and_direction() {
    assert_eq!(
        directed(r#"<mjml dir="ltr" owa="desktop">"#, "en"),
        r#"<mjml owa="desktop" lang="en" dir="ltr">"#
    );
    let arabic = directed("<mjml><mj-body></mj-body></mjml>", "ar");
    assert!(
        arabic.starts_with(r#"<mjml lang="ar" dir="rtl"><mj-head><mj-attributes><mj-text align="right" />"#),
        "{arabic}"
    );
}

#[test]
fn defaults_stand_before_the_templates_own() {
    let arabic = directed(
        "<mjml><mj-head><mj-attributes><mj-text align=\"center\" /></mj-attributes></mj-head>",
        "ar",
    );
    let (defaults, own) =
        (arabic.find("<mj-text align=\"right\"").unwrap(), arabic.find("<mj-text align=\"center\"").unwrap());
    assert!(defaults < own);
    assert_eq!(arabic.matches("<mj-attributes>").count(), 1);
    assert!(directed("<mjml><mj-head /><mj-body>", "ar").contains("</mj-attributes></mj-head><mj-body>"));
    assert!(!directed("<mjml><mj-head></mj-head>", "en").contains("mj-attributes"));
}

#[test]
fn comments_stay_and_conditional_ones_are_mirrored_inside() {
    check(
        "<!-- align=\"left\" <td> --><!--[if mso]><td align=\"left\"><![endif]-->",
        "<!-- align=\"left\" <td> --><!--[if mso]><td align=\"right\"><![endif]-->",
    );
    check(
        "<mj-style>.a{float:left} .b > c{}</mj-style> a < b",
        "<mj-style>.a{float:right} .b > c{}</mj-style> a < b",
    );
}

#[test]
fn broken_markup_neither_panics_nor_disappears() {
    for broken in [
        "<",
        "<a",
        "<a href",
        "<a href=",
        "<a href=\"x",
        "<a '\"=>",
        "<!--",
        "</",
        "<a =",
        "<é a='",
        "<mj-style>",
        "<a/",
        "<a /b>",
    ] {
        assert!(directed(broken, "ar").contains(broken.trim_end_matches('=')), "{broken}");
    }
}
