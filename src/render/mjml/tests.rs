//! What the MJML stage promises, one test per known fault of the engine.

use super::{Includes, MjmlOutput, MjmlSource, compile};
use crate::domain::problem::Problems;

/// Files that stand in memory.
struct Shelf(&'static [(&'static str, &'static str)]);

impl Includes for Shelf {
    fn read(&self, path: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| *known == path).map(|(_, text)| (*text).to_owned())
    }
}

fn compile_with(text: &str, files: &'static [(&'static str, &'static str)]) -> Result<MjmlOutput, Problems> {
    compile(&MjmlSource { path: "a.mjml", text, includes: &Shelf(files) })
}

/// Returns the HTML of a document with `head`, and `content` in a column.
#[track_caller]
fn html_of(head: &str, content: &str) -> String {
    let text = format!(
        "<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>{content}</mj-column></mj-section></mj-body></mjml>"
    );
    compile_with(&text, &[]).expect("the document is valid").html
}

#[track_caller]
fn check_holds(html: &str, needle: &str) {
    assert!(html.contains(needle), "`{needle}` isn't in\n{html}");
}

/// Compiles what is in a column and checks that `needle` comes out.
#[track_caller]
fn check_column(content: &str, needle: &str) {
    check_holds(&html_of("", content), needle);
}

#[test]
fn letters_that_the_engine_would_escape_come_through() {
    let letters = "x\u{a0}\u{202f}\u{200e}\u{200f}\u{200d}\u{fe0f}e\u{301}\u{ad}\u{3000}مَرْحَبًا\\";
    check_column(&format!("<mj-image src=\"x\" alt=\"{letters}\" />"), &format!("alt=\"{letters}\""));
    check_column(
        &format!("<mj-text font-family=\"{letters}\">{letters}</mj-text>"),
        &format!(">{letters}</div>"),
    );
    check_column(
        "<mj-text><p style=\"color: red;\n top: 0\">x</p></mj-text>",
        "style=\"color: red;\n top: 0\"",
    );
    check_column(
        "<mj-button href='https://e.org/?q=\"a\"'>x</mj-button>",
        "href=\"https://e.org/?q=&quot;a&quot;\"",
    );
    let html = html_of(&format!("<mj-title>\"{letters}\"</mj-title>"), "");
    check_holds(&html, &format!("<title>\"{letters}\"</title>"));
    check_holds(&html, &format!("aria-label=\"&quot;{letters}&quot;\""));
}

#[test]
fn windows_line_ends_are_read() {
    let text = "<mjml>\r\n<mj-body>\r\n<mj-section>\r\n<mj-column>\r\n<mj-text\r\n color=\"#123456\">a\r\nb</mj-text>\r\n\
                </mj-column></mj-section></mj-body></mjml>\r\n";
    check_holds(&compile_with(text, &[]).unwrap().html, "color:#123456;\">a\nb</div>");
}

#[test]
fn opaque_content_may_be_anything() {
    for content in [
        "текст > ещё",
        "中文>中文",
        "5 < 6",
        "<p>one<li>two",
        "<a href=x>y</a>",
        "<!--[if x",
        "a & b",
        "<![CDATA[x]]>",
    ] {
        if content.contains("<!--") {
            continue;
        }
        check_column(&format!("<mj-text>{content}</mj-text>"), content);
        check_column(&format!("<mj-raw>{content}</mj-raw>"), content);
        check_holds(&html_of(&format!("<mj-preview>{content}</mj-preview>"), ""), content);
    }
}

#[test]
fn deep_nesting_is_refused_and_never_overflows() {
    let text = "<mj-section>".repeat(50_000);
    let problems = compile_with(&format!("<mjml><mj-body>{text}"), &[]).unwrap_err();
    assert!(problems.0.iter().any(|problem| problem.code == "mjml/too-deep"));
    let html = format!("<mj-text>{}</mj-text>", "<b>".repeat(50_000));
    let body = format!("<mj-body><mj-section><mj-column>{html}</mj-column></mj-section></mj-body>");
    assert!(compile_with(&format!("<mjml>{body}</mjml>"), &[]).is_ok());
    let head = "<mj-head><mj-style inline=\"inline\">b{color:red}</mj-style></mj-head>";
    let problems = compile_with(&format!("<mjml>{head}{body}</mjml>"), &[]).unwrap_err();
    assert_eq!(problems.0[0].code, "mjml/too-deep");
}

