//! The data that a template sees; `docs/templates.md` lists all of it.

use crate::{
    domain::{
        edition::{Edition, EditionItem, Footer, Text},
        language::{Direction, Language},
        merge::MergeField,
        problem::Place,
    },
    render::{
        cut::cut,
        flow::Piece,
        locale::Dates,
        markdown::{Headings, Remark, absolute, to_flow, to_marked_flow},
        merge::{Blanks, Markup, place_in},
        passage::Passage,
        phrases::Phrases,
        theme::Theme,
        trace::{Kind, Marks, TextMark},
    },
};
use ammonia::Url;
use chrono::{Datelike as _, NaiveDate};
use tera::{Context, Map, Value};

/// Makes the data of one edition.
#[derive(Debug)]
pub(crate) struct Builder<'a> {
    edition: &'a Edition,
    phrases: &'a Phrases,
    theme: &'a Theme,
    blanks: &'a mut Blanks,
    base: Option<Url>,
    dates: Dates,
    /// Marks for everything that somebody wrote, when it is to be traced.
    marks: Option<&'a mut Marks>,
}

impl<'a> Builder<'a> {
    /// Starts with an edition and what is already known of its look.
    pub(crate) fn new(
        edition: &'a Edition,
        phrases: &'a Phrases,
        theme: &'a Theme,
        blanks: &'a mut Blanks,
    ) -> Self {
        // Relative links are meant to lie below the home page, so it counts as a folder.
        let base = edition
            .website
            .as_ref()
            .and_then(|website| Url::parse(&format!("{}/", website.trim_end_matches('/'))).ok());
        Self { edition, phrases, theme, blanks, base, dates: Dates::of(&edition.language), marks: None }
    }

    /// Marks everything that somebody wrote.
    pub(crate) fn marking(mut self, marks: Option<&'a mut Marks>) -> Self {
        self.marks = marks;
        self
    }

    /// Returns the mark of a place, empty when nothing is marked.
    fn mark(&mut self, kind: Kind, place: &Place) -> String {
        self.marks.as_mut().map(|marks| marks.mark(kind, place)).unwrap_or_default()
    }

    /// Returns the marks of a text.
    fn text_mark(&mut self, place: &Place) -> TextMark {
        self.marks.as_mut().map(|marks| marks.text(place)).unwrap_or_default()
    }

    /// Returns words with their mark; empty words stay empty, for a template may ask whether they are.
    fn words(&mut self, kind: Kind, words: &str, place: Option<&Place>) -> Value {
        match place.filter(|_| !words.is_empty()) {
            Some(place) => (words.to_owned() + &self.mark(kind, place)).into(),
            None => words.into(),
        }
    }

    /// Makes everything; problems of the texts are left in the blanks.
    pub(crate) fn build(&mut self, subject: &str, preheader: &str) -> Context {
        let edition = self.edition;
        let direction = edition.language.direction();
        let subject = self.words(Kind::Plain, subject, Some(&edition.subject.place));
        let preheader_place = edition.preheader.as_ref().map(|text| &text.place);
        let preheader = self.words(Kind::Plain, preheader, preheader_place);
        let mut context = Context::new();
        let mut set = |name: &'static str, value: Value| context.insert_value(name, value);
        set("language", edition.language.as_str().into());
        set("dir", direction.as_str().into());
        set("rtl", (direction == Direction::Rtl).into());
        set("start", "start".into());
        set("end", "end".into());
        set("subject", subject);
        set("preheader", preheader);
        set("issue", edition.issue.issue.as_str().into());
        set("date", self.date(edition.date));
        set("newsletter", self.newsletter());
        set("navigation", self.navigation());
        let opening = edition.opening.as_ref().map(|text| self.markdown(text, Headings::Demoted));
        set("opening", optional(opening));
        let about = edition.about.as_ref().map(|(text, url)| {
            let place = edition.places.about_url.as_ref().unwrap_or(&text.place);
            let url = url.as_ref().map(|url| self.link(url, place));
            object([("text", self.markdown(text, Headings::Demoted)), ("url", optional(url))])
        });
        set("about", optional(about));
        let items: Vec<Value> =
            edition.items.iter().enumerate().map(|(at, item)| self.item(at + 1, item)).collect();
        set("items", items.into());
        set("footer", self.footer(&edition.footer));
        set("unsubscribe_url", self.blanks.table.token(MergeField::UnsubscribeUrl).into());
        set("archive_url", optional(edition.archive_url.as_deref().map(Value::from)));
        set("theme", self.theme());
        set("strings", strings(self.phrases.all()));
        context
    }

