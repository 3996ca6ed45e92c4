//! Finished HTML as a tree: good enough to judge and to simulate, no browser.

use crate::render::markup::{Event, Tag, Walk, decode_entities};

/// An element. Its index in [`Document::elements`] is its number: it is the n-th start tag of the HTML,
/// counted from 0 and with those that only Outlook sees. Values of subscribers can't shift it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Name in lower case.
    pub name: String,
    /// Attributes in order, names in lower case, values decoded.
    pub attributes: Vec<(String, String)>,
    /// Octet at which the start tag begins.
    pub at: usize,
    /// The element around it.
    pub parent: Option<usize>,
    /// What stands in it, in order.
    pub children: Vec<Node>,
    /// Whether it stands in a conditional comment for Outlook.
    pub is_conditional: bool,
}

impl Element {
    /// Returns the decoded value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A stretch of text between tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The words, decoded (as written in style sheets and scripts).
    pub text: String,
    /// Octet at which it begins.
    pub at: usize,
    /// The element around it.
    pub parent: Option<usize>,
    /// Whether it is a style sheet or a script.
    pub is_raw: bool,
    /// Whether it stands in a conditional comment for Outlook.
    pub is_conditional: bool,
}

/// A child of an element: an index into [`Document::elements`] or [`Document::runs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(usize),
    /// A stretch of text.
    Run(usize),
}

/// An HTML part, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// All elements, by number.
    pub elements: Vec<Element>,
    /// All stretches of text.
    pub runs: Vec<Run>,
    /// Comments, doctype and the frames of conditional comments: what stands between their marks, and where.
    pub comments: Vec<(String, usize)>,
    /// What stands outside every element, in order; usually `html` alone.
    pub roots: Vec<Node>,
}

impl Document {
    /// Reads HTML. Nothing is refused: an end tag that fits nothing is passed over.
    pub fn read(html: &str) -> Self {
        let mut reader = Reader::default();
        for event in Walk::new(html) {
            match event {
                Event::Open(tag) => reader.open(&tag),
                Event::Close(name) => reader.close(&name),
                Event::Text { text, at, is_raw, is_conditional } => {
                    let text = if is_raw { text.to_owned() } else { decode_entities(text) };
                    reader.text(Run { text, at, parent: None, is_raw, is_conditional });
                }
                Event::Comment { text, at } => reader.comment(text, at),
            }
        }
        reader.document
    }

    /// Returns the elements of a name, with their numbers.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a Element)> {
        self.elements.iter().enumerate().filter(move |(_, element)| element.name == name)
    }

    /// Returns the first element of a name that not only Outlook sees.
    pub fn first(&self, name: &str) -> Option<usize> {
        self.named(name).find(|(_, element)| !element.is_conditional).map(|(number, _)| number)
    }

    /// Returns the element and those around it, from the inside out.
    pub fn with_ancestors(&self, number: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(number), |number| self.elements[*number].parent)
    }

    /// Returns whether an element stands inside `outer` or is it.
    pub fn is_within(&self, number: usize, outer: usize) -> bool {
        self.with_ancestors(number).any(|around| around == outer)
    }

    /// Returns whether readers of an ordinary client never see the element: it or one around it is hidden,
    /// belongs to the head, or is for Outlook alone.
    pub fn is_hidden(&self, number: usize) -> bool {
        self.with_ancestors(number).any(|around| hides(&self.elements[around]))
    }

    /// Returns for every element what [`Document::is_hidden`] says of it, in one pass.
    pub fn hidden(&self) -> Vec<bool> {
        let mut hidden: Vec<bool> = Vec::with_capacity(self.elements.len());
        for element in &self.elements {
            // What is around an element has a smaller number.
            let around = element.parent.is_some_and(|parent| hidden[parent]);
            hidden.push(around || hides(element));
        }
        hidden
    }

    /// Returns the stretches of text that a reader sees, in order, with their indices.
    pub fn visible_runs(&self) -> impl Iterator<Item = (usize, &Run)> {
        self.runs.iter().enumerate().filter(|(_, run)| {
            !run.is_raw && !run.is_conditional && run.parent.is_none_or(|parent| !self.is_hidden(parent))
        })
    }

    /// Returns the text inside an element as a reader sees it, white space collapsed, without alternative texts.
    pub fn text_of(&self, number: usize) -> String {
        let runs = self
            .visible_runs()
            .filter(|(_, run)| run.parent.is_some_and(|parent| self.is_within(parent, number)));
        let text: String = runs.map(|(_, run)| run.text.as_str()).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns what stands in a style sheet or script, as written.
    pub fn text_in(&self, number: usize) -> String {
        let text = |node: &Node| match node {
            Node::Run(run) => Some(self.runs[*run].text.as_str()),
            Node::Element(_) => None,
        };
        self.elements[number].children.iter().filter_map(text).collect()
    }

    /// Returns whether the HTML begins with a doctype.
    pub fn has_doctype(&self) -> bool {
        let is_doctype = |text: &str| text.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("doctype"));
        self.comments.iter().any(|(text, _)| is_doctype(text))
    }

    /// Returns the number of the element in which an octet of the HTML stands, its tags included.
    pub fn element_at(&self, octet: usize) -> Option<usize> {
        let run = self.runs.iter().rev().find(|run| run.at <= octet);
        let element = self.elements.iter().rposition(|element| element.at <= octet);
        match (run, element) {
            (Some(run), Some(number)) if run.at >= self.elements[number].at => run.parent.or(Some(number)),
            (_, number) => number,
        }
    }
}