#[test]
fn html_attributes_are_set_on_the_result() {
    let head = "<mj-html-attributes><mj-selector path=\".c div\"><mj-html-attribute name=\"data-id\">4 > \"2\"</mj-html-attribute>\
                </mj-selector></mj-html-attributes>";
    check_holds(
        &html_of(head, "<mj-text css-class=\"c\">x</mj-text>"),
        "data-id=\"4 &gt; &quot;2&quot;\">x</div>",
    );
    let head = "<mj-html-attributes><mj-selector path=\"img\"><mj-html-attribute name=\"alt\">a longer text</mj-html-attribute>\
                <mj-html-attribute name=\"src\">z.png</mj-html-attribute><mj-html-attribute name=\"id\">i</mj-html-attribute>\
                </mj-selector></mj-html-attributes>";
    let html = html_of(head, "<mj-image src=\"xy\" alt=\"a\" />");
    check_holds(&html, "<img alt=\"a longer text\" src=\"z.png\" style=");
    check_holds(&html, "height=\"auto\" id=\"i\" />");
}

#[test]
fn no_attribute_holds_an_angle_bracket_that_could_end_something() {
    let head = "<mj-style inline=\"inline\">a{color:red}</mj-style>";
    let text = "<mj-text><a title=\"&lt;/a>&lt;script> <!--[if mso]> -->\" href=\"https://www.example.org/\">x</a></mj-text>";
    let quiet = "title=\"&lt;/a&gt;&lt;script&gt; &lt;!--[if mso]&gt; --&gt;\"";
    check_holds(&html_of(head, text), quiet);
    check_holds(&html_of("", text), quiet);
}

#[test]
fn classes_with_children_and_comments_among_defaults_count() {
    let head = "<mj-attributes><!-- > é --><mj-class name=\"k\" color=\"#abc\"><mj-text font-size=\"31px\" /></mj-class></mj-attributes>";
    let text = format!(
        "<mjml><mj-head>{head}</mj-head><mj-body><mj-section mj-class=\"k\"><mj-column><mj-text>a</mj-text>\
         <mj-text mj-class=\"k\">b</mj-text></mj-column></mj-section></mj-body></mjml>"
    );
    let html = compile_with(&text, &[]).unwrap().html;
    check_holds(&html, "font-size:31px;line-height:1;text-align:left;color:#000000;\">a</div>");
    check_holds(&html, "font-size:31px;line-height:1;text-align:left;color:#aabbcc;\">b</div>");
}

#[test]
fn raw_text_can_stand_before_the_doctype() {
    let text = "<mjml><mj-raw position=\"file-start\"><!-- first --></mj-raw><mj-body /></mjml>";
    assert!(compile_with(text, &[]).unwrap().html.starts_with("<!-- first -->\n<!doctype html>"));
}

#[test]
fn includes_are_resolved_from_the_file_that_names_them() {
    let text = "<mjml><mj-body><mj-include path=\"parts/one.mjml\" /></mj-body></mjml>";
    let files: &[(&str, &str)] = &[
        (
            "parts/one.mjml",
            "<mj-section><mj-column><mj-include path=\"./two.mjml\" /></mj-column></mj-section>",
        ),
        ("parts/two.mjml", "<mj-text>two</mj-text><mj-include path=\"../s.css\" type=\"css\" />"),
        ("s.css", ".x{color:red}"),
    ];
    let output = compile_with(text, files).unwrap();
    check_holds(&output.html, ">two</div>");
    check_holds(&output.html, "<style type=\"text/css\">.x{color:red}</style>");
    assert_eq!(output.included, ["parts/one.mjml", "parts/two.mjml", "s.css"]);
}

#[test]
fn problems_in_included_files_name_those_files() {
    let text = "<mjml><mj-body><mj-include path=\"p/one.mjml\" /></mj-body></mjml>";
    let problems =
        compile_with(text, &[("p/one.mjml", "<mj-section>\n  <mj-colum />\n</mj-section>")]).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "p/one.mjml:2:3: unknown element `<mj-colum>` in `<mj-section>` [mjml/unknown-element]"
    );
    assert_eq!(problems.0[0].help.as_deref(), Some("did you mean `<mj-column>`?"));
}

#[test]
fn files_that_include_each_other_are_refused() {
    let text = "<mjml><mj-body><mj-include path=\"b.mjml\" /></mj-body></mjml>";
    let problems = compile_with(text, &[("b.mjml", "<mj-include path=\"a.mjml\" />")]).unwrap_err();
    assert!(problems.to_string().contains("a.mjml → b.mjml → a.mjml"), "{problems}");
}

