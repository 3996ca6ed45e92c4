//! Reads `relay: { oauth: … }`: how an access token is had.

use crate::content::fields::{Fields, Keys, Word, clip};
use crate::content::workspace_file::relay_url::is_loopback;
use crate::content::workspace_file::secret::secret_source;
use crate::domain::settings::{OauthSettings, RelayProfile};

const KEYS: Keys = Keys::of(&["token", "client_id", "client_secret", "refresh_token", "token_url", "scope"]);

const TOKEN: &str = "token: { command: \"oauth-token newsletter\" }";

/// Reads the key `oauth` of a relay of this profile.
pub(super) fn parse(relay: &Fields<'_>, profile: RelayProfile) -> Option<OauthSettings> {
    let entry = relay.entry("oauth")?;
    let fields = relay.map("oauth", KEYS)?;
    if fields.entry("token").is_some() {
        let others = fields.entries().iter().filter(|entry| entry.key != "token");
        for other in others.filter(|entry| KEYS.known.contains(&entry.key.as_str())) {
            let message = format!("`{}` does nothing beside `token`", clip(&other.key));
            let help = "keep `token` when something else makes access tokens, else all the other keys";
            fields.report.error("content/bad-value", other.offset, message, help);
        }
        return secret_source(&fields, "token", TOKEN).map(OauthSettings::Token);
    }
    fields.require("client_id", "client_id: 3a1f… (the registered application), or token: { command: … }");
    let token_url = token_url(&fields, profile, entry.offset);
    let client_secret =
        secret_source(&fields, "client_secret", "client_secret: { env: MASTHEAD_CLIENT_SECRET }");
    let refresh_token =
        secret_source(&fields, "refresh_token", "refresh_token: { file: secrets/refresh-token }");
    if fields.entry("refresh_token").is_none() && fields.entry("client_secret").is_none() {
        fields.require("refresh_token", "refresh_token: { file: secrets/refresh-token }");
        return None;
    }
    if fields.entry("refresh_token").is_none() && fields.entry("token_url").is_none() {
        let message = "an application of its own right needs the `token_url` of its organisation";
        let help = "write `token_url: https://login.microsoftonline.com/TENANT/oauth2/v2.0/token`, or name a `refresh_token`";
        fields.report.error("content/bad-value", entry.offset, message, help);
        return None;
    }
    Some(OauthSettings::Exchange {
        client_id: fields.word("client_id")?.text.trim().to_owned(),
        client_secret,
        refresh_token,
        token_url: token_url?,
        scope: fields.word("scope").map(|word| word.text.trim().to_owned()),
    })
}

fn token_url(fields: &Fields<'_>, profile: RelayProfile, offset: usize) -> Option<String> {
    let Some(word) = fields.word("token_url") else {
        if profile.token_url().is_none() {
            let message = "where access tokens are had is known for Microsoft 365 and Gmail only";
            let help = "write `token_url: https://…`, as the provider documents it";
            fields.report.error("content/bad-value", offset, message, help);
        }
        return profile.token_url().map(str::to_owned);
    };
    if is_safe(word) {
        return Some(word.text.trim().to_owned());
    }
    let message = format!("`{}` is no address to send a secret to", clip(word.text));
    fields.report.error("content/bad-link", word.offset, message, "write a whole `https://` address");
    None
}

/// A refresh token must not travel in the clear, but for this machine itself.
fn is_safe(word: Word<'_>) -> bool {
    let url = word.text.trim();
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let is_clean = !url.contains(char::is_whitespace) && !authority.contains('@') && !host.is_empty();
    is_clean && (scheme == "https" || scheme == "http" && is_loopback(host))
}
