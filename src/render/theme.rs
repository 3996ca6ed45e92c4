//! Theme tokens: colours, fonts and measures in one place, resolved for one language.

use crate::{
    domain::{
        edition::Edition,
        language::{Direction, Language},
        problem::{Place, Problem},
        template::TemplateFiles,
    },
    render::{
        flow::{Piece, is_block},
        nearest::nearest,
    },
};
use std::collections::BTreeMap;

/// Tokens that may stand inside one another.
const NESTING_MAX: usize = 8;

/// The tokens of one edition, those inside tokens filled in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Theme {
    tokens: BTreeMap<String, String>,
}

impl Theme {
    /// Resolves the template's tokens, overridden by the newsletter's, for the edition's language.
    pub(crate) fn new(template: &TemplateFiles, edition: &Edition, problems: &mut Vec<Problem>) -> Self {
        let mut raw = BTreeMap::new();
        for tokens in [&template.theme, &edition.theme] {
            lay_over(&mut raw, tokens, &edition.language);
        }
        let mut tokens = BTreeMap::new();
        for (name, value) in &raw {
            match resolve(value, &raw, 0) {
                Ok(value) => {
                    tokens.insert(name.clone(), value);
                }
                Err(message) => {
                    let place = Place {
                        excerpt: Some(format!("{name}: {value}")),
                        ..Place::file(format!("{}/template.yaml", template.origin))
                    };
                    problems.push(Problem::error("template/theme-token", message).at(place).help(
                        "`{name}` inside a token means another token of `theme:`; take the braces away for plain words",
                    ));
                }
            }
        }
        Self { tokens }
    }

    /// Returns every token.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tokens.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Gives Markdown's tags their classes and the inline styles of the `md_…` tokens.
    pub(crate) fn dress(&self, pieces: &mut [Piece]) {
        let last_block = last_top_block(pieces);
        for (index, piece) in pieces.iter_mut().enumerate() {
            let Piece::Open { tag, attributes } = piece else { continue };
            let mut style = self.tokens.get(&format!("md_{tag}")).cloned().unwrap_or_default();
            if Some(index) == last_block
                && let Some(last) = self.tokens.get("md_p_last")
            {
                if !style.is_empty() && !style.ends_with(';') {
                    style.push(';');
                }
                style.push_str(last);
            }
            if let Some(class) = class_of(tag) {
                attributes.push(("class".into(), class.into()));
            }
            if !style.is_empty() {
                attributes.push(("style".into(), style));
            }
        }
    }
}

/// Returns the class that style sheets know a Markdown tag by; links got theirs with their target.
fn class_of(tag: &str) -> Option<&'static str> {
    Some(match tag {
        "p" => "md-p",
        "ul" => "md-ul",
        "ol" => "md-ol",
        "li" => "md-li",
        "blockquote" => "md-quote",
        "h2" | "h3" | "h4" | "h5" | "h6" => "md-h",
        _ => return None,
    })
}

/// Returns the index of the last block that no other block holds.
fn last_top_block(pieces: &[Piece]) -> Option<usize> {
    let (mut depth, mut last) = (0_usize, None);
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open { tag, .. } if is_block(tag) && tag != "hr" => {
                if depth == 0 {
                    last = Some(index);
                }
                depth += 1;
            }
            Piece::Close(tag) if is_block(tag) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    last
}

/// Lays tokens over others: plain names first, then those for the direction, then those for the language.
fn lay_over(raw: &mut BTreeMap<String, String>, tokens: &BTreeMap<String, String>, language: &Language) {
    let direction = match language.direction() {
        Direction::Rtl => "rtl",
        Direction::Ltr => "ltr",
    };
    for wanted in ["", direction, language.primary(), language.as_str()] {
        for (name, value) in tokens {
            let (base, condition) = name.split_once('@').unwrap_or((name, ""));
            if condition == wanted {
                raw.insert(base.to_owned(), value.clone());
            }
        }
    }
}

