//! What a reader meets in an HTML part, worked out once for all rules: what can be seen, links, pictures.

use crate::clients::{Document, Element, Node};

/// Something that leads somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    /// Number of its element.
    pub(super) number: usize,
    /// The address as a client reads it.
    pub(super) url: String,
    /// What it shows: words and alternative texts.
    pub(super) label: String,
    /// What a screen reader calls it.
    pub(super) name: String,
    /// Whether the reader can see it.
    pub(super) is_visible: bool,
}

impl Link {
    /// Returns how a finding calls it.
    pub(super) fn called(&self) -> String {
        match self.label.as_str() {
            "" => "the link".to_owned(),
            label => format!("the link `{}`", shown(label)),
        }
    }
}

/// Something that is loaded from somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    /// Number of its element.
    pub(super) number: usize,
    /// Which attribute says where it is: `src` or `background`.
    pub(super) attribute: &'static str,
    /// The address as a client reads it.
    pub(super) url: String,
    /// What stands there instead when it isn't loaded.
    pub(super) label: String,
}

impl Source {
    /// Returns whether the address holds the picture itself.
    pub(super) fn is_data(&self) -> bool {
        self.url.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:"))
    }
}

/// `lang` and `dir` of an element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) lang: Option<String>,
    pub(super) dir: Option<String>,
}

/// An HTML part, looked over.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// All that can be seen, white space collapsed.
    pub(super) visible: String,
    /// Links in order, with those that only Outlook draws.
    pub(super) links: Vec<Link>,
    /// What is loaded, in order.
    pub(super) sources: Vec<Source>,
    /// Texts and attribute values other than styles, decoded.
    pub(super) texts: Vec<String>,
    /// For each element, whether it and all in it are out of sight.
    hidden: Vec<bool>,
}

/// Elements that stand in the middle of a word or sentence.
const INLINE: [&str; 13] =
    ["a", "b", "i", "u", "s", "em", "strong", "span", "font", "small", "sub", "sup", "abbr"];

/// Characters of a text or an address that a finding shows.
const SHOWN_MAX: usize = 80;

/// Returns a text as a finding shows it: one line, cut when long.
pub(super) fn shown(text: &str) -> String {
    let line = collapsed(text);
    match line.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("{}…", line[..at].trim_end()),
        None => line,
    }
}

