//! The relay as a way out: settings checked once, sessions opened on demand.

use crate::{
    delivery::ports::Transport,
    domain::{
        outcome::{Outcome, Phase},
        problem::Problem,
        settings::{Protection, RelaySettings},
    },
    smtp::{
        dialogue::{Dialogue, HostMemory, Login, LoginSecret, Profile, Upgrade},
        login::{Credentials, TokenSource, is_refused_login, nonce},
        session::{SmtpSession, Upgrader},
        timeouts::Timeouts,
        tls::client_config,
        wire::Wire,
    },
};
use rustls::pki_types::{CertificateDer, ServerName};
use socket2::{SockRef, TcpKeepalive};
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// A silent line is probed after this time, so that a dead peer is noticed before the verdict's ten minutes.
const KEEPALIVE_AFTER: Duration = Duration::from_mins(1);

/// And then in this rhythm.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);

/// What can be set beside the relay's settings.
#[derive(Clone, Debug, Default)]
pub struct TransportOptions {
    /// How long a server may take.
    pub timeouts: Timeouts,
    /// Certificates that are trusted beside the system's authorities, in DER.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Where access tokens come from, when the login uses them instead of a password.
    pub tokens: Option<Arc<dyn TokenSource>>,
}

/// SMTP to one relay.
///
/// # Which protection is used
///
/// The settings decide ([`Protection`]), and what they decide is not weakened: STARTTLS that is not
/// offered ends the attempt. The one exception is this very machine (a loopback address or `localhost`):
/// there `StartTls` goes on in the clear when the server offers no STARTTLS, for nobody can listen in,
/// and a local inbox has no certificate. `Plain` to another machine is refused unless
/// `allow_plaintext` is set, and never carries a login.
pub struct SmtpTransport {
    settings: RelaySettings,
    credentials: Credentials,
    timeouts: Timeouts,
    is_loopback: bool,
    upgrader: Option<Upgrader>,
    memory: Arc<HostMemory>,
}

impl fmt::Debug for SmtpTransport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("SmtpTransport").field(&self.name()).finish()
    }
}

impl SmtpTransport {
    /// Checks the settings and returns the way out; connects to nothing yet.
    ///
    /// # Errors
    /// When the settings ask for something unsafe or impossible.
    pub fn new(settings: RelaySettings, password: Option<String>) -> Result<Self, Problem> {
        Self::with_options(settings, password, TransportOptions::default())
    }

    /// As [`SmtpTransport::new`], with other timeouts or further trusted certificates.
    ///
    /// # Errors
    /// When the settings ask for something unsafe or impossible.
    pub fn with_options(
        settings: RelaySettings,
        password: Option<String>,
        options: TransportOptions,
    ) -> Result<Self, Problem> {
        let is_loopback = is_loopback(&settings.host);
        check_safety(&settings, is_loopback)?;
        let credentials = Credentials::settle(&settings, password, options.tokens)?;
        let upgrader = match settings.protection {
            Protection::Plain => None,
            Protection::StartTls | Protection::Tls => Some(Upgrader {
                connector: TlsConnector::from(client_config(
                    settings.accept_invalid_certificates,
                    options.extra_roots,
                )?),
                server_name: server_name(&settings.host)?,
                host: settings.host.clone(),
            }),
        };
        let timeouts = options.timeouts;
        Ok(Self { settings, credentials, timeouts, is_loopback, upgrader, memory: Arc::default() })
    }

    /// Reaches the host at the first of its addresses that answers.
    async fn reach(&self) -> Result<TcpStream, Outcome> {
        let broken = |cause| Outcome::Broken { phase: Phase::Connect, cause };
        let (host, port) = (bare_host(&self.settings.host), self.settings.port);
        let patience = self.timeouts.connect;
        let addresses: Vec<SocketAddr> = match timeout(patience, lookup_host((host, port))).await {
            Ok(Ok(found)) => found.filter(|address| self.is_expected(address.ip())).collect(),
            Ok(Err(error)) => return Err(broken(format!("`{host}` can't be found: {error}"))),
            Err(_) => return Err(broken(format!("`{host}` can't be found: the name servers are silent"))),
        };
        let mut cause = format!("`{host}` has no usable address");
        for address in addresses {
            match timeout(patience, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => match tune(&stream) {
                    Ok(()) => return Ok(stream),
                    Err(error) => cause = format!("{address}: {error}"),
                },
                Ok(Err(error)) => cause = format!("`{host}` can't be reached at {address}: {error}"),
                Err(_) => {
                    let seconds = patience.as_secs();
                    cause = format!("`{host}` can't be reached: {address} did not answer in {seconds} s");
                }
            }
        }
        Err(broken(cause))
    }

