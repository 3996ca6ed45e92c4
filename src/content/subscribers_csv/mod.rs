//! Subscriber lists as people have them: CSV of any dialect and encoding, read as a stream.
//!
//! Promises: every row comes out as a subscriber or as a [`Problem`] with its line, never silently dropped;
//! memory does not grow with the file. Columns may stand in any order and letter case and under their
//! usual other names; columns that mean nothing to us become custom fields. Never: decides who is a duplicate or
//! suppressed (the store does), or names an address in a message.
//!
//! [`SubscriberWriter`] writes what [`SubscriberReader`] reads back unchanged.

mod header;
mod row;
mod text;
mod writer;

pub use writer::SubscriberWriter;

use crate::domain::{
    problem::{Place, Problem},
    subscriber::Subscriber,
};
use header::Columns;
use std::{collections::BTreeMap, io::Read, sync::Arc};
use text::{END, PlainText};

/// A row that is a subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line on which the row begins, counted from 1.
    pub line: u32,
    /// Who it names.
    pub subscriber: Subscriber,
    /// What was put right in it: warnings, the row is good.
    pub notes: Vec<Problem>,
}

/// Reads subscribers from CSV, one at a time. An `Err` is one bad row; the next call goes on behind it.
pub struct SubscriberReader<R> {
    csv: csv::Reader<PlainText<R>>,
    /// The last one that was read, for its room.
    record: Record,
    judge: Judge,
    delimiter: char,
    /// Lines that stood before what the CSV reader sees.
    lines_before: u64,
    is_over: bool,
}

impl<R: Read> SubscriberReader<R> {
    /// Finds out encoding and delimiter, and reads the header. `path` is named in problems; `columns` says what
    /// columns of this workspace mean, e.g. `Vorname` → `first_name`.
    ///
    /// # Errors
    /// When the file can't be read, is no text, is empty, or has no header with an `email` column.
    pub fn new(
        source: R,
        path: impl Into<String>,
        columns: &BTreeMap<String, String>,
    ) -> Result<Self, Problem> {
        let path = path.into();
        let here = |problem: Problem, line| problem.at(place(&path, line));
        let mut text = PlainText::open(source).map_err(|problem| here(problem, 0))?;
        let (delimiter, lines_before) = header::delimiter(&mut text);
        let mut csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text);
        let mut record = csv::StringRecord::new();
        csv.read_record(&mut record).map_err(|error| here(broken_off(&error), 0))?;
        if holds_the_end(&record) {
            let problem = if record.len() == 1 && &record[0] == END { empty() } else { unclosed() };
            return Err(here(problem, 1));
        }
        let line = line_of(&csv, &record, lines_before);
        let columns = Columns::read(&record, columns).map_err(|problem| here(problem, line))?;
        Ok(Self {
            csv,
            record: Record::default(),
            judge: Judge(Arc::new((columns, path))),
            delimiter: char::from(delimiter),
            lines_before,
            is_over: false,
        })
    }

    /// Returns the name of the encoding the file was read in, e.g. `UTF-8` or `windows-1252`.
    pub fn encoding(&self) -> &'static str {
        self.csv.get_ref().encoding()
    }

    /// Returns the character between cells.
    pub fn delimiter(&self) -> char {
        self.delimiter
    }

    /// Returns the names of the custom fields, in the order of their columns.
    pub fn custom_fields(&self) -> impl Iterator<Item = &str> {
        self.judge.0.0.custom()
    }

    /// Returns who judges the records of this file, here or on another thread.
    pub fn judge(&self) -> Judge {
        self.judge.clone()
    }

    /// Reads the next record that holds anything, not judged yet, in place of what `record` held before;
    /// `None` at the end.
    ///
    /// # Errors
    /// When nothing can be read from here on.
    pub fn read_record(&mut self, record: &mut Record) -> Option<Result<(), Problem>> {
        while !self.is_over {
            self.csv.get_mut().begin_record();
            let began = self.csv.position().line() + self.lines_before;
            match self.csv.read_record(&mut record.cells) {
                Err(error) => return Some(Err(self.stop(broken_off(&error), as_line(began)))),
                Ok(false) => return None,
                Ok(true) => {}
            }
            if holds_the_end(&record.cells) {
                let is_the_end = record.cells.len() == 1 && &record.cells[0] == END;
                self.is_over = true;
                return (!is_the_end).then(|| Err(self.stop(unclosed(), as_line(began))));
            }
            if record.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            record.line = line_of(&self.csv, &record.cells, self.lines_before);
            return Some(Ok(()));
        }
        None
    }

    /// Ends the reading with one last problem.
    fn stop(&mut self, problem: Problem, line: u32) -> Problem {
        self.is_over = true;
        problem.at(place(&self.judge.0.1, line))
    }
}

impl<R: Read> Iterator for SubscriberReader<R> {
    type Item = Result<Row, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = std::mem::take(&mut self.record);
        let read = self.read_record(&mut record).map(|read| read.and_then(|()| self.judge.read(&record)));
        self.record = record;
        read
    }
}

/// A record as it stands in the file.
#[derive(Clone, Debug, Default)]
pub struct Record {
    cells: csv::StringRecord,
    line: u32,
}

/// Makes rows of the records of one file.
#[derive(Clone, Debug)]
pub struct Judge(Arc<(Columns, String)>);

impl Judge {
    /// Reads a record.
    ///
    /// # Errors
    /// When it is no subscriber, with the line.
    pub fn read(&self, record: &Record) -> Result<Row, Problem> {
        let (columns, path) = &*self.0;
        row::read(&record.cells, columns, path, record.line)
    }
}

/// Returns whether the line behind the last one got into a record.
fn holds_the_end(record: &csv::StringRecord) -> bool {
    // One fast look for its first octet spares a search in every cell of every row.
    memchr::memchr(END.as_bytes()[0], record.as_slice().as_bytes()).is_some()
        && record.iter().any(|cell| cell.contains(END))
}

/// Returns the line on which a record begins. The CSV reader only knows where it stopped (it counts blank
/// lines before a record as part of it), so lines are counted back from there.
fn line_of<R: Read>(csv: &csv::Reader<PlainText<R>>, record: &csv::StringRecord, lines_before: u64) -> u32 {
    let inside = memchr::memchr_iter(b'\n', record.as_slice().as_bytes()).count() as u64;
    as_line((csv.position().line() + lines_before).saturating_sub(1 + inside))
}

fn as_line(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Returns a place without an excerpt: a row is somebody's data.
fn place(path: &str, line: u32) -> Place {
    Place { line, ..Place::file(path) }
}

fn empty() -> Problem {
    Problem::error("subscribers/empty", "the list is empty")
        .help("begin with a line that names the columns, e.g. `email,name,language,topics`")
}

fn unclosed() -> Problem {
    Problem::error(
        "subscribers/unclosed-quote",
        "a quotation mark is opened here and never closed; nothing from here on was read",
    )
    .help("close it, or write a quotation mark inside a quoted cell twice: `\"\"`")
}

fn endless() -> Problem {
    Problem::error(
        "subscribers/unclosed-quote",
        "a row begins here that doesn't end within a mebibyte; nothing from here on was read",
    )
    .help("most likely a quotation mark is opened in it and never closed: close it, or remove the row")
}

fn broken_off(error: &csv::Error) -> Problem {
    if let csv::ErrorKind::Io(io) = error.kind() {
        if io.kind() == std::io::ErrorKind::FileTooLarge {
            return endless();
        }
        return text::unreadable(io);
    }
    Problem::error("subscribers/unreadable", format!("the list can't be read further: {error}"))
}

#[cfg(test)]
mod tests;
