//! Reads `masthead.yaml`: relay, ledger, public address, signing.

mod checks;
mod signing;

use crate::content::fields::{Fields, FileReport, Keys, Word, clip, word};
use crate::content::slug::is_slug;
use crate::content::source::SourceText;
use crate::content::values::LinkKind;
use crate::content::yaml::{self, Value};
use crate::domain::problem::{Problem, Problems};
use crate::domain::settings::{
    CheckSettings, ImagePolicy, Protection, Rate, RelaySettings, SecretSource, WorkspaceSettings,
};
use std::collections::BTreeMap;

const KEYS: Keys = Keys {
    known: &["relay", "ledger", "public_url", "bounces", "images", "columns", "signing", "checks"],
    later: &["serve", "endpoint", "mailbox"],
    not_here: &[],
};

const RELAY_KEYS: Keys = Keys::of(&[
    "url",
    "password",
    "connections",
    "pipeline_depth",
    "rate",
    "allow_plaintext",
    "accept_invalid_certificates",
    "hello_name",
    "messages_per_connection",
]);

const LEDGER: &str = "masthead.db";

const PASSWORD: &str = "password: { env: MASTHEAD_RELAY_PASSWORD }";

/// Returns what holds when there is no `masthead.yaml`.
pub fn defaults() -> WorkspaceSettings {
    WorkspaceSettings {
        relay: None,
        ledger: LEDGER.to_owned(),
        public_url: None,
        bounce_address: None,
        images: ImagePolicy::Embed,
        columns: BTreeMap::new(),
        signing: None,
        checks: CheckSettings::default(),
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
    WorkspaceSettings {
        relay: fields.map("relay", RELAY_KEYS).and_then(|relay| self::relay(&relay)),
        ledger: ledger(fields),
        images: images(fields, public_url.is_some()),
        public_url,
        bounce_address: bounces.and_then(|bounces| bounces.address("address")),
        columns: columns(fields),
        signing: signing::signing(fields),
        checks: checks::parse(fields),
    }
}

fn ledger(fields: &Fields<'_>) -> String {
    let Some(word) = fields.word("ledger") else { return LEDGER.to_owned() };
    let text = word.text.trim();
    if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
        return path.to_owned();
    }
    let (code, message) = if text.starts_with("postgres") {
        (
            "content/not-available",
            "a PostgreSQL ledger is not available in this version of masthead".to_owned(),
        )
    } else {
        ("content/bad-value", format!("`{}` does not name a ledger", clip(text)))
    };
    fields.report.error(code, word.offset, message, "write `ledger: sqlite:masthead.db`");
    LEDGER.to_owned()
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

fn relay(fields: &Fields<'_>) -> Option<RelaySettings> {
    fields.require("url", "url: smtps://user@mail.example.org");
    let password = password(fields);
    let allow_plaintext = fields.flag("allow_plaintext").unwrap_or(false);
    let accept_invalid_certificates = fields.flag("accept_invalid_certificates").unwrap_or(false);
    let connections = fields.count("connections", 1..=100).unwrap_or(4) as usize;
    let pipeline_depth = fields.count("pipeline_depth", 1..=64).unwrap_or(1) as usize;
    let messages_per_connection = fields.count("messages_per_connection", 1..=100_000).unwrap_or(100);
    let (rate, hello_name) = (rate(fields), hello_name(fields));
    let word = fields.word("url")?;
    let target = target(fields, word, allow_plaintext)?;
    if target.protection == Protection::Plain && !allow_plaintext && !is_loopback(&target.host) {
        let message = format!("`{}` would get mail and password in the clear", clip(&target.host));
        let help = "use `smtps://` or `smtp://` (STARTTLS); if it is meant, add `allow_plaintext: true`";
        fields.report.error("content/plaintext-relay", word.offset, message, help);
    }
    if let (Some(entry), None) = (fields.entry("password"), &target.user) {
        let help = "put the login name into the url: `smtps://user@mail.example.org`";
        fields.report.error("content/bad-value", entry.offset, "there is a password but no login name", help);
    }
    Some(RelaySettings {
        host: target.host,
        port: target.port,
        protection: target.protection,
        allow_plaintext,
        accept_invalid_certificates,
        user: target.user,
        password,
        connections,
        rate,
        hello_name,
        messages_per_connection,
        pipeline_depth,
    })
}

fn rate(fields: &Fields<'_>) -> Option<Rate> {
    let word = fields.word("rate")?;
    let rate = Rate::parse(word.text);
    if rate.is_none() {
        let message = format!("`{}` is not a rate", clip(word.text));
        fields.report.error(
            "content/bad-value",
            word.offset,
            message,
            "write `10/s`, `600/min`, `1000/h` or `10000/day`",
        );
    }
    rate
}

fn hello_name(fields: &Fields<'_>) -> Option<String> {
    let word = fields.word("hello_name")?;
    let name = word.text.trim();
    if is_host(name) {
        return Some(name.to_owned());
    }
    let message = format!("`{}` is not a host name", clip(name));
    fields.report.error(
        "content/bad-value",
        word.offset,
        message,
        "write the full name of this machine: `mailer.example.org`",
    );
    None
}

/// Reads where the password comes from; a password in the file itself is refused.
fn password(fields: &Fields<'_>) -> Option<SecretSource> {
    secret_source(fields, "password", PASSWORD)
}

/// Reads where a secret comes from; a secret in the file itself is refused.
fn secret_source(fields: &Fields<'_>, key: &str, example: &str) -> Option<SecretSource> {
    let entry = fields.entry(key)?;
    if matches!(entry.node.value, Value::Scalar { .. }) {
        secret_in_file(fields, key, entry.offset, example);
        return None;
    }
    let secret = fields.map(key, Keys::of(&["env", "file"]))?;
    match (secret.word("env"), secret.word("file")) {
        (Some(env), None) => Some(SecretSource::Env(env.text.trim().to_owned())),
        (None, Some(file)) => Some(SecretSource::File(file.text.trim().to_owned())),
        _ => {
            let help = format!("write `{key}: {{ env: NAME }}` or `{key}: {{ file: PATH }}`");
            let message = format!("`{key}` needs either `env` or `file`");
            fields.report.error("content/bad-value", entry.offset, message, help);
            None
        }
    }
}

fn secret_in_file(fields: &Fields<'_>, key: &str, offset: usize, example: &str) {
    let mut place = fields.report.at(offset);
    // The line holds the secret: it must not travel into logs and bug reports.
    place.excerpt = None;
    fields.report.note(
        Problem::error("content/secret-in-file", format!("a {key} stands in the file"))
            .at(place)
            .help(format!("write `{example}`, and change the {key} if the file was shared")),
    );
}

/// What a relay's url says.
struct Target {
    host: String,
    port: u16,
    protection: Protection,
    user: Option<String>,
}

/// Reads a relay's url.
///
/// `smtp://` means STARTTLS, except to this machine itself, where nobody else can listen, and where
/// `allow_plaintext` says that plain text is meant.
fn target(fields: &Fields<'_>, word: Word<'_>, allow_plaintext: bool) -> Option<Target> {
    let text = word.text.trim();
    let help = "write `smtps://user@mail.example.org` (TLS) or `smtp://user@mail.example.org` (STARTTLS)";
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (login, authority) = rest.rsplit_once('@').map_or((None, rest), |(login, host)| (Some(login), host));
    if login.is_some_and(|login| login.contains(':')) {
        secret_in_file(fields, "password", word.offset, PASSWORD);
        return None;
    }
    let user = login.map(percent_decoded);
    if let (Some((host, port)), true) =
        (split_port(authority.trim_end_matches('/')), user.as_ref().is_none_or(Option::is_some))
        && let Some(protection) = protection(scheme, allow_plaintext || is_loopback(&host))
    {
        let default_port = match protection {
            Protection::Tls => 465,
            Protection::StartTls => 587,
            Protection::Plain => 25,
        };
        return Some(Target { host, port: port.unwrap_or(default_port), protection, user: user.flatten() });
    }
    let message = format!("`{}` is not the address of a relay", clip(text));
    fields.report.error("content/bad-link", word.offset, message, help);
    None
}

fn protection(scheme: &str, may_be_plain: bool) -> Option<Protection> {
    match scheme {
        "smtps" => Some(Protection::Tls),
        "smtp" if !may_be_plain => Some(Protection::StartTls),
        "smtp+starttls" => Some(Protection::StartTls),
        "smtp" | "smtp+plain" => Some(Protection::Plain),
        _ => None,
    }
}

fn split_port(authority: &str) -> Option<(String, Option<u16>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        let port = if port.is_empty() { None } else { Some(port.strip_prefix(':')?.parse().ok()?) };
        return Some((host.to_owned(), port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0)?)),
        None => (authority, None),
    };
    is_host(host).then(|| (host.to_owned(), port))
}

fn is_host(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Reads `%40` as `@`; `None` when the text isn't lawful.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|user| !user.is_empty() && !user.contains(char::is_control))
}

#[cfg(test)]
mod tests;
