//! What is done to the engine's HTML: its gaps filled, the hidden texts put back, selectors applied,
//! style sheets inlined.

use super::engine;
use super::head::Head;
use super::html::{Tag, scan, values_with};
use super::look::quoted;
use super::patch::Patch;
use super::selector;
use super::source::Report;
use super::vault::Vault;
use memchr::{memchr2, memmem};
use std::fmt::Write as _;
use std::ops::Range;

/// How the body's tag begins.
const BODY: &str = "<body";

/// HTML elements that may stand in each other where style sheets are inlined.
const HTML_DEPTH_MAX: usize = 400;

/// What the finishing touches need to know.
#[derive(Debug)]
pub(super) struct Finish<'a> {
    /// The document's head.
    pub(super) head: &'a Head<'a>,
    /// The hidden texts.
    pub(super) vault: &'a Vault<'a>,
    /// Styles to be added.
    pub(super) patches: &'a [Patch],
    /// The body's `id` and `class`.
    pub(super) body: [(&'static str, Option<&'a str>); 2],
    /// Whether Outlook on the web is to show the wide layout.
    pub(super) desktop: bool,
}

impl Finish<'_> {
    /// Returns the finished HTML; problems that stop it are recorded.
    pub(super) fn run(&self, report: &mut Report, mut html: String) -> String {
        for patch in self.patches {
            html = patch.apply(html);
        }
        self.body_attributes(&mut html);
        html = fluid_heroes(html);
        exact_shares(&mut html);
        if self.desktop {
            html = with_desktop_rules(&html);
        }
        html = self.vault.splice(&html);
        self.add_fonts(&mut html);
        self.add_html_attributes(report, &mut html);
        html = with_quiet_attributes(self.with_inline_styles(report, html));
        if self.head.file_start.is_empty() {
            html
        } else {
            format!("{}\n{html}", self.head.file_start.join("\n"))
        }
    }

    fn body_attributes(&self, html: &mut String) {
        let mut attributes = String::new();
        for (name, value) in &self.body {
            if let Some(value) = value {
                let _ = write!(attributes, " {name}=\"{}\"", quoted(value));
            }
        }
        if let Some(at) = html.find(BODY).filter(|_| !attributes.is_empty()) {
            html.insert_str(at + BODY.len(), &attributes);
        }
    }

    /// Adds the author's fonts that are used, as npm `mjml` does: where a `style` names them.
    fn add_fonts(&self, html: &mut String) {
        if self.head.fonts.is_empty() {
            return;
        }
        let body = html.find(BODY).map_or(&**html, |at| &html[at..]);
        let used: Vec<&str> = self
            .head
            .fonts
            .iter()
            .filter(|(name, _)| self.uses_font(body, name))
            .map(|(_, href)| *href)
            .collect();
        let Some(at) = html.find("<style type=\"text/css\">@media only").or_else(|| html.find("</head>"))
        else {
            return;
        };
        if used.is_empty() {
            return;
        }
        let links = used
            .iter()
            .map(|href| format!("<link href=\"{}\" rel=\"stylesheet\" type=\"text/css\">", quoted(href)))
            .collect::<Vec<_>>()
            .concat();
        let imports = used.iter().map(|href| format!("@import url({href});")).collect::<Vec<_>>().concat();
        let block =
            format!("<!--[if !mso]><!-->{links}<style type=\"text/css\">{imports}</style><!--<![endif]-->");
        html.insert_str(at, &block);
    }

    fn uses_font(&self, body: &str, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let names_it = |text: &str| {
            let text = text.to_ascii_lowercase();
            text.find("font-family:").is_some_and(|at| text[at..].contains(&name))
        };
        body.split('"').any(names_it)
            || self.head.inline_styles.iter().any(|style| style.css.split(['}', ';']).any(names_it))
    }

    /// Sets what `mj-html-attributes` asks for.
    fn add_html_attributes(&self, report: &mut Report, html: &mut String) {
        for wanted in &self.head.html_attributes {
            let selector = match selector::parse(wanted.selector) {
                Ok(selector) => selector,
                Err(part) => {
                    let message = format!("the selector `{}` isn't understood at `{part}`", wanted.selector);
                    let help = "use names, classes, ids, attributes and the combinators ` `, `>`, `+`, `~`";
                    report.error("mjml/bad-selector", wanted.span, message, help);
                    continue;
                }
            };
            let body = html.find(BODY).unwrap_or(0);
            let (tags, _) = scan(&html[body..]);
            let meant = (0..tags.len()).filter(|index| selector.means(&tags, *index));
            let mut edits: Vec<(Range<usize>, String)> = meant
                .flat_map(|index| wanted.attributes.iter().map(move |attribute| (index, attribute)))
                .map(|(index, (name, value))| edit(&tags[index], name, value))
                .collect();
            // From behind, so that the places of the others stay what they are.
            edits.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
            // Of two values for the same attribute, the second one counts.
            edits.dedup_by(|later, earlier| {
                let meets = later.0 == earlier.0 && !later.0.is_empty();
                if meets {
                    std::mem::swap(later, earlier);
                }
                meets
            });
            for (place, text) in edits {
                html.replace_range(body + place.start..body + place.end, &text);
            }
        }
    }

    fn with_inline_styles(&self, report: &mut Report, html: String) -> String {
        let Some(first) = self.head.inline_styles.first() else { return html };
        let (_, depth) = scan(&html);
        if depth > HTML_DEPTH_MAX {
            let message =
                format!("the content holds HTML {depth} elements deep, too deep to inline styles into");
            report.error(
                "mjml/too-deep",
                first.span,
                message,
                "close the elements that the content leaves open",
            );
            return html;
        }
        let css: String = self.head.inline_styles.iter().map(|style| style.css).collect();
        match engine::inline(&html, &css) {
            Ok(inlined) => inlined,
            Err(reason) => {
                let message = format!("the style sheet could not be inlined: {reason}");
                report.error(
                    "mjml/bad-style",
                    first.span,
                    message,
                    "mend it, or the `style` attribute that it meets; or take `inline=\"inline\"` off",
                );
                html
            }
        }
    }
}

