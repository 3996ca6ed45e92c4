//! What the MJML engine leaves unsaid in the finished HTML: language, direction, title, roles.

use crate::{domain::language::Language, render::flow::escape_attribute};
use std::borrow::Cow;

/// Completes the engine's HTML for a language and subject.
pub(crate) fn complete(html: &str, language: &Language, subject: &str) -> String {
    let mut label = String::new();
    escape_attribute(subject, &mut label);
    let mut pass = Pass {
        lang: language.as_str(),
        dir: language.direction().as_str(),
        label,
        in_body: false,
        after_condition: false,
        section_dir: None,
    };
    let mut out = String::with_capacity(html.len() + 1_024);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = if rest.starts_with("<!--") {
            rest.find('>').map_or(rest.len(), |end| end + 1)
        } else {
            tag_len(rest)
        };
        let (tag, after) = rest.split_at(length);
        rest = after;
        if tag.starts_with("<title") && !pass.in_body {
            rest = &rest[rest.find("</title>").unwrap_or(0)..];
            out.push_str("<title>");
            out.push_str(&pass.label);
        } else {
            out.push_str(&pass.tag(tag, rest));
        }
        pass.after_condition = tag.starts_with("<!--[if mso");
    }
    out.push_str(rest);
    out
}

/// One way through a page.
struct Pass<'a> {
    lang: &'a str,
    dir: &'a str,
    label: String,
    in_body: bool,
    /// Whether the last tag opened a part for Outlook.
    after_condition: bool,
    /// The direction in which the section's columns run.
    section_dir: Option<&'static str>,
}

impl Pass<'_> {
    /// Returns a tag completed; `rest` is what follows it.
    fn tag<'t>(&mut self, tag: &'t str, rest: &str) -> Cow<'t, str> {
        let marks = [("lang", self.lang), ("dir", self.dir)];
        let name_end = tag[1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(tag.len(), |end| end + 1);
        match &tag[1..name_end] {
            "html" => with(tag, &marks).into(),
            "body" => {
                self.in_body = true;
                with(tag, &marks).into()
            }
            "div" if tag.contains("role=\"article\"") => {
                let tag = with(tag, &marks);
                let tag = with(&tag, &[("aria-label", &self.label), ("aria-roledescription", "email")]);
                directed(&tag, self.dir).into()
            }
            // The engine's columns say `left` whatever the language; it shows in what has no alignment of its own.
            "div" if self.dir == "rtl" && tag.contains("mj-outlook-group-fix") => {
                tag.replacen("text-align:left", "text-align:right", 1).into()
            }
            "td" if tag.contains("style=\"direction:") => {
                self.section_dir = Some(if tag.contains("direction:rtl") { "rtl" } else { "ltr" });
                tag.into()
            }
            "table" => self.table(tag, rest),
            _ => tag.into(),
        }
    }

    /// Says that a table only lays things out, and tells Outlook in which order its columns stand.
    fn table<'t>(&self, tag: &'t str, rest: &str) -> Cow<'t, str> {
        let body = &rest[..rest.find("</table").unwrap_or(rest.len())];
        let is_data = ["<th>", "<th ", "<thead", "<caption"].iter().any(|mark| body.contains(mark));
        let mut tag = Cow::from(tag);
        if !tag.contains("role=") && !is_data {
            tag = with(&tag, &[("role", "presentation")]).into();
        }
        match self.section_dir {
            Some(dir)
                if self.after_condition && (dir == "rtl" || self.dir == "rtl") && !tag.contains("dir=") =>
            {
                with(&tag, &[("dir", dir)]).into()
            }
            _ => tag,
        }
    }
}

/// Returns the length of the tag that `rest` begins with; quotes may hide a `>`.
fn tag_len(rest: &str) -> usize {
    let mut quote = None;
    for (at, b) in rest.bytes().enumerate() {
        match quote {
            Some(open) if b == open => quote = None,
            None if at > 0 && matches!(b, b'"' | b'\'') && rest.as_bytes()[1].is_ascii_alphabetic() => {
                quote = Some(b);
            }
            None if b == b'>' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Returns a start tag with attributes set, replacing those that are there.
fn with(tag: &str, attributes: &[(&str, &str)]) -> String {
    let mut tag = tag.to_owned();
    for (name, value) in attributes {
        let key = format!(" {name}=\"");
        if let Some(at) = tag.find(&key) {
            let from = at + key.len();
            let to = tag[from..].find('"').map_or(tag.len(), |end| from + end);
            tag.replace_range(from..to, value);
        } else {
            let end = tag.len() - if tag.ends_with("/>") { 2 } else { 1 };
            tag.insert_str(end, &format!("{key}{value}\""));
        }
    }
    tag
}

/// Returns the wrapper's tag with the direction in its style too, for programs that strip the attribute.
fn directed(tag: &str, dir: &str) -> String {
    let declaration = format!("direction:{dir};");
    if tag.contains(&declaration) {
        tag.to_owned()
    } else if tag.contains(" style=\"") {
        tag.replacen(" style=\"", &format!(" style=\"{declaration}"), 1)
    } else {
        with(tag, &[("style", &declaration)])
    }
}

#[cfg(test)]
mod tests {
    use super::complete;
    use crate::domain::language::Language;

    #[test]
    fn language_title_and_roles_are_said_where_they_were_not() {
        let html = "<!doctype html><html lang=\"und\" dir=\"auto\"><head><title></title></head><body style=\"x:y\"><div role=\"article\" lang=\"und\" dir=\"auto\"><!--[if mso]><table align=\"center\"><![endif]--><table role=\"none\"></table><table><tr><th>x</th></tr></table></div></body></html>";
        let language = Language::parse("ar").unwrap();
        assert_eq!(
            complete(html, &language, "A \"B\" & <C>"),
            "<!doctype html><html lang=\"ar\" dir=\"rtl\"><head><title>A &quot;B&quot; &amp; &lt;C&gt;</title></head><body style=\"x:y\" lang=\"ar\" dir=\"rtl\"><div role=\"article\" lang=\"ar\" dir=\"rtl\" aria-label=\"A &quot;B&quot; &amp; &lt;C&gt;\" aria-roledescription=\"email\" style=\"direction:rtl;\"><!--[if mso]><table align=\"center\" role=\"presentation\"><![endif]--><table role=\"none\"></table><table><tr><th>x</th></tr></table></div></body></html>"
        );
    }

    #[test]
    fn outlook_gets_the_order_of_columns() {
        let html = "<td style=\"direction:rtl;x\"><!--[if mso | IE]><table role=\"presentation\"><![endif]--><div class=\"mj-outlook-group-fix a\" style=\"text-align:left\"><table role=\"presentation\">";
        let done = complete(html, &Language::parse("ar").unwrap(), "s");
        assert_eq!(
            done,
            "<td style=\"direction:rtl;x\"><!--[if mso | IE]><table role=\"presentation\" dir=\"rtl\"><![endif]--><div class=\"mj-outlook-group-fix a\" style=\"text-align:right\"><table role=\"presentation\">"
        );
        let english = complete(&html.replace("rtl", "ltr"), &Language::parse("en").unwrap(), "s");
        assert_eq!(english, html.replace("rtl", "ltr"));
    }
}