    fn theme(&mut self) -> Value {
        let mut tokens = Map::new();
        for (name, value) in self.theme.all() {
            let place = self.edition.places.logo.as_ref().filter(|_| name == "logo");
            tokens.insert(name.to_owned().into(), self.words(Kind::Addresses, value, place));
        }
        Value::from(tokens)
    }

    fn newsletter(&mut self) -> Value {
        let edition = self.edition;
        let (website, from) = (edition.places.website.as_ref(), edition.places.from.as_ref());
        let website = edition.website.as_deref().map(|url| self.words(Kind::Addresses, url, website));
        object([
            ("id", edition.issue.newsletter.as_str().into()),
            ("name", self.line(&edition.name)),
            ("tagline", optional(edition.tagline.as_ref().map(|text| self.line(text)))),
            ("website", optional(website)),
            ("from", self.words(Kind::Addresses, &edition.from.address.expose(), from)),
        ])
    }

    fn navigation(&mut self) -> Value {
        let edition = self.edition;
        let entries = edition.navigation.iter().enumerate();
        let entries: Vec<Value> = entries
            .map(|(at, (label, url))| {
                let url = self.link(url, edition.places.navigation.get(at).unwrap_or(&label.place));
                object([("label", self.line(label)), ("url", url)])
            })
            .collect();
        entries.into()
    }

    fn footer(&mut self, footer: &Footer) -> Value {
        let places = &self.edition.places;
        let contact = footer.contact.as_deref().map(|url| {
            let label = url.strip_prefix("mailto:").unwrap_or(url).split('?').next().unwrap_or(url);
            let mut words = |words| self.words(Kind::Addresses, words, places.contact.as_ref());
            object([("url", words(url)), ("label", words(label))])
        });
        let privacy_url = footer.privacy_url.as_deref();
        let privacy_url =
            privacy_url.map(|url| self.words(Kind::Addresses, url, places.privacy_url.as_ref()));
        object([
            ("organisation", optional(footer.organisation.as_ref().map(|text| self.line(text)))),
            ("postal_address", optional(footer.postal_address.as_ref().map(|text| self.lines(text)))),
            ("reason", optional(footer.reason.as_ref().map(|text| self.markdown(text, Headings::Bold)))),
            ("contact", optional(contact)),
            ("privacy_url", optional(privacy_url)),
        ])
    }

    fn item(&mut self, number: usize, item: &EditionItem) -> Value {
        let pieces = self.pieces(&item.teaser, Headings::Bold);
        let (pieces, truncated) = cut(pieces, self.edition.teaser_length, &self.blanks.table);
        let place = &item.headline.place;
        let image = item.image.as_ref().map(|image| {
            let alt_place = item.places.alt.as_ref().unwrap_or(place);
            let alt = self.blanks.source(&image.alt, Markup::Plain, |_| alt_place.clone());
            let size = |side: Option<u32>| optional(side.map(Value::from));
            object([
                ("src", self.words(Kind::Addresses, &image.src, item.places.image.as_ref())),
                ("alt", self.words(Kind::Plain, &alt, item.places.alt.as_ref())),
                ("width", size(image.size.map(|(width, _)| width))),
                ("height", size(image.size.map(|(_, height)| height))),
            ])
        });
        let language = &item.headline.language;
        let topics: Vec<Value> = item.topics.iter().map(|topic| topic.as_str().into()).collect();
        let link_place = item.places.link.as_ref().unwrap_or(place);
        let link = item.link.as_ref().map(|link| self.link(link, link_place));
        object([
            ("slug", item.slug.as_str().into()),
            ("number", number.into()),
            ("date", self.date(item.date)),
            ("place", optional(item.place_name.as_ref().map(|text| self.line(text)))),
            ("headline", self.line(&item.headline)),
            ("teaser", self.text(&item.teaser, pieces)),
            ("truncated", truncated.into()),
            ("link", optional(link)),
            ("image", optional(image)),
            ("topics", topics.into()),
            ("lang", language.as_str().into()),
            ("dir", language.direction().as_str().into()),
            ("foreign", is_foreign(language, &self.edition.language).into()),
        ])
    }

