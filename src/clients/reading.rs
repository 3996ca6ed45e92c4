//! The message as a screen reader reads it: one thing after another, each with what it is and in which language.

use crate::clients::{
    Document, Element, Node,
    style::{Direction, Style},
};

/// What a screen reader says of a text before it reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Heading of a level, 1 to 6.
    Heading(u8),
    /// Link with its address.
    Link(String),
    /// Picture; the text is its alternative text, or the name of its file when it has none.
    Image,
    /// Button or field.
    Control,
    /// Item of a list.
    ListItem,
    /// Quotation.
    Quote,
    /// Table of data, or a layout table that doesn't say it is one; the text is its caption.
    Table {
        /// Its rows.
        rows: usize,
        /// The cells of its longest row.
        columns: usize,
    },
    /// Cell of such a table; a heading of it or not.
    Cell {
        /// Whether it is a `th`.
        is_header: bool,
    },
    /// Part of the page with a name, such as an article; the text is its name.
    Region(String),
    /// Line between parts.
    Separator,
}

/// One thing that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is, from the outside in; nothing for plain text.
    pub roles: Vec<Role>,
    /// What is read.
    pub text: String,
    /// The language it is read in, as declared nearest to it.
    pub lang: Option<String>,
    /// Which way it runs.
    pub direction: Direction,
    /// Number of the element that it is or stands in.
    pub element: usize,
}

/// Returns what a screen reader reads, in order. Tables for layout are flattened, what is hidden is left out, and
/// names given with `aria-label` stand in place of what they name.
pub fn entries(document: &Document, style: &Style) -> Vec<Entry> {
    let mut reader = Reader { document, style, roles: Vec::new(), text: None, entries: Vec::new() };
    let mut steps: Vec<Step> = document.roots.iter().rev().map(|node| Step::Enter(*node)).collect();
    while let Some(step) = steps.pop() {
        match step {
            Step::Enter(Node::Run(run)) => reader.run(run),
            Step::Enter(Node::Element(number)) => reader.element(number, &mut steps),
            Step::Leave { is_apart, roles } => {
                if is_apart || roles > 0 {
                    reader.flush();
                }
                reader.roles.truncate(reader.roles.len() - roles);
            }
        }
    }
    reader.flush();
    reader.entries
}

/// What is still to be read; a stack, so that no depth of nesting can overflow ours.
enum Step {
    Enter(Node),
    Leave { is_apart: bool, roles: usize },
}

struct Reader<'a> {
    document: &'a Document,
    style: &'a Style,
    roles: Vec<Role>,
    /// Words gathered, and the element in which they begin.
    text: Option<(String, usize)>,
    entries: Vec<Entry>,
}

