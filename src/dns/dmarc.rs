//! DMARC: what receivers shall do with mail that proves nothing (RFC 9989).

use crate::dns::{DnsFault, Kind, Names, Sight, tags::Tags};

/// Names that are asked for one domain at most (RFC 9989, tree walk).
const WALK_MAX: usize = 8;

/// Tags that new receivers pass over.
const OLD_TAGS: [&str; 3] = ["pct", "rf", "ri"];

/// What the walk up from a domain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The organisation's domain.
    pub organisation: String,
    /// The record that holds for the domain, and where it stands.
    pub record: Option<(String, String)>,
}

/// Finds the organisation of a domain and the record that holds for it.
///
/// # Errors
/// When nobody could say; with the name that was asked.
pub fn walk(names: &dyn Names, domain: &str) -> Result<Policy, (String, DnsFault)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut organisation = None;
    for at in steps(domain) {
        let name = format!("_dmarc.{at}");
        let answer = names.ask(&name, Kind::Txt).map_err(|fault| (name, fault))?;
        let mut records = answer.texts().filter(|text| is_dmarc(text));
        // Several are as good as none.
        let (Some(text), None) = (records.next(), records.next()) else { continue };
        found.push((at.to_owned(), text.to_owned()));
        match Tags::read(text).get("psd") {
            Some("n") => organisation = Some(at.to_owned()),
            // Whoever is just below a public suffix is an organisation.
            Some("y") if at != domain => organisation = child_below(domain, at),
            _ => continue,
        }
        break;
    }
    let widest = found.last().map(|(at, _)| at.clone());
    let organisation = organisation.or(widest).unwrap_or_else(|| domain.to_owned());
    let own = found.iter().find(|(at, _)| at == domain);
    let record = own.or_else(|| found.iter().find(|(at, _)| *at == organisation)).cloned();
    Ok(Policy { organisation, record })
}

/// Returns the domains that are asked for, from the domain upwards.
fn steps(domain: &str) -> Vec<&str> {
    let labels = domain.split('.').count();
    let mut steps = vec![domain];
    let mut rest = domain;
    // A long name jumps to its last seven labels.
    let mut drop = if labels >= WALK_MAX { labels - (WALK_MAX - 1) } else { 1 };
    while steps.len() < WALK_MAX {
        for _ in 0..drop {
            rest = rest.split_once('.').map_or("", |(_, rest)| rest);
        }
        drop = 1;
        if rest.is_empty() {
            break;
        }
        steps.push(rest);
    }
    steps
}

fn is_dmarc(text: &str) -> bool {
    text.split(';').next().is_some_and(|first| first.replace(' ', "") == "v=DMARC1")
}

fn child_below(domain: &str, parent: &str) -> Option<String> {
    let front = domain.strip_suffix(parent)?.strip_suffix('.')?;
    let label = front.rsplit('.').next()?;
    Some(format!("{label}.{parent}"))
}

/// What proves that mail is the sender's.
#[derive(Clone, Copy, Debug)]
pub struct Proofs<'a> {
    /// The domain of the sender's address.
    pub from: &'a str,
    /// The domain of the envelope, which SPF is about.
    pub envelope: &'a str,
    /// The domain that signs, when somebody does here.
    pub signing: Option<&'a str>,
}

/// Looks at the record of the sender's domain, and whether SPF and DKIM are about the same organisation.
pub fn look(names: &dyn Names, proofs: Proofs<'_>) -> Vec<Sight> {
    let unknown = |(name, fault): (String, DnsFault)| vec![Sight::unknown(&name, &fault)];
    let policy = match walk(names, proofs.from) {
        Ok(policy) => policy,
        Err(trouble) => return unknown(trouble),
    };
    let Some((at, text)) = &policy.record else {
        let from = proofs.from;
        let help = format!("publish `_dmarc.{from}. IN TXT \"v=DMARC1; p=none; rua=mailto:dmarc@{from}\"`");
        return vec![Sight::bad(format!("`{from}` has no DMARC record, nor has a domain above it"), help)];
    };
    let mut sights = vec![record(at, text)];
    sights.extend(foreign_reports(names, at, text));
    match alignment(names, proofs, &policy, text) {
        Ok(sight) => sights.push(sight),
        Err(trouble) => sights.extend(unknown(trouble)),
    }
    sights
}