    /// What was allowed because the host is this machine must not go elsewhere, whatever the name says.
    fn is_expected(&self, address: IpAddr) -> bool {
        !self.is_loopback || address.to_canonical().is_loopback()
    }

    fn profile(&self, stream: &TcpStream, secret: Option<LoginSecret>) -> Profile {
        let upgrade = match self.settings.protection {
            Protection::Plain | Protection::Tls => Upgrade::Never,
            Protection::StartTls if self.is_loopback => Upgrade::WhenOffered,
            Protection::StartTls => Upgrade::Required,
        };
        let hello_name = self.settings.hello_name.clone().unwrap_or_else(|| address_literal(stream));
        Profile {
            host: self.settings.host.clone(),
            port: self.settings.port,
            hello_name,
            upgrade,
            login_in_clear: self.is_loopback,
            login: self.settings.user.clone().zip(secret).map(|(user, secret)| Login {
                user,
                secret,
                nonce: nonce(),
            }),
        }
    }

    /// Opens a session with a secret, when there is one.
    async fn open(&self, secret: Option<LoginSecret>) -> Result<SmtpSession, Outcome> {
        let stream = self.reach().await?;
        let profile = self.profile(&stream, secret);
        let is_encrypted = self.settings.protection == Protection::Tls;
        let wire = match &self.upgrader {
            Some(upgrader) if is_encrypted => upgrader.handshake(stream, &self.timeouts).await?,
            _ => Wire::Plain(stream),
        };
        let dialogue = Dialogue::new(profile, Arc::clone(&self.memory), is_encrypted);
        SmtpSession::open(wire, dialogue, self.timeouts, self.upgrader.as_ref()).await
    }
}

impl Transport for SmtpTransport {
    type Session = SmtpSession;

    async fn connect(&self) -> Result<SmtpSession, Outcome> {
        let secret = self.credentials.secret(None).await?;
        let refused = match self.open(secret.clone()).await {
            Err(outcome) if is_refused_login(&outcome) => outcome,
            opened => return opened,
        };
        // A token may have been called back before its time: one fresh one, one more try, and no more.
        let Some(LoginSecret::Token(stale)) = secret else { return Err(refused) };
        match self.credentials.secret(Some(&stale)).await? {
            Some(LoginSecret::Token(fresh)) if fresh != stale => {
                self.open(Some(LoginSecret::Token(fresh))).await
            }
            _ => Err(refused),
        }
    }

    fn name(&self) -> String {
        let scheme = if self.settings.protection == Protection::Tls { "smtps" } else { "smtp" };
        format!("{scheme}://{}:{}", self.settings.host, self.settings.port)
    }
}

/// Refuses settings that would show a list or a password to the network.
fn check_safety(settings: &RelaySettings, is_loopback: bool) -> Result<(), Problem> {
    let host = &settings.host;
    let is_plain = settings.protection == Protection::Plain;
    if is_plain && !is_loopback && !settings.allow_plaintext {
        let text = format!("mail to `{host}` would travel unprotected");
        return Err(Problem::error("smtp/plaintext-refused", text).help(
            "use `smtp://` (STARTTLS) or `smtps://` (TLS), or set `allow_plaintext: true` if the network \
             between here and there is yours",
        ));
    }
    if is_plain && !is_loopback && settings.user.is_some() {
        let text = format!("the password for `{host}` would travel unprotected");
        return Err(Problem::error("smtp/login-without-tls", text)
            .help("use `smtp://` (STARTTLS) or `smtps://` (TLS), or leave out `user`"));
    }
    if settings.accept_invalid_certificates && !is_loopback {
        let text = format!("invalid certificates can't be accepted from `{host}`");
        return Err(Problem::error("smtp/invalid-certificates-refused", text).help(
            "this setting is only for a server on this machine; add the relay's certificate to the \
             system's certificate store instead",
        ));
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    match &settings.hello_name {
        Some(name) if name.is_empty() || name.len() > 255 || !name.chars().all(is_name) => {
            let text = format!("`{}` is no name to greet a server with", name.escape_debug());
            Err(Problem::error("smtp/hello-name", text)
                .help("give this machine's full host name, such as `news.example.org`"))
        }
        _ => Ok(()),
    }
}

fn server_name(host: &str) -> Result<ServerName<'static>, Problem> {
    ServerName::try_from(bare_host(host).trim_end_matches('.').to_owned()).map_err(|_| {
        Problem::error("smtp/host", format!("`{}` is no host name", host.escape_debug()))
            .help("give the relay's host name or address, such as `mail.example.org`")
    })
}

