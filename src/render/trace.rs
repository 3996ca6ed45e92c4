//! The way back from a digest's HTML to the files that made it.
//!
//! How: the edition is rendered a second time, with a mark on everything that somebody wrote, from the
//! template's tags to the words of each item. The marks are then taken out and noted down. The map counts only
//! when what is left equals the digest octet by octet; a template that looks at its texts too closely gets
//! fewer kinds of marks, and at last none: an empty trace, never a wrong one.

mod marks;
mod reading;
mod template;

pub(crate) use marks::{ATTEMPTS, Kind, Marks, TextMark};
pub(crate) use reading::read;
pub(crate) use template::with_marks;

use crate::domain::problem::Place;

/// Where an element was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The text or template line that the element shows.
    pub place: Option<Place>,
    /// The template line that made the element, or what is around it.
    pub template: Option<Place>,
    /// Where the values of its attributes were written, by attribute name (`href`, `src`, `alt`), as far as
    /// that is another place.
    pub attributes: Vec<(String, Place)>,
}

/// Where every element of a digest's HTML was written, by the element's number: the n-th start tag of the
/// HTML, counted from 0 and with those that only Outlook sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// One entry per start tag; empty when the digest could not be traced.
    pub origins: Vec<Origin>,
}

impl Trace {
    /// Returns where an element was written.
    pub fn element(&self, number: usize) -> Option<&Place> {
        self.origins.get(number)?.place.as_ref()
    }

    /// Returns the template line that made an element, also of one whose words come from elsewhere.
    pub fn template(&self, number: usize) -> Option<&Place> {
        self.origins.get(number)?.template.as_ref()
    }

    /// Returns where the value of an element's attribute was written; without a place of its own, the element's.
    pub fn attribute(&self, number: usize, name: &str) -> Option<&Place> {
        let origin = self.origins.get(number)?;
        let own = origin.attributes.iter().find(|(known, _)| known == name);
        own.map(|(_, place)| place).or(origin.place.as_ref())
    }
}