fn record(at: &str, text: &str) -> Sight {
    let tags = Tags::read(text);
    let policy = match tags.get("p") {
        None => {
            let help = "write `v=DMARC1; p=none; …`: older receivers pass over a record without `p=`";
            return Sight::warning(format!("the DMARC record of `{at}` has no `p=`"), help);
        }
        Some(policy @ ("none" | "quarantine" | "reject")) => policy,
        Some(other) => {
            let help = "write `p=none`, `p=quarantine` or `p=reject`";
            return Sight::bad(format!("the DMARC record of `{at}` says `p={other}`"), help);
        }
    };
    let old: Vec<_> = OLD_TAGS.into_iter().filter(|tag| tags.get(tag).is_some()).collect();
    if !old.is_empty() {
        let message = format!("the DMARC record of `{at}` uses {}", old.join(", "));
        return Sight::warning(
            message,
            "take it out: newer receivers pass over it (RFC 9989), older ones still read it",
        );
    }
    if tags.get("rua").is_none() {
        let help =
            format!("add `rua=mailto:dmarc@{at}`: reports show who sends in your name before you tighten it");
        return Sight::warning(
            format!("the DMARC record of `{at}` (`p={policy}`) asks for no reports"),
            help,
        );
    }
    Sight::good(format!("`{at}` has a DMARC record: {text}"))
}

/// Looks whether reports to another organisation are wanted there (RFC 9990).
fn foreign_reports(names: &dyn Names, at: &str, text: &str) -> Vec<Sight> {
    let addresses = Tags::read(text).get("rua").unwrap_or_default().split(',').map(str::trim);
    let domains = addresses.filter_map(|address| {
        let (_, domain) = address.strip_prefix("mailto:")?.rsplit_once('@')?;
        Some(domain.split('!').next().unwrap_or(domain).to_ascii_lowercase())
    });
    let is_below = |one: &str, other: &str| one == other || one.ends_with(&format!(".{other}"));
    let foreign = domains.filter(|domain| !is_below(domain, at) && !is_below(at, domain));
    let looked = foreign.filter_map(|domain| {
        let name = format!("{at}._report._dmarc.{domain}");
        match names.ask(&name, Kind::Txt) {
            Ok(answer) if answer.texts().any(is_dmarc) => None,
            Ok(_) => {
                let help = format!("they have to publish `{name}. IN TXT \"v=DMARC1\"`, or no reports come");
                Some(Sight::warning(
                    format!("`{domain}` does not say that it wants reports about `{at}`"),
                    help,
                ))
            }
            Err(fault) => Some(Sight::unknown(&name, &fault)),
        }
    });
    looked.collect()
}

fn alignment(
    names: &dyn Names,
    proofs: Proofs<'_>,
    policy: &Policy,
    text: &str,
) -> Result<Sight, (String, DnsFault)> {
    let tags = Tags::read(text);
    let is_aligned = |domain: &str, mode: &str| {
        if domain == proofs.from {
            return Ok(true);
        }
        if tags.get(mode) == Some("s") {
            return Ok(false);
        }
        Ok::<_, (String, DnsFault)>(walk(names, domain)?.organisation == policy.organisation)
    };
    let (from, envelope) = (proofs.from, proofs.envelope);
    let by_envelope = is_aligned(envelope, "aspf")?;
    let by_signature = proofs.signing.map(|domain| is_aligned(domain, "adkim")).transpose()?;
    Ok(match (by_envelope, by_signature) {
        (true, Some(true)) => {
            Sight::good(format!("SPF and DKIM are both about the organisation of `{from}`"))
        }
        (true, None) => Sight::good(format!(
            "SPF is about the organisation of `{from}`; whether the relay's signature is too, only a message shows"
        )),
        (false, None) => Sight::warning(
            format!(
                "the envelope's `{envelope}` is not of the organisation of `{from}`, and nobody signs here"
            ),
            "take a bounce address below the sender's domain, or let Masthead sign (`masthead doctor dkim new`)",
        ),
        (false, Some(false)) => Sight::bad(
            format!(
                "neither the envelope's `{envelope}` nor the signature is of the organisation of `{from}`"
            ),
            "sign for the sender's domain, and take a bounce address below it",
        ),
        (one, _) => {
            let (good, other) = if one { ("SPF", "DKIM") } else { ("DKIM", "SPF") };
            let help = "mail passes with one of them; with both it does even where one breaks on the way";
            Sight::warning(format!("only {good} is about the organisation of `{from}`, {other} is not"), help)
        }
    })
}
