//! Reads `masthead.yaml`: relay, ledger, public address, signing.

mod checks;
mod doubt;
mod ledger;
mod oauth;
mod relay;
mod relay_url;
mod secret;
mod sending;
mod signing;

use crate::content::fields::{Fields, FileReport, Keys, clip, word};
use crate::content::slug::is_slug;
use crate::content::source::SourceText;
use crate::content::values::LinkKind;
use crate::content::yaml;
use crate::domain::problem::Problems;
use crate::domain::settings::{CheckSettings, ImagePolicy, SendingSettings, WorkspaceSettings};
use std::collections::BTreeMap;

const KEYS: Keys = Keys {
    known: &["relay", "ledger", "public_url", "bounces", "images", "columns", "signing", "checks", "sending"],
    later: &["serve", "endpoint", "mailbox"],
    not_here: &[],
};

const LEDGER: &str = "masthead.db";

/// Returns what holds when there is no `masthead.yaml`.
pub fn defaults() -> WorkspaceSettings {
    WorkspaceSettings {
        relay: None,
        ledger: LEDGER.to_owned(),
        ledger_password: None,
        public_url: None,
        bounce_address: None,
        images: ImagePolicy::Embed,
        columns: BTreeMap::new(),
        signing: None,
        checks: CheckSettings::default(),
        sending: SendingSettings::default(),
    }
}

/// Reads `masthead.yaml`. An empty file means the defaults.
pub fn parse(source: &SourceText) -> (WorkspaceSettings, Problems) {
    let report = FileReport::new(source);
    let (root, problems) = yaml::parse(source, 0..source.text().len());
    report.note_all(problems);
    let fields = root.as_ref().and_then(|root| Fields::open(&report, root, "the workspace settings", KEYS));
    let settings = fields.map_or_else(defaults, |fields| settings(&fields));
    (settings, report.into_problems())
}

fn settings(fields: &Fields<'_>) -> WorkspaceSettings {
    let public_url = public_url(fields);
    let bounces = fields.map("bounces", Keys::of(&["address"]));
    if let Some(bounces) = &bounces {
        bounces.require("address", "address: bounces@news.example.org");
    }
    let (ledger, ledger_password) = ledger::parse(fields);
    WorkspaceSettings {
        relay: relay::parse(fields),
        ledger,
        ledger_password,
        images: images(fields, public_url.is_some()),
        public_url,
        bounce_address: bounces.and_then(|bounces| bounces.address("address")),
        columns: columns(fields),
        signing: signing::signing(fields),
        checks: checks::parse(fields),
        sending: sending::parse(fields),
    }
}

fn public_url(fields: &Fields<'_>) -> Option<String> {
    let word = fields.word("public_url")?;
    let url = fields.link("public_url", LinkKind::Web)?;
    if url.contains(['?', '#', '{', '\u{22}', '<', '>']) {
        let help = "write the address that all public pages begin with: `https://news.example.org`";
        fields.report.error(
            "content/bad-link",
            word.offset,
            "`public_url` can't have `?` or `#` in it",
            help,
        );
        return None;
    }
    Some(url.trim_end_matches('/').to_owned())
}

fn images(fields: &Fields<'_>, has_public_url: bool) -> ImagePolicy {
    match fields.choice("images", &["link", "embed"]) {
        Some("link") => {
            if let (false, Some(word)) = (has_public_url, fields.word("images")) {
                let help = "set `public_url`, or write `images: embed`";
                fields.report.error(
                    "content/bad-value",
                    word.offset,
                    "images can't be linked without a public address",
                    help,
                );
            }
            ImagePolicy::Link
        }
        None if has_public_url => ImagePolicy::Link,
        Some(_) | None => ImagePolicy::Embed,
    }
}

fn columns(fields: &Fields<'_>) -> BTreeMap<String, String> {
    let entry = fields.entry("columns");
    let open = entry.and_then(|entry| Fields::open_free(fields.report, &entry.node, "`columns`"));
    let mut columns = BTreeMap::new();
    for entry in open.iter().flat_map(Fields::entries) {
        let Some(word) = word(fields.report, &entry.node, &clip(&entry.key)) else { continue };
        let field = word.text.trim().to_lowercase();
        if is_slug(&field) {
            columns.insert(entry.key.clone(), field);
        } else {
            let message = format!("`{}` is not a field of a subscriber", clip(word.text));
            let help = "write `email`, `name`, `language`, `topics`, or one word of your own";
            fields.report.error("content/bad-value", word.offset, message, help);
        }
    }
    columns
}

#[cfg(test)]
mod tests;
