//! What mail clients support of HTML, CSS and image formats, and how many readers that concerns.
//!
//! The facts are caniemail's, taken over by `scripts/caniemail` into a table with one verdict for each feature and
//! platform; the words are ours. Verdicts are as old as [`Feature::tested`] says.

mod detect;
mod names;
mod selectors;

pub(super) use names::of_declaration;
pub(super) use selectors::of_selectors;

pub use detect::{Spot, Usage, features_of};

use std::{collections::BTreeMap, sync::LazyLock};

const TABLE: &str = include_str!("support/table.tsv");

/// How well something works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It works.
    Yes,
    /// It works in part, or on some of the client's platforms.
    Partly,
    /// It doesn't work.
    No,
    /// Nobody has looked.
    Unknown,
}

/// What a feature is, and so what happens where it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A CSS property.
    Property,
    /// A value, unit or function of CSS.
    Value,
    /// A selector.
    Selector,
    /// An at-rule.
    AtRule,
    /// An HTML element.
    Element,
    /// An HTML attribute.
    Attribute,
    /// An image format.
    Image,
    /// Anything else.
    Other,
}

impl Kind {
    /// Returns what readers of a client without the feature get, as half a sentence.
    pub fn consequence(self) -> &'static str {
        match self {
            Self::Property => {
                "the declaration is ignored, and what it was to change stays as it is by default"
            }
            Self::Value => {
                "the declaration with this value is ignored, in some clients with all that stands beside it"
            }
            Self::Selector => "the rule applies to nothing",
            Self::AtRule => "everything inside the braces is ignored",
            Self::Element => "the element is dropped or shown as plain text",
            Self::Attribute => "the attribute is dropped, and what it says is lost",
            Self::Image => "the picture doesn't show; its alternative text does",
            Self::Other => "it has no effect",
        }
    }
}

/// One feature of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its name in the table, e.g. `css-border-radius`.
    pub id: &'static str,
    /// Its name for people, e.g. `border-radius`.
    pub title: &'static str,
    /// Day of its last test, `YYYY-MM-DD`.
    pub tested: &'static str,
    /// What it is.
    pub kind: Kind,
    /// One letter for each platform.
    letters: &'static str,
}

/// A family of mail clients that behave alike.
#[derive(Debug, PartialEq)]
pub struct Client {
    /// Short name, as settings have it.
    pub short: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Percent of the readers that usually use it.
    pub usual_share: f64,
    /// Platforms of the table; those of no other client when empty.
    platforms: &'static [&'static str],
}

/// All clients that we tell apart.
pub static CLIENTS: [Client; 8] = [
    Client {
        short: "apple",
        name: "Apple Mail",
        usual_share: 45.0,
        platforms: &["apple-mail/ios", "apple-mail/macos"],
    },
    Client {
        short: "gmail",
        name: "Gmail",
        usual_share: 30.0,
        platforms: &["gmail/desktop-webmail", "gmail/ios", "gmail/android"],
    },
    Client {
        short: "gmail-other",
        name: "Gmail app with another provider's account",
        usual_share: 3.0,
        // The nearest that is tested.
        platforms: &["gmail/mobile-webmail"],
    },
    Client {
        short: "outlook",
        name: "Outlook on the web, on phones and on the Mac",
        usual_share: 8.0,
        platforms: &["outlook/outlook-com", "outlook/ios", "outlook/android", "outlook/macos"],
    },
    Client {
        short: "outlook-windows",
        name: "Outlook for Windows (classic)",
        usual_share: 5.0,
        platforms: &["outlook/windows"],
    },
    Client {
        short: "yahoo",
        name: "Yahoo Mail and AOL",
        usual_share: 4.0,
        platforms: &[
            "yahoo/desktop-webmail",
            "yahoo/ios",
            "yahoo/android",
            "aol/desktop-webmail",
            "aol/ios",
            "aol/android",
        ],
    },
    Client {
        short: "samsung",
        name: "Samsung Email",
        usual_share: 2.0,
        platforms: &["samsung-email/android"],
    },
    Client { short: "others", name: "other clients", usual_share: 3.0, platforms: &[] },
];

/// The table, read.
struct Table {
    dated: &'static str,
    features: Vec<Feature>,
    /// Columns of each client, in the order of [`CLIENTS`].
    columns: Vec<Vec<usize>>,
}

static READ: LazyLock<Table> = LazyLock::new(read);

fn read() -> Table {
    let dated = TABLE.split_once("data of ").map_or("", |(_, rest)| &rest[..10]);
    let mut lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let platforms: Vec<&str> = lines.next().unwrap_or_default().split('\t').skip(1).collect();
    let taken = |platform: &str| CLIENTS.iter().any(|client| client.platforms.contains(&platform));
    let columns = CLIENTS.iter().map(|client| {
        let belongs = |platform: &str| match client.platforms {
            // Its verdicts stopped with Windows 10's own mail program.
            [] => !taken(platform) && platform != "outlook/windows-mail",
            platforms => platforms.contains(&platform),
        };
        (0..platforms.len()).filter(|at| belongs(platforms[*at])).collect()
    });
    let columns = columns.collect();
    let mut features: Vec<Feature> = lines.filter_map(feature_of_line).collect();
    features.sort_by_key(|feature| feature.id);
    Table { dated, features, columns }
}

