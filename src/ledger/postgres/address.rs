//! Where a shared ledger is: `postgres://user@host/database`, read and shown without its password.

use std::{path::PathBuf, time::Duration};
use tokio_postgres::config::{Config, Host, SslMode};

/// The schema that holds our tables when the address names none.
const SCHEMA: &str = "masthead";

/// How long one attempt to reach one host may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How long octets may stay unacknowledged, and a silent line unprobed, before the connection counts as lost.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// How a connection is protected, as `sslmode` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// Not at all: the database is on this machine, or `sslmode=disable`.
    Plain,
    /// Encrypted, whoever answers (`sslmode=require`).
    Encrypted,
    /// Encrypted, and the certificate is verified: against the system's authorities or those of a file.
    Verified(Option<PathBuf>),
}

/// The address of a shared ledger.
#[derive(Clone)]
pub struct PostgresAddress {
    pub(super) config: Config,
    pub(super) schema: String,
    pub(super) protection: Protection,
    /// A file of passwords, when the address names one.
    passfile: Option<PathBuf>,
}

impl PostgresAddress {
    /// Returns whether a text means a PostgreSQL database.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("postgres://") || text.starts_with("postgresql://")
    }

    /// Reads an address.
    ///
    /// # Errors
    /// When it can't be read; the words never hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (plain, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut kept, mut ours) = (Vec::new(), Ours::default());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if !ours.takes(pair)? {
                kept.push(pair);
            }
        }
        let rest = if kept.is_empty() { plain.to_owned() } else { format!("{plain}?{}", kept.join("&")) };
        // The parser's own words may quote what it could not read.
        let mut config: Config = rest.parse().map_err(|_| "it is no address of a database".to_owned())?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host("localhost");
        }
        if config.get_application_name().is_none() {
            config.application_name("masthead");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_MAX);
        }
        config.tcp_user_timeout(SILENCE_MAX).keepalives(true).keepalives_idle(SILENCE_MAX);
        let protection = ours.protection(&config)?;
        config.ssl_mode(match protection {
            Protection::Plain => SslMode::Disable,
            Protection::Encrypted | Protection::Verified(_) => SslMode::Require,
        });
        let schema = ours.schema.unwrap_or_else(|| SCHEMA.to_owned());
        Ok(Self { config, schema, protection, passfile: ours.passfile })
    }

    /// Returns the address with a password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }

    /// Returns whether the address itself holds a password.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Returns the file of passwords that the address names.
    pub fn passfile(&self) -> Option<&PathBuf> {
        self.passfile.as_ref()
    }

    /// Finds the password in the lines of a file of passwords (`host:port:database:user:password`, `*` for any).
    pub fn password_in(&self, lines: &str) -> Option<String> {
        let host = match self.config.get_hosts().first()? {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(_) => "localhost".to_owned(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432).to_string();
        let user = self.config.get_user().unwrap_or_default();
        let wanted = [host.as_str(), port.as_str(), self.config.get_dbname().unwrap_or(user), user];
        lines.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
            let fields = split_escaped(line);
            let [known @ .., password] = fields.as_slice() else { return None };
            let fits = known.len() == wanted.len()
                && known.iter().zip(wanted).all(|(known, wanted)| known == "*" || known == wanted);
            fits.then(|| password.clone())
        })
    }

    /// Returns the address as people may see it: never with a password.
    pub fn shown(&self) -> String {
        let user = self.config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
        let hosts: Vec<_> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                Host::Tcp(name) => name.clone(),
                #[cfg(unix)]
                Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or_default();
        format!("postgres://{user}{}/{database}", hosts.join(","))
    }

    /// Returns the name of the schema as SQL quotes it.
    pub(super) fn quoted_schema(&self) -> String {
        format!("\"{}\"", self.schema.replace('"', "\"\""))
    }
}

/// What we read out of the address ourselves.
#[derive(Default)]
struct Ours {
    schema: Option<String>,
    mode: Option<String>,
    roots: Option<PathBuf>,
    passfile: Option<PathBuf>,
}

