//! An MJML document as a tree in which every piece still knows where it was written.

use super::source::Span;

/// One attribute as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    /// Its name, in the author's letters.
    pub(super) name: String,
    /// Its value, entities untouched.
    pub(super) value: String,
    /// Where the name stands.
    pub(super) span: Span,
}

/// One element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name in lower case.
    pub(super) name: String,
    /// Where its opening tag stands.
    pub(super) span: Span,
    /// Its attributes, each name once.
    pub(super) attributes: Vec<Attribute>,
    /// What stands inside, for elements that hold elements.
    pub(super) children: Vec<Node>,
    /// What stands inside, trimmed, for elements whose inside is HTML or text.
    pub(super) content: String,
}

/// What an element can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// An element.
    Element(Element),
    /// A comment with its delimiters.
    Comment(String),
}

impl Element {
    /// Returns an element that we add ourselves, standing where `span` says.
    pub(super) fn new(name: &str, span: Span) -> Self {
        Self { name: name.to_owned(), span, ..Self::default() }
    }

    /// Returns the value of an attribute as it was written.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| attribute.value.as_str())
    }

    /// Returns the elements among the children.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Comment(_) => None,
        })
    }

    /// Returns the first child element of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }
}
