//! Shows what YAML becomes here, and that nothing hostile gets through.

use super::*;
use proptest::prelude::{ProptestConfig, any, proptest};

/// Writes a tree in one line.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Empty => "·".to_owned(),
        Value::Scalar { text, .. } => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|e| format!("{}={}", e.key, shown(&e.node))).collect();
            format!("{{{}}}", entries.join(" "))
        }
    }
}

#[track_caller]
fn check(yaml: &str, expected: &str) {
    let source = SourceText::new("a.yaml", yaml);
    let (root, problems) = parse(&source, 0..source.text().len());
    let mut lines: Vec<_> = root.iter().map(shown).collect();
    lines.extend(problems.iter().map(ToString::to_string));
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn words_stay_as_written() {
    check(
        "a: NO\nb: off\nc: 1e3\nd: 0x10\ne: 12:30\nf: 2022-04-07",
        r#"{a="NO" b="off" c="1e3" d="0x10" e="12:30" f="2022-04-07"}"#,
    );
    check("a: ~\nb:\nc: ''\nd: '~'", r#"{a=· b=· c="" d="~"}"#);
    check("a: |\n  one\n  two\nb: >\n  three\n  four\n", r#"{a="one\ntwo\n" b="three four\n"}"#);
    check("[a, {b: c}]", r#"["a", {b="c"}]"#);
    check("", "");
    check("# only a comment\n", "");
}

#[test]
fn the_place_of_a_block_is_its_first_line_of_words() {
    let source = SourceText::new("a.yaml", "a: |  # why\n\n  one\n  two\nb: two");
    let (root, _) = parse(&source, 0..source.text().len());
    let Some(Node { value: Value::Map(entries), .. }) = root else { panic!("a mapping") };
    assert_eq!(source.at(entries[0].node.span.start).to_string(), "a.yaml:3:3");
    assert_eq!(source.at(entries[1].node.span.start).to_string(), "a.yaml:5:4");
}

#[test]
fn broken_yaml_is_explained() {
    check(
        "a: one: two",
        "a.yaml:1:7: a second `: ` stands in this line, or its indentation is off [content/yaml-syntax]",
    );
    check("a:\n\tb: c", "a.yaml:2:1: a tab stands where only spaces may stand [content/yaml-syntax]");
    check(
        "a: \"one\nb: two\n",
        "a.yaml:1:4: the quote that opens here is never closed [content/yaml-syntax]",
    );
    check("a: @b", "a.yaml:1:4: a text can't begin with `@` here [content/yaml-syntax]");
    check(
        "a: {{ subscriber.name }}",
        "a.yaml:1:5: expected a key, found something else [content/yaml-syntax]",
    );
    check("a: b\n---\nc: d", "a.yaml:2:1: a second document begins here [content/yaml-syntax]");
}

#[test]
fn what_could_multiply_is_refused() {
    check(
        "a: *bold* news",
        "a.yaml:1:4: a text that begins with `*` means something else in YAML [content/yaml-mark]",
    );
    check(
        "a: &x [1]\nb: *x",
        "{a=[\"1\"] b=·}\na.yaml:1:4: a text that begins with `&` means something else in YAML [content/yaml-mark]\na.yaml:2:4: a text that begins with `*` means something else in YAML [content/yaml-mark]",
    );
    check(
        "a: !x one",
        "{a=\"one\"}\na.yaml:1:4: a text that begins with `!` means something else in YAML [content/yaml-mark]",
    );
}

#[test]
fn a_number_sign_that_cuts_a_text_is_reported() {
    check(
        "a: Issue #5 is out\nb: two # note\n",
        "{a=\"Issue\" b=\"two\"}\na.yaml:1:10: the text ends before this `#`: YAML takes the rest as a comment [content/cut-by-comment]",
    );
}

#[test]
fn nesting_and_numbers_are_bounded() {
    for opening in ["[", "{a: ", "- "] {
        let source = SourceText::new("a.yaml", &opening.repeat(100_000));
        let (root, problems) = parse(&source, 0..source.text().len());
        assert!(root.is_none());
        assert_eq!(problems[0].code, "content/too-deep", "{opening}");
    }
    let source = SourceText::new("a.yaml", &format!("[{}]", "a, ".repeat(100_000)));
    let (_, problems) = parse(&source, 0..source.text().len());
    assert_eq!(problems[0].code, "content/too-large");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn nothing_panics(text in "[-a:,\\[\\]{}&*!|>'\"%@`# \n\t~?é]{0,60}", tail in any::<String>()) {
        let source = SourceText::new("a.yaml", &format!("{text}{tail}"));
        let (root, problems) = parse(&source, 0..source.text().len());
        assert!(root.is_none() || !source.text().is_empty());
        for problem in problems {
            assert!(problem.place.is_some_and(|place| place.line > 0));
        }
    }
}
