//! The attributes of one element as its renderer sees them, and the little HTML writer it uses.

use super::cascade::{Item, Rules, Values};
use super::schema::{self, Component};
use super::values::{number, whole};
use std::borrow::Cow;

/// Attributes in the order in which they count: set, handed down by the parent, `mj-all`, default.
#[derive(Debug)]
pub(super) struct Look<'a> {
    /// The element.
    pub(super) item: &'a Item<'a>,
    /// What is known about elements of its name.
    pub(super) component: Option<&'static Component>,
    inherited: Vec<(&'static str, String)>,
    rules: &'a Rules<'a>,
    /// `mj-all` with this component's colours, when they differ.
    own_all: Option<Values<'a>>,
}

impl<'a> Look<'a> {
    /// Returns the attributes of `item`.
    pub(super) fn new(item: &'a Item<'a>, rules: &'a Rules<'a>) -> Self {
        Self::inheriting(item, rules, Vec::new())
    }

    /// Returns the attributes of `item`, to which its parent hands some down.
    pub(super) fn inheriting(
        item: &'a Item<'a>,
        rules: &'a Rules<'a>,
        inherited: Vec<(&'static str, String)>,
    ) -> Self {
        let component = schema::component(item.name);
        let own_all = component.and_then(|component| rules.all_for(component));
        Self { item, component, inherited, rules, own_all }
    }

    /// Returns the attribute with the mark of the element's tag, when tags are marked.
    pub(super) fn mark(&self) -> Option<(&str, &str)> {
        self.rules.marking.zip(self.item.mark)
    }

    /// Returns one attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.find(|known| known == name)
    }

    /// Returns what `name` is on one side: the attribute of that name with the side behind it.
    fn side(&self, name: &str, side: &str) -> Option<&str> {
        self.find(|known| {
            known.len() == name.len() + 1 + side.len()
                && known.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
                && known.ends_with(side)
        })
    }

    fn find(&self, means: impl Fn(&str) -> bool) -> Option<&str> {
        let inherited = || self.inherited.iter().find(|(known, _)| means(known)).map(|(_, value)| &**value);
        self.item
            .values
            .find(&means)
            .or_else(inherited)
            .or_else(|| self.of_all().and_then(|all| all.find(&means)))
            .or_else(|| self.component.and_then(|component| component.default(&means)))
    }

    /// Returns one attribute when the document sets it, without the component's default.
    pub(super) fn set(&self, name: &str) -> Option<&str> {
        self.item.values.get(name).or_else(|| self.of_all()?.get(name))
    }

    /// Returns what `mj-all` says.
    fn of_all(&self) -> Option<&Values<'a>> {
        self.component.map(|_| self.own_all.as_ref().unwrap_or(&self.rules.all))
    }

    /// Returns one attribute when it is there and not empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Returns the pixels of `padding` (or another spacing) on one side.
    pub(super) fn spacing(&self, name: &str, side: &str) -> f64 {
        if let Some(value) = self.side(name, side).filter(|value| !value.is_empty()) {
            return whole(value).unwrap_or(0.0);
        }
        let parts: Vec<&str> = self.get(name).unwrap_or_default().split_whitespace().take(4).collect();
        let at = match (parts.len(), side) {
            (2 | 3, "left" | "right") | (4, "right") => 1,
            (3 | 4, "bottom") => 2,
            (4, "left") => 3,
            _ => 0,
        };
        parts.get(at).and_then(|part| whole(part)).unwrap_or(0.0)
    }

    /// Returns the pixels of `border` (or `inner-border`) on one side.
    pub(super) fn border(&self, name: &str, side: &str) -> f64 {
        let border = self.side(name, side).filter(|value| !value.is_empty());
        let border = border.or_else(|| self.filled(name)).unwrap_or("0");
        let width = border.split(' ').find(|part| part.starts_with(|first: char| first.is_ascii_digit()));
        width.and_then(whole).unwrap_or(0.0)
    }

    /// Returns what is left of `width` pixels inside of paddings and borders.
    pub(super) fn inner_width(&self, width: f64) -> f64 {
        let paddings = self.spacing("padding", "left") + self.spacing("padding", "right");
        let borders = self.border("border", "left") + self.border("border", "right");
        width.trunc() - paddings - borders
    }

    /// Returns the width that columns and groups have in a row `parent` pixels wide with `siblings`.
    pub(super) fn column_width(&self, parent: f64, siblings: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a row has few columns")]
        let share = parent / siblings.max(1) as f64;
        match self.filled("width") {
            Some(width) if width.trim_end().ends_with('%') => parent * number(width).unwrap_or(0.0) / 100.0,
            Some(width) => whole(width).unwrap_or(0.0),
            // The reference cuts the share to whole pixels here.
            None => share.trunc(),
        }
    }

    /// Returns styles for the five padding attributes, in the order in which they are written.
    pub(super) fn paddings(&self, name: &'static str) -> Vec<(&'static str, Option<&str>)> {
        const SIDES: [(&str, &str); 4] = [
            ("padding-top", "top"),
            ("padding-right", "right"),
            ("padding-bottom", "bottom"),
            ("padding-left", "left"),
        ];
        let sides = SIDES.iter().map(|(style, side)| (*style, self.side(name, side)));
        std::iter::once(("padding", self.get(name))).chain(sides).collect()
    }
}

