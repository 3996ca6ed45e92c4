//! Shows what `masthead.yaml` may say, and what becomes of slips.

use super::*;
use crate::domain::settings::{
    MAIL_CLIENTS, OauthSettings, Protection, RelayProfile, RelaySettings, SecretSource,
};
use std::time::Duration;

#[track_caller]
fn check(yaml: &str) -> (WorkspaceSettings, String) {
    let (settings, problems) = parse(&SourceText::new("masthead.yaml", yaml));
    (settings, problems.to_string())
}

#[track_caller]
fn check_refused(yaml: &str, expected: &str) {
    assert_eq!(check(yaml).1, expected);
}

#[test]
fn a_full_file_is_read() {
    let (settings, problems) = check(
        "relay: { url: \"smtps://user%40example.org@mail.example.org\", password: { env: MASTHEAD_RELAY_PASSWORD }, connections: 8, rate: 10/s }\n\
         ledger: sqlite:data/masthead.db\npublic_url: https://news.example.org/\n\
         bounces: { address: bounces@news.example.org }\ncolumns: { Vorname: name, Ort: city }\n",
    );
    assert_eq!(problems, "");
    let relay = settings.relay.expect("a relay");
    assert_eq!(
        (relay.host.as_str(), relay.port, relay.protection),
        ("mail.example.org", 465, Protection::Tls)
    );
    assert_eq!(relay.user.as_deref(), Some("user@example.org"));
    assert_eq!(relay.password, Some(SecretSource::Env("MASTHEAD_RELAY_PASSWORD".into())));
    assert_eq!((relay.connections, relay.rate.map(|rate| rate.to_string()).as_deref()), (8, Some("10/s")));
    assert_eq!(settings.ledger, "data/masthead.db");
    assert_eq!(settings.public_url.as_deref(), Some("https://news.example.org"));
    assert_eq!(settings.images, ImagePolicy::Link);
    assert_eq!(settings.columns.get("Vorname").map(String::as_str), Some("name"));
}

#[test]
fn nothing_means_the_defaults() {
    for yaml in ["", "# nothing yet\n"] {
        let (settings, problems) = check(yaml);
        assert_eq!((settings, problems.as_str()), (defaults(), ""));
    }
}

#[test]
fn relays_are_addressed_by_url() {
    let relay = |url: &str| {
        let (settings, problems) = check(&format!("relay: {{ url: \"{url}\" }}"));
        settings.relay.map_or(problems, |r| format!("{} {} {:?}", r.host, r.port, r.protection))
    };
    assert_eq!(relay("smtp://mail.example.org"), "mail.example.org 587 StartTls");
    assert_eq!(relay("smtps://mail.example.org:2465/"), "mail.example.org 2465 Tls");
    assert_eq!(relay("smtp://localhost"), "localhost 25 Plain");
    assert_eq!(relay("smtp+starttls://127.0.0.1"), "127.0.0.1 587 StartTls");
    assert_eq!(relay("smtp://127.0.0.1:2525"), "127.0.0.1 2525 Plain");
    assert_eq!(relay("smtp+plain://[::1]:2525"), "::1 2525 Plain");
    for url in
        ["mail.example.org", "https://mail.example.org", "smtp://", "smtp://a b", "smtp://a:0", "smtp://%@a"]
    {
        assert!(relay(url).ends_with("is not the address of a relay [content/bad-link]"), "{url}");
    }
}

#[test]
fn a_quota_is_for_an_hour_or_a_day() {
    let quota = |text: &str| {
        let (settings, problems) = check(&format!("relay: {{ url: smtp://localhost, quota: {text} }}"));
        settings.relay.and_then(|relay| relay.quota).map_or(problems, |quota| quota.to_string())
    };
    assert_eq!((quota("5/h"), quota("10000/day")), ("5/h".to_owned(), "10000/day".to_owned()));
    for text in ["5/s", "5/min"] {
        let told = format!("`{text}` is a rate; a quota is for an hour or a day [content/bad-value]");
        assert!(quota(text).contains(&told), "{}", quota(text));
    }
    assert!(quota("plenty").contains("`plenty` is not a rate"), "{}", quota("plenty"));
}

