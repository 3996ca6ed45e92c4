//! What a reader meets in an HTML part: texts, links, images, language.

use crate::render::markup::{Event, Tag, Walk, decode_entities};

/// Something that leads or loads from somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// The address as a client reads it.
    pub(super) url: String,
    /// What the link shows, or the image's alternative text.
    pub(super) label: String,
    /// Whether it is an image's source, not a link.
    pub(super) is_source: bool,
    /// Whether the reader can see it.
    pub(super) is_visible: bool,
}

/// `lang` and `dir` of an element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) lang: Option<String>,
    pub(super) dir: Option<String>,
}

/// An HTML part, read.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// All that can be seen, white space collapsed.
    pub(super) visible: String,
    /// Links and images in order.
    pub(super) targets: Vec<Target>,
    /// Sources of images without `alt`.
    pub(super) without_alt: Vec<String>,
    /// Texts and attribute values other than styles, decoded.
    pub(super) texts: Vec<String>,
    /// Marks of the `html` element.
    pub(super) html: Marks,
    /// Marks of the body, or of what wraps everything visible in it.
    pub(super) wrapper: Marks,
    in_body: bool,
    /// The hidden element we are in, and how many of its name are open.
    hidden: Option<(String, usize)>,
    /// Index of the link we are in.
    link: Option<usize>,
}

impl Page {
    /// Reads an HTML part.
    pub(super) fn read(html: &str) -> Self {
        let mut page = Self::default();
        for event in Walk::new(html) {
            match event {
                Event::Open(tag) => page.open(&tag),
                Event::Close(name) => page.close(&name),
                Event::Text { text, is_raw: false, is_conditional, .. } => page.text(text, is_conditional),
                Event::Text { .. } | Event::Comment { .. } => {}
            }
        }
        page
    }

    fn open(&mut self, tag: &Tag<'_>) {
        self.texts.extend(
            tag.attributes
                .iter()
                .filter(|attribute| attribute.name != "style" && !attribute.value.is_empty())
                .map(|attribute| decode_entities(attribute.value)),
        );
        if tag.name == "html" {
            self.html = Marks { lang: tag.get("lang"), dir: tag.get("dir") };
        }
        self.in_body |= tag.name == "body";
        // Whatever opens before the first visible text is round all of it.
        if self.in_body && !tag.is_conditional && self.visible.is_empty() && self.hidden.is_none() {
            self.wrapper.lang = self.wrapper.lang.take().or_else(|| tag.get("lang"));
            self.wrapper.dir = self.wrapper.dir.take().or_else(|| tag.get("dir"));
        }
        match &mut self.hidden {
            Some((name, depth)) if *name == tag.name && !tag.is_empty => *depth += 1,
            None if !tag.is_empty && is_hidden(tag) => self.hidden = Some((tag.name.clone(), 1)),
            _ => {}
        }
        self.note_targets(tag);
    }

    fn note_targets(&mut self, tag: &Tag<'_>) {
        let is_visible = self.hidden.is_none() && !tag.is_conditional;
        let is_image = tag.name == "img";
        let alt = tag.get("alt");
        if is_image && alt.is_none() {
            self.without_alt.push(tag.get("src").unwrap_or_default());
        }
        if let (Some(link), Some(alt)) = (self.link, &alt) {
            self.targets[link].label.push_str(alt);
        }
        let is_link = matches!(tag.name.as_str(), "a" | "area") || tag.name.starts_with("v:");
        if let Some(url) = tag.get("href").filter(|_| is_link) {
            self.targets.push(Target { url, label: String::new(), is_source: false, is_visible });
            self.link = (tag.name == "a" && !tag.is_empty).then(|| self.targets.len() - 1);
        }
        for source in ["src", "background"].iter().filter_map(|name| tag.get(name)) {
            let label = alt.clone().unwrap_or_default();
            self.targets.push(Target { url: source, label, is_source: true, is_visible });
        }
    }

    fn close(&mut self, name: &str) {
        if name == "a" {
            self.link = None;
        }
        if let Some((hidden, depth)) = &mut self.hidden
            && hidden == name
        {
            *depth -= 1;
            if *depth == 0 {
                self.hidden = None;
            }
        }
    }

    fn text(&mut self, text: &str, is_conditional: bool) {
        let text = decode_entities(text);
        if text.trim().is_empty() {
            return;
        }
        if self.in_body && !is_conditional && self.hidden.is_none() {
            for word in text.split_whitespace() {
                if !self.visible.is_empty() {
                    self.visible.push(' ');
                }
                self.visible.push_str(word);
            }
            if let Some(link) = self.link {
                self.targets[link].label.push_str(text.trim());
            }
        }
        self.texts.push(text);
    }
}

fn is_hidden(tag: &Tag<'_>) -> bool {
    let style: String =
        tag.get("style").unwrap_or_default().to_ascii_lowercase().split_whitespace().collect();
    tag.attributes.iter().any(|attribute| attribute.name == "hidden")
        || style
            .split(';')
            .any(|rule| rule.starts_with("display:none") || rule.starts_with("visibility:hidden"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_texts_and_outlook_only_texts_are_not_visible() {
        let page = Page::read(
            "<html lang=\"fr\" dir=\"ltr\"><title>T</title><body><div style=\"display: none\"><div>pre</div>x</div>\
             <div lang=\"fr\" dir=\"ltr\"><!--[if mso]>mso<![endif]-->One &amp;\n two</div></body>",
        );
        assert_eq!(page.visible, "One & two");
        assert_eq!(page.html.lang.as_deref(), Some("fr"));
        assert_eq!(page.wrapper, Marks { lang: Some("fr".into()), dir: Some("ltr".into()) });
    }

    #[test]
    fn links_know_what_they_show() {
        let page = Page::read(
            "<body><a href=\"https://a.org/?x&amp;y\">A <b>b</b><img src=\"cid:x\" alt=\"!\"></a>",
        );
        assert_eq!(page.targets[0].url, "https://a.org/?x&y");
        assert_eq!(page.targets[0].label, "Ab!");
        assert!(page.targets[1].is_source);
    }
}
