use super::*;
use proptest::prelude::*;

/// Shows what a walk finds, one word per event.
fn walked(html: &str) -> String {
    let shown = Walk::new(html).map(|event| match event {
        Event::Text { text, is_raw, is_conditional, .. } => {
            format!("{}{}'{text}'", if is_raw { "raw" } else { "" }, if is_conditional { "mso" } else { "" })
        }
        Event::Open(tag) => {
            let attributes: Vec<_> =
                tag.attributes.iter().map(|a| format!(" {}={}", a.name, a.value)).collect();
            format!("<{}{}{}>", tag.name, attributes.concat(), if tag.is_empty { "/" } else { "" })
        }
        Event::Close(name) => format!("</{name}>"),
        Event::Comment { text, .. } => format!("!{text}!"),
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn tags_attributes_and_texts_are_told_apart() {
    assert_eq!(
        walked("<!doctype html><P class=a data-x='1>2' Hidden>a < b</P><br><img src=\"x\" />"),
        "!doctype html! <p class=a data-x=1>2 hidden=> 'a ' '< b' </p> <br/> <img src=x/>"
    );
}

#[test]
fn styles_are_raw_and_titles_are_text() {
    assert_eq!(
        walked("<style>a>b{}</style><title>A <b> C</title>"),
        "<style> raw'a>b{}' </style> <title> 'A <b> C' </title>"
    );
}

#[test]
fn conditional_comments_are_read_as_markup() {
    assert_eq!(
        walked("<!--[if mso]><i>x</i><![endif]-->y<!--[if !mso]><!-->z<!--<![endif]--><!-- c -->"),
        "![if mso]! <i> mso'x' </i> ![endif]--! 'y' ![if !mso]! !! 'z' !<![endif]! ! c !"
    );
}

#[test]
fn references_are_resolved_once() {
    assert_eq!(decode_entities("a&amp;lt; &#39;&#x2019;&nope;& &amp"), "a&lt; '’&nope;& &amp");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_input_stops_the_walk(html in "(<|>|/|=|\"|'|!|-|\\[if|a|é| |style|&#|;|title){0,80}") {
        let covered: usize = Walk::new(&html).count();
        prop_assert!(covered <= html.len());
    }
}
