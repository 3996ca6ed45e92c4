//! Proves that selectors mean what they mean in CSS.

use super::*;

/// Lists the ids of the elements that a selector means.
#[track_caller]
fn check(selector: &str, expected: &str) {
    let document = Document::read(
        "<html id=h lang=en-GB><body id=o><div id=a class='x y'><p id=b><a id=c href='https://e.org/1'>1</a>\
         <br id=d><img id=e></p><!--[if mso]><p id=no></p><![endif]--><p id=f class=x></p></div></body></html>",
    );
    let scene = Scene { document: &document, body_marks: &["data-ogsc"] };
    let list = parse(selector).unwrap_or_default();
    let meant: Vec<&str> = (0..document.elements.len())
        .filter(|number| !document.elements[*number].is_conditional)
        .filter(|number| list.iter().any(|selector| selector.means(&scene, *number)))
        .filter_map(|number| document.elements[number].get("id"))
        .collect();
    assert_eq!(meant.join(" "), expected, "{selector}");
}

#[test]
fn selectors_mean_what_they_mean_in_css() {
    check("p", "b f");
    check(".x", "a f");
    check("div.x.y > p", "b f");
    check("html a, #d", "c d");
    check("a + br ~ img", "e");
    check("[href^='https://'][href$=\"1\"]", "c");
    check("[href*='E.ORG' i]", "c");
    check("[data-ogsc] .x", "a f");
    check(":root", "h");
    check("p:first-child, p:last-child", "b f");
    check("p:nth-child(2n + 1)", "b");
    check("br:nth-last-child(-n+2)", "d");
    check("p > :not(a):not(:is(br))", "e");
    check("div:only-child:lang(en)", "a");
    check("p:empty", "f");
    check("a:link", "c");
    check("p:hover, a::after", "");
}

#[test]
fn what_is_not_understood_means_nothing() {
    for selector in ["", "p >", "[a", "..", "p,,a", "&", ":not(", "é{", ":nth-child(x)"] {
        assert_eq!(parse(selector), None, "{selector}");
    }
}

#[test]
fn selectors_weigh_what_they_weigh_in_css() {
    let weight = |text: &str| parse(text).unwrap()[0].specificity;
    assert_eq!(weight("#a .b[c]:hover p::before"), (1, 3, 2));
    assert_eq!(weight(":not(#a, b) :where(#c)"), (1, 0, 0));
}