#[test]
fn bare_zeros_and_broken_order_don_t_change_widths() {
    check_column("<mj-image src=\"x\" padding=\"0 25px\" />", "width=\"550\"");
    let text = "<mjml><mj-body><mj-section padding=\"0 50px\"><mj-column padding=\"0\"><mj-image src=\"x\" padding=\"0\" />\
                </mj-column></mj-section></mj-body></mjml>";
    check_holds(&compile_with(text, &[]).unwrap().html, "width=\"500\"");
}

#[test]
fn fluid_heroes_have_a_height() {
    let text = "<mjml><mj-body><mj-hero mode=\"fluid-height\" background-width=\"600px\" background-height=\"469px\" \
                background-url=\"x.png\" /></mj-body></mjml>";
    check_holds(&compile_with(text, &[]).unwrap().html, "padding-bottom:78%;");
}

#[test]
fn attributes_that_the_engine_ignores_count() {
    check_column("<mj-image src=\"x\" sizes=\"10px\" />", "sizes=\"10px\"");
    check_column("<mj-button href=\"#\" title=\"t\">x</mj-button>", "title=\"t\"");
    let right = html_of(
        "",
        "<mj-social><mj-social-element src=\"i\" icon-position=\"right\">t</mj-social-element></mj-social>",
    );
    assert!(right.find("<span") < right.find("<img"), "{right}");
    let text = "<mjml><mj-body><mj-wrapper gap=\"9px\"><mj-section /><mj-section css-class=\"a b\" /></mj-wrapper></mj-body></mjml>";
    let html = compile_with(text, &[]).unwrap().html;
    assert_eq!(html.matches("margin-top:9px;").count(), 1);
    check_holds(&html, "class=\"a b\"");
    check_holds(&html, "class=\"a-outlook b-outlook\"");
}

#[test]
fn two_hamburgers_and_two_carousels_have_different_ids() {
    let navbar =
        "<mj-navbar hamburger=\"hamburger\"><mj-navbar-link href=\"#\">x</mj-navbar-link></mj-navbar>";
    let carousel = "<mj-carousel><mj-carousel-image src=\"x\" /></mj-carousel>";
    let html = html_of("", &[navbar, navbar, carousel, carousel].concat());
    for id in [
        "id=\"mj000001\"",
        "id=\"mj000002\"",
        "id=\"mj-carousel-mj000003-radio-1\"",
        "id=\"mj-carousel-mj000004-radio-1\"",
    ] {
        assert_eq!(html.matches(id).count(), 1, "{id}");
    }
}

#[test]
fn every_image_has_an_alt() {
    let html = html_of(
        "",
        "<mj-image src=\"x\" /><mj-social><mj-social-element name=\"github\" /></mj-social>\
         <mj-carousel><mj-carousel-image src=\"y\" /></mj-carousel>",
    );
    assert_eq!(html.matches("<img ").count(), html.matches(" alt=\"").count());
}

#[test]
fn the_first_of_two_attributes_counts() {
    check_column("<mj-text color=\"#111111\" color=\"#222222\">x</mj-text>", "color:#111111");
}

#[test]
fn short_colours_become_long() {
    check_column("<mj-text color=\"#f0a\">x</mj-text>", "color:#ff00aa");
}

#[test]
fn no_font_is_fetched_that_the_author_did_not_name() {
    let html = html_of("", "<mj-text>x</mj-text>");
    assert!(!html.contains("fonts.googleapis.com") && !html.contains("@import"), "{html}");
    let font = "<mj-font name=\"Raleway\" href=\"https://fonts.example.org/r.css\" />";
    check_holds(
        &html_of(font, "<mj-text font-family=\"Raleway\">x</mj-text>"),
        "@import url(https://fonts.example.org/r.css);",
    );
    assert!(!html_of(font, "<mj-text>x</mj-text>").contains("fonts.example.org"));
}

#[test]
fn three_columns_share_a_row_to_the_last_pixel() {
    let text =
        "<mjml><mj-body><mj-section><mj-column /><mj-column /><mj-column /></mj-section></mj-body></mjml>";
    check_holds(&compile_with(text, &[]).unwrap().html, "width:33.333333333333336% !important");
}

#[test]
fn inline_styles_reach_hidden_content_and_keep_merge_fields() {
    let head = "<mj-style inline=\"inline\">p.n { color: #123456 }</mj-style>";
    let html = html_of(head, "<mj-text><p class=\"n\">zq7f3a91c0001qz > é</p></mj-text>");
    check_holds(&html, "style=\"color: #123456;\"");
    check_holds(&html, "zq7f3a91c0001qz");
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = include_str!("../../../tests/fixtures/mjml/carousel.mjml");
    assert_eq!(compile_with(document, &[]), compile_with(document, &[]));
}