/// Writes angle brackets in attribute values as entities. The inliner gives them back bare: no browser minds, but
/// whatever looks for the end of a tag, of a link or of a comment would find it inside a headline.
fn with_quiet_attributes(mut html: String) -> String {
    let noisy = values_with(&html, |value| memchr2(b'<', b'>', value.as_bytes()).is_some());
    for range in noisy.into_iter().rev() {
        let quiet = html[range.clone()].replace('<', "&lt;").replace('>', "&gt;");
        html.replace_range(range, &quiet);
    }
    html
}

/// Returns the place and the text with which one attribute of one tag is set.
fn edit(tag: &Tag<'_>, name: &str, value: &str) -> (Range<usize>, String) {
    let value = quoted(value);
    match tag.attributes.iter().find(|(known, ..)| *known == name.to_ascii_lowercase()) {
        Some((.., range)) if !range.is_empty() => (range.clone(), value.into_owned()),
        _ => (tag.end..tag.end, format!(" {name}=\"{value}\"")),
    }
}

/// Gives the height of fluid heroes its unit, rounded as in the reference.
fn fluid_heroes(html: String) -> String {
    const BEFORE: &str = "mso-padding-bottom-alt:0;padding-bottom:";
    if memmem::find(html.as_bytes(), BEFORE.as_bytes()).is_none() {
        return html;
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html.as_str();
    while let Some(at) = rest.find(BEFORE) {
        let (done, after) = rest.split_at(at + BEFORE.len());
        out.push_str(done);
        let end = after.find(';').unwrap_or(0);
        match after[..end].parse::<f64>() {
            Ok(ratio) if ratio.is_finite() => {
                let _ = write!(out, "{}%", ratio.round());
            }
            _ => out.push_str(&after[..end]),
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

/// Columns of a row for which the share of each is written out exactly.
const SHARES: std::ops::RangeInclusive<u8> = 3..=24;

/// Writes the widths of equal columns in double precision: the engine's `33.333332%` leaves a hair's
/// breadth, and three columns then end a pixel early.
fn exact_shares(html: &mut String) {
    let head_end = html.find(BODY).unwrap_or(html.len());
    let mut head = html[..head_end].to_owned();
    for columns in SHARES {
        let rough = format!("{}%", 100.0_f32 / f32::from(columns));
        let exact = format!("{}%", 100.0_f64 / f64::from(columns));
        if rough != exact {
            head = head.replace(&format!("width:{rough}"), &format!("width:{exact}"));
        }
    }
    if head != html[..head_end] {
        html.replace_range(..head_end, &head);
    }
}

/// Adds the rules with which Outlook on the web shows the wide layout.
fn with_desktop_rules(html: &str) -> String {
    let from = html
        .find("@media only screen and (min-width:")
        .and_then(|at| html[at..].find('{').map(|end| at + end + 1));
    let Some((from, to)) = from.and_then(|from| html[from..].find("</style>").map(|to| (from, from + to)))
    else {
        return html.to_owned();
    };
    let rules = html[from..to]
        .split_inclusive('}')
        .filter(|rule| rule.contains('{'))
        .map(|rule| format!("[owa] {}", rule.trim()))
        .collect::<Vec<_>>()
        .concat();
    let at = to + "</style>".len();
    format!("{}<style type=\"text/css\">{rules}</style>{}", &html[..at], &html[at..])
}
