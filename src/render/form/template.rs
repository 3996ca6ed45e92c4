//! A text cut at its merge tokens.

use crate::domain::merge::MergeTable;

/// A stretch of text, or the index of the field that stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Words that are the same for everybody, and where they begin.
    Text(&'a str, usize),
    /// Index of the field in its [`MergeTable`], and where its token begins.
    Field(usize, usize),
}

/// Cuts `text` at the tokens of `merge`.
pub fn parts<'a>(merge: &MergeTable, text: &'a str) -> Vec<Part<'a>> {
    let prefix = merge.prefix();
    let (mut parts, mut from, mut search) = (Vec::new(), 0, 0);
    while let Some(at) = text[search..].find(&prefix).map(|at| search + at) {
        let Some(index) = merge.field_at(&text[at..]) else {
            search = at + prefix.len();
            continue;
        };
        if at > from {
            parts.push(Part::Text(&text[from..at], from));
        }
        parts.push(Part::Field(index, at));
        from = at + merge.token_len();
        search = from;
    }
    if from < text.len() {
        parts.push(Part::Text(&text[from..], from));
    }
    parts
}

/// A text with holes, ready to be rendered for one reader after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Owned>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Owned {
    Text(String),
    Field(usize),
}

impl Template {
    pub(super) fn read(merge: &MergeTable, text: &str) -> Self {
        let owned = |part: Part<'_>| match part {
            Part::Text(text, _) => Owned::Text(text.to_owned()),
            Part::Field(index, _) => Owned::Field(index),
        };
        Self { parts: parts(merge, text).into_iter().map(owned).collect() }
    }

    /// Returns the text when it is the same for everybody.
    pub(super) fn as_static(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Owned::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().filter_map(|part| match part {
            Owned::Text(_) => None,
            Owned::Field(index) => Some(*index),
        })
    }

    /// Appends the text with every hole filled by `fill`.
    pub(super) fn render<E>(
        &self,
        out: &mut String,
        mut fill: impl FnMut(usize, &mut String) -> Result<(), E>,
    ) -> Result<(), E> {
        for part in &self.parts {
            match part {
                Owned::Text(text) => out.push_str(text),
                Owned::Field(index) => fill(*index, out)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::merge::MergeField;

    #[test]
    fn texts_are_cut_at_tokens_and_only_there() {
        let mut merge = MergeTable::new("7f3a91c0");
        let token = merge.token(MergeField::UnsubscribeUrl);
        let text = format!("a {token}{token} zq7f3a91c0none b");
        let found = parts(&merge, &text);
        assert_eq!(found[0], Part::Text("a ", 0));
        assert_eq!(found[1], Part::Field(0, 2));
        assert_eq!(found[2], Part::Field(0, 2 + merge.token_len()));
        assert!(matches!(found[3], Part::Text(" zq7f3a91c0none b", _)));
        assert_eq!(Template::read(&merge, "").as_static(), Some(""));
    }
}