/// Takes the brackets off an IPv6 address in an URL.
fn bare_host(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Whether a host is this very machine: a loopback address, or `localhost`.
fn is_loopback(host: &str) -> bool {
    let host = bare_host(host);
    host.trim_end_matches('.').eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

/// Small packets leave at once (Nagle and delayed acknowledgements cost 40 ms a message), and a dead
/// line is noticed.
fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

/// RFC 5321, 4.1.3: who has no name says where it speaks from.
fn address_literal(stream: &TcpStream) -> String {
    match stream.local_addr().map(|address| address.ip().to_canonical()) {
        Ok(IpAddr::V4(address)) => format!("[{address}]"),
        Ok(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        Err(_) => "[127.0.0.1]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(host: &str, protection: Protection) -> RelaySettings {
        RelaySettings::new(host, 25, protection)
    }

    #[track_caller]
    fn check_code(settings: RelaySettings, password: Option<&str>, expected: Option<&str>) {
        let result = SmtpTransport::new(settings, password.map(str::to_owned));
        assert_eq!(result.err().map(|problem| problem.code), expected);
    }

    #[test]
    fn plain_tcp_stays_on_this_machine() {
        for host in ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST.", "::ffff:127.0.0.1"]
        {
            check_code(settings(host, Protection::Plain), None, None);
        }
        for host in
            ["mail.example.org", "192.0.2.1", "localhost.example.org", "127.0.0.1.example.org", "0.0.0.0"]
        {
            check_code(settings(host, Protection::Plain), None, Some("smtp/plaintext-refused"));
        }
        let allowed =
            RelaySettings { allow_plaintext: true, ..settings("mail.example.org", Protection::Plain) };
        check_code(allowed.clone(), None, None);
        let with_login = RelaySettings { user: Some("news".to_owned()), ..allowed };
        check_code(with_login, Some("secret"), Some("smtp/login-without-tls"));
    }

    #[test]
    fn certificates_are_not_waved_through_elsewhere() {
        let accepting =
            |host| RelaySettings { accept_invalid_certificates: true, ..settings(host, Protection::Tls) };
        check_code(accepting("127.0.0.1"), None, None);
        check_code(accepting("mail.example.org"), None, Some("smtp/invalid-certificates-refused"));
    }

    #[test]
    fn half_a_login_is_refused() {
        let user = |name: &str| RelaySettings {
            user: Some(name.to_owned()),
            accept_invalid_certificates: true,
            ..settings("localhost", Protection::Tls)
        };
        check_code(user("news"), Some("secret"), None);
        check_code(user("news"), None, Some("smtp/password-missing"));
        check_code(user("news"), Some("a\0b"), Some("smtp/login-malformed"));
        check_code(user(""), Some("secret"), Some("smtp/login-malformed"));
    }

    #[test]
    fn names_that_would_break_the_dialogue_are_refused() {
        let hello = |name: &str| RelaySettings {
            hello_name: Some(name.to_owned()),
            ..settings("localhost", Protection::Plain)
        };
        check_code(hello("news.example.org"), None, None);
        check_code(hello("x\r\nMAIL FROM:<>"), None, Some("smtp/hello-name"));
        check_code(hello(""), None, Some("smtp/hello-name"));
        let bad = RelaySettings {
            accept_invalid_certificates: false,
            ..settings("not a host", Protection::StartTls)
        };
        assert!(SmtpTransport::new(bad, None).is_err());
    }

    #[test]
    fn the_name_is_a_url_and_debug_shows_no_more() {
        let transport = SmtpTransport::new(settings("localhost", Protection::Plain), None).unwrap();
        assert_eq!(transport.name(), "smtp://localhost:25");
        assert_eq!(format!("{transport:?}"), "SmtpTransport(\"smtp://localhost:25\")");
    }
}
