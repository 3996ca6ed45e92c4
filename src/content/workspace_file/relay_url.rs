//! Reads a relay's url.

use crate::content::fields::{Fields, Word, clip};
use crate::content::workspace_file::secret::secret_in_file;
use crate::domain::settings::Protection;

/// The line that the url of a login wants beside it.
pub(super) const PASSWORD: &str = "password: { env: MASTHEAD_RELAY_PASSWORD }";

/// What a relay's url says.
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) protection: Protection,
    pub(super) user: Option<String>,
}

/// Reads a relay's url.
///
/// `smtp://` means STARTTLS, except to this machine itself, where nobody else can listen, and where
/// `allow_plaintext` says that plain text is meant.
pub(super) fn target(fields: &Fields<'_>, word: Word<'_>, allow_plaintext: bool) -> Option<Target> {
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

pub(super) fn is_host(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    text.len() <= 253 && text.split('.').all(is_label)
}

pub(super) fn is_loopback(host: &str) -> bool {
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
