//! Which components there are, what may stand in them, which attributes they take.

use super::schema_content::CONTENT;
use super::schema_layout::LAYOUT;

/// One component as a row of facts.
#[derive(Debug)]
pub(super) struct Component {
    /// Its element name.
    pub(super) name: &'static str,
    /// Whether its inside is text or HTML that MJML doesn't look into.
    pub(super) ending: bool,
    /// The elements that may stand in it, parted by spaces.
    pub(super) children: &'static str,
    /// Its attributes as `name=type`, parted by spaces.
    pub(super) attributes: &'static str,
    /// The values it has when nothing is set, as `name=value`, parted by `|`.
    pub(super) defaults: &'static str,
}

/// Attributes that every component takes.
const COMMON: [&str; 2] = ["css-class", "mj-class"];

/// Returns all components.
pub(super) fn components() -> impl Iterator<Item = &'static Component> {
    LAYOUT.iter().chain(CONTENT)
}

/// Returns the component of that name.
pub(super) fn component(name: &str) -> Option<&'static Component> {
    components().find(|component| component.name == name)
}

/// Returns whether the inside of that element is opaque.
pub(super) fn is_ending(name: &str) -> bool {
    component(name).is_some_and(|component| component.ending)
}

impl Component {
    /// Returns whether `child` may stand in it.
    pub(super) fn takes(&self, child: &str) -> bool {
        self.children.split_whitespace().any(|name| name == child)
    }

    /// Returns the type of an attribute, or `None` when it isn't known here.
    pub(super) fn attribute_type(&self, name: &str) -> Option<&'static str> {
        if COMMON.contains(&name) {
            return Some("text");
        }
        self.typed_attributes().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }

    /// Returns the names of its attributes.
    pub(super) fn attribute_names(&self) -> impl Iterator<Item = &'static str> {
        self.typed_attributes().map(|(name, _)| name).chain(COMMON)
    }

    fn typed_attributes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.attributes.split_whitespace().filter_map(|pair| pair.split_once('='))
    }

    /// Returns the value an attribute has when nothing is set.
    pub(super) fn default(&self, name: &str) -> Option<&'static str> {
        self.defaults
            .split('|')
            .filter_map(|pair| pair.trim_start().split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// Returns the name among `names` that somebody may have meant by `typed`.
pub(super) fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names
        .map(|name| (strsim::osa_distance(typed, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 5)
        .min()
        .map(|(_, name)| name)
}
