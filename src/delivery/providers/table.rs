//! Names and manners of providers.

use std::{collections::HashMap, sync::LazyLock};

/// How a provider wants to be treated when we talk to its exchangers ourselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    /// Connections to begin with.
    pub connections: usize,
    /// Connections at most.
    pub connections_max: usize,
    /// Messages after which a connection is closed.
    pub messages_per_connection: u32,
}

/// One provider: its short name, how it is shown, its manners.
struct Known {
    name: &'static str,
    shown: &'static str,
    manners: Manners,
}

const fn known(name: &'static str, shown: &'static str, numbers: (usize, usize, u32)) -> Known {
    let (connections, connections_max, messages_per_connection) = numbers;
    Known { name, shown, manners: Manners { connections, connections_max, messages_per_connection } }
}

/// Whoever stands in no row.
const OTHERS: Manners = Manners { connections: 2, connections_max: 10, messages_per_connection: 50 };

/// Start, ceiling, messages for each connection.
#[rustfmt::skip]
const KNOWN: &[Known] = &[
    known("google",    "Google",            (2, 5, 50)),
    known("yahoo",     "Yahoo",             (2, 5, 15)),
    known("outlook",   "Outlook.com",       (1, 5, 50)),
    known("microsoft", "Microsoft 365",     (2, 5, 50)),
    known("apple",     "iCloud",            (2, 10, 5)),
    known("mimecast",  "Mimecast",          (2, 10, 100)),
    known("orange",    "Orange",            (1, 3, 50)),
    known("gmx",       "GMX and WEB.DE",    (2, 10, 50)),
    known("telekom",   "T-Online",          (2, 10, 50)),
    known("mailru",    "Mail.ru",           (2, 10, 50)),
    known("yandex",    "Yandex",            (2, 10, 50)),
    known("qq",        "QQ",                (1, 5, 20)),
    known("netease",   "NetEase",           (1, 5, 20)),
    known("proton",    "Proton",            (2, 10, 50)),
    known("zoho",      "Zoho",              (2, 10, 50)),
    known("fastmail",  "Fastmail",          (2, 10, 50)),
    known("free",      "Free",              (1, 3, 50)),
    known("laposte",   "La Poste",          (1, 3, 50)),
    known("sfr",       "SFR",               (1, 3, 50)),
    known("comcast",   "Comcast",           (2, 10, 50)),
    known("libero",    "Libero and Virgilio", (2, 10, 50)),
    known("seznam",    "Seznam",            (2, 10, 50)),
    known("naver",     "Naver",             (2, 10, 50)),
];

