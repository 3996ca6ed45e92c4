//! From the greeting to the login.

use crate::{
    domain::outcome::{Action, Outcome, Phase, Reply, Scope},
    smtp::{
        capabilities::Capabilities,
        dialogue::{
            Dialogue, Event, Expect, Login, LoginSecret, State, Upgrade, refused, refused_here,
            sasl::{Exchange, Mechanism},
        },
        reply::FullReply,
    },
};

/// Octets of a command line that are sent at most (RFC 5321, 4.5.3.1.4). A longer initial response of
/// AUTH follows on its own line, where RFC 4954, 4 allows 12,288.
const COMMAND_OCTETS_MAX: usize = 512;

impl Dialogue {
    /// Goes on after the TLS handshake: what was said before it is forgotten (RFC 3207, 4.2).
    pub fn tls_established(&mut self) {
        if self.state != State::Handshake {
            return;
        }
        self.is_encrypted = true;
        self.capabilities = Capabilities::default();
        self.state = State::Opening;
        self.say_hello();
    }

    pub(super) fn take_opening_reply(&mut self, expect: Expect, full: &FullReply) {
        let code = full.reply.code;
        match (expect, code) {
            (Expect::Greeting, 200..=299) => self.say_hello(),
            (Expect::Hello | Expect::FallbackHello, 200..=299) => {
                self.capabilities = match expect {
                    Expect::Hello => Capabilities::parse(&full.lines),
                    _ => Capabilities::default(),
                };
                self.after_hello();
            }
            // An ancient server: RFC 5321, 3.2. Other refusals are about our name.
            (Expect::Hello, 500 | 502) => {
                let command = format!("HELO {}\r\n", self.profile.hello_name);
                self.send(&command, &[Expect::FallbackHello]);
            }
            (Expect::StartTls, 200..=299) => {
                self.state = State::Handshake;
                self.reader = crate::smtp::reply::ReplyReader::default();
                self.events.push_back(Event::UpgradeToTls);
            }
            (Expect::Auth, _) => self.take_auth_reply(full),
            (_, 400..) => self.close_with(refused(expect.phase(), full.reply.clone())),
            _ => self.misunderstood(expect, full),
        }
    }

    fn say_hello(&mut self) {
        let command = format!("EHLO {}\r\n", self.profile.hello_name);
        self.send(&command, &[Expect::Hello]);
    }

    /// Protects the line if it is to be protected, then logs in if we are to log in.
    fn after_hello(&mut self) {
        let is_offered = self.capabilities.starttls;
        match self.profile.upgrade {
            _ if self.is_encrypted => self.log_in(),
            Upgrade::Required | Upgrade::WhenOffered if is_offered => {
                self.send("STARTTLS\r\n", &[Expect::StartTls]);
            }
            Upgrade::Required => {
                let text = format!(
                    "`{}` does not offer STARTTLS, and without it nothing is sent. Use `smtps://` if it \
                     speaks TLS on port 465; if this relay offered STARTTLS before, somebody may be \
                     tampering with the connection",
                    self.profile.host
                );
                self.give_up(Phase::Tls, text);
            }
            Upgrade::Never | Upgrade::WhenOffered => self.log_in(),
        }
    }

    fn log_in(&mut self) {
        let Some(login) = self.profile.login.clone() else { return self.become_ready() };
        if !self.is_encrypted && !self.profile.login_in_clear {
            return self.give_up(Phase::Auth, "a login without TLS would show the password to everybody");
        }
        self.other_logins = Mechanism::usable(&self.capabilities.auth_mechanisms, &login).into();
        if self.other_logins.is_empty() {
            let text = self.no_login_fits(&login);
            return self.give_up(Phase::Auth, text);
        }
        self.begin_login(login);
    }

    /// Says why the server's list of logins holds none for us.
    fn no_login_fits(&self, login: &Login) -> String {
        let (host, offered) = (&self.profile.host, self.capabilities.auth_mechanisms.join(", "));
        match (offered.is_empty(), &login.secret) {
            // Lines within this machine begin without TLS unless they are asked for it by name.
            (true, _) if !self.is_encrypted && self.capabilities.starttls => {
                format!(
                    "`{host}` offers a login only after STARTTLS: write `smtp+starttls://` in its address"
                )
            }
            (true, _) => {
                format!("`{host}` offers no login on this port; leave out `user`, or use port 465 or 587")
            }
            (false, LoginSecret::Token(_)) => {
                format!("`{host}` takes no OAuth tokens but {offered}: use `password` instead of `oauth`")
            }
            (false, LoginSecret::Password(_)) if offered.contains("OAUTH") => {
                format!("`{host}` takes no passwords but {offered}: use `oauth` instead of `password`")
            }
            (false, LoginSecret::Password(_)) => {
                format!("`{host}` offers only logins that masthead does not know: {offered}")
            }
        }
    }

    /// Begins the next login that could do. RFC 4954, 4: the response travels with the command when it fits.
    fn begin_login(&mut self, login: Login) {
        let Some(mechanism) = self.other_logins.pop_front() else { return };
        let mut exchange = Exchange::new(mechanism, login, &self.profile.host, self.profile.port);
        let bare = format!("AUTH {}", mechanism.as_str());
        let command = exchange.initial().map(|initial| format!("{bare} {initial}\r\n"));
        let command = command.filter(|command| command.len() <= COMMAND_OCTETS_MAX).unwrap_or_else(|| {
            exchange.hold_back();
            format!("{bare}\r\n")
        });
        self.login = Some(exchange);
        self.send(&command, &[Expect::Auth]);
    }

    fn take_auth_reply(&mut self, full: &FullReply) {
        let Some(mut exchange) = self.login.take() else { return self.misunderstood(Expect::Auth, full) };
        match full.reply.code {
            200..=299 => match exchange.accepted() {
                Ok(()) => self.become_ready(),
                Err(fault) => {
                    self.give_up(Phase::Auth, format!("`{}` can't be trusted: {fault}", self.profile.host));
                }
            },
            334 => match exchange.answer(full.lines.first().map_or("", String::as_str)) {
                Ok(answer) => {
                    self.login = Some(exchange);
                    self.send(&format!("{answer}\r\n"), &[Expect::Auth]);
                }
                Err(fault) => {
                    let mechanism = exchange.mechanism().as_str();
                    let text = format!("`{}` breaks off the {mechanism} login: {fault}", self.profile.host);
                    self.give_up(Phase::Auth, text);
                }
            },
            // The mechanism is advertised but not to be had.
            504 if !self.other_logins.is_empty() => match self.profile.login.clone() {
                Some(login) => self.begin_login(login),
                None => self.misunderstood(Expect::Auth, full),
            },
            400.. => {
                let reply = Reply { text: exchange.in_words(&full.reply.text), ..full.reply.clone() };
                self.close_with(refused(Phase::Auth, reply));
            }
            _ => self.misunderstood(Expect::Auth, full),
        }
    }

    fn become_ready(&mut self) {
        self.state = State::Idle;
        self.events.push_back(Event::Ready);
    }

    fn misunderstood(&mut self, expect: Expect, full: &FullReply) {
        let cause = format!("`{}` makes no sense here", full.reply);
        self.close_with(Outcome::Broken { phase: expect.phase(), cause });
    }

    /// Ends the session over something that only a change of the settings can mend.
    fn give_up(&mut self, phase: Phase, text: impl Into<String>) {
        self.close_with(refused_here(phase, None, text, (Scope::Sender, Action::Abort)));
    }
}
