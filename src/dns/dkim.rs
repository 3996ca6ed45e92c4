//! DKIM: whether the key that we sign with is the one that is published (RFC 6376, 3.6).

use crate::dns::{Kind, Names, Sight, tags::Tags};

/// Looks for the record of a selector; `ours` is the one that our key should have.
pub fn look(names: &dyn Names, selector: &str, domain: &str, ours: &str) -> Sight {
    let name = format!("{selector}._domainkey.{domain}");
    let publish = "publish what `masthead doctor dkim show` prints";
    let answer = match names.ask(&name, Kind::Txt) {
        Ok(answer) => answer,
        Err(fault) => return Sight::unknown(&name, &fault),
    };
    let texts: Vec<_> = answer.texts().filter(|text| Tags::read(text).get("p").is_some()).collect();
    let text = match texts.as_slice() {
        [] => return Sight::bad(format!("`{name}` has no DKIM record"), publish),
        [text] => text,
        _ => return Sight::bad(format!("`{name}` has {} DKIM records", texts.len()), "keep one"),
    };
    let (theirs, ours) = (Tags::read(text), Tags::read(ours));
    let bare = |tags: &Tags<'_>, tag: &str| tags.get(tag).unwrap_or_default().replace([' ', '\t'], "");
    let lists = |tag: &str, wanted: &[&str]| {
        let Some(value) = theirs.get(tag) else { return true };
        value.split(':').any(|one| wanted.contains(&one.trim()))
    };
    if bare(&theirs, "p").is_empty() {
        return Sight::bad(format!("the key of `{name}` was called back (`p=` is empty)"), publish);
    }
    if theirs.get("k").unwrap_or("rsa") != ours.get("k").unwrap_or("rsa")
        || bare(&theirs, "p") != bare(&ours, "p")
    {
        let message = format!("`{name}` publishes another key than the one that masthead.yaml names");
        return Sight::bad(message, format!("{publish}, or name the key that belongs to it"));
    }
    if !lists("h", &["sha256"]) || !lists("s", &["*", "email"]) {
        let message = format!("`{name}` does not let this key sign mail with SHA-256 (`h=`, `s=`)");
        return Sight::bad(message, publish);
    }
    if theirs.get("t").is_some_and(|flags| flags.split(':').any(|flag| flag.trim() == "y")) {
        let help = "take `t=y` out: receivers treat mail of a domain that tests as if it were not signed";
        return Sight::warning(format!("`{name}` says that it is a test (`t=y`)"), help);
    }
    Sight::good(format!("`{name}` publishes the key that signs"))
}