/// Domains of readers, and who reads their mail. A name that begins with a dot stands for everything below it.
#[rustfmt::skip]
pub(super) const BY_DOMAIN: &[(&str, &[&str])] = &[
    ("google",   &["gmail.com", "googlemail.com", "google.com"]),
    ("outlook",  &["outlook.com", "hotmail.com", "live.com", "msn.com", "passport.com", "windowslive.com", "hotmail.co.uk",
        "hotmail.fr", "hotmail.de", "hotmail.es", "hotmail.it", "hotmail.be", "hotmail.nl", "hotmail.se", "hotmail.com.ar",
        "hotmail.com.br", "hotmail.com.tr", "hotmail.co.jp", "hotmail.ca", "hotmail.ch", "live.co.uk", "live.fr", "live.de",
        "live.it", "live.nl", "live.be", "live.ca", "live.cn", "live.com.ar", "live.com.mx", "live.com.au", "live.se",
        "live.dk", "live.no", "outlook.fr", "outlook.de", "outlook.es", "outlook.it", "outlook.at", "outlook.be",
        "outlook.com.br", "outlook.com.ar", "outlook.cl", "outlook.co.id", "outlook.dk", "outlook.in", "outlook.jp",
        "outlook.kr", "outlook.pt", "outlook.sa", "outlook.com.tr"]),
    ("yahoo",    &["yahoo.com", "ymail.com", "rocketmail.com", "myyahoo.com", "aol.com", "aim.com", "aol.co.uk", "aol.de",
        "aol.fr", "aol.it", "aol.es", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.es", "yahoo.it", "yahoo.in",
        "yahoo.co.in", "yahoo.ca", "yahoo.com.br", "yahoo.com.ar", "yahoo.com.mx", "yahoo.com.au", "yahoo.com.sg",
        "yahoo.com.hk", "yahoo.com.tw", "yahoo.com.vn", "yahoo.com.ph", "yahoo.com.my", "yahoo.co.id", "yahoo.co.nz",
        "yahoo.co.th", "yahoo.co.za", "yahoo.cn", "yahoo.com.cn", "yahoo.gr", "yahoo.ie", "yahoo.no", "yahoo.pl",
        "yahoo.ro", "yahoo.se", "yahoo.dk", "yahoo.at", "yahoo.be", "yahoo.nl", "verizon.net", "att.net", "bellsouth.net",
        "sbcglobal.net", "pacbell.net", "ameritech.net", "frontier.com", "rogers.com", "sky.com"]),
    ("apple",    &["icloud.com", "me.com", "mac.com"]),
    ("gmx",      &["gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "gmx.fr", "gmx.es", "gmx.co.uk", "gmx.us", "gmx.eu",
        "web.de", "email.de", "mail.com", "1und1.de", "online.de"]),
    ("telekom",  &["t-online.de", "magenta.de"]),
    ("mailru",   &["mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru", "xmail.ru"]),
    ("yandex",   &["yandex.ru", "yandex.com", "ya.ru", "yandex.by", "yandex.kz", "yandex.ua", "yandex.com.tr", "narod.ru"]),
    ("qq",       &["qq.com", "foxmail.com", "vip.qq.com"]),
    ("netease",  &["163.com", "126.com", "yeah.net", "188.com", "vip.163.com", "vip.126.com", "netease.com"]),
    ("orange",   &["orange.fr", "wanadoo.fr", "voila.fr"]),
    ("free",     &["free.fr", "freesbee.fr", "libertysurf.fr", "aliceadsl.fr"]),
    ("laposte",  &["laposte.net"]),
    ("sfr",      &["sfr.fr", "neuf.fr", "cegetel.net", "club-internet.fr", "9online.fr", "numericable.fr", "noos.fr"]),
    ("proton",   &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"]),
    ("zoho",     &["zoho.com", "zohomail.com", "zoho.eu", "zohomail.eu", "zoho.in", "zohomail.in"]),
    ("fastmail", &["fastmail.com", "fastmail.fm", "messagingengine.com"]),
    ("comcast",  &["comcast.net", "xfinity.com"]),
    ("libero",   &["libero.it", "virgilio.it", "inwind.it", "iol.it", "blu.it", "giallo.it"]),
    ("seznam",   &["seznam.cz", "email.cz", "post.cz", "spoluzaci.cz"]),
    ("naver",    &["naver.com"]),
    ("microsoft", &[".onmicrosoft.com"]),
];

/// Suffixes of mail exchangers.
#[rustfmt::skip]
pub(super) const BY_EXCHANGER: &[(&str, &[&str])] = &[
    ("google",    &[".google.com", ".googlemail.com", ".gmail.com"]),
    ("yahoo",     &[".yahoodns.net"]),
    // Before Microsoft 365, whose suffix it ends with as well.
    ("outlook",   &[".olc.protection.outlook.com"]),
    ("microsoft", &[".mail.protection.outlook.com", ".mx.microsoft", ".office365.com"]),
    ("apple",     &[".icloud.com"]),
    ("mimecast",  &[".mimecast.com", ".mimecast.co.za", ".mimecast-offshore.com"]),
    ("orange",    &[".orange.fr", ".wanadoo.fr"]),
    ("gmx",       &[".gmx.net", ".web.de", ".mail.com", ".kundenserver.de"]),
    ("telekom",   &[".t-online.de"]),
    ("mailru",    &[".mail.ru"]),
    ("yandex",    &[".yandex.ru", ".yandex.net"]),
    ("qq",        &[".qq.com"]),
    ("netease",   &[".netease.com", ".163.com"]),
    ("proton",    &[".protonmail.ch"]),
    ("zoho",      &[".zoho.com", ".zoho.eu", ".zoho.in"]),
    ("fastmail",  &[".messagingengine.com"]),
    ("free",      &[".free.fr"]),
    ("laposte",   &[".laposte.net"]),
    ("sfr",       &[".sfr.fr"]),
    ("comcast",   &[".comcast.net"]),
    ("libero",    &[".libero.it", ".italiaonline.it"]),
    ("seznam",    &[".seznam.cz"]),
    ("naver",     &[".naver.com"]),
];

/// Whole names, looked up for every message.
static DOMAINS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let pairs = BY_DOMAIN.iter().flat_map(|(provider, names)| names.iter().map(|name| (*name, *provider)));
    pairs.filter(|(name, _)| !name.starts_with('.')).collect()
});

/// Returns the provider in whose list a domain stands.
pub(super) fn of_domain(domain: &str) -> Option<&'static str> {
    DOMAINS.get(domain).copied().or_else(|| by_suffix(domain, BY_DOMAIN))
}

/// Returns the provider that an exchanger belongs to.
pub(super) fn of_exchanger(host: &str) -> Option<&'static str> {
    by_suffix(host, BY_EXCHANGER)
}

fn by_suffix(name: &str, table: &[(&'static str, &[&str])]) -> Option<&'static str> {
    let is_meant = |entry: &&str| entry.starts_with('.') && name.ends_with(entry);
    table.iter().find(|(_, names)| names.iter().any(is_meant)).map(|(provider, _)| *provider)
}

/// Returns how a provider wants to be treated.
pub(super) fn manners(name: &str) -> Manners {
    KNOWN.iter().find(|known| known.name == name).map_or(OTHERS, |known| known.manners)
}

/// The name under which all that are not large are counted together.
pub(super) const OTHER: &str = "other";

/// Returns whether a name stands in the table.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| known.name == name)
}

/// Returns the name that people know a provider by; anybody else is shown by their domain.
pub(super) fn shown(name: &str) -> &str {
    if name == OTHER {
        return "smaller providers";
    }
    KNOWN.iter().find(|known| known.name == name).map_or(name, |known| known.shown)
}

/// Returns the short names of all providers.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|known| known.name)
}