#[test]
fn secrets_and_plain_text_are_refused() {
    check_refused(
        "relay: { url: \"smtps://user:secret@mail.example.org\" }",
        "masthead.yaml:1:15: a password stands in the file [content/secret-in-file]",
    );
    let (_, problems) = parse(&SourceText::new(
        "masthead.yaml",
        "relay:\n  url: smtps://u@example.org\n  password: hunter2\n",
    ));
    assert_eq!(
        problems.to_string(),
        "masthead.yaml:3:3: a password stands in the file [content/secret-in-file]"
    );
    assert!(!format!("{problems:?}").contains("hunter2"));
    check_refused(
        "relay: { url: \"smtp+plain://mail.example.org\" }",
        "masthead.yaml:1:15: `mail.example.org` would get mail and password in the clear [content/plaintext-relay]",
    );
}

#[test]
fn what_this_version_lacks_is_said() {
    check_refused(
        "serve: { port: 80 }\nimages: link\n",
        "masthead.yaml:1:1: `serve` is not available in this version of masthead [content/not-available]\n\
         masthead.yaml:2:9: images can't be linked without a public address [content/bad-value]",
    );
}

#[test]
fn a_shared_ledger_is_named_without_its_password() {
    let (settings, problems) = check("ledger: postgres://office@db.example.org/news\n");
    assert_eq!((problems.as_str(), settings.ledger.as_str()), ("", "postgres://office@db.example.org/news"));
    let (settings, problems) =
        check("ledger: { url: \"postgres://office@db/news\", password: { env: NEWS_PASSWORD } }\n");
    assert_eq!((problems.as_str(), settings.ledger.as_str()), ("", "postgres://office@db/news"));
    let password = crate::domain::settings::SecretSource::Env("NEWS_PASSWORD".to_owned());
    assert_eq!(settings.ledger_password, Some(password));
    for secret in ["postgres://office:hunter2@db/news", "postgres://db/news?password=hunter2"] {
        let (_, problems) = check(&format!("ledger: {secret}\n"));
        assert!(problems.contains("[content/secret-in-file]") && !problems.contains("hunter2"), "{problems}");
    }
}

#[test]
fn shares_of_mail_clients_are_read() {
    let (settings, problems) = check("checks: { clients: { gmail: 60, outlook-windows: 7.5 % } }\n");
    assert_eq!(problems, "");
    let named: Vec<_> = settings.checks.clients.iter().map(|(name, share)| (name.as_str(), *share)).collect();
    assert_eq!(named, [("gmail", 60.0), ("outlook-windows", 7.5)]);
    check_refused(
        "checks: { clients: { gmial: 60, yahoo: -1, samsung: some } }",
        "masthead.yaml:1:22: unknown key `gmial` in `clients` [content/unknown-key]\n\
         masthead.yaml:1:40: `-1` is not a share of the readers [content/bad-value]\n\
         masthead.yaml:1:53: `some` is not a share of the readers [content/bad-value]",
    );
    let nobody: Vec<_> = MAIL_CLIENTS.iter().map(|client| format!("{client}: 0")).collect();
    check_refused(
        &format!("checks: {{ clients: {{ {} }} }}", nobody.join(", ")),
        "masthead.yaml:1:11: no mail client has any readers [content/bad-value]",
    );
}

#[test]
fn who_signs_is_read_and_mistakes_are_named() {
    let yaml = "signing: { domain: Bücher.example, selector: s1, key: { file: keys/s1.pem } }";
    let (settings, problems) = check(yaml);
    assert_eq!(problems, "");
    let signing = settings.signing.unwrap();
    assert_eq!((signing.domain.as_str(), signing.selector.as_str()), ("xn--bcher-kva.example", "s1"));
    assert_eq!(signing.key, SecretSource::File("keys/s1.pem".into()));
    check_refused(
        "signing: { domain: org, selector: \"s 1\", key: MIIE }",
        "masthead.yaml:1:20: `org` can't be the domain of a signature [content/bad-value]\n\
         masthead.yaml:1:35: `s 1` can't be the selector of a signature [content/bad-value]\n\
         masthead.yaml:1:42: a key stands in the file [content/secret-in-file]",
    );
}

#[track_caller]
fn relay_of(yaml: &str) -> RelaySettings {
    let (settings, problems) = check(yaml);
    assert_eq!(problems, "");
    settings.relay.expect("a relay")
}

