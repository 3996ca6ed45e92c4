//! Reads `relay`: where mail goes, who we are there, and how much it takes.

use crate::content::fields::{Fields, Keys, clip};
use crate::content::workspace_file::oauth;
use crate::content::workspace_file::relay_url::{PASSWORD, is_host, is_loopback, target};
use crate::content::workspace_file::secret::secret_source;
use crate::domain::settings::{Protection, Rate, RelayProfile, RelaySettings};
use std::time::Duration;

/// The smallest limit on a message's size that makes sense.
const KILOBYTES_MIN: u32 = 64;

const KEYS: Keys = Keys::of(&[
    "url",
    "profile",
    "password",
    "oauth",
    "connections",
    "rate",
    "recipients_per_day",
    "quota",
    "message_kilobytes",
    "messages_per_connection",
    "pipeline_depth",
    "rewrites",
    "hello_name",
    "allow_plaintext",
    "accept_invalid_certificates",
]);

/// Reads the key `relay`.
pub(super) fn parse(root: &Fields<'_>) -> Option<RelaySettings> {
    let fields = &root.map("relay", KEYS)?;
    fields.require("url", "url: smtps://user@mail.example.org");
    let allow_plaintext = fields.flag("allow_plaintext").unwrap_or(false);
    let word = fields.word("url");
    let target = word.and_then(|word| target(fields, word, allow_plaintext));
    let profile = fields.choice("profile", &RelayProfile::NAMES).and_then(RelayProfile::parse);
    let guess = target.as_ref().map_or(RelayProfile::Generic, |target| RelayProfile::guess(&target.host));
    let profile = profile.unwrap_or(guess);
    let password = secret_source(fields, "password", PASSWORD);
    let oauth = oauth::parse(fields, profile);
    let (host, port, protection, user) = match target {
        Some(target) => (target.host, target.port, target.protection, target.user),
        // Everything else is still read, so that all slips are named at once.
        None => (String::new(), 0, Protection::Tls, None),
    };
    let is_known = !host.is_empty();
    let mut relay = RelaySettings::of_profile(host, port, protection, profile);
    limits(fields, &mut relay);
    relay.user = user;
    relay.password = password;
    relay.oauth = oauth;
    relay.allow_plaintext = allow_plaintext;
    relay.accept_invalid_certificates = fields.flag("accept_invalid_certificates").unwrap_or(false);
    relay.hello_name = hello_name(fields);
    if !is_known {
        return None;
    }
    check(fields, &relay);
    Some(relay)
}

/// Takes over the limits that stand in the file; the others stay those of the profile.
fn limits(fields: &Fields<'_>, relay: &mut RelaySettings) {
    if let Some(connections) = fields.count("connections", 1..=512) {
        relay.connections = connections as usize;
    }
    if let Some(depth) = fields.count("pipeline_depth", 1..=64) {
        relay.pipeline_depth = depth as usize;
    }
    if let Some(messages) = fields.count("messages_per_connection", 1..=100_000) {
        relay.messages_per_connection = messages;
    }
    relay.rate = rate(fields, "rate").or(relay.rate);
    relay.quota = quota(fields);
    relay.recipients_per_day =
        fields.count("recipients_per_day", 1..=100_000_000).or(relay.recipients_per_day);
    if let Some(kilobytes) = fields.count("message_kilobytes", KILOBYTES_MIN..=1_000_000) {
        relay.message_octets_max = Some(u64::from(kilobytes) * 1_000);
    }
    if fields.entry("rewrites").is_some() {
        relay.rewrites = rewrites(fields);
    }
}

/// Reads which header fields the relay replaces; an empty list says none.
fn rewrites(fields: &Fields<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for word in fields.words("rewrites") {
        let name = word.text.trim().to_ascii_lowercase();
        // RFC 6376, 5.4: a signature without From is none.
        if name == "from" {
            let help = "let the relay sign instead, or send from an address that it keeps";
            let message = "a relay that replaces `From` breaks every signature";
            fields.report.error("content/bad-value", word.offset, message, help);
        } else if !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
        {
            names.push(name);
        } else {
            let message = format!("`{}` is not the name of a header field", clip(word.text));
            fields.report.error(
                "content/bad-value",
                word.offset,
                message,
                "write `rewrites: [message-id, date]`",
            );
        }
    }
    names
}

/// Notes what does not go together.
fn check(fields: &Fields<'_>, relay: &RelaySettings) {
    let place = |key| fields.entry(key).map(|entry| entry.offset).unwrap_or_default();
    if relay.protection == Protection::Plain && !relay.allow_plaintext && !is_loopback(&relay.host) {
        let message = format!("`{}` would get mail and password in the clear", clip(&relay.host));
        let help = "use `smtps://` or `smtp://` (STARTTLS); if it is meant, add `allow_plaintext: true`";
        let offset = fields.word("url").map_or_else(|| place("url"), |word| word.offset);
        fields.report.error("content/plaintext-relay", offset, message, help);
    }
    for key in ["password", "oauth"] {
        if let (Some(entry), None) = (fields.entry(key), &relay.user) {
            let help = "put the login name into the url: `smtps://user@mail.example.org`";
            let message = format!("there is `{key}` but no login name");
            let message =
                if key == "password" { "there is a password but no login name".into() } else { message };
            fields.report.error("content/bad-value", entry.offset, message, help);
        }
    }
    if fields.entry("password").is_some() && fields.entry("oauth").is_some() {
        let help = "keep `oauth` where the provider takes it, else `password`";
        let message = "`password` and `oauth` are two ways to log in";
        fields.report.error("content/bad-value", place("password"), message, help);
    }
}

fn rate(fields: &Fields<'_>, key: &str) -> Option<Rate> {
    let word = fields.word(key)?;
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

/// Reads what may be sent in an hour or a day; it is counted in parts of that time.
fn quota(fields: &Fields<'_>) -> Option<Rate> {
    let quota = rate(fields, "quota")?;
    if quota.per >= Duration::from_hours(1) {
        return Some(quota);
    }
    let offset = fields.word("quota").map_or(0, |word| word.offset);
    let message = format!("`{quota}` is a rate; a quota is for an hour or a day");
    let help = format!("write `quota: 1000/h` or `quota: 10000/day`; or, if it is a rate, `rate: {quota}`");
    fields.report.error("content/bad-value", offset, message, help);
    None
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
