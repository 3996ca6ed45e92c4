//! Proves that the table is read whole and that what a message uses is found in it.

use super::*;
use crate::clients::Document;

#[test]
fn the_table_is_whole() {
    assert!(features().len() > 290 && dated().starts_with("20"), "{} of {}", features().len(), dated());
    assert!(features().windows(2).all(|pair| pair[0].id < pair[1].id));
    assert!(features().iter().all(|feature| feature.letters.len() == 48 && feature.tested.len() == 10));
    assert!(READ.columns.iter().all(|columns| !columns.is_empty()));
    let taken: usize = READ.columns.iter().map(Vec::len).sum();
    assert_eq!(taken, 47, "every platform but one belongs to one client");
}

#[test]
fn verdicts_are_those_of_the_clients() {
    for (feature, client, expected) in [
        ("css-border-radius", "apple", Verdict::Yes),
        ("css-border-radius", "outlook-windows", Verdict::No),
        ("html-style", "gmail-other", Verdict::No),
        ("css-at-media-prefers-color-scheme", "gmail", Verdict::No),
        ("image-svg", "gmail", Verdict::Partly),
        ("css-border-radius", "nobody", Verdict::Unknown),
        ("css-unheard-of", "apple", Verdict::Unknown),
    ] {
        assert_eq!(verdict(feature, client), expected, "{feature} in {client}");
    }
}

#[test]
fn shares_are_scaled_to_a_whole() {
    let usual = Shares::default();
    assert!((usual.get("apple") - 0.45).abs() < 1e-9);
    let ours = Shares::of(&[("outlook-windows".to_owned(), 100.0), ("apple".to_owned(), -1.0)].into());
    assert!((ours.get("outlook-windows") - 1.0).abs() < 1e-9 && ours.get("gmail").abs() < 1e-9);
    let most = Shares::of(&[("gmail".to_owned(), 60.0), ("outlook-windows".to_owned(), 20.0)].into());
    assert!((most.get("gmail") - 0.6).abs() < 1e-9 && (most.get("apple") - 0.2 * 45.0 / 65.0).abs() < 1e-9);
    let none = CLIENTS.iter().map(|client| (client.short.to_owned(), 0.0)).collect();
    assert!(weight("css-border-radius", &Shares::of(&none)).0.abs() < 1e-9);
}

#[test]
fn the_weight_counts_who_lacks_a_feature() {
    let (all, clients) = weight("css-at-media-prefers-color-scheme", &Shares::default());
    assert!((0.33..0.55).contains(&all), "{all}");
    assert_eq!(clients[0].0.short, "gmail");
    let only = |short: &str| {
        let shares = CLIENTS
            .iter()
            .map(|client| (client.short.to_owned(), f64::from(u8::from(client.short == short))));
        Shares::of(&shares.collect())
    };
    assert!((weight("css-border-radius", &only("outlook-windows")).0 - 1.0).abs() < 1e-9);
    assert!(weight("css-border-radius", &only("apple")).0.abs() < 1e-9);
}

#[track_caller]
fn check(html: &str, expected: &str) {
    let found: Vec<_> = features_of(&Document::read(html)).into_iter().map(|usage| usage.feature).collect();
    for feature in expected.split_whitespace() {
        assert!(found.contains(&feature), "{html}: {feature} is missing in {found:?}");
    }
}

#[test]
fn every_declaration_that_is_a_feature_is_found() {
    check(
        "<p style='display:flex;width:calc(1vw + 2em);border-top-left-radius:50%;color:rgba(1,2,3,.5) !important;--x:1;\
         font-family:system-ui;margin-inline-start:initial;grid-template-columns:1fr;left:0;inset:0'>",
        "html-p css-display-flex css-width css-unit-calc css-unit-vw css-unit-em \
         css-border-radius css-unit-percent css-rgba css-important css-variables css-sytem-ui \
         css-margin-inline-start-end css-unit-initial css-grid-template \
         css-left-right-top-bottom css-inset",
    );
}

#[test]
fn every_selector_and_at_rule_that_is_a_feature_is_found() {
    check(
        "<!doctype html><style>/* x */a > b.c[d]:hover,*+p::before{x:y}@media (prefers-color-scheme:dark){#e f{x:y}}@import 'x';\
         @font-face{src:x}@keyframes k{}i ~ p{&:not(a){x:y}}</style><div><i></i><a><b class=c d=1></b></a><p></p><g id=e><f></f></g></div>",
        "html-doctype css-comments css-selector-child css-selector-chaining \
         css-selector-class css-selector-attribute css-pseudo-class-hover \
         css-selector-grouping css-selector-universal css-selector-adjacent-sibling \
         css-pseudo-element-before css-at-media css-at-media-prefers-color-scheme \
         css-selector-id css-selector-descendant css-at-import css-at-font-face \
         css-at-keyframes css-selector-general-sibling css-nesting html-style",
    );
}

#[test]
fn every_element_and_attribute_that_is_a_feature_is_found() {
    check(
        "<form><input type=checkbox><button>x</button></form><h2 dir=rtl lang=ar>x</h2><ul><li></ul><nav></nav><a href='#x'>y</a>\
         <a href='MAILTO:x'>z</a><img src='https://e.org/a.SVG?x' width=1 srcset=b loading=lazy><img src='data:image/png;base64,x'>\
         <td background='x.webp' valign=top role=presentation></td><meta name=color-scheme content=dark>",
        "html-form html-input-checkbox html-button-submit html-h1-h6 html-dir html-lang \
         html-lists html-semantics html-anchor-links html-mailto-links html-img image-svg \
         html-width html-srcset html-loading-attribute image-base64 html-background \
         image-webp html-valign html-role html-meta-color-scheme",
    );
}

#[test]
fn what_is_not_meant_for_readers_is_not_found() {
    let document = Document::read(
        "<!--[if mso]><style>p{float:left}</style><table style='float:left'></table><![endif]-->\
         <style>#outlook a{float:left}@media (max-width:1px){p{clear:both}}</style><p style='mso-hide:all;-webkit-x:1'>",
    );
    let found = features_of(&document);
    assert!(
        found.iter().all(|usage| usage.feature != "css-float" && usage.feature != "html-table"),
        "{found:?}"
    );
    let clear = found.iter().find(|usage| usage.feature == "css-clear").unwrap();
    assert!(matches!(clear.spot, Spot::Sheet { is_extra: true, .. }), "{clear:?}");
}

#[test]
fn every_kind_says_what_happens() {
    for feature in features() {
        assert!(!feature.kind.consequence().is_empty());
    }
    assert_eq!(feature("html-dir").unwrap().kind, Kind::Attribute);
    assert_eq!(feature("css-unit-vw").unwrap().kind, Kind::Value);
    assert_eq!(feature("html-form").unwrap().kind, Kind::Element);
}