/// Returns a text with single spaces for all white space.
pub(super) fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Page {
    /// Looks over an HTML part.
    pub(super) fn of(document: &Document) -> Self {
        let mut page = Self { hidden: document.hidden(), ..Self::default() };
        let words =
            page.seen_runs(document).flat_map(|(index, _)| document.runs[index].text.split_whitespace());
        page.visible = words.collect::<Vec<_>>().join(" ");
        for (number, element) in document.elements.iter().enumerate() {
            let values =
                element.attributes.iter().filter(|(name, value)| name != "style" && !value.is_empty());
            page.texts.extend(values.map(|(_, value)| value.clone()));
            page.note_targets(document, number, element);
        }
        let words = document.runs.iter().filter(|run| !run.is_raw && !run.text.trim().is_empty());
        page.texts.extend(words.map(|run| run.text.clone()));
        page
    }

    fn note_targets(&mut self, document: &Document, number: usize, element: &Element) {
        let is_link = matches!(element.name.as_str(), "a" | "area") || element.name.starts_with("v:");
        if let Some(url) = element.get("href").filter(|_| is_link) {
            self.links.push(Link {
                number,
                url: url.to_owned(),
                label: self.text_of(document, number),
                name: self.name_of(document, number),
                is_visible: !self.hidden[number],
            });
        }
        for attribute in ["src", "background"] {
            if let Some(url) = element.get(attribute) {
                let label = element.get("alt").unwrap_or_default().to_owned();
                self.sources.push(Source { number, attribute, url: url.to_owned(), label });
            }
        }
    }

    /// Returns whether the reader of an ordinary client sees the element.
    pub(super) fn is_seen(&self, number: usize) -> bool {
        !self.hidden[number]
    }

    /// Returns the stretches of text that a reader sees and that are more than white space: index, element around.
    pub(super) fn seen_runs<'a>(
        &'a self,
        document: &'a Document,
    ) -> impl Iterator<Item = (usize, usize)> + 'a {
        document.runs.iter().enumerate().filter_map(|(index, run)| {
            let parent = run.parent.filter(|parent| !self.hidden[*parent])?;
            (!run.is_raw && !run.is_conditional && !run.text.trim().is_empty()).then_some((index, parent))
        })
    }

    /// Returns what an element shows: the words in it and the alternative texts of its pictures.
    pub(super) fn text_of(&self, document: &Document, number: usize) -> String {
        let mut text = String::new();
        self.gather(document, number, &|_| true, &mut text);
        collapsed(&text)
    }

    /// Returns what a screen reader calls an element: its label, else the words in it that are meant for ears.
    pub(super) fn name_of(&self, document: &Document, number: usize) -> String {
        let element = &document.elements[number];
        let label = |name: &str| element.get(name).map(collapsed).filter(|label| !label.is_empty());
        if let Some(label) = label("aria-label") {
            return label;
        }
        let mut text = String::new();
        self.gather(document, number, &|element| element.get("aria-hidden") != Some("true"), &mut text);
        match collapsed(&text) {
            text if text.is_empty() => label("title").unwrap_or_default(),
            text => text,
        }
    }

    /// Adds what an element shows, as far as `admits` lets each element in. It keeps its own stack: a message may
    /// be nested deeper than a program's stack bears.
    fn gather(
        &self,
        document: &Document,
        from: usize,
        admits: &impl Fn(&Element) -> bool,
        text: &mut String,
    ) {
        let mut open = vec![Some(Node::Element(from))];
        while let Some(step) = open.pop() {
            let number = match step {
                // The end of a block.
                None => {
                    text.push(' ');
                    continue;
                }
                Some(Node::Run(index)) => {
                    let run = &document.runs[index];
                    if !run.is_raw && !run.is_conditional {
                        text.push_str(&run.text);
                    }
                    continue;
                }
                Some(Node::Element(number)) => number,
            };
            let element = &document.elements[number];
            if self.hidden[number] || !admits(element) {
                continue;
            }
            // What stands in blocks of their own is not read as one word.
            if !INLINE.contains(&element.name.as_str()) {
                text.push(' ');
                open.push(None);
            }
            if element.name == "img" {
                text.push_str(element.get("alt").unwrap_or_default());
            }
            open.extend(element.children.iter().rev().map(|child| Some(*child)));
        }
    }

    /// Returns the marks that stand round the first thing seen in the body: of the body, or of what wraps it.
    pub(super) fn wrapper(&self, document: &Document) -> Marks {
        let first =
            self.seen_runs(document).next().map(|(_, parent)| parent).or_else(|| document.first("body"));
        let around: Vec<usize> =
            first.map(|first| document.with_ancestors(first).collect()).unwrap_or_default();
        let inside = around.iter().rev().map(|number| &document.elements[*number]);
        let inside: Vec<&Element> = inside.filter(|element| element.name != "html").collect();
        let outermost = |name: &str| inside.iter().find_map(|element| element.get(name)).map(str::to_owned);
        Marks { lang: outermost("lang"), dir: outermost("dir") }
    }

    /// Returns the value of an attribute of an element or of the nearest around it that has it.
    pub(super) fn nearest<'a>(document: &'a Document, number: usize, name: &str) -> Option<&'a str> {
        document.with_ancestors(number).find_map(|around| document.elements[around].get(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_texts_and_outlook_only_texts_are_not_visible() {
        let document = Document::read(
            "<html lang=\"fr\" dir=\"ltr\"><title>T</title><body><div style=\"display: none\"><div>pre</div>x</div>\
             <div lang=\"fr\" dir=\"ltr\"><!--[if mso]>mso<![endif]-->One &amp;\n two</div></body>",
        );
        let page = Page::of(&document);
        assert_eq!(page.visible, "One & two");
        assert_eq!(page.wrapper(&document), Marks { lang: Some("fr".into()), dir: Some("ltr".into()) });
        assert!(page.texts.iter().any(|text| text == "mso"));
    }

    #[test]
    fn links_know_what_they_show_and_what_they_are_called() {
        let document = Document::read(
            "<body><a href=\"https://a.org/?x&amp;y\">A <b>b</b><img src=\"cid:x\" alt=\"!\"></a>\
             <a href=\"/\" aria-label=\"More of it\">More<span aria-hidden=\"true\"> →</span></a></body>",
        );
        let page = Page::of(&document);
        assert_eq!(page.links[0].url, "https://a.org/?x&y");
        assert_eq!(page.links[0].label, "A b !");
        assert_eq!((page.links[1].label.as_str(), page.links[1].name.as_str()), ("More →", "More of it"));
        assert_eq!((page.sources[0].url.as_str(), page.sources[0].attribute), ("cid:x", "src"));
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(shown(" a\n b "), "a b");
        assert_eq!(shown(&"ب".repeat(90)).chars().count(), 81);
    }
}
