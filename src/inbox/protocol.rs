//! The server's side of the SMTP dialogue, sans I/O: a line in, a reply out.
//!
//! Accepts what a careful relay would accept (RFC 5321) and is strict about what a client must
//! not do, so that mistakes show here and not at a real relay: bare line feeds are refused.

use base64::{Engine, engine::general_purpose::STANDARD};

/// Octets a message may have; announced as SIZE.
pub(super) const MESSAGE_SIZE_MAX: usize = 50 << 20;
/// Recipients of one transaction.
const RECIPIENTS_MAX: usize = 1_000;

/// What the connection must do after a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Write the reply and read on.
    Reply(String),
    /// Write 354 and read a message up to its final dot.
    Data(String),
    /// Write the reply, then begin TLS.
    StartTls(String),
    /// Write the reply and close.
    Close(String),
}

/// Where an AUTH dialogue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AuthStep {
    PlainResponse,
    LoginName,
    LoginPassword,
}

/// One connection's dialogue.
#[derive(Debug)]
pub(super) struct Protocol {
    starttls_offered: bool,
    is_encrypted: bool,
    greeted: bool,
    auth: Option<AuthStep>,
    from: Option<String>,
    to: Vec<String>,
}

fn reply(text: &str) -> Step {
    Step::Reply(format!("{text}\r\n"))
}

impl Protocol {
    pub(super) fn new(starttls_offered: bool) -> Self {
        Self { starttls_offered, is_encrypted: false, greeted: false, auth: None, from: None, to: Vec::new() }
    }

    /// Returns the greeting.
    pub(super) fn greeting() -> &'static str {
        "220 masthead inbox ESMTP (delivers nothing)\r\n"
    }

    /// Forgets everything said in the clear (RFC 3207, 4.2).
    pub(super) fn encrypted(&mut self) {
        *self = Self { is_encrypted: true, starttls_offered: false, ..Self::new(false) };
    }

    /// Hands over the envelope of the message just taken.
    pub(super) fn take_envelope(&mut self) -> (String, Vec<String>) {
        (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to))
    }

    /// Answers one command line (without its line ending).
    pub(super) fn line(&mut self, line: &str) -> Step {
        if let Some(step) = self.auth.take() {
            return self.auth_line(step, line);
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.hello(true),
            "HELO" => self.hello(false),
            "STARTTLS" if self.starttls_offered => Step::StartTls("220 2.0.0 Go ahead\r\n".into()),
            "AUTH" => self.auth(rest.trim()),
            "MAIL" => self.mail(rest),
            "RCPT" => self.rcpt(rest),
            "DATA" => self.data(),
            "RSET" => {
                self.take_envelope();
                reply("250 2.0.0 Forgotten")
            }
            "NOOP" => reply("250 2.0.0 Still here"),
            "VRFY" => reply("252 2.5.0 Every address is taken and none is delivered to"),
            "HELP" => reply("214 2.0.0 This inbox captures mail and delivers nothing"),
            "QUIT" => Step::Close("221 2.0.0 Goodbye\r\n".into()),
            _ => reply("500 5.5.1 Command not recognised"),
        }
    }

    fn hello(&mut self, extended: bool) -> Step {
        self.greeted = true;
        self.take_envelope();
        if !extended {
            return reply("250 masthead inbox");
        }
        let mut text =
            String::from("250-masthead inbox\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n");
        text.push_str("250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250-AUTH PLAIN LOGIN\r\n");
        if self.starttls_offered && !self.is_encrypted {
            text.push_str("250-STARTTLS\r\n");
        }
        Step::Reply(format!("{text}250 SIZE {MESSAGE_SIZE_MAX}\r\n"))
    }

    fn auth(&mut self, rest: &str) -> Step {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        match (mechanism.to_ascii_uppercase().as_str(), initial) {
            ("PLAIN", "") => {
                self.auth = Some(AuthStep::PlainResponse);
                reply("334 ")
            }
            ("PLAIN", response) => self.auth_line(AuthStep::PlainResponse, response),
            ("LOGIN", "") => {
                self.auth = Some(AuthStep::LoginName);
                reply(&format!("334 {}", STANDARD.encode("Username:")))
            }
            ("LOGIN", name) => self.auth_line(AuthStep::LoginName, name),
            _ => reply("504 5.5.4 Mechanism not offered"),
        }
    }

    /// Any name and password will do: what counts is that the client speaks the dialogue properly.
    fn auth_line(&mut self, step: AuthStep, line: &str) -> Step {
        if line == "*" {
            return reply("501 5.0.0 Cancelled");
        }
        if STANDARD.decode(line.trim()).is_err() {
            return reply("501 5.5.2 Not base64");
        }
        match step {
            AuthStep::LoginName => {
                self.auth = Some(AuthStep::LoginPassword);
                reply(&format!("334 {}", STANDARD.encode("Password:")))
            }
            AuthStep::PlainResponse | AuthStep::LoginPassword => reply("235 2.7.0 Welcome, whoever you are"),
        }
    }

    fn mail(&mut self, rest: &str) -> Step {
        if !self.greeted {
            return reply("503 5.5.1 EHLO first");
        }
        if self.from.is_some() {
            return reply("503 5.5.1 One MAIL at a time");
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            return reply("501 5.5.4 MAIL FROM:<address> expected");
        };
        let size = parameters
            .split(' ')
            .find_map(|word| word.to_ascii_uppercase().strip_prefix("SIZE=")?.parse().ok());
        if size.is_some_and(|octets: usize| octets > MESSAGE_SIZE_MAX) {
            return reply("552 5.3.4 Message too big");
        }
        self.from = Some(address);
        reply("250 2.1.0 Sender taken")
    }

    fn rcpt(&mut self, rest: &str) -> Step {
        if self.from.is_none() {
            return reply("503 5.5.1 MAIL first");
        }
        match path(rest, "TO:") {
            Some((address, _)) if address.is_empty() => reply("501 5.1.3 An empty recipient"),
            Some(_) if self.to.len() >= RECIPIENTS_MAX => reply("452 4.5.3 Too many recipients"),
            Some((address, _)) => {
                self.to.push(address);
                reply("250 2.1.5 Recipient taken")
            }
            None => reply("501 5.5.4 RCPT TO:<address> expected"),
        }
    }

    fn data(&mut self) -> Step {
        if self.to.is_empty() {
            return reply("503 5.5.1 RCPT first");
        }
        Step::Data("354 End with a dot on a line of its own\r\n".into())
    }
}

