//! From the greeting to the login.

use crate::{
    domain::outcome::{Action, Outcome, Phase, Scope},
    smtp::{
        capabilities::Capabilities,
        dialogue::{Dialogue, Event, Expect, Login, State, Upgrade, refused, refused_here},
        reply::FullReply,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};

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
            (
                Expect::AuthPlain
                | Expect::AuthPlainResponse
                | Expect::AuthLogin
                | Expect::AuthLoginUser
                | Expect::AuthLoginPassword,
                _,
            ) => self.take_auth_reply(expect, full),
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
        if self.capabilities.auth_plain {
            self.begin_plain(&login);
        } else if self.capabilities.auth_login {
            self.send("AUTH LOGIN\r\n", &[Expect::AuthLogin]);
        } else {
            let offered = self.capabilities.auth_mechanisms.join(", ");
            let text = if offered.is_empty() {
                format!(
                    "`{}` offers no login on this port; leave out `user`, or use port 465 or 587",
                    self.profile.host
                )
            } else {
                format!("`{}` offers only logins that masthead does not know: {offered}", self.profile.host)
            };
            self.give_up(Phase::Auth, text);
        }
    }

    /// RFC 4954, 4: the response travels with the command when it fits.
    fn begin_plain(&mut self, login: &Login) {
        let command = format!("AUTH PLAIN {}\r\n", plain_response(login));
        if command.len() <= COMMAND_OCTETS_MAX {
            self.send(&command, &[Expect::AuthPlain]);
        } else {
            self.send("AUTH PLAIN\r\n", &[Expect::AuthPlain]);
        }
    }

    fn take_auth_reply(&mut self, expect: Expect, full: &FullReply) {
        let Some(login) = self.profile.login.clone() else { return self.misunderstood(expect, full) };
        match (full.reply.code, expect) {
            (200..=299, _) => self.become_ready(),
            // Either we sent no initial response, or the server did not see it.
            (334, Expect::AuthPlain) => {
                self.send(&format!("{}\r\n", plain_response(&login)), &[Expect::AuthPlainResponse]);
            }
            (334, Expect::AuthLogin) => {
                self.send(&format!("{}\r\n", STANDARD.encode(&login.user)), &[Expect::AuthLoginUser]);
            }
            (334, Expect::AuthLoginUser) => {
                self.send(&format!("{}\r\n", STANDARD.encode(&login.password)), &[Expect::AuthLoginPassword]);
            }
            // The mechanism is advertised but not to be had.
            (504, Expect::AuthPlain) if self.capabilities.auth_login => {
                self.send("AUTH LOGIN\r\n", &[Expect::AuthLogin]);
            }
            (400.., _) => self.close_with(refused(Phase::Auth, full.reply.clone())),
            _ => self.misunderstood(expect, full),
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

/// RFC 4616: no authorisation identity, then name and password.
fn plain_response(login: &Login) -> String {
    STANDARD.encode(format!("\0{}\0{}", login.user, login.password))
}
