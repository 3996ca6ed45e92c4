//! Which components there are, what may stand in them, which attributes they take.

use super::schema_content::CONTENT;
use super::schema_layout::LAYOUT;
use std::sync::OnceLock;

/// One component as a row of facts.
#[derive(Debug)]
pub(super) struct Row {
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

/// A component: its row, with the attributes taken apart.
#[derive(Debug)]
pub(super) struct Component {
    row: &'static Row,
    /// Names and types.
    attributes: Vec<(&'static str, &'static str)>,
    /// Names and values.
    defaults: Vec<(&'static str, &'static str)>,
}

/// Attributes that every component takes.
const COMMON: [&str; 2] = ["css-class", "mj-class"];

/// The components that somebody asked for, in the order of [`rows`]: a document uses few, and each asks for its
/// attributes hundreds of times.
static COMPONENTS: [OnceLock<Component>; LAYOUT.len() + CONTENT.len()] =
    [const { OnceLock::new() }; LAYOUT.len() + CONTENT.len()];

/// Returns the rows of all components.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    LAYOUT.iter().chain(CONTENT)
}

/// Returns the component of that name.
pub(super) fn component(name: &str) -> Option<&'static Component> {
    let (row, made) = rows().zip(&COMPONENTS).find(|(row, _)| row.name == name)?;
    Some(made.get_or_init(|| Component::of(row)))
}

/// Returns whether the inside of that element is opaque.
pub(super) fn is_ending(name: &str) -> bool {
    rows().any(|row| row.ending && row.name == name)
}

impl Row {
    /// Returns whether `child` may stand in it.
    pub(super) fn takes(&self, child: &str) -> bool {
        self.children.split(' ').any(|name| name == child)
    }
}

impl Component {
    fn of(row: &'static Row) -> Self {
        let attributes = row.attributes.split(' ').filter_map(|pair| pair.split_once('='));
        let defaults = row.defaults.split('|').filter_map(|pair| pair.trim_start().split_once('='));
        Self { row, attributes: attributes.collect(), defaults: defaults.collect() }
    }

    /// Returns its row.
    pub(super) fn row(&self) -> &'static Row {
        self.row
    }

    /// Returns the type of an attribute, or `None` when it isn't known here.
    pub(super) fn attribute_type(&self, name: &str) -> Option<&'static str> {
        if COMMON.contains(&name) {
            return Some("text");
        }
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Returns the names of its attributes.
    pub(super) fn attribute_names(&self) -> impl Iterator<Item = &'static str> {
        self.attributes.iter().map(|(name, _)| *name).chain(COMMON)
    }

    /// Returns the value that the attribute which is meant has when nothing is set.
    pub(super) fn default(&self, means: impl Fn(&str) -> bool) -> Option<&'static str> {
        self.defaults.iter().find(|(known, _)| means(known)).map(|(_, value)| *value)
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
