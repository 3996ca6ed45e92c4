//! A003 and A012: tables for the eye, and tables of data.

use crate::{
    check::{
        message::Message,
        page::shown,
        report::{Report, Spot},
    },
    clients::{Document, Node},
};
use std::collections::BTreeMap;

/// Characters that a cell of data has at most; what is longer is running text in a layout.
const CELL_MAX: usize = 40;

/// What one table holds, what stands in tables within it left out.
#[derive(Clone, Debug, Default)]
struct Table {
    rows: usize,
    /// Most cells in a row.
    columns: usize,
    /// Cells of the row that is being counted.
    cells: usize,
    /// Headings in the first row, and in later ones.
    headings: (usize, usize),
    headings_without_scope: usize,
    has_caption: bool,
    /// Whether a table, picture or block stands in it.
    holds_more: bool,
    /// Cells with words, and those with few.
    filled: usize,
    short: usize,
}

pub(super) fn judge(message: &Message<'_>, report: &mut Report<'_>) {
    for (number, table) in tables(message) {
        let element = &message.document.elements[number];
        let role = element.get("role").unwrap_or_default().trim().to_ascii_lowercase();
        let is_layout = matches!(role.as_str(), "presentation" | "none");
        let has_headings = table.headings != (0, 0);
        let begins = || shown(&message.page.text_of(&message.document, number));
        match (is_layout, has_headings) {
            (true, true) => {
                let message =
                    format!("the table `{}` has headings, but says that it holds no data", begins());
                report.note("A012", Spot::Element(number), message);
            }
            (false, true) if table.headings.1 > 0 && table.headings_without_scope > 0 => {
                let message = format!(
                    "headings of the table `{}` don't say whether they are of rows or columns",
                    begins()
                );
                report.note("A012", Spot::Element(number), message);
            }
            (true, false) | (false, true) => {}
            (false, false) if table.looks_like_data(&role) => {
                let message = format!("the table `{}` has no headings", begins());
                report.note("A012", Spot::Element(number), message);
            }
            (false, false) => {
                report.note(
                    "A003",
                    Spot::Element(number),
                    "a table for layout has no `role=\"presentation\"`",
                );
            }
        }
    }
}

impl Table {
    fn looks_like_data(&self, role: &str) -> bool {
        let is_grid = self.rows >= 2 && self.columns >= 2 && !self.holds_more;
        let is_terse = self.filled >= 4 && self.short == self.filled;
        matches!(role, "table" | "grid") || self.has_caption || (is_grid && is_terse)
    }
}

/// Returns the tables that a screen reader meets, with what each holds.
fn tables(message: &Message<'_>) -> BTreeMap<usize, Table> {
    let document = &message.document;
    let mut tables: BTreeMap<usize, Table> = BTreeMap::new();
    let innermost = innermost(document);
    for (number, element) in
        document.elements.iter().enumerate().filter(|(number, _)| message.page.is_seen(*number))
    {
        let around = element.parent.and_then(|parent| innermost[parent]);
        if element.name == "table" {
            tables.insert(number, Table::default());
        }
        let Some(table) = around.and_then(|around| tables.get_mut(&around)) else { continue };
        match element.name.as_str() {
            "tr" => {
                table.rows += 1;
                table.cells = 0;
            }
            "td" | "th" => {
                table.cells += 1;
                table.columns = table.columns.max(table.cells);
                if element.name == "th" {
                    let headings =
                        if table.rows <= 1 { &mut table.headings.0 } else { &mut table.headings.1 };
                    *headings += 1;
                    table.headings_without_scope += usize::from(element.get("scope").is_none());
                }
                // A cell with a table in it is looked at piece by piece; its words don't matter here.
                let length = cell_length(document, number);
                table.filled += usize::from(length > 0);
                table.short += usize::from((1..=CELL_MAX).contains(&length));
            }
            "caption" => table.has_caption = true,
            "table" | "img" | "div" | "h1" | "h2" | "h3" | "ul" | "ol" => table.holds_more = true,
            _ => {}
        }
    }
    tables
}

/// Returns for every element the innermost table that it is or stands in.
fn innermost(document: &Document) -> Vec<Option<usize>> {
    let mut innermost: Vec<Option<usize>> = Vec::with_capacity(document.elements.len());
    for (number, element) in document.elements.iter().enumerate() {
        let around = element.parent.and_then(|parent| innermost[parent]);
        innermost.push(if element.name == "table" { Some(number) } else { around });
    }
    innermost
}

/// Returns how many characters stand directly in a cell or in what marks words there.
fn cell_length(document: &Document, number: usize) -> usize {
    let of = |number: usize| {
        let children = document.elements[number].children.iter();
        children.map(move |child| match child {
            Node::Run(index) => (document.runs[*index].text.trim().chars().count(), None),
            Node::Element(inner) => (0, Some(*inner)),
        })
    };
    let inner = of(number).filter_map(|(_, inner)| inner).flat_map(of).map(|(length, _)| length);
    of(number).map(|(length, _)| length).chain(inner).sum()
}
