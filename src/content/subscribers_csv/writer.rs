//! Subscribers as CSV.

use crate::domain::subscriber::{Subscriber, SubscriberStatus};
use std::io::{Result, Write};

/// Writes subscribers as CSV in UTF-8: `email`, `name`, `language`, `topics`, `status`, then the custom fields.
///
/// Cells are written exactly as they are, so that the list can be read back without a change. A cell that
/// begins with `=`, `+`, `-` or `@` is therefore not defused: open a list that strangers can write to as text, not as formulas.
pub struct SubscriberWriter<W: Write> {
    csv: csv::Writer<W>,
    fields: Vec<String>,
}

impl<W: Write> SubscriberWriter<W> {
    /// Returns a writer with a column for each of these custom fields.
    pub fn new(out: W, fields: impl IntoIterator<Item = String>) -> Self {
        Self { csv: csv::Writer::from_writer(out), fields: fields.into_iter().collect() }
    }

    /// Writes the names of the columns.
    ///
    /// # Errors
    /// When the destination can't be written.
    pub fn write_header(&mut self) -> Result<()> {
        let known = ["email", "name", "language", "topics", "status"];
        self.csv.write_record(known.into_iter().chain(self.fields.iter().map(String::as_str)))?;
        Ok(())
    }

    /// Writes one subscriber. Custom fields without a column are left out.
    ///
    /// # Errors
    /// When the destination can't be written.
    pub fn write_row(&mut self, subscriber: &Subscriber) -> Result<()> {
        let language = subscriber.language.as_ref().map(ToString::to_string);
        let status = match subscriber.status {
            SubscriberStatus::Active => "active",
            SubscriberStatus::Unsubscribed => "unsubscribed",
        };
        self.csv.write_field(subscriber.address.expose())?;
        self.csv.write_field(subscriber.name.as_deref().unwrap_or_default())?;
        self.csv.write_field(language.as_deref().unwrap_or_default())?;
        self.csv.write_field(subscriber.topics.join(";"))?;
        self.csv.write_field(status)?;
        for field in &self.fields {
            self.csv.write_field(subscriber.fields.get(field).map_or("", String::as_str))?;
        }
        self.csv.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Hands everything on.
    ///
    /// # Errors
    /// When the destination can't be written.
    pub fn finish(mut self) -> Result<()> {
        self.csv.flush()
    }
}