/// Reads `FROM:<address> PARAMETERS`.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(String, &'a str)> {
    let head = rest.get(..keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let rest = rest[keyword.len()..].trim_start().strip_prefix('<')?;
    let (address, parameters) = rest.split_once('>')?;
    Some((address.to_owned(), parameters.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[(&str, &str)]) {
        let mut protocol = Protocol::new(false);
        for (line, expected) in lines {
            let (Step::Reply(text) | Step::Data(text) | Step::StartTls(text) | Step::Close(text)) =
                protocol.line(line);
            assert!(text.starts_with(expected), "{line}: {text}");
            assert!(text.ends_with("\r\n"));
        }
    }

    #[test]
    fn a_transaction_goes_through() {
        check(&[
            ("EHLO client.example.org", "250-"),
            ("MAIL FROM:<a@example.org> SIZE=100 SMTPUTF8", "250"),
            ("RCPT TO:<почта@example.org>", "250"),
            ("DATA", "354"),
            ("QUIT", "221"),
        ]);
    }

    #[test]
    fn commands_out_of_order_are_refused() {
        check(&[
            ("MAIL FROM:<a@example.org>", "503"),
            ("HELO x", "250"),
            ("RCPT TO:<b@example.org>", "503"),
            ("MAIL FROM:<>", "250"),
            ("DATA", "503"),
            ("MAIL FROM:<>", "503"),
            ("RSET", "250"),
            ("MAIL FROM:<a> SIZE=99999999999", "552"),
            ("STARTTLS", "500"),
            ("BLAH", "500"),
        ]);
    }

    #[test]
    fn any_login_is_welcome_when_it_is_well_formed() {
        check(&[
            ("AUTH PLAIN AGEAYg==", "235"),
            ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
            ("YQ==", "334 UGFzc3dvcmQ6"),
            ("Yg==", "235"),
            ("AUTH PLAIN", "334"),
            ("!!", "501"),
            ("AUTH GSSAPI", "504"),
        ]);
    }
}
