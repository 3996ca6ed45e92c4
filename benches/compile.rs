//! Times one compilation of a digest with 6 and with 50 items: `cargo bench --bench compile`.

use masthead::render::mjml::{MjmlSource, NoIncludes, compile};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Runs per digest; the median is shown.
const RUNS: usize = 200;

/// Returns a digest with that many items.
fn digest(items: usize, inline: bool) -> String {
    let style = if inline { "<mj-style inline=\"inline\">p { margin: 0 0 12px }</mj-style>" } else { "" };
    let item = "<mj-section padding=\"12px 8px\"><mj-column width=\"35%\"><mj-image src=\"https://example.org/i.png\" \
        alt=\"A picture\" padding=\"4px 12px\" /></mj-column><mj-column width=\"65%\"><mj-text mj-class=\"h\">A headline \
        with « é »</mj-text><mj-text><p>Some paragraph of a news item, with <a href=\"https://example.org/1?a=1&amp;b=2\">\
        a link</a> and more words, as many as a summary has.</p><ul><li>one</li><li>two</li></ul></mj-text>\
        <mj-button align=\"left\" href=\"https://example.org/1\">Read on</mj-button></mj-column></mj-section>";
    format!(
        "<mjml lang=\"en\"><mj-head><mj-title>Digest</mj-title><mj-attributes><mj-all font-family=\"Arial\" />\
         <mj-class name=\"h\" font-size=\"20px\" /></mj-attributes>{style}</mj-head><mj-body><mj-wrapper \
         background-color=\"#fff\">{}</mj-wrapper></mj-body></mjml>",
        item.repeat(items)
    )
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the real clock")]
#[expect(clippy::print_stdout, reason = "a bench shows what it measured")]
fn main() {
    for (items, inline) in [(6, false), (6, true), (50, false), (50, true)] {
        let text = digest(items, inline);
        let source = MjmlSource { path: "digest.mjml", text: &text, includes: &NoIncludes };
        let mut times: Vec<Duration> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                black_box(compile(black_box(&source)).expect("the digest is valid"));
                start.elapsed()
            })
            .collect();
        times.sort();
        let styles = if inline { ", styles inlined" } else { "" };
        println!("{items} items{styles}: {} µs", times[RUNS / 2].as_micros());
    }
}
