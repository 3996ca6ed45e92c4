//! Markdown becomes safe HTML, however it is meant.

use super::{Headings, to_flow};
use crate::{
    domain::merge::{MergeField, MergeTable},
    render::flow::to_html,
};
use ammonia::Url;
use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

fn html(markdown: &str) -> String {
    let base = Url::parse("https://www.example.org/starsom/").unwrap();
    let (pieces, problems) = to_flow(markdown, &MergeTable::new("7f3a91c0"), Some(&base), Headings::Bold);
    assert_eq!(problems, [], "{markdown}");
    to_html(&pieces)
}

#[track_caller]
fn check_harmless(markdown: &str) {
    let (pieces, _) = to_flow(markdown, &MergeTable::new("7f3a91c0"), None, Headings::Demoted);
    let html = to_html(&pieces).to_lowercase();
    // Only tags count: words may say `onclick=` as often as they like.
    for tag in html.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        assert!(super::TAGS.contains(&name), "<{tag}> from {markdown}");
        let decoded = tag.replace("&#x", "");
        assert!(!decoded.contains("href=\"javascript"), "<{tag}> from {markdown}");
        assert!(!decoded.contains("href=\"data:"), "<{tag}> from {markdown}");
        assert!(!decoded.contains("src=\"data:"), "<{tag}> from {markdown}");
        for attribute in tag.split('"').step_by(2).filter(|part| part.ends_with('=')) {
            let name = attribute.trim_end_matches('=').rsplit(' ').next().unwrap_or_default();
            assert!(
                !name.starts_with("on") && name != "style" && name != "srcdoc",
                "<{tag}> from {markdown}"
            );
        }
    }
}

#[test]
fn ordinary_markdown_keeps_its_form() {
    insta::assert_snapshot!(html("Hello *you* & **me**,\nand [a link](https://example.org/?a=1&b=2 \"t\").\n\n- one\n- two\n\n> quote\n"), @r#"
    <p>Hello <em>you</em> &amp; <strong>me</strong>,
    and <a href="https://example.org/?a=1&amp;b=2" title="t" class="lk">a link</a>.</p><ul><li>one</li><li>two</li></ul><blockquote><p>quote</p></blockquote>
    "#);
}

#[test]
fn headings_become_bold_paragraphs_or_go_down() {
    assert_eq!(html("# Big"), "<p><strong>Big</strong></p>");
    let (pieces, _) = to_flow("# Big", &MergeTable::new("7f3a91c0"), None, Headings::Demoted);
    assert_eq!(to_html(&pieces), "<h2>Big</h2>");
}

#[test]
fn relative_links_lead_to_the_website() {
    assert_eq!(
        html("[x](male)"),
        "<p><a href=\"https://www.example.org/starsom/male\" class=\"lk\">x</a></p>"
    );
    assert_eq!(html("[x](/male)"), "<p><a href=\"https://www.example.org/male\" class=\"lk\">x</a></p>");
    assert_eq!(
        html("[x](mailto:a@example.org)"),
        "<p><a href=\"mailto:a@example.org\" class=\"lk\">x</a></p>"
    );
}

#[test]
fn images_need_https_and_words() {
    let codes = |markdown: &str| {
        let (_, remarks) = to_flow(markdown, &MergeTable::new("7f3a91c0"), None, Headings::Bold);
        remarks.iter().map(|remark| remark.problem.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("![a map](https://example.org/map.png)"), [""; 0]);
    assert_eq!(codes("![](https://example.org/map.png)"), ["render/image-without-alt"]);
    assert_eq!(codes("![a map](map.png)"), ["render/image-not-https"]);
    assert_eq!(codes(&"x".repeat(300_000)), ["render/text-too-long"]);
}

#[test]
fn hostile_markdown_is_harmless() {
    for markdown in [
        "<script>alert(1)</script>",
        "<style>p{}</style><p style=\"x\">a</p>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](\u{1}javascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href=\"vbscript:x\" onclick=\"y\">a</a>",
        "<svg/onload=alert(1)>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<iframe srcdoc=\"<script>1</script>\"></iframe>",
        "<form action=x><input onfocus=alert(1) autofocus></form>",
        "<p\nonclick=alert(1)>x</p>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "![x](javascript:alert(1))",
        "<!--><img src=x onerror=alert(1)>-->",
        "<a href=\"https://example.org/\" style=\"background:url(javascript:1)\">x</a>",
        "<mj-raw><script>1</script></mj-raw>",
        "</div></td></table><body onload=alert(1)>",
        "`<script>`",
        "{{ 7 * 7 }} {% include 'x' %}",
    ] {
        check_harmless(markdown);
    }
}

#[test]
fn hostile_nesting_neither_overflows_nor_hangs() {
    for unit in ["> ", "- ", "*a ", "[", "<b>", "<div>", "![", "`", "**_", "<a href=x>", "</p>", "1. "] {
        check_harmless(&unit.repeat(8_000));
    }
    let table = MergeTable::new("7f3a91c0");
    let (pieces, _) = to_flow(&"> ".repeat(5_000), &table, None, Headings::Bold);
    assert!(to_html(&pieces).matches("<blockquote>").count() <= 16);
}

#[test]
fn tokens_survive_at_every_place() {
    let mut table = MergeTable::new("7f3a91c0");
    let token = table.token(MergeField::Subscriber { name: "email".into(), default: None });
    for markdown in [
        "{}",
        "*{}*",
        "_{}_",
        "**a{}b**",
        "[x](https://example.org/?e={})",
        "[{}](https://example.org)",
        "[x]({})",
        "<https://example.org/{}>",
        "<{}>",
        "`{}`",
        "# {}",
        "- {}",
        "> {}",
        "<b title=\"x\">{}</b>",
        "<a href=\"https://example.org/?e={}\">x</a>",
        "![{}](https://example.org/x.png)",
        "[x](https://{}.example.org)",
        "<{}>\n",
        "    {}\n",
        "```\n{}\n```",
        "[x]: https://example.org/{}\n\n[x]",
        "a | {} | b",
        "~~{}~~",
        "[x](https://example.org \"{}\")",
        "<p>{}",
        "[x](mailto:{})",
    ] {
        let (pieces, problems) = to_flow(&markdown.replace("{}", &token), &table, None, Headings::Bold);
        assert_eq!(problems, [], "{markdown}");
        assert!(to_html(&pieces).contains(&token), "{markdown} gave {}", to_html(&pieces));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_markdown_yields_anything_dangerous(text in any::<String>()) {
        check_harmless(&text);
    }

    #[test]
    fn no_mixture_of_dangerous_parts_yields_anything_dangerous(parts in proptest::collection::vec(0_usize..24, 0..14)) {
        const PARTS: [&str; 24] = [
            "<script>", "</script>", "javascript:", "<a href=", "\"", "'", ">", "<img src=x ", "onerror=", "alert(1)", "[x](", ")",
            "\n\n", "<style>", "</style>", "&#x6a;", "<svg>", "<!--", "-->", "`", "> ", "![", "]", "<p ",
        ];
        let text: String = parts.iter().map(|part| PARTS[*part]).collect();
        check_harmless(&text);
        prop_assert!(true);
    }
}