impl Reader<'_> {
    fn run(&mut self, run: usize) {
        let run = &self.document.runs[run];
        let Some(parent) = run.parent.filter(|_| !run.is_raw && !run.is_conditional) else { return };
        if run.text.is_empty() {
            return;
        }
        // Another language is read in another voice.
        let changes_voice =
            self.text.as_ref().is_some_and(|(_, begun)| self.language(*begun) != self.language(parent));
        if changes_voice {
            self.flush();
        }
        match &mut self.text {
            Some((text, _)) => text.push_str(&run.text),
            None if run.text.trim().is_empty() => {}
            None => self.text = Some((run.text.clone(), parent)),
        }
    }

    fn flush(&mut self) {
        if let Some((text, element)) = self.text.take() {
            self.say(&text, element);
        }
    }

    /// Adds an entry in the roles around.
    fn say(&mut self, text: &str, element: usize) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // Arrows and the like alone are read as their names or passed over; they stay what they are.
        if text.is_empty() && self.roles.is_empty() {
            return;
        }
        self.entries.push(Entry {
            roles: self.roles.clone(),
            text,
            lang: self.language(element),
            direction: self.style.computed(element).direction,
            element,
        });
    }

    /// Adds an entry that is something itself.
    fn announce(&mut self, role: Role, text: &str, element: usize) {
        self.flush();
        self.roles.push(role);
        self.say(text, element);
        self.roles.pop();
    }

    fn language(&self, element: usize) -> Option<String> {
        let mut around = self.document.with_ancestors(element);
        let lang = around.find_map(|at| self.document.elements[at].get("lang"));
        lang.map(str::to_owned).filter(|lang| !lang.trim().is_empty())
    }

    fn element(&mut self, number: usize, steps: &mut Vec<Step>) {
        let element = &self.document.elements[number];
        let computed = self.style.computed(number);
        let is_hidden = element.is_conditional
            || computed.display == "none"
            || element.get("aria-hidden") == Some("true");
        if is_hidden {
            return;
        }
        let is_apart = !computed.display.starts_with("inline") || element.name == "br";
        if is_apart {
            self.flush();
        }
        let label = element.get("aria-label").map(str::trim).filter(|label| !label.is_empty());
        match self.meaning(number, element) {
            Meaning::Picture => return self.picture(number, element, label),
            Meaning::Silent => return,
            Meaning::Separator => return self.announce(Role::Separator, "", number),
            Meaning::Announced(role) => self.announce(role, label.unwrap_or_default(), number),
            Meaning::Named(role) => {
                self.flush();
                if let Some(label) = label {
                    return self.announce(role, label, number);
                }
                self.roles.push(role);
                steps.push(Step::Leave { is_apart, roles: 1 });
                return self.children(element, steps);
            }
            Meaning::Plain => {}
        }
        if computed.is_visible || !is_leaf(element) {
            steps.push(Step::Leave { is_apart, roles: 0 });
            self.children(element, steps);
        }
    }

    fn children(&self, element: &Element, steps: &mut Vec<Step>) {
        let is_seen = |node: &&Node| match node {
            Node::Element(_) => true,
            Node::Run(run) => {
                self.document.runs[*run].parent.is_none_or(|parent| self.style.computed(parent).is_visible)
            }
        };
        steps.extend(element.children.iter().rev().filter(is_seen).map(|node| Step::Enter(*node)));
    }

    fn picture(&mut self, number: usize, element: &Element, label: Option<&str>) {
        match label.or_else(|| element.get("alt").map(str::trim)) {
            Some("") => {}
            Some(words) => self.announce(Role::Image, words, number),
            None => {
                let source = element.get("src").unwrap_or_default();
                let file = source.rsplit('/').next().unwrap_or_default().to_owned();
                self.announce(Role::Image, &file, number);
            }
        }
    }

    fn meaning(&self, number: usize, element: &Element) -> Meaning {
        let role = element.get("role").unwrap_or_default().trim();
        let level = |name: &str| name.strip_prefix('h').and_then(|digit| digit.parse::<u8>().ok());
        match (role, element.name.as_str()) {
            ("heading", _) => {
                let level = element.get("aria-level").and_then(|level| level.trim().parse().ok());
                Meaning::Named(Role::Heading(level.unwrap_or(2)))
            }
            ("link", _) => Meaning::Named(Role::Link(element.get("href").unwrap_or_default().to_owned())),
            ("button", _) => Meaning::Named(Role::Control),
            ("separator", _) => Meaning::Separator,
            ("none" | "presentation", "img") => Meaning::Silent,
            ("none" | "presentation", _) => Meaning::Plain,
            (
                "article" | "region" | "main" | "navigation" | "banner" | "contentinfo" | "complementary",
                _,
            ) if element.get("aria-label").is_some() => Meaning::Announced(Role::Region(role.to_owned())),
            ("img", _) | (_, "img") => Meaning::Picture,
            (_, "hr") => Meaning::Separator,
            (_, "head" | "title" | "style" | "script" | "template") => Meaning::Silent,
            (_, "a") => match element.get("href") {
                Some(href) => Meaning::Named(Role::Link(href.to_owned())),
                None => Meaning::Plain,
            },
            (_, "h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
                level(&element.name).map_or(Meaning::Plain, |level| Meaning::Named(Role::Heading(level)))
            }
            (_, "li" | "dt" | "dd") => Meaning::Named(Role::ListItem),
            (_, "blockquote") => Meaning::Named(Role::Quote),
            (_, "button" | "input" | "select" | "textarea") => Meaning::Named(Role::Control),
            (_, "table") => {
                let (rows, columns) = self.size(number);
                Meaning::Announced(Role::Table { rows, columns })
            }
            (_, name @ ("td" | "th")) if self.is_of_data(number) => {
                Meaning::Named(Role::Cell { is_header: name == "th" })
            }
            _ => Meaning::Plain,
        }
    }

    /// Returns whether a cell belongs to a table that is announced.
    fn is_of_data(&self, number: usize) -> bool {
        let table = self.table_of(number).map(|table| &self.document.elements[table]);
        table.is_some_and(|table| !matches!(table.get("role").map(str::trim), Some("none" | "presentation")))
    }

    fn table_of(&self, number: usize) -> Option<usize> {
        self.document.with_ancestors(number).skip(1).find(|at| self.document.elements[*at].name == "table")
    }

    /// Returns rows and columns of a table.
    fn size(&self, table: usize) -> (usize, usize) {
        let elements = self.document.elements.iter().enumerate();
        let rows: Vec<usize> = elements
            .filter(|(number, element)| {
                element.name == "tr" && !element.is_conditional && self.table_of(*number) == Some(table)
            })
            .map(|(number, _)| number)
            .collect();
        let cells = |row: &usize| {
            let children = self.document.elements[*row].children.iter();
            let is_cell = |node: &&Node| matches!(node, Node::Element(at) if matches!(self.document.elements[*at].name.as_str(), "td" | "th"));
            children.filter(is_cell).count()
        };
        (rows.len(), rows.iter().map(cells).max().unwrap_or(0))
    }
}

/// What an element does to the reading.
enum Meaning {
    Plain,
    /// It has a role, and its content is its name unless it has a label.
    Named(Role),
    /// It is announced before its content.
    Announced(Role),
    Picture,
    Separator,
    Silent,
}

fn is_leaf(element: &Element) -> bool {
    element.children.is_empty()
}

#[cfg(test)]
mod tests;