/// Octets of most tags: those with many styles are longer.
const TAG_BYTES: usize = 192;

/// An opening tag being written.
#[derive(Debug)]
pub(super) struct Tag(String);

impl Tag {
    /// Starts a tag.
    pub(super) fn new(name: &str) -> Self {
        let mut tag = String::with_capacity(TAG_BYTES);
        tag.push('<');
        tag.push_str(name);
        Self(tag)
    }

    /// Starts a table that is only there for its layout.
    pub(super) fn table() -> Self {
        Self::new("table")
            .with("border", "0")
            .with("cellpadding", "0")
            .with("cellspacing", "0")
            .with("role", "presentation")
    }

    /// Adds an attribute.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push(' ');
        self.0.push_str(name);
        self.0.push_str("=\"");
        self.0.push_str(&quoted(value));
        self.0.push('"');
        self
    }

    /// Adds an attribute when it has a value.
    pub(super) fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds the mark of the element that is being written, when tags are marked.
    pub(super) fn marked(self, look: &Look<'_>) -> Self {
        match look.mark() {
            Some((name, mark)) => self.with(name, mark),
            None => self,
        }
    }

    /// Adds the styles that have values.
    pub(super) fn style(mut self, styles: &[(&str, Option<&str>)]) -> Self {
        self.0.push_str(" style=\"");
        for (name, value) in styles {
            if let Some(value) = value {
                self.0.push_str(name);
                self.0.push(':');
                self.0.push_str(&quoted(value));
                self.0.push(';');
            }
        }
        self.0.push('"');
        self
    }

    /// Returns the tag.
    pub(super) fn open(mut self) -> String {
        self.0.push('>');
        self.0
    }

    /// Returns the tag as one that holds nothing.
    pub(super) fn void(mut self) -> String {
        self.0.push_str(" />");
        self.0
    }
}

/// Returns a value that can stand between double quotes.
pub(super) fn quoted(value: &str) -> Cow<'_, str> {
    if value.as_bytes().contains(&b'"') {
        Cow::Owned(value.replace('"', "&quot;"))
    } else {
        Cow::Borrowed(value)
    }
}

/// Returns a number without a point when it is whole.
pub(super) fn plain(number: f64) -> String {
    format!("{number}")
}

/// Returns each class with `-suffix` behind it.
pub(super) fn suffixed(classes: Option<&str>, suffix: &str) -> String {
    let classes = classes.unwrap_or_default();
    if classes.is_empty() {
        return String::new();
    }
    classes.split(' ').map(|class| format!("{class}-{suffix}")).collect::<Vec<_>>().join(" ")
}
