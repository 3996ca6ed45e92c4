//! Marks on their way through the engine.
//!
//! Somebody who wants to know which element comes from which tag puts an attribute with a mark (letters and
//! digits) on each tag. HTML inside of `mj-text` and its like keeps it by itself. The engine drops attributes that it
//! doesn't know, but writes a `css-class` on what a component becomes, on Outlook's tables too: so marks ride
//! there, and are made attributes again before anything else looks at the HTML.

use super::tree::Element;
use std::fmt::Write as _;

/// How tags are marked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marking<'a> {
    /// The attribute that carries marks.
    pub(crate) attribute: &'a str,
    /// What every mark begins with.
    pub(crate) prefix: &'a str,
}

/// What the engine puts behind the classes of what only Outlook sees.
const OUTLOOK: &str = "-outlook";

/// How an attribute of classes begins.
const CLASS: &str = " class=\"";

impl Marking<'_> {
    /// Returns the engine's HTML with the marks that ride on classes made attributes, and with those of the
    /// document's frame on `html`, `head` and `body`.
    pub(super) fn carried(self, html: &str, root: &Element) -> String {
        let mut out = self.unclassed(html);
        let frame =
            [("<html", Some(root)), ("<head", root.child("mj-head")), ("<body", root.child("mj-body"))];
        for (tag, element) in frame {
            if let Some(mark) = element.and_then(|element| element.attribute(self.attribute)) {
                out = out.replacen(tag, &format!("{tag} {}=\"{mark}\"", self.attribute), 1);
            }
        }
        out
    }

    /// Takes marks out of classes.
    fn unclassed(self, html: &str) -> String {
        let mut out = String::with_capacity(html.len() * 5 / 4);
        let mut rest = html;
        while let Some(at) = rest.find(CLASS) {
            let value = &rest[at + CLASS.len()..];
            let classes = &value[..value.find('"').unwrap_or(value.len())];
            out.push_str(&rest[..at]);
            rest = &value[(classes.len() + 1).min(value.len())..];
            let Some((kept, mark)) = self.parted(classes) else {
                let _ = write!(out, "{CLASS}{classes}\"");
                continue;
            };
            if !kept.is_empty() {
                let _ = write!(out, "{CLASS}{kept}\"");
            }
            let _ = write!(out, " {}=\"{mark}\"", self.attribute);
        }
        out.push_str(rest);
        out
    }

    /// Returns the classes without their mark, and the mark.
    fn parted(self, classes: &str) -> Option<(String, &str)> {
        let at = classes.find(self.prefix)?;
        let end = classes[at..].find(' ').map_or(classes.len(), |length| at + length);
        let mark = classes[at..end].trim_end_matches(OUTLOOK);
        let (before, after) = (&classes[..at], &classes[end..]);
        // One blank goes with the mark: the one behind it, else the one before it.
        let kept = match after.strip_prefix(' ') {
            Some(after) => format!("{before}{after}"),
            None => before.strip_suffix(' ').unwrap_or(before).to_owned(),
        };
        Some((kept, mark))
    }
}

#[cfg(test)]
mod tests {
    use super::Marking;
    use crate::render::mjml::tree::Element;

    #[test]
    fn marks_leave_the_classes_as_they_were() {
        let marking = Marking { attribute: "data-zp", prefix: "zp" };
        let html = "<html><td class=\"zp1-outlook\"><td class=\"zp2 a-outlook\"><div class=\"b c zp3\"><div class=\"b zp4 d\" id=\"e\"><p class=\"f\">";
        assert_eq!(
            marking.carried(html, &Element::default()),
            "<html><td data-zp=\"zp1\"><td class=\"a-outlook\" data-zp=\"zp2\"><div class=\"b c\" data-zp=\"zp3\">\
             <div class=\"b d\" data-zp=\"zp4\" id=\"e\"><p class=\"f\">"
        );
    }
}
