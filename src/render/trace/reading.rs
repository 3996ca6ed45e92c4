//! Reads the marks out of a marked digest.

use crate::{
    domain::problem::Place,
    render::{
        markup::{Event, Tag, Walk},
        trace::{Kind, Marks, Origin, Trace},
    },
};

/// Returns where every element was written, when `marked` is `html` but for its marks.
pub(crate) fn read(marked: &str, html: &str, marks: &Marks) -> Option<Trace> {
    if marks.strip(marked) != html {
        return None;
    }
    let mut reader =
        Reader { marks, attribute: marks.attribute(), found: Vec::new(), open: [Vec::new(), Vec::new()] };
    for event in Walk::new(marked) {
        match event {
            Event::Open(tag) => reader.open(&tag),
            Event::Close(name) => reader.close(&name),
            Event::Text { text, is_raw, is_conditional, .. } => reader.text(text, is_raw, is_conditional),
            Event::Comment { .. } => {}
        }
    }
    let count = Walk::new(html).filter(|event| matches!(event, Event::Open(_))).count();
    (reader.found.len() == count).then(|| reader.trace())
}

/// An element with the numbers of its marks.
#[derive(Debug)]
struct Found {
    name: String,
    parent: Option<usize>,
    /// The mark on its tag.
    tag: Option<usize>,
    /// The first mark among its own words.
    words: Option<usize>,
    /// Marks in its attributes.
    attributes: Vec<(String, usize)>,
}

struct Reader<'a> {
    marks: &'a Marks,
    attribute: String,
    found: Vec<Found>,
    /// Open elements: those that everybody sees, and those that only Outlook sees. The two worlds open and
    /// close across each other.
    open: [Vec<usize>; 2],
}

impl Reader<'_> {
    fn parent(&self, is_conditional: bool) -> Option<usize> {
        let [outer, ghost] = [self.open[0].last().copied(), self.open[1].last().copied()];
        // A ghost that was opened before the element around us is not inside it.
        if is_conditional {
            ghost.filter(|ghost| outer.is_none_or(|outer| *ghost > outer)).or(outer)
        } else {
            outer
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let mut found = Found {
            name: tag.name.clone(),
            parent: self.parent(tag.is_conditional),
            tag: None,
            words: None,
            attributes: Vec::new(),
        };
        for attribute in &tag.attributes {
            let Some((_, number)) = self.marks.all_in(attribute.value).first().copied() else { continue };
            if attribute.name == self.attribute {
                found.tag = found.tag.or(Some(number));
            } else {
                found.attributes.push((attribute.name.clone(), number));
            }
        }
        if !tag.is_empty {
            self.open[usize::from(tag.is_conditional)].push(self.found.len());
        }
        self.found.push(found);
    }

    fn close(&mut self, name: &str) {
        let fits = |number: &usize| self.found[*number].name == name;
        let [real, ghost] =
            [0, 1].map(|world| self.open[world].last().copied().filter(|number| fits(number)));
        match (real, ghost) {
            (Some(_), Some(_)) if ghost > real => drop(self.open[1].pop()),
            (Some(_), _) => drop(self.open[0].pop()),
            (None, Some(_)) => drop(self.open[1].pop()),
            (None, None) => {
                if let Some(at) = self.open[0].iter().rposition(fits) {
                    self.open[0].truncate(at);
                }
            }
        }
    }

    fn text(&mut self, text: &str, is_raw: bool, is_conditional: bool) {
        let Some(parent) = self.parent(is_conditional) else { return };
        for (_, number) in self.marks.all_in(text) {
            // In a style sheet only the mark of the sheet itself counts, not that of an address in it.
            let is_sheet = self.marks.place(number).is_some_and(|(kind, _)| *kind == Kind::Tags);
            let element = &mut self.found[parent];
            if is_raw && is_sheet {
                element.tag = element.tag.or(Some(number));
            } else if !is_raw {
                element.words = element.words.or(Some(number));
            }
        }
    }

    /// Returns the places. What has no mark takes the place of what is around it, else of what is before it.
    fn trace(&self) -> Trace {
        let mut origins: Vec<Origin> = Vec::with_capacity(self.found.len());
        for found in &self.found {
            let near = found.parent.and_then(|parent| origins.get(parent)).or(origins.last());
            let tag = found.tag.and_then(|number| self.marks.place(number));
            let made = tag.filter(|(kind, _)| *kind == Kind::Tags).map(|(_, place)| place);
            let inherited = |pick: fn(&Origin) -> Option<&Place>| near.and_then(pick).cloned();
            let place = self.shown(found).or(tag.map(|(_, place)| place)).cloned();
            let attributes = found.attributes.iter();
            let attributes: Vec<(String, Place)> = attributes
                .filter_map(|(name, number)| Some((name.clone(), self.marks.place(*number)?.1.clone())))
                .collect();
            let origin = Origin {
                place: place.or_else(|| inherited(|near| near.place.as_ref())),
                template: made.cloned().or_else(|| inherited(|near| near.template.as_ref())),
                attributes,
            };
            origins.push(origin);
        }
        Trace { origins }
    }

    /// Returns the place of what an element shows: its words, or the picture of an `img`.
    fn shown(&self, found: &Found) -> Option<&Place> {
        let picture = found.attributes.iter().find(|(name, _)| found.name == "img" && name == "src");
        let number = found.words.or(picture.map(|(_, number)| *number))?;
        self.marks.place(number).map(|(_, place)| place)
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::{
        domain::problem::Place,
        render::trace::{Kind, Marks, marks::ATTEMPTS},
    };

    #[test]
    fn elements_get_their_own_place_or_that_of_what_is_around_or_before() {
        let mut marks = Marks::new("7f3a91c0", ATTEMPTS[0]);
        let mut place = |kind, path: &str| marks.mark(kind, &Place::file(path));
        let (outer, words) = (place(Kind::Tags, "outer"), place(Kind::Words, "words"));
        let (link, table) = (place(Kind::Addresses, "link"), place(Kind::Tags, "table"));
        let name = marks.attribute();
        let marked = format!(
            "<div {name}=\"{outer}\"><i>a</i><!--[if mso]><table {name}=\"{table}\"><tr><![endif]--><a href=\"x{link}\">b{words}\
             <br></a><!--[if mso]><td></td></tr></table><![endif]--><b>c</b></div>"
        );
        let html = marks.strip(&marked);
        let trace = read(&marked, &html, &marks).unwrap();
        let paths: Vec<_> = (0..8).map(|number| trace.element(number).unwrap().path.as_str()).collect();
        assert_eq!(paths, ["outer", "outer", "table", "table", "words", "words", "table", "outer"]);
        assert_eq!(trace.attribute(4, "href").unwrap().path, "link");
        assert_eq!(trace.attribute(4, "class").unwrap().path, "words");
        assert_eq!(trace.template(4).unwrap().path, "outer");
        assert_eq!(read(&marked, &format!("{html} "), &marks), None);
    }
}
