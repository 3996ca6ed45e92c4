//! Looks at what name servers say of the domains that mail comes from.

use crate::{
    cli::{
        Desk, Failure,
        commands::doctor::{Look, Standing},
        sending::dkim as keys,
        settings,
    },
    dkim::public_record,
    dns::{
        Grade, Names, Resolver, Sight, dkim,
        dmarc::{self, Proofs},
        reach, spf,
    },
    domain::problem::Problem,
    workspace::Workspace,
};
use std::collections::BTreeSet;

/// Domains that stand for examples (RFC 2606): nobody publishes anything there, and no server is asked about them.
const EXAMPLES: [&str; 7] =
    ["example", "test", "invalid", "localhost", "example.org", "example.com", "example.net"];

/// Returns whom to ask: the server that was typed, else the system's.
///
/// # Errors
/// When what was typed is no server.
pub(super) fn typed(server: Option<&str>) -> Result<Option<Resolver>, Failure> {
    let Some(typed) = server else { return Ok(None) };
    let resolver = Resolver::parse(typed).ok_or_else(|| {
        let problem = Problem::error("cli/bad-name-server", format!("`{typed}` is no name server"));
        Failure::usage(problem.help("write its IP address: `--dns 192.0.2.1`, or `--dns 192.0.2.1:5353`"))
    })?;
    Ok(Some(resolver))
}

/// The domains of the newsletters.
#[derive(Default)]
struct Domains {
    from: BTreeSet<String>,
    reply_to: BTreeSet<String>,
}

/// Looks at SPF, DKIM, DMARC and the way back, for every domain that mail comes from.
pub(super) fn looks(desk: &Desk, bare: &Workspace, typed: Option<Resolver>) -> Vec<Look> {
    let domains = domains(desk, bare);
    let asks_all = typed.is_some();
    let is_meant = |domain: &String| asks_all || !is_example(domain);
    let (meant, examples): (Vec<_>, Vec<_>) = domains.from.iter().cloned().partition(is_meant);
    let mut looks: Vec<_> = examples.into_iter().map(|domain| example(&domain)).collect();
    if meant.is_empty() {
        return looks;
    }
    let resolver = match typed.map_or_else(Resolver::system, Ok) {
        Ok(resolver) => resolver,
        Err(fault) => {
            let help = "name one: `masthead doctor --dns 192.0.2.1`";
            looks.push(Look::not_checked("DNS", fault.to_string(), help));
            return looks;
        }
    };
    for from in &meant {
        looks.extend(of_sender(bare, &resolver, from));
    }
    let replies = domains.reply_to.iter().filter(|domain| !meant.contains(domain) && is_meant(domain));
    looks.extend(replies.map(|domain| look("MX", reach::takes_mail(&resolver, domain, "answers"))));
    looks.extend(signature(bare, &resolver, is_meant));
    looks
}

fn of_sender(workspace: &Workspace, names: &dyn Names, from: &str) -> Vec<Look> {
    let settings = &workspace.settings;
    let existence = reach::exists(names, from);
    let is_there = existence.grade == Grade::Good;
    let mut looks = vec![look("domain", existence)];
    if !is_there {
        return looks;
    }
    let bounces = settings.bounce_address.as_ref().map(crate::domain::address::EmailAddress::domain);
    let envelope = bounces.unwrap_or(from);
    looks.push(look("MX", reach::takes_mail(names, from, "answers")));
    if envelope != from {
        looks.push(look("MX", reach::takes_mail(names, envelope, "reports of failed mail")));
    }
    looks.push(look("SPF", spf::look(names, envelope)));
    let signing = settings.signing.as_ref().map(|signing| signing.domain.as_str());
    let judged = dmarc::look(names, Proofs { from, envelope, signing });
    looks.extend(judged.into_iter().map(|sight| look("DMARC", sight)));
    looks
}

/// Compares the key in use with the one that is published.
fn signature(workspace: &Workspace, names: &dyn Names, is_meant: impl Fn(&String) -> bool) -> Option<Look> {
    let signing = workspace.settings.signing.as_ref().filter(|signing| is_meant(&signing.domain))?;
    // A key that can't be read was named before.
    let ours = public_record(&keys::key(workspace, signing).ok()?)?;
    Some(look("DKIM", dkim::look(names, &signing.selector, &signing.domain, &ours)))
}

/// Returns the domains of senders and of answers; when newsletters can't be read, at least that of the signature.
fn domains(desk: &Desk, bare: &Workspace) -> Domains {
    let mut domains = Domains::default();
    let root = settings::workspace_root(desk).ok();
    let whole = root.and_then(|root| Workspace::load(&root).ok());
    for loaded in whole.iter().flat_map(|workspace| workspace.newsletters.values()) {
        let newsletter = &loaded.newsletter;
        domains.from.insert(newsletter.from.address.domain().to_owned());
        domains
            .reply_to
            .extend(newsletter.reply_to.iter().map(|mailbox| mailbox.address.domain().to_owned()));
    }
    if domains.from.is_empty() {
        domains.from.extend(bare.settings.signing.iter().map(|signing| signing.domain.clone()));
    }
    domains
}

fn is_example(domain: &str) -> bool {
    EXAMPLES.iter().any(|example| {
        domain.strip_suffix(example).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    })
}

fn example(domain: &str) -> Look {
    let help = "put the newsletter's own address into `from`; `--dns SERVER` asks all the same";
    Look::not_checked(
        "DNS",
        format!("`{domain}` is a domain for examples: no server was asked about it"),
        help,
    )
}

fn look(what: &'static str, sight: Sight) -> Look {
    let standing = match sight.grade {
        Grade::Good => Standing::Good,
        Grade::Warning => Standing::Warning,
        Grade::Bad => Standing::Bad,
        Grade::Unknown => Standing::NotChecked,
    };
    Look { what, standing, message: sight.message, help: sight.help }
}