fn feature_of_line(line: &'static str) -> Option<Feature> {
    let mut cells = line.split('\t');
    let (id, title, tested, letters) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    Some(Feature { id, title, tested, kind: names::kind(id), letters })
}

/// Returns the day of the table.
pub fn dated() -> &'static str {
    READ.dated
}

/// Returns all features, by id.
pub fn features() -> &'static [Feature] {
    &READ.features
}

/// Returns a feature by its id.
pub fn feature(id: &str) -> Option<&'static Feature> {
    let features = features();
    features.binary_search_by(|feature| feature.id.cmp(id)).ok().map(|at| &features[at])
}

/// Returns a client by its short name.
pub fn client(short: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.short == short)
}

/// Returns how well a client supports a feature, by id and short name. What isn't in the table is unknown.
pub fn verdict(feature_id: &str, short: &str) -> Verdict {
    let at = CLIENTS.iter().position(|client| client.short == short);
    match (feature(feature_id), at) {
        (Some(feature), Some(at)) => feature.lack(at).map_or(Verdict::Unknown, verdict_of),
        _ => Verdict::Unknown,
    }
}

fn verdict_of(lack: f64) -> Verdict {
    match lack {
        lack if lack < 0.01 => Verdict::Yes,
        lack if lack > 0.99 => Verdict::No,
        _ => Verdict::Partly,
    }
}

impl Feature {
    /// Returns how much of it a client lacks: 0 nothing, 1 all, between them when it is in part or on some
    /// platforms; `None` when nobody knows.
    fn lack(&self, client: usize) -> Option<f64> {
        let (mut sum, mut known) = (0.0, 0.0);
        for column in &READ.columns[client] {
            let lack = match self.letters.as_bytes().get(*column) {
                Some(b'y') => 0.0,
                Some(b'a') => 0.5,
                Some(b'n') => 1.0,
                _ => continue,
            };
            sum += lack;
            known += 1.0;
        }
        (known > 0.0).then(|| sum / known)
    }
}

/// How many readers use which client, as parts of 1, in the order of [`CLIENTS`].
#[derive(Clone, Debug, PartialEq)]
pub struct Shares([f64; CLIENTS.len()]);

impl Default for Shares {
    fn default() -> Self {
        Self::of(&BTreeMap::new())
    }
}

impl Shares {
    /// Returns shares of which some are given, in percent by short name: the other clients divide what is left of a
    /// hundred as usual, and more than a hundred is scaled down to it. Unknown names, negative and infinite numbers count
    /// nothing.
    pub fn of(known: &BTreeMap<String, f64>) -> Self {
        let given = |client: &Client| {
            known.get(client.short).map(|share| if share.is_finite() { share.max(0.0) } else { 0.0 })
        };
        let named: f64 = CLIENTS.iter().filter_map(given).sum();
        let usual: f64 =
            CLIENTS.iter().filter(|client| given(client).is_none()).map(|client| client.usual_share).sum();
        let left = if usual > 0.0 { (100.0 - named).max(0.0) } else { 0.0 };
        let whole = if named + left > 0.0 { named + left } else { 1.0 };
        Self(CLIENTS.each_ref().map(|client| {
            let points = given(client).unwrap_or_else(|| left * client.usual_share / usual);
            points / whole
        }))
    }

    /// Returns the share of a client by its short name, 0 to 1.
    pub fn get(&self, short: &str) -> f64 {
        CLIENTS.iter().position(|client| client.short == short).map_or(0.0, |at| self.0[at])
    }
}

/// Returns the share of readers (0 to 1) for whom a feature is missing, half counted where it works in part; and
/// the clients that lack it, wholly or in part, the largest share first.
pub fn weight(feature_id: &str, shares: &Shares) -> (f64, Vec<(&'static Client, Verdict)>) {
    let Some(feature) = feature(feature_id) else { return (0.0, Vec::new()) };
    let mut sum = 0.0;
    let mut lacking = Vec::new();
    for (at, client) in CLIENTS.iter().enumerate() {
        let Some(lack) = feature.lack(at).filter(|lack| *lack > 0.0) else { continue };
        sum += shares.0[at] * lack;
        lacking.push((client, verdict_of(lack), shares.0[at] * lack));
    }
    lacking.sort_by(|one, other| other.2.total_cmp(&one.2));
    (sum, lacking.into_iter().map(|(client, verdict, _)| (client, verdict)).collect())
}

#[cfg(test)]
mod tests;
