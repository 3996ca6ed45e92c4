//! Finds out where in the HTML each merge token stands.

use crate::{
    domain::{
        merge::{MergeField, MergeTable},
        problem::{Problem, Problems},
    },
    render::{
        form::{
            template::{Part, parts},
            value::HtmlPlace,
        },
        markup::{Attribute, Event, Walk},
    },
};
use std::collections::BTreeMap;

/// Attributes whose value is a URL.
const URL_ATTRIBUTES: [&str; 9] =
    ["href", "src", "action", "background", "cite", "formaction", "poster", "srcset", "xlink:href"];

/// Returns the place of every token by the offset where it begins.
///
/// # Errors
/// When a token stands where no value may: in a style, a script, a tag's or attribute's name.
pub(super) fn html_places(merge: &MergeTable, html: &str) -> Result<BTreeMap<usize, HtmlPlace>, Problems> {
    let mut finder = Finder { merge, places: BTreeMap::new(), problems: Problems::default() };
    for event in Walk::new(html) {
        match event {
            Event::Text { text, at, is_raw: false, .. } | Event::Comment { text, at } => {
                finder.note(text, at, HtmlPlace::Text);
            }
            Event::Text { text, at, is_raw: true, .. } => finder.refuse(text, at, "a style or script"),
            Event::Open(tag) => {
                for attribute in &tag.attributes {
                    finder.attribute(attribute);
                }
            }
            Event::Close(_) => {}
        }
    }
    for part in parts(merge, html) {
        if let Part::Field(index, at) = part
            && !finder.places.contains_key(&at)
        {
            finder.refuse_field(index, at, "the name of a tag or attribute");
        }
    }
    finder.problems.or_value(finder.places)
}

struct Finder<'a> {
    merge: &'a MergeTable,
    places: BTreeMap<usize, HtmlPlace>,
    problems: Problems,
}

impl Finder<'_> {
    fn note(&mut self, text: &str, offset: usize, place: HtmlPlace) {
        for part in parts(self.merge, text) {
            if let Part::Field(_, at) = part {
                self.places.insert(offset + at, place);
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) {
        let Attribute { name, value, at, is_quoted } = attribute;
        if !is_quoted {
            return self.refuse(value, *at, "an attribute without quotes");
        }
        if name == "style" || name.starts_with("on") {
            return self.refuse(value, *at, &format!("a `{name}` attribute"));
        }
        if !URL_ATTRIBUTES.contains(&name.as_str()) {
            return self.note(value, *at, HtmlPlace::Text);
        }
        for part in parts(self.merge, value) {
            if let Part::Field(_, inner) = part {
                let before = value[..inner].trim_start();
                let place = if before.is_empty() {
                    HtmlPlace::WholeUrl
                } else {
                    let keeps_at = before.starts_with("mailto:") || before.contains('?');
                    HtmlPlace::UrlPart { keeps_at }
                };
                self.places.insert(at + inner, place);
            }
        }
    }

    fn refuse(&mut self, text: &str, offset: usize, place: &str) {
        for part in parts(self.merge, text) {
            if let Part::Field(index, at) = part {
                self.refuse_field(index, offset + at, place);
            }
        }
    }

    fn refuse_field(&mut self, index: usize, at: usize, place: &str) {
        self.places.insert(at, HtmlPlace::Text);
        let name = field_name(&self.merge.fields()[index]);
        self.problems.0.push(
            Problem::error("form/field-place", format!("merge field `{name}` stands in {place}"))
                .help("use it in text, in a quoted attribute, or in the address of a link"),
        );
    }
}

/// Returns the name under which people know a field.
pub(super) fn field_name(field: &MergeField) -> &str {
    match field {
        MergeField::Subscriber { name, .. } => name,
        MergeField::UnsubscribeUrl => "unsubscribe link",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(html: &str) -> Result<Vec<HtmlPlace>, String> {
        let mut merge = MergeTable::new("7f3a91c0");
        let token = merge.token(MergeField::Subscriber { name: "name".into(), default: None });
        html_places(&merge, &html.replace("TOKEN", &token))
            .map(|places| places.into_values().collect())
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn every_token_knows_its_place() {
        use HtmlPlace::{Text, UrlPart, WholeUrl};
        assert_eq!(
            places("<title>TOKEN</title><a title=\"TOKEN\" href=\"TOKEN\">TOKEN</a><!-- TOKEN -->"),
            Ok(vec![Text, Text, WholeUrl, Text, Text])
        );
        assert_eq!(
            places(
                "<a href='https://TOKEN.example.org/?q=TOKEN'><!--[if mso]><v:rect href=\"mailto:TOKEN\"><![endif]-->"
            ),
            Ok(vec![UrlPart { keeps_at: false }, UrlPart { keeps_at: true }, UrlPart { keeps_at: true }])
        );
    }

    #[test]
    fn tokens_where_no_value_may_stand_are_refused() {
        for html in [
            "<style>.TOKEN{}</style>",
            "<p style=\"color:TOKEN\">",
            "<p onclick=\"TOKEN\">",
            "<p class=TOKEN>",
            "<TOKEN>",
            "<p TOKEN=\"x\">",
        ] {
            let refused = places(html).unwrap_err();
            assert!(refused.contains("merge field `name` stands in"), "{html}: {refused}");
        }
    }
}