/// Returns whether an element and all in it stay out of sight.
fn hides(element: &Element) -> bool {
    let style: String =
        element.get("style").unwrap_or_default().to_ascii_lowercase().split_whitespace().collect();
    element.is_conditional
        || matches!(element.name.as_str(), "head" | "title" | "style" | "script" | "template")
        || element.get("hidden").is_some()
        || style
            .split(';')
            .any(|rule| rule.starts_with("display:none") || rule.starts_with("visibility:hidden"))
}

/// Builds the tree. What stands in conditional comments has a stack of its own: Outlook's ghost tables open
/// in one comment and close in another, across what everybody sees.
#[derive(Default)]
struct Reader {
    document: Document,
    open: Vec<usize>,
    ghosts: Vec<usize>,
}

impl Reader {
    fn parent(&self, is_conditional: bool) -> Option<usize> {
        let outer = self.open.last().copied();
        if !is_conditional {
            return outer;
        }
        // A ghost that was opened before the element around us is not inside it.
        self.ghosts.last().copied().filter(|ghost| outer.is_none_or(|outer| *ghost > outer)).or(outer)
    }

    fn attach(&mut self, parent: Option<usize>, node: Node) {
        match parent {
            Some(parent) => self.document.elements[parent].children.push(node),
            None => self.document.roots.push(node),
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let number = self.document.elements.len();
        let parent = self.parent(tag.is_conditional);
        let attributes = tag.attributes.iter();
        self.document.elements.push(Element {
            name: tag.name.clone(),
            attributes: attributes.map(|known| (known.name.clone(), decode_entities(known.value))).collect(),
            at: tag.at,
            parent,
            children: Vec::new(),
            is_conditional: tag.is_conditional,
        });
        self.attach(parent, Node::Element(number));
        if !tag.is_empty {
            if tag.is_conditional { self.ghosts.push(number) } else { self.open.push(number) }
        }
    }

    fn close(&mut self, name: &str) {
        // The walk doesn't say in which world an end tag stands; the one whose innermost element it fits is it.
        let elements = &self.document.elements;
        let fits = |number: &usize| elements[*number].name == name;
        let ghost = self.ghosts.last().is_some_and(fits);
        let real = self.open.last().is_some_and(fits);
        match (ghost, real) {
            (true, true) if self.ghosts.last() > self.open.last() => drop(self.ghosts.pop()),
            (_, true) => drop(self.open.pop()),
            (true, false) => drop(self.ghosts.pop()),
            (false, false) => {
                if let Some(at) = self.open.iter().rposition(fits) {
                    self.open.truncate(at);
                }
            }
        }
    }

    fn text(&mut self, mut run: Run) {
        run.parent = self.parent(run.is_conditional);
        let node = Node::Run(self.document.runs.len());
        self.attach(run.parent, node);
        self.document.runs.push(run);
    }

    fn comment(&mut self, text: &str, at: usize) {
        self.document.comments.push((text.to_owned(), at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "<!doctype html><html lang=en><head><title>T &amp; U</title><style>p{}</style></head><body>\
        <!--[if mso]><table><tr><td><![endif]--><div><p>One <b>two</b></p><img src=\"a&amp;b\"></div>\
        <!--[if mso]></td></tr></table><![endif]--><p style=\"display: none\">away</p></body></html>";

    #[test]
    fn elements_keep_their_numbers_and_their_places() {
        let document = Document::read(MAIL);
        let names: Vec<_> = document.elements.iter().map(|element| element.name.as_str()).collect();
        let all =
            ["html", "head", "title", "style", "body", "table", "tr", "td", "div", "p", "b", "img", "p"];
        assert_eq!(names, all);
        let around = |number: usize| document.elements[number].parent.map(|parent| names[parent]);
        assert_eq!(
            (around(8), around(7), around(10), around(12)),
            (Some("body"), Some("tr"), Some("p"), Some("body"))
        );
        assert_eq!(document.elements[11].get("src"), Some("a&b"));
        assert!(MAIL[document.elements[11].at..].starts_with("<img"));
    }

    #[test]
    fn what_readers_see_is_told_from_the_rest() {
        let document = Document::read(MAIL);
        assert_eq!(document.text_of(0), "One two");
        assert!(document.is_hidden(12) && document.is_hidden(6) && !document.is_hidden(9));
        let each: Vec<_> = (0..document.elements.len()).map(|number| document.is_hidden(number)).collect();
        assert_eq!(document.hidden(), each);
        let at = MAIL.find("two").unwrap();
        assert_eq!(document.element_at(at), Some(10));
    }

    #[test]
    fn stray_and_missing_end_tags_do_no_harm() {
        let document = Document::read("</div><p>a<span>b</p>c</i><br>d");
        assert_eq!(document.elements.len(), 3);
        assert_eq!(document.elements[2].parent, None);
    }
}