#[test]
fn a_profile_is_guessed_and_overridden_key_by_key() {
    let guessed = relay_of("relay: { url: \"smtp://news@smtp.office365.com\" }");
    assert_eq!(guessed.profile, RelayProfile::Microsoft365);
    assert_eq!((guessed.connections, guessed.recipients_per_day), (2, Some(10_000)));
    assert_eq!(guessed.rate.map(|rate| rate.to_string()).as_deref(), Some("30/min"));
    let own = relay_of(
        "relay: { url: \"smtp://news@smtp.office365.com\", connections: 3, message_kilobytes: 500 }",
    );
    assert_eq!((own.connections, own.message_octets_max), (3, Some(500_000)));
    assert_eq!(own.recipients_per_day, Some(10_000));
    let ses = relay_of("relay: { url: \"smtps://mail.example.org\", profile: ses }");
    assert_eq!(ses.rewrites, ["message-id", "date"]);
    let none = relay_of("relay: { url: \"smtps://mail.example.org\", profile: ses, rewrites: [] }");
    assert_eq!(none.rewrites, Vec::<String>::new());
    check_refused(
        "relay: { url: \"smtps://mail.example.org\", profile: exchange, rewrites: [From, \"a b\"] }",
        "masthead.yaml:1:52: `exchange` is not a choice for `profile` [content/bad-value]\n\
         masthead.yaml:1:73: a relay that replaces `From` breaks every signature [content/bad-value]\n\
         masthead.yaml:1:79: `a b` is not the name of a header field [content/bad-value]",
    );
}

#[test]
fn access_tokens_come_from_elsewhere_or_from_the_provider() {
    let relay =
        relay_of("relay: { url: \"smtp://n@smtp.gmail.com\", oauth: { token: { command: \"get token\" } } }");
    assert_eq!(relay.oauth, Some(OauthSettings::Token(SecretSource::Command("get token".into()))));
    let relay = relay_of(
        "relay:\n  url: smtp://n@smtp.gmail.com\n  oauth: { client_id: abc, client_secret: { env: S }, refresh_token: { file: r } }\n",
    );
    assert_eq!(
        relay.oauth,
        Some(OauthSettings::Exchange {
            client_id: "abc".into(),
            client_secret: Some(SecretSource::Env("S".into())),
            refresh_token: Some(SecretSource::File("r".into())),
            token_url: "https://oauth2.googleapis.com/token".into(),
            scope: None,
        })
    );
    check_refused(
        "relay:\n  url: smtp://n@mail.example.org\n  oauth: { client_id: abc, refresh_token: 1//secret }\n",
        "masthead.yaml:3:3: where access tokens are had is known for Microsoft 365 and Gmail only [content/bad-value]\n\
         masthead.yaml:3:28: a refresh token stands in the file [content/secret-in-file]",
    );
    check_refused(
        "relay:\n  url: smtp://smtp.gmail.com\n  password: { env: P }\n  oauth: { token: { env: T }, scope: mail }\n",
        "masthead.yaml:3:3: there is a password but no login name [content/bad-value]\n\
         masthead.yaml:3:3: `password` and `oauth` are two ways to log in [content/bad-value]\n\
         masthead.yaml:4:3: there is `oauth` but no login name [content/bad-value]\n\
         masthead.yaml:4:31: `scope` does nothing beside `token` [content/bad-value]",
    );
    for url in
        ["http://example.org/token", "https://user@example.org/token", "example.org", "ftp://127.0.0.1/"]
    {
        let yaml = format!(
            "relay:\n  url: smtp://n@smtp.gmail.com\n  oauth: {{ client_id: a, refresh_token: {{ env: R }}, token_url: \"{url}\" }}\n"
        );
        assert!(check(&yaml).1.contains("is no address to send a secret to"), "{url}");
    }
}

#[test]
fn how_late_an_issue_may_be_is_read() {
    assert_eq!(check("sending: { not_after: 90min }").0.sending.not_after, Duration::from_mins(90));
    assert_eq!(defaults().sending.not_after, Duration::from_hours(6));
    check_refused(
        "sending: { not_after: 9d }",
        "masthead.yaml:1:23: `9d` is no time an issue may be late [content/bad-value]",
    );
}