    fn date(&self, date: NaiveDate) -> Value {
        object([
            ("iso", date.to_string().into()),
            ("long", self.dates.long(date).into()),
            ("weekday", self.dates.weekday(date).into()),
            ("year", date.year().into()),
        ])
    }

    /// An address that may be relative and may hold merge fields.
    fn link(&mut self, url: &str, place: &Place) -> Value {
        let url = self.blanks.source(url.trim(), Markup::Plain, |_| place.clone());
        let url = absolute(&url, self.base.as_ref(), &self.blanks.table);
        self.words(Kind::Addresses, &url, Some(place))
    }

    /// A text of one line without Markdown.
    fn line(&mut self, text: &Text) -> Value {
        let words = one_line(&self.blanks.text(text, Markup::Plain));
        self.text(text, vec![Piece::Words(words)])
    }

    /// A text of several lines without Markdown.
    fn lines(&mut self, text: &Text) -> Value {
        let source = self.blanks.text(text, Markup::Plain);
        let mut pieces = Vec::new();
        for line in source.trim().lines() {
            if !pieces.is_empty() {
                pieces.push(Piece::open("br", &[]));
            }
            pieces.push(Piece::Words(line.trim().to_owned()));
        }
        self.text(text, pieces)
    }

    fn markdown(&mut self, text: &Text, headings: Headings) -> Value {
        let pieces = self.pieces(text, headings);
        self.text(text, pieces)
    }

    /// Reads Markdown; what is wrong with it gets the text's place.
    fn pieces(&mut self, text: &Text, headings: Headings) -> Vec<Piece> {
        let (source, way) = self.blanks.text_and_way(text, Markup::Markdown);
        let (table, base) = (&self.blanks.table, self.base.as_ref());
        let (pieces, remarks) = match &mut self.marks {
            None => to_flow(&source, table, base, headings),
            Some(marks) => to_marked_flow(&source, table, base, headings, marks, |marks, kind, at| {
                marks.mark(kind, &place_in(text, way.offset(at)))
            }),
        };
        for Remark { about, problem } in remarks {
            // With a merge field inside, the words aren't found: then the text's beginning must do.
            let place = place_in(text, text.source.find(&about).unwrap_or(0));
            self.blanks.problems.push(problem.at(place));
        }
        pieces
    }

    /// A text as templates see it, from its pieces.
    fn text(&mut self, text: &Text, pieces: Vec<Piece>) -> Value {
        let mark = self.text_mark(&text.place);
        let language = &text.language;
        let foreign = is_foreign(language, &self.edition.language);
        let passage = Passage {
            language,
            foreign,
            around: self.edition.language.direction(),
            pieces,
            theme: self.theme,
            table: &self.blanks.table,
            mark,
        };
        object([
            ("html", Value::safe_string(&passage.html())),
            ("inline", Value::safe_string(&passage.inline())),
            ("text", passage.text().into()),
            ("lang", language.as_str().into()),
            ("dir", language.direction().as_str().into()),
            ("foreign", foreign.into()),
        ])
    }
}

/// Returns words on one line, their spaces single.
pub(crate) fn one_line(words: &str) -> String {
    // No-break spaces are meant; only the ASCII ones are layout.
    words.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns whether a text needs a language mark of its own: `fr` inside `fr-CA` doesn't, `zh-Hans` inside `zh-Hant` does.
fn is_foreign(text: &Language, edition: &Language) -> bool {
    text.primary() != edition.primary() || (text.primary() == "zh" && text != edition)
}

fn object<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    let mut map = Map::new();
    for (name, value) in fields {
        map.insert(name.into(), value);
    }
    Value::from(map)
}

fn strings<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let mut map = Map::new();
    for (name, value) in pairs {
        map.insert(name.to_owned().into(), value.into());
    }
    Value::from(map)
}

fn optional(value: Option<Value>) -> Value {
    value.unwrap_or_else(Value::none)
}
