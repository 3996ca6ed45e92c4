//! What a server said it can do (RFC 5321, 4.1.1.1).

/// The answer to EHLO, as far as we use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one keyword of the protocol, independent of the others"
)]
pub struct Capabilities {
    /// Several commands may travel in one group (RFC 2920).
    pub pipelining: bool,
    /// Messages may travel in chunks of known length (RFC 3030).
    pub chunking: bool,
    /// TLS can be switched on (RFC 3207).
    pub starttls: bool,
    /// Addresses and headers may be UTF-8 (RFC 6531).
    pub smtputf8: bool,
    /// Octets above 127 are lawful in a body (RFC 6152).
    pub eight_bit_mime: bool,
    /// Delivery reports can be asked for (RFC 3461).
    pub dsn: bool,
    /// Replies carry enhanced codes (RFC 2034).
    pub enhanced_status_codes: bool,
    /// `SIZE` was offered: the parameter may be sent (RFC 1870).
    pub size: bool,
    /// The largest message the server takes, when it named one.
    pub size_octets_max: Option<u64>,
    /// `PLAIN` was offered.
    pub auth_plain: bool,
    /// `LOGIN` was offered.
    pub auth_login: bool,
    /// All login mechanisms as the server named them, for messages to people.
    pub auth_mechanisms: Vec<String>,
}

/// Login mechanisms that are remembered for messages at most.
const MECHANISMS_MAX: usize = 16;

impl Capabilities {
    /// Reads the lines of an EHLO reply; the first one is the greeting. What we don't know is passed over.
    pub fn parse(lines: &[String]) -> Self {
        let mut capabilities = Self::default();
        for line in lines.iter().skip(1) {
            // `AUTH=PLAIN LOGIN` is an old misreading of the draft that servers still send beside the right form.
            let mut words = line.split([' ', '=', '\t']).filter(|word| !word.is_empty());
            let Some(keyword) = words.next() else { continue };
            match keyword.to_ascii_uppercase().as_str() {
                "PIPELINING" => capabilities.pipelining = true,
                "CHUNKING" => capabilities.chunking = true,
                "STARTTLS" => capabilities.starttls = true,
                "SMTPUTF8" => capabilities.smtputf8 = true,
                "8BITMIME" => capabilities.eight_bit_mime = true,
                "DSN" => capabilities.dsn = true,
                "ENHANCEDSTATUSCODES" => capabilities.enhanced_status_codes = true,
                "SIZE" => capabilities.take_size(words.next()),
                "AUTH" => words.for_each(|word| capabilities.take_mechanism(word)),
                _ => {}
            }
        }
        capabilities
    }

    /// RFC 1870, 3: `SIZE 0` and a bare `SIZE` name no limit.
    fn take_size(&mut self, limit: Option<&str>) {
        self.size = true;
        self.size_octets_max = limit.and_then(|text| text.parse().ok()).filter(|octets| *octets > 0);
    }

    /// Notes a login mechanism.
    fn take_mechanism(&mut self, word: &str) {
        let word = word.to_ascii_uppercase();
        self.auth_plain |= word == "PLAIN";
        self.auth_login |= word == "LOGIN";
        if self.auth_mechanisms.len() < MECHANISMS_MAX && !self.auth_mechanisms.contains(&word) {
            self.auth_mechanisms.push(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Capabilities {
        Capabilities::parse(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn keywords_are_read_in_any_case_and_the_greeting_is_none() {
        let capabilities =
            parse("PIPELINING greets you\nsize 10240000\n8BITMIME\nDsn\nsmtputf8\nX-UNKNOWN 1");
        assert!(!capabilities.pipelining);
        assert_eq!(capabilities.size_octets_max, Some(10_240_000));
        assert!(capabilities.eight_bit_mime && capabilities.dsn && capabilities.smtputf8);
    }

    #[test]
    fn a_size_of_nothing_is_no_limit() {
        for text in ["x\nSIZE", "x\nSIZE 0", "x\nSIZE many"] {
            assert_eq!((parse(text).size, parse(text).size_octets_max), (true, None));
        }
    }

    #[test]
    fn both_spellings_of_auth_are_one() {
        let capabilities = parse("x\nAUTH PLAIN XOAUTH2\nAUTH=LOGIN PLAIN");
        assert!(capabilities.auth_plain && capabilities.auth_login);
        assert_eq!(capabilities.auth_mechanisms, ["PLAIN", "XOAUTH2", "LOGIN"]);
    }
}
