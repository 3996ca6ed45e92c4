//! Proves that the cascade ends where a browser's does.

use super::*;

fn styled(html: &str) -> (Document, Style) {
    check_in(html, Environment::default())
}

fn check_in(html: &str, environment: Environment) -> (Document, Style) {
    let document = Document::read(html);
    let style = Style::of(&document, environment);
    (document, style)
}

/// Returns the number of the element with an id.
fn id(document: &Document, id: &str) -> usize {
    document.elements.iter().position(|element| element.get("id") == Some(id)).unwrap()
}

#[test]
fn the_heavier_declaration_wins() {
    let (document, style) = styled(
        "<style>#x{color:red}p.a{color:blue !important}p{color:green;text-align:right}</style>\
         <p id=x class=a style='color:#111;text-align:center'>",
    );
    let x = id(&document, "x");
    assert_eq!(style.computed(x).colour.to_hex(), "#0000ff");
    assert_eq!(style.computed(x).text_align, "center");
    assert_eq!(style.own(x, "color"), Some("blue"));
    assert_eq!(style.own(x, "display"), None);
}

#[test]
fn values_are_inherited_and_worked_out() {
    let (document, style) = styled(
        "<body style='font:italic bold 20px/1.5 \"Segoe UI\",Arial;direction:rtl'><h1 id=h><span id=s style='font-size:50%'>\
         <b id=b style='letter-spacing:.1em;line-height:30px'>x</b></span></h1></body>",
    );
    let (h, s, b) = (id(&document, "h"), id(&document, "s"), id(&document, "b"));
    assert!((style.computed(h).font_size - 40.0).abs() < 0.1);
    assert!((style.computed(s).line_height - 30.0).abs() < 0.1);
    assert!((style.computed(b).letter_spacing - 2.0).abs() < 0.1);
    let computed = style.computed(b);
    assert_eq!((computed.font_weight, computed.is_italic, computed.direction), (700, true, Direction::Rtl));
    assert_eq!(computed.families, ["Segoe UI", "Arial"]);
    assert_eq!(style.property(b, "font-style"), Some("italic"));
    assert_eq!(style.property(b, "margin-top"), None);
}

#[test]
fn attributes_count_less_than_sheets() {
    let (document, style) = styled(
        "<style>.t{background:#eee url(x)}</style><body bgcolor=ddeeff text=#222222><table cellpadding=4><tr>\
         <td id=t class=t bgcolor=#000000 align=CENTER width=50%><font id=f color=red size=5 face=Arial>x",
    );
    let (t, f) = (id(&document, "t"), id(&document, "f"));
    assert_eq!(style.computed(t).background.to_hex(), "#eeeeee");
    assert!(style.computed(f).is_over_image);
    assert_eq!((style.property(t, "padding-left"), style.property(t, "width")), (Some("4px"), Some("50%")));
    assert_eq!(style.computed(t).text_align, "center");
    assert_eq!(style.computed(t).colour.to_hex(), "#222222");
    let font = style.computed(f);
    assert_eq!((font.colour.to_hex().as_str(), font.families[0].as_str()), ("#ff0000", "Arial"));
}

#[test]
fn what_shows_through_is_blended() {
    let (document, style) = styled(
        "<div style='background:#000'><p id=p style='background:rgba(255,255,255,.5);color:rgba(0,0,0,.5)'>x",
    );
    let p = id(&document, "p");
    let computed = style.computed(p);
    assert_eq!(
        (computed.background.to_hex(), computed.colour.to_hex()),
        ("#808080".into(), "#404040".into())
    );
}

#[test]
fn the_environment_decides_media_and_marks() {
    let html = "<meta name=color-scheme content='light dark'><style media='(max-width:480px)'>p{color:#010101}</style>\
        <style>@media (prefers-color-scheme:dark){p{color:#fefefe}}</style>\
        <style>[data-ogsc] p{color:#0a0a0a}</style><body><p id=p>x";
    let colour = |environment: Environment| {
        let (document, style) = check_in(html, environment);
        style.computed(id(&document, "p")).colour.to_hex()
    };
    let desk = Environment::default();
    assert_eq!(colour(desk), "#000000");
    assert_eq!(colour(Environment { width: 320, ..desk }), "#010101");
    assert_eq!(colour(Environment { dark: true, ..desk }), "#fefefe");
    assert_eq!(colour(Environment { outlook_dark: true, ..desk }), "#0a0a0a");
    assert_eq!(colour(Environment { styles: false, width: 320, ..desk }), "#000000");
}

#[test]
fn each_palette_has_its_colours() {
    let (document, style) = styled(
        "<meta name=color-scheme content='light dark'><style>@media (prefers-color-scheme:dark){.x{color:#eee;background:#222}}</style>\
         <p id=a class=x style=''>x</p><div style='background:#102a43;color:#fff' id=b>y</div><u id=c>z</u>",
    );
    let hex = |element: &str, palette: Palette| {
        let (text, background) = style.colours(id(&document, element), palette);
        format!("{} {}", text.to_hex(), background.to_hex())
    };
    assert_eq!(hex("a", Palette::Light), "#000000 #ffffff");
    assert_eq!(hex("a", Palette::Dark), "#eeeeee #222222");
    assert_eq!(hex("a", Palette::PartialInversion), "#ffffff #1b1b1b");
    assert_eq!(hex("b", Palette::PartialInversion), "#ffffff #102a43");
    assert_eq!(hex("c", Palette::Dark), "#ffffff #121212");
    assert!(hex("b", Palette::FullInversion).starts_with("#1b1b1b #"));
}

#[test]
fn what_cannot_be_seen_is_known() {
    let (document, style) = styled(
        "<div style='display:none'><p id=a>x</p></div><p id=b hidden>x</p><p style='visibility:hidden'><b id=c>x</b></p>\
         <!--[if mso]><p id=d>x</p><![endif]--><p id=e style='opacity:50%'>x <a href=x id=f>y</a></p>",
    );
    let seen = |element: &str| style.computed(id(&document, element)).is_visible;
    assert_eq!(["a", "b", "c", "d", "e"].map(seen), [false, false, false, false, true]);
    assert!((style.computed(id(&document, "f")).opacity - 0.5).abs() < 0.01);
    assert!(style.computed(id(&document, "f")).is_underlined);
}

#[test]
fn every_declaration_is_listed_with_its_place() {
    let document = Document::read(
        "<style media=screen>@media (max-width:1px){p{COLOR:red!IMPORTANT}}@font-face{src:url(x)}</style><p style='margin:0'>",
    );
    let all: Vec<String> = declarations(&document)
        .iter()
        .map(|one| {
            let (selector, rules) = (one.selector.as_deref().unwrap_or("-"), one.at_rules.join("|"));
            format!(
                "{} {} {selector} [{rules}] {}:{}",
                one.element,
                one.is_inline(),
                one.property,
                one.written
            )
        })
        .collect();
    assert_eq!(
        all,
        [
            "0 false p [@media screen|@media (max-width:1px)] color:red!IMPORTANT",
            "0 false - [@media screen|@font-face] src:url(x)",
            "1 true - [] margin:0",
        ]
    );
}
