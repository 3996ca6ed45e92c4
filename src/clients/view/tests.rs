//! Proves that every view does what its client does, and that no input breaks one.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(html: &str, view: View, expected: &str) {
    assert_eq!(show(html, view).replace('\n', ""), expected, "{view:?} of {html}");
}

#[test]
fn inversions_override_the_colours_that_are_set() {
    let html = "<html><body bgcolor=\"#ffffff\"><p data-at=\"2\" style=\"border:1px solid #000000\">x</p>\
        <div style=\"background:#102a43;color:#ffffff\">y</div></body></html>";
    let partial = show(html, View::PartialInversion);
    assert!(
        partial.starts_with("<html style=\"background-color:#1b1b1b !important;color:#ffffff !important\">"),
        "{partial}"
    );
    assert!(
        partial.contains(
            "<p data-at=\"2\" style=\"border:1px solid #000000;border:1px solid #ffffff !important\">"
        ),
        "{partial}"
    );
    assert!(
        partial.contains("background-color:#102a43 !important;color:#ffffff !important\">y"),
        "{partial}"
    );
    let full = show(html, View::FullInversion);
    assert!(full.contains("color:#1b1b1b !important\">y"), "{full}");
}

#[test]
fn inversions_do_not_switch_the_dark_theme_on() {
    let html = "<meta name=\"color-scheme\" content=\"light dark\"><style>@media (prefers-color-scheme:dark){p{color:red}}</style><p>x";
    for view in [View::PartialInversion, View::FullInversion, View::NoImages, View::Html, View::RightToLeft] {
        let page = show(html, view);
        assert!(!page.contains("prefers-color-scheme") && !page.contains("light dark"), "{view:?}: {page}");
    }
}

#[test]
fn blocked_pictures_leave_their_words_and_their_room() {
    let page = show(
        "<td background=\"a.png\" style=\"background:#eee url(b.png) 0 0\"><img data-at=\"7\" class=\"c\" src=\"x.png\" \
         alt=\"A &amp; B\" width=\"100\" height=\"50\"><img src=\"t.gif\" width=\"1\" height=\"1\" alt=\"\">",
        View::NoImages,
    );
    assert!(
        page.starts_with("<td style=\"background:#eee none 0 0\"><span data-at=\"7\" class=\"c\""),
        "{page}"
    );
    assert!(
        page.contains("width:100px;max-width:100%;height:auto;aspect-ratio:100/50;")
            && page.contains("aria-label=\"A &amp; B\">A &amp; B</span>"),
        "{page}"
    );
    assert!(!page.contains(".png") && !page.contains(".gif"), "{page}");
}

#[test]
fn without_style_only_the_style_elements_are_gone() {
    check(
        "<!doctype html><head><style>p{}</style></head><p class=a style='color:red' data-at=3>1 &lt; 2&nbsp;&amp; <br>x<!-- c --></p>",
        View::NoStyle,
        "<!DOCTYPE html><head></head><p class=\"a\" style=\"color:red\" data-at=\"3\">1 &lt; 2&nbsp;&amp; <br>x</p>",
    );
}

#[test]
fn a_long_message_is_clipped_and_a_short_one_is_whole() {
    let short = "<html><body><style>p{color:red}</style><p>x</p></body></html>";
    assert_eq!(show(short, View::Clipped), short);
    let long = format!(
        "<html><body><style>p{{}}</style><table><tr><td>{}</td></tr></table><p>end</p></body></html>",
        "é ".repeat(50_000)
    );
    let page = show(&long, View::Clipped);
    assert!(page.contains("[Message clipped]"), "no notice");
    assert!(!page.contains("<style") && !page.contains("end</p>"));
    assert!(page.ends_with("</div></body></html>"), "{}", &page[page.len() - 200..]);
}

#[test]
fn outlook_reads_its_own_branch_and_little_css() {
    check(
        "<!--[if mso]><style>p{color:red}</style><table><tr><td style=\"padding:4px\"><![endif]--><div style=\"max-width:600px;\
         border-radius:4px;color:#111;padding:8px\" data-at=\"4\">x</div><!--[if mso]></td></tr></table><![endif]-->\
         <!--[if !mso]><!--><p>no</p><!--<![endif]-->",
        View::Outlook,
        "<style>p{color:red}</style><table><tr><td style=\"padding:4px\"><div style=\"color:#111\" data-at=\"4\">x</div></td></tr></table>",
    );
    check(
        "<style>.a>b{color:red}.c{float:left;color:blue}@media (min-width:1px){p{color:green}}</style><div style='mso-hide:all'>x</div>",
        View::Outlook,
        "<style>.c{color:blue}</style><div style=\"display:none\">x</div>",
    );
}

#[test]
fn a_webmail_drops_html_and_body() {
    let page = show(
        "<html lang=en dir=ltr><head><title>T</title><style>p{}</style></head><body lang=en dir=ltr style='color:red' data-at=4><p>x",
        View::RightToLeft,
    );
    assert!(page.contains("<div dir=\"rtl\"><style>p{}"), "{page}");
    assert!(
        page.ends_with("<div style=\"color:red\" data-at=\"4\"><p>x</p></div></div></body></html>"),
        "{page}"
    );
    assert!(!page.contains("<title>"), "{page}");
}

#[test]
fn every_view_has_a_name_and_a_note() {
    for view in View::ALL {
        assert_eq!(View::parse(view.name()), Some(view));
        assert!(view.note().ends_with('.'));
    }
}

#[test]
fn depth_breaks_no_view() {
    let deep = format!("{}x", "<div style='color:red'><blockquote>".repeat(3_000));
    for view in View::ALL {
        assert!(show(&deep, view).contains('x'), "{view:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_input_breaks_a_view(pieces in prop::collection::vec(prop_oneof![
        Just("<!--[if mso]>".to_owned()), Just("<![endif]-->".to_owned()), Just("<!--[if !mso]><!-->".to_owned()),
        Just("<style>@media (prefers-color-scheme:dark){a{color:red".to_owned()), Just("</style>".to_owned()),
        Just("<td style=\"background:url(x) #fff;color:".to_owned()), Just("\">".to_owned()), Just("<img alt=é width=9".to_owned()),
        Just("color-scheme".to_owned()), Just("<body bgcolor=".to_owned()), "\\PC{0,12}", "[<>&;:{}()'\"!/é-]{0,8}",
    ], 0..16)) {
        let html = pieces.concat();
        for view in View::ALL {
            let page = show(&html, view);
            prop_assert!(page.len() < html.len() * 60 + 4_000);
        }
    }
}
