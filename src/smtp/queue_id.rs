//! Finds the relay's queue id in its words of acceptance, so that a message can be traced there.

use memchr::memmem;

/// Octets of an id that are kept at most.
const ID_OCTETS_MAX: usize = 128;

/// Returns the queue id in the text of a 2yz reply to the final dot, `None` when no known form fits.
///
/// Known forms: Postfix and its kin (`queued as 4F2`), Exim (`OK id=1abc-0001-X`), Sendmail
/// (`… Message accepted for delivery`), Exchange (`[InternalId=…]`), Gmail (`OK 1700000000 … - gsmtp`),
/// qmail (`ok 1700000000 qp 123`), and a bare `OK …` as SES and Momentum say.
pub fn queue_id(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let found = after(text, "queued as ")
        .or_else(|| after(text, "InternalId="))
        .or_else(|| after(text, "OK id="))
        .or_else(|| after(text, " id="))
        .or_else(|| sendmail(text, &words))
        .or_else(|| timestamped(&words))
        .or_else(|| bare_ok(&words))?;
    let id = found.trim_matches(['<', '>', ',', ';', '"', '\'', ')', '(', ']']).trim_end_matches('.');
    let lawful = |c: char| c.is_ascii_alphanumeric() || "._-+/=@:%".contains(c);
    (!id.is_empty() && id.len() <= ID_OCTETS_MAX && id.chars().all(lawful)).then(|| id.to_owned())
}

/// Returns the word after a key, whatever the key's letter case.
fn after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = memmem::find(text.to_ascii_lowercase().as_bytes(), key.to_ascii_lowercase().as_bytes())?;
    text[at + key.len()..].split([' ', ',', ']', ';']).find(|word| !word.is_empty())
}

/// `4BKAbcd012345 Message accepted for delivery`.
fn sendmail<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    let first = words.first()?;
    let is_id = first.len() >= 8 && first.bytes().any(|b| b.is_ascii_digit());
    (is_id && text.to_ascii_lowercase().contains("accepted for delivery")).then_some(first)
}

/// `OK 1700000000 d2e1a72fcca58-7.12 - gsmtp` and `ok 1700000000 qp 12345`.
fn timestamped<'a>(words: &[&'a str]) -> Option<&'a str> {
    let [ok, seconds, rest @ ..] = words else { return None };
    let is_time = seconds.len() == 10 && seconds.bytes().all(|b| b.is_ascii_digit());
    if !is_ok(ok) || !is_time {
        return None;
    }
    match rest {
        ["qp", number, ..] => Some(number),
        [id, ..] => Some(id),
        [] => None,
    }
}

/// `Ok 0100018c-…-000000` and `OK 8B/12-12345-D9F5`.
fn bare_ok<'a>(words: &[&'a str]) -> Option<&'a str> {
    let [ok, id] = words else { return None };
    (is_ok(ok) && id.len() >= 6 && id.bytes().any(|b| b.is_ascii_digit())).then_some(id)
}

/// Whether a word is `Ok` or `OK:`.
fn is_ok(word: &str) -> bool {
    word.trim_end_matches([':', ',']).eq_ignore_ascii_case("ok")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_id(text: &str, expected: Option<&str>) {
        assert_eq!(queue_id(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn the_common_forms_are_known() {
        check_id("Ok: queued as 4F2", Some("4F2"));
        check_id("Ok: queued as 4XyZ1234abz9rxW", Some("4XyZ1234abz9rxW"));
        check_id("Ok: queued as 4F2.", Some("4F2"));
        check_id("OK id=1rABcd-0001Xy-2Z", Some("1rABcd-0001Xy-2Z"));
        check_id("3AMBvE1w012345 Message accepted for delivery", Some("3AMBvE1w012345"));
        check_id(
            "<a1@mail.example.org> [InternalId=12345678901234, Hostname=MX1.example.org] 9021 bytes in 0.2, \
             44.1 KB/sec Queued mail for delivery",
            Some("12345678901234"),
        );
        check_id("OK  1700000000 d2e1a72fcca58-6c4f.12 - gsmtp", Some("d2e1a72fcca58-6c4f.12"));
        check_id("ok 1700000000 qp 12345", Some("12345"));
        check_id("Ok 0100018c1e2f-ab12-000000", Some("0100018c1e2f-ab12-000000"));
        check_id("OK 8B/12-12345-D9F5", Some("8B/12-12345-D9F5"));
    }

    #[test]
    fn words_are_no_ids() {
        check_id("Ok", None);
        check_id("message accepted", None);
        check_id("OK thanks", None);
        check_id("Ok: queued as <script>", Some("script"));
        check_id(&format!("Ok: queued as {}", "x".repeat(200)), None);
        check_id("", None);
    }
}
