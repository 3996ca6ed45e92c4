//! Fills what the engine leaves out, in its HTML and before the hidden texts come back: at that point a
//! token in a `class` still marks the element.

/// One thing to be done to a marked element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fix {
    /// Adds a style to the first centred `div` at or behind the element.
    Div(String),
    /// Replaces the width that the first `div` at or behind the element may have.
    MaxWidth(String),
    /// Takes a style off the element.
    Drop(&'static str),
    /// Lets the outer table of a column with paddings collapse its borders.
    CollapseOuter,
    /// Replaces the width that the element has on phones.
    Width(String),
    /// Replaces the class that holds the width, and adds a style.
    Gutter {
        /// The class.
        class: String,
        /// The style.
        style: String,
        /// The style of Outlook's cell.
        outlook: String,
    },
}

/// What is to be done to one element.
#[derive(Debug)]
pub(super) struct Patch {
    /// The token in its `class`.
    pub(super) marker: String,
    /// Whether that token stands for no class at all.
    pub(super) bare: bool,
    /// What is to be done.
    pub(super) fixes: Vec<Fix>,
}

impl Patch {
    /// Returns `html` with everything done.
    pub(super) fn apply(&self, mut html: String) -> String {
        for fix in &self.fixes {
            self.apply_one(&mut html, fix);
        }
        if self.bare {
            let marker = &self.marker;
            html = html.replace(&format!(" class=\"{marker}\""), "").replace(&format!(" {marker}\""), "\"");
            html = html.replace(&format!(" class=\"{marker}-outlook\""), "");
        }
        html
    }

    fn apply_one(&self, html: &mut String, fix: &Fix) {
        let Some((start, end)) = self.tag(html, "") else { return };
        match fix {
            Fix::Div(style) => {
                const CENTRED: &str = "margin:0px auto;";
                if let Some(at) = html[start..].find(CENTRED) {
                    html.insert_str(start + at + CENTRED.len(), style);
                }
            }
            Fix::MaxWidth(width) => {
                const WIDTH: &str = "max-width:";
                let Some(at) = html[start..].find(WIDTH).map(|at| start + at + WIDTH.len()) else { return };
                if let Some(length) = html[at..].find(';') {
                    html.replace_range(at..at + length, width);
                }
            }
            Fix::CollapseOuter => {
                const SEPARATE: &str = " style=\"border-collapse:separate;\"";
                let outer = html[end..].find("<table").map(|at| end + at);
                let Some(close) = outer.and_then(|at| html[at..].find('>').map(|length| at + length)) else {
                    return;
                };
                if let Some(at) = html[end..close].find(SEPARATE) {
                    html.replace_range(end + at..end + at + SEPARATE.len(), "");
                }
            }
            Fix::Drop(name) => replace_style(html, (start, end), name, ""),
            Fix::Width(width) => replace_style(html, (start, end), "width", &format!("width:{width};")),
            Fix::Gutter { class, style, outlook } => {
                let tag = html[start..end].replacen("style=\"", &format!("style=\"{style}"), 1);
                html.replace_range(start..end, &with_column_class(&tag, class));
                if let Some((start, end)) = self.tag(html, "-outlook") {
                    let cell = html[start..end].replacen("style=\"", &format!("style=\"{outlook}"), 1);
                    html.replace_range(start..end, &cell);
                }
            }
        }
    }

    /// Returns where the marked tag stands; `suffix` is what follows the marker.
    fn tag(&self, html: &str, suffix: &str) -> Option<(usize, usize)> {
        let wanted = format!("{}{suffix}\"", self.marker);
        let at = html.find(&wanted)?;
        Some((html[..at].rfind('<')?, at + html[at..].find('>')?))
    }
}

/// Replaces a style of the tag at `tag` by `replacement`.
fn replace_style(html: &mut String, tag: (usize, usize), name: &str, replacement: &str) {
    let text = &html[tag.0..tag.1];
    let Some(styles) = text.find("style=\"").map(|at| at + "style=\"".len()) else { return };
    let mut at = styles;
    while let Some(length) = text[at..].find(';') {
        if text[at..].strip_prefix(name).is_some_and(|rest| rest.starts_with(':')) {
            html.replace_range(tag.0 + at..=tag.0 + at + length, replacement);
            return;
        }
        at += length + 1;
    }
}

/// Returns a tag with its column class replaced.
fn with_column_class(tag: &str, class: &str) -> String {
    let Some(at) = ["mj-column-per-", "mj-column-px-"].iter().find_map(|prefix| tag.find(prefix)) else {
        return tag.to_owned();
    };
    let end = tag[at..].find([' ', '"']).map_or(tag.len(), |end| at + end);
    format!("{}{class}{}", &tag[..at], &tag[end..])
}

#[cfg(test)]
mod tests {
    use super::{Fix, Patch};

    #[test]
    fn a_marked_element_is_found_and_mended() {
        let html = "<td class=\"M-outlook\" style=\"width:300px;\"><div class=\"f mj-column-per-50 M\" \
            style=\"margin:0px auto;border-radius:2px;max-width:1px;width:50%;\">";
        let gutter =
            Fix::Gutter { class: "g1".into(), style: "padding:1px;".into(), outlook: "padding:2px;".into() };
        let fixes = vec![
            Fix::Div("margin-top:9px;".into()),
            Fix::Drop("border-radius"),
            Fix::Width("49%".into()),
            gutter,
        ];
        let patch = Patch { marker: "M".into(), bare: true, fixes };
        assert_eq!(
            patch.apply(html.to_owned()),
            "<td style=\"padding:2px;width:300px;\"><div class=\"f g1\" \
             style=\"padding:1px;margin:0px auto;margin-top:9px;max-width:1px;width:49%;\">"
        );
    }
}
