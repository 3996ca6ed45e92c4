//! Reads `ledger`: a file of this machine, or a database that machines share.

use crate::content::fields::{Fields, FileReport, Keys, Word, clip};
use crate::content::workspace_file::LEDGER;
use crate::content::workspace_file::secret::{secret_in_file, secret_source};
use crate::content::yaml::Value;
use crate::domain::settings::SecretSource;

const PASSWORD: &str = "ledger: { url: \"postgres://user@db.example.org/news\", password: { env: NAME } }";

/// Reads the key `ledger`: where it is, and where its password comes from.
pub(super) fn parse(fields: &Fields<'_>) -> (String, Option<SecretSource>) {
    let is_map =
        fields.entry("ledger").is_some_and(|entry| !matches!(entry.node.value, Value::Scalar { .. }));
    if !is_map {
        let named = fields.word("ledger").and_then(|word| place(fields, fields.report, word));
        return (named.unwrap_or_else(|| LEDGER.to_owned()), None);
    }
    let Some(map) = fields.map("ledger", Keys::of(&["url", "password"])) else {
        return (LEDGER.to_owned(), None);
    };
    map.require("url", "url: postgres://user@db.example.org/news");
    let named = map.word("url").and_then(|word| place(&map, fields.report, word));
    (named.unwrap_or_else(|| LEDGER.to_owned()), secret_source(&map, "password", PASSWORD))
}

fn place(fields: &Fields<'_>, report: &FileReport<'_>, word: Word<'_>) -> Option<String> {
    let text = word.text.trim();
    if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
        return Some(path.to_owned());
    }
    let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
    let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
        let help = "write `ledger: sqlite:masthead.db`, or `ledger: postgres://user@db.example.org/news`";
        let message = format!("`{}` does not name a ledger", clip(text));
        report.error("content/bad-value", word.offset, message, help);
        return None;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let login = authority.rsplit_once('@').map_or("", |(login, _)| login);
    let parameters = rest.split_once('?').map_or("", |(_, parameters)| parameters);
    if login.contains(':') || parameters.split('&').any(|one| one.starts_with("password=")) {
        secret_in_file(fields, "password", word.offset, PASSWORD);
        return None;
    }
    Some(text.to_owned())
}