/// Fills in the tokens named inside a token.
fn resolve(value: &str, raw: &BTreeMap<String, String>, depth: usize) -> Result<String, String> {
    if depth > NESTING_MAX {
        return Err("theme tokens stand inside one another in a circle".to_owned());
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            return Err(format!("`{{` without `}}` in a theme token: `{value}`"));
        };
        let Some(inner) = raw.get(name.trim()) else {
            let near = nearest(name, raw.keys().map(String::as_str));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("there is no theme token `{name}`{hint}"));
        };
        out.push_str(&resolve(inner, raw, depth + 1)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Sets inline styles by tag in HTML that is already written, replacing those that are there.
pub(crate) fn restyle(html: &str, styles: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(html.len() + 64);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let end = tag_end(&rest[at..]).map_or(rest.len(), |length| at + length);
        let tag = &rest[at..end];
        rest = &rest[end..];
        let name_end =
            tag[1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(tag.len(), |length| length + 1);
        let Some(style) = styles.get(&tag[1..name_end]) else {
            out.push_str(tag);
            continue;
        };
        let (head, tail) = match tag.split_once(" style=\"") {
            Some((head, value)) => (head, value.split_once('"').map_or("", |(_, tail)| tail)),
            None => tag.split_at(name_end),
        };
        out.push_str(head);
        out.push_str(" style=\"");
        crate::render::flow::escape_attribute(style, &mut out);
        out.push('"');
        out.push_str(tail);
    }
    out.push_str(rest);
    out
}

/// Returns the length of the tag that `html` starts with; quotes may hide a `>`.
fn tag_end(html: &str) -> Option<usize> {
    let mut quoted = false;
    html.bytes()
        .position(|b| {
            quoted ^= b == b'"';
            b == b'>' && !quoted
        })
        .map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::{lay_over, resolve, restyle};
    use crate::domain::language::Language;
    use std::collections::BTreeMap;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_nearest_condition_wins_and_the_newsletter_over_the_template() {
        let template =
            map(&[("font", "Arial"), ("font@rtl", "Tahoma"), ("font@ar", "Geeza"), ("size", "16px")]);
        let newsletter = map(&[("size", "17px")]);
        let laid = |tag: &str| {
            let mut raw = BTreeMap::new();
            lay_over(&mut raw, &template, &Language::parse(tag).unwrap());
            lay_over(&mut raw, &newsletter, &Language::parse(tag).unwrap());
            format!("{} {}", raw["font"], raw["size"])
        };
        assert_eq!([laid("en"), laid("he"), laid("ar-EG")], ["Arial 17px", "Tahoma 17px", "Geeza 17px"]);
    }

    #[test]
    fn tokens_inside_tokens_are_filled_and_circles_refused() {
        let raw = map(&[
            ("accent", "#123456"),
            ("md_a", "color:{accent}"),
            ("a", "{b}"),
            ("b", "{a}"),
            ("x", "{acent}"),
        ]);
        assert_eq!(resolve(&raw["md_a"], &raw, 0).unwrap(), "color:#123456");
        assert!(resolve("{a}", &raw, 0).unwrap_err().contains("circle"));
        assert!(resolve("{acent}", &raw, 0).unwrap_err().contains("did you mean `accent`?"));
    }

    #[test]
    fn restyling_replaces_and_adds() {
        let html = "<p class=\"md-p\" style=\"margin:0\">a <a href=\"https://example.org/>\">b</a><br /></p>";
        let styled = restyle(html, &map(&[("p", "margin:9px"), ("a", "color:#fff"), ("br", "x:y")]));
        assert_eq!(
            styled,
            "<p class=\"md-p\" style=\"margin:9px\">a <a style=\"color:#fff\" href=\"https://example.org/>\">b</a><br style=\"x:y\" /></p>"
        );
    }
}