impl Ours {
    /// Takes a parameter, when it is one of ours.
    fn takes(&mut self, pair: &str) -> Result<bool, String> {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value).ok_or_else(|| format!("the value of `{key}` can't be read"))?;
        match key {
            "search_path" if value.is_empty() || value.contains(',') => {
                return Err("`search_path` names one schema".to_owned());
            }
            "search_path" => self.schema = Some(value),
            "sslmode" => self.mode = Some(value),
            "sslrootcert" => self.roots = Some(value.into()),
            "passfile" => self.passfile = Some(value.into()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn protection(&self, config: &Config) -> Result<Protection, String> {
        Ok(match self.mode.as_deref() {
            Some("disable") => Protection::Plain,
            Some("require") if self.roots.is_none() => Protection::Encrypted,
            None | Some("prefer" | "allow") if config.get_hosts().iter().all(is_here) => Protection::Plain,
            // Elsewhere nothing goes without protection unless the address says so.
            None | Some("prefer" | "allow" | "require" | "verify-ca" | "verify-full") => {
                Protection::Verified(self.roots.clone())
            }
            Some(_) => {
                return Err("`sslmode` is one of disable, require, verify-ca and verify-full".to_owned());
            }
        })
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Reads `%2F` as `/`.
fn decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet == b'%' {
            let digits = [rest.next()?, rest.next()?];
            octets.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            octets.push(octet);
        }
    }
    String::from_utf8(octets).ok()
}

/// Splits a line at its colons; a backslash takes the next character as it is.
fn split_escaped(line: &str) -> Vec<String> {
    let (mut fields, mut characters) = (vec![String::new()], line.chars());
    while let Some(c) = characters.next() {
        match c {
            ':' if fields.len() < 5 => fields.push(String::new()),
            '\\' => fields.last_mut().into_iter().for_each(|field| field.extend(characters.next())),
            _ => fields.last_mut().into_iter().for_each(|field| field.push(c)),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> PostgresAddress {
        PostgresAddress::parse(text).expect("an address")
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let secret = address("postgres://office:hunter2@db.example.org:5433/news?application_name=x");
        assert_eq!(secret.shown(), "postgres://office@db.example.org/news");
        assert!(secret.has_password());
        let refused = PostgresAddress::parse("postgres://office:hunter2@db:port/news").err();
        assert!(!refused.expect("refused").contains("hunter2"));
    }

    #[test]
    fn nothing_leaves_this_machine_unprotected_by_itself() {
        let mode = |text: &str| address(text).protection;
        assert_eq!(mode("postgres://office@localhost/news"), Protection::Plain);
        assert_eq!(mode("postgres:///news?host=/var/run/postgresql"), Protection::Plain);
        assert_eq!(mode("postgres://office@db.example.org/news"), Protection::Verified(None));
        assert_eq!(mode("postgres://office@db.example.org/news?sslmode=disable"), Protection::Plain);
        assert_eq!(mode("postgres://office@db.example.org/news?sslmode=require"), Protection::Encrypted);
        assert_eq!(
            mode("postgres://office@db/news?sslmode=verify-full&sslrootcert=keys%2Fca.pem"),
            Protection::Verified(Some("keys/ca.pem".into()))
        );
        assert!(PostgresAddress::parse("postgres://office@db/news?sslmode=perhaps").is_err());
    }

    #[test]
    fn the_schema_is_ours_unless_it_is_named() {
        assert_eq!(address("postgres://office@db/news").schema, "masthead");
        assert_eq!(address("postgres://office@db/news?search_path=spring").quoted_schema(), "\"spring\"");
        assert!(PostgresAddress::parse("postgres://office@db/news?search_path=a,b").is_err());
        assert!(PostgresAddress::parse("postgres://office@db/news?colour=red").is_err());
    }

    #[test]
    fn a_file_of_passwords_is_read_as_everybody_reads_it() {
        let lines = "# ours\nother:*:*:*:no\n*:*:news:office:se\\:cret:1\n";
        assert_eq!(address("postgres://office@db/news").password_in(lines).as_deref(), Some("se:cret:1"));
        assert_eq!(address("postgres://office@db/old").password_in(lines), None);
    }
}
