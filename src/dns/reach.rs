//! Whether a domain exists, and whether it takes mail.

use crate::dns::{Answer, DnsFault, Kind, Names, Record, Sight};

/// Looks whether a domain that sends exists: some receivers ask for its SOA and refuse what has none.
pub fn exists(names: &dyn Names, domain: &str) -> Sight {
    match names.ask(domain, Kind::Soa) {
        Ok(Answer::Records(_)) => Sight::good(format!("`{domain}` exists")),
        Ok(Answer::NoSuchName) => {
            let help =
                "register it, or correct the address: mail from a domain that does not exist is refused";
            Sight::bad(format!("`{domain}` does not exist"), help)
        }
        Err(fault) => Sight::unknown(domain, &fault),
    }
}

/// Looks whether a domain takes mail: answers and reports of failed mail go there.
pub fn takes_mail(names: &dyn Names, domain: &str, what: &str) -> Sight {
    let nobody = |why: &str| {
        let help =
            format!("publish `{domain}. IN MX 10 mail.{domain}.`, or take an address that can be answered");
        Sight::bad(format!("{what} go to `{domain}`, which {why}"), help)
    };
    match exchanges(names, domain) {
        Err(fault) => Sight::unknown(domain, &fault),
        Ok(Some(hosts)) if hosts.iter().all(String::is_empty) => {
            nobody("says that it takes no mail (null MX)")
        }
        Ok(Some(hosts)) => Sight::good(format!("{what} go to `{domain}`, which {} takes", hosts.join(", "))),
        Ok(None) => match has_address(names, domain) {
            Err(fault) => Sight::unknown(domain, &fault),
            Ok(true) => Sight::warning(
                format!("{what} go to `{domain}`, which has no MX record, only an address"),
                format!("publish `{domain}. IN MX 10 mail.{domain}.`"),
            ),
            Ok(false) => nobody("has neither MX record nor address"),
        },
    }
}

/// Returns the hosts that take mail, `None` when no record names any.
fn exchanges(names: &dyn Names, domain: &str) -> Result<Option<Vec<String>>, DnsFault> {
    let answer = names.ask(domain, Kind::Mx)?;
    let hosts = answer.records().iter().filter_map(|record| match record {
        Record::Exchange(host) => Some(host.clone()),
        _ => None,
    });
    let hosts: Vec<_> = hosts.collect();
    Ok((!hosts.is_empty()).then_some(hosts))
}

fn has_address(names: &dyn Names, domain: &str) -> Result<bool, DnsFault> {
    for kind in [Kind::A, Kind::Aaaa] {
        if !names.ask(domain, kind)?.records().is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
