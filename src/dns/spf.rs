//! SPF: which machines may send for a domain (RFC 7208).

use crate::dns::{DnsFault, Kind, Names, Sight};

/// Look-ups that receivers make for one record at most (RFC 7208, 4.6.4).
const LOOKUPS_MAX: usize = 10;

/// Looks at the record of the domain that stands in the envelope.
pub fn look(names: &dyn Names, domain: &str) -> Sight {
    let text = match record(names, domain) {
        Ok(Some(text)) => text,
        Ok(None) => {
            let help = format!(
                "publish `{domain}. IN TXT \"v=spf1 include:RELAY ~all\"`, with the include that your relay documents"
            );
            return Sight::bad(format!("`{domain}` has no SPF record"), help);
        }
        Err(Trouble::Several(count)) => {
            let help =
                "keep one and put the others' terms into it: with several, none counts (RFC 7208, 4.5)";
            return Sight::bad(format!("`{domain}` has {count} SPF records"), help);
        }
        Err(Trouble::Unsaid(name, fault)) => return Sight::unknown(&name, &fault),
    };
    let mut count = Count { names, lookups: 0, way: vec![domain.to_owned()] };
    match count.add(&text) {
        Err(Trouble::Unsaid(name, fault)) => return Sight::unknown(&name, &fault),
        Err(Trouble::Several(_)) | Ok(()) if count.lookups > LOOKUPS_MAX => {
            let message = format!(
                "the SPF record of `{domain}` needs more than {LOOKUPS_MAX} look-ups: receivers give up"
            );
            return Sight::bad(message, "take out includes that nobody sends through any more");
        }
        Err(Trouble::Several(_)) => {
            let help = "look which include of it has no record, or several: receivers take that for an error";
            return Sight::bad(format!("the SPF record of `{domain}` leads to a broken one"), help);
        }
        Ok(()) => {}
    }
    ending(domain, &text, count.lookups)
}

/// Judges what the record says of everybody else.
fn ending(domain: &str, text: &str, lookups: usize) -> Sight {
    let has = |wanted: &str| terms(text).any(|term| term.eq_ignore_ascii_case(wanted));
    if has("+all") || has("all") {
        let help = "end it with `~all` or `-all`: as it is, anybody may send for the domain";
        return Sight::bad(format!("the SPF record of `{domain}` lets everybody send"), help);
    }
    if terms(text).any(|term| name_of(term) == "ptr") {
        let help = "name the relay's include or addresses instead: `ptr` must not be used (RFC 7208, 5.5)";
        return Sight::warning(format!("the SPF record of `{domain}` uses `ptr`"), help);
    }
    if has("?all") || !terms(text).any(|term| matches!(name_of(term), "all" | "redirect")) {
        let help = "end it with `~all`, later `-all`";
        return Sight::warning(format!("the SPF record of `{domain}` says nothing of strangers"), help);
    }
    Sight::good(format!("`{domain}` has an SPF record ({lookups} look-ups of {LOOKUPS_MAX}): {text}"))
}

/// What keeps a record from being judged.
enum Trouble {
    /// So many records where one may be; none in one that another leads to.
    Several(usize),
    /// Nobody could say.
    Unsaid(String, DnsFault),
}

fn record(names: &dyn Names, domain: &str) -> Result<Option<String>, Trouble> {
    let answer = names.ask(domain, Kind::Txt).map_err(|fault| Trouble::Unsaid(domain.to_owned(), fault))?;
    let is_spf = |text: &&str| {
        let opening = text.split(' ').next().unwrap_or_default();
        opening.eq_ignore_ascii_case("v=spf1")
    };
    let mut found: Vec<_> = answer.texts().filter(is_spf).map(str::to_owned).collect();
    match found.len() {
        0 | 1 => Ok(found.pop()),
        count => Err(Trouble::Several(count)),
    }
}

/// Counts the look-ups of a record and of those it leads to.
struct Count<'a> {
    names: &'a dyn Names,
    lookups: usize,
    /// The domains on the way here: one that leads back to itself would never end.
    way: Vec<String>,
}

impl Count<'_> {
    fn add(&mut self, text: &str) -> Result<(), Trouble> {
        for term in terms(text) {
            let name = name_of(term);
            if !matches!(name, "include" | "redirect" | "a" | "mx" | "ptr" | "exists") {
                continue;
            }
            self.lookups += 1;
            if self.lookups > LOOKUPS_MAX {
                return Ok(());
            }
            let target = term.split_once([':', '=']).map(|(_, target)| target.to_ascii_lowercase());
            let Some(target) = target.filter(|_| matches!(name, "include" | "redirect")) else { continue };
            // A macro is filled by the receiver; where it leads nobody knows before.
            if target.contains('%') {
                continue;
            }
            if self.way.contains(&target) {
                return Err(Trouble::Several(0));
            }
            let inner = record(self.names, &target)?.ok_or(Trouble::Several(0))?;
            self.way.push(target);
            self.add(&inner)?;
            self.way.pop();
        }
        Ok(())
    }
}

fn terms(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').skip(1).filter(|term| !term.is_empty())
}

/// Returns what a term is called: without its sign, its target, its length.
fn name_of(term: &str) -> &str {
    let term = term.trim_start_matches(['+', '-', '~', '?']);
    term.split([':', '=', '/']).next().unwrap_or(term)
}
