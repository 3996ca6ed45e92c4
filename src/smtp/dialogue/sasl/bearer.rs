//! Access tokens on the wire: OAUTHBEARER (RFC 7628) and its forerunner XOAUTH2.

use serde_json::Value;

/// Characters of a field of a server's explanation that are shown.
const FIELD_CHARS_MAX: usize = 200;

/// Fields of an explanation that people can use.
const FIELDS: [&str; 5] = ["status", "error", "error_description", "scope", "schemes"];

/// Returns the client's message of XOAUTH2.
pub(super) fn xoauth2(user: &str, token: &str) -> String {
    format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}")
}

/// Returns the client's message of OAUTHBEARER (RFC 7628, 3.1).
pub(super) fn oauth_bearer(user: &str, token: &str, host: &str, port: u16) -> String {
    let user = user.replace('=', "=3D").replace(',', "=2C");
    format!("n,a={user},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {token}\u{1}\u{1}")
}

/// Returns in words what a server says of a token that it does not take (RFC 7628, 3.2.2).
pub(super) fn explained(challenge: &[u8]) -> Option<String> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(challenge) else { return None };
    let shown = |name: &str| {
        let text = match fields.get(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let text: String = text.chars().filter(|c| !c.is_control()).take(FIELD_CHARS_MAX).collect();
        let name = name.replace('_', " ");
        (!text.is_empty()).then(|| format!("{name}: {text}"))
    };
    let words: Vec<String> = FIELDS.into_iter().filter_map(shown).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
