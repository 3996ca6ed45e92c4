//! Proves who is behind a name.

use super::{ProviderId, table};
use std::collections::HashSet;

#[track_caller]
fn check_domain(domain: &str, expected: &str) {
    assert_eq!(ProviderId::of_domain(domain).as_str(), expected, "{domain}");
}

#[test]
fn readers_of_large_providers_are_known_by_their_domain() {
    check_domain("gmail.com", "google");
    check_domain("GoogleMail.com", "google");
    check_domain("hotmail.fr", "outlook");
    check_domain("aol.com", "yahoo");
    check_domain("me.com", "apple");
    check_domain("web.de", "gmx");
    check_domain("bk.ru", "mailru");
    check_domain("foxmail.com", "qq");
    check_domain("126.com", "netease");
    check_domain("wanadoo.fr", "orange");
    check_domain("example.onmicrosoft.com", "microsoft");
    check_domain("mygmail.com", "mygmail.com");
    check_domain("Example.org.", "example.org");
}

#[test]
fn exchangers_are_known_by_their_suffix() {
    let of = |host: &str| ProviderId::of_exchanger(host).map(|provider| provider.as_str().to_owned());
    assert_eq!(of("aspmx.l.google.com.").as_deref(), Some("google"));
    assert_eq!(of("hotmail-com.olc.protection.outlook.com").as_deref(), Some("outlook"));
    assert_eq!(of("example-org.mail.protection.outlook.com").as_deref(), Some("microsoft"));
    assert_eq!(of("mx.example.org"), None);
}

#[test]
fn no_name_stands_with_two_providers_and_every_provider_has_manners() {
    let known: HashSet<&str> = table::names().collect();
    for table in [table::BY_DOMAIN, table::BY_EXCHANGER] {
        let mut seen = HashSet::new();
        for (provider, names) in table {
            assert!(known.contains(provider), "{provider}");
            assert!(names.iter().all(|name| seen.insert(name)), "{provider}");
        }
    }
}

#[test]
fn keys_name_their_provider() {
    let google = ProviderId::of_domain("gmail.com");
    assert_eq!(google.key(), "provider:google");
    assert_eq!(ProviderId::from_key(&google.key()), Some(google.clone()));
    assert_eq!(ProviderId::from_key("smtp://127.0.0.1:25"), None);
    assert_eq!((google.to_string(), google.manners().connections_max), ("Google".to_owned(), 5));
    assert_eq!(ProviderId::of_domain("example.org").to_string(), "example.org");
}
