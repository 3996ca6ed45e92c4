//! Every declaration of a message, with where it stands.

use crate::clients::{
    Document,
    sheet::{self, Body, Declaration, Item},
};

/// One declaration and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Property in lower case.
    pub property: String,
    /// Value without `!important`.
    pub value: String,
    /// Value as written, `!important` included.
    pub written: String,
    /// Whether it is `!important`.
    pub is_important: bool,
    /// Number of the element whose `style` it stands in, or of the `style` element.
    pub element: usize,
    /// Selector as written; `None` in a `style` attribute and in at-rules such as `@font-face`.
    pub selector: Option<String>,
    /// The at-rules around it, outermost first, such as `@media (max-width:480px)`; the `media` attribute counts as one.
    pub at_rules: Vec<String>,
    /// Whether only Outlook sees it.
    pub is_conditional: bool,
}

impl Declared {
    /// Returns whether it stands in a `style` attribute.
    pub fn is_inline(&self) -> bool {
        self.selector.is_none() && self.at_rules.is_empty()
    }
}

/// Returns every declaration of a document: sheets first, then `style` attributes, each in order.
pub fn declarations(document: &Document) -> Vec<Declared> {
    let mut found = Vec::new();
    for (element, items) in sheets(document) {
        let mut at_rules = Vec::new();
        let media = document.elements[element].get("media").filter(|media| !media.trim().is_empty());
        at_rules.extend(media.map(|media| format!("@media {media}")));
        collect(document, element, &items, &mut at_rules, &mut found);
    }
    for (element, attributes) in document.elements.iter().enumerate() {
        for declaration in attributes.get("style").map(sheet::declarations).unwrap_or_default() {
            found.push(placed(document, element, declaration, None, &[]));
        }
    }
    found
}

/// Returns the style sheets with the numbers of their elements.
pub(in crate::clients) fn sheets(document: &Document) -> Vec<(usize, Vec<Item>)> {
    document.named("style").map(|(number, _)| (number, sheet::parse(&document.text_in(number)))).collect()
}

fn collect(
    document: &Document,
    element: usize,
    items: &[Item],
    at_rules: &mut Vec<String>,
    found: &mut Vec<Declared>,
) {
    for item in items {
        match item {
            Item::Rule(rule) => {
                let list = rule.declarations.iter().cloned();
                found.extend(list.map(|one| placed(document, element, one, Some(&rule.selector), at_rules)));
                collect(document, element, &rule.nested, at_rules, found);
            }
            Item::At(rule) => {
                at_rules.push(format!("@{} {}", rule.name, rule.prelude).trim_end().to_owned());
                match &rule.body {
                    Body::Items(items) => collect(document, element, items, at_rules, found),
                    Body::Declarations(list) => {
                        let list = list.iter().cloned();
                        found.extend(list.map(|one| placed(document, element, one, None, at_rules)));
                    }
                    Body::None => {}
                }
                at_rules.pop();
            }
        }
    }
}

fn placed(
    document: &Document,
    element: usize,
    declaration: Declaration,
    selector: Option<&str>,
    at_rules: &[String],
) -> Declared {
    let Declaration { property, value, written, is_important } = declaration;
    Declared {
        property,
        value,
        written,
        is_important,
        element,
        selector: selector.map(str::to_owned),
        at_rules: at_rules.to_vec(),
        is_conditional: document.elements[element].is_conditional,
    }
}
