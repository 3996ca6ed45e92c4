//! `masthead doctor dkim`: makes and shows the keys that sign the mail.

use crate::{
    cli::{Desk, Done, Exit, Failure, args::DkimCommand, output::Dress, sending::dkim, settings},
    dkim::{DkimKey, KeyKind, public_record, split_strings},
    domain::problem::{Place, Problem},
};
use serde_json::json;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Bits that an RSA key should have at least; shorter ones are verified by some only.
const BITS_WISE: usize = 2_048;

pub(super) fn run(desk: &Desk, command: DkimCommand) -> Done {
    match command {
        DkimCommand::New { domain, selector, ed25519, output } => {
            new_key(desk, &domain, &selector, ed25519, output)
        }
        DkimCommand::Show => show(desk),
    }
}

/// A key as a person needs to know it.
struct Published<'a> {
    domain: &'a str,
    selector: &'a str,
    record: String,
}

fn new_key(desk: &Desk, domain: &str, selector: &str, ed25519: bool, output: Option<PathBuf>) -> Done {
    let domain = name(domain).filter(|domain| domain.contains('.'));
    let (Some(domain), Some(selector)) = (domain, name(selector)) else {
        return Err(Failure::usage(
            Problem::error("cli/bad-name", "domain or selector is no name that DNS takes")
                .help("write `--domain example.org --selector s1`: letters, digits, `-` and dots"),
        ));
    };
    let kind = if ed25519 { KeyKind::Ed25519 } else { KeyKind::Rsa };
    let made = DkimKey::generate(kind).and_then(|key| Ok((key.to_pem()?, key)));
    let (pem, key) = made.map_err(|error| Problem::error("cli/dkim-key", error.to_string()))?;
    let relative = output.unwrap_or_else(|| PathBuf::from(format!("keys/{selector}.pem")));
    let root = settings::workspace_root(desk)?;
    let shown = relative.display().to_string();
    keep(&root.join(&relative), &pem).map_err(|error| not_kept(&shown, &error))?;
    let published = Published { domain: &domain, selector: &selector, record: record(&key)? };
    if desk.output.json {
        tell(desk, &published, Some(&shown));
        return Ok(Exit::Done);
    }
    desk.output.talk(&format!("{} {shown} (mode 0600)", desk.output.dress(Dress::Good, "key made:")));
    desk.output.talk("Keep it out of git, and back it up. Publish this record, then name the key:\n");
    tell(desk, &published, None);
    desk.output.talk("\n# masthead.yaml");
    desk.output
        .talk(&format!("signing: {{ domain: {domain}, selector: {selector}, key: {{ file: {shown} }} }}\n"));
    if ed25519 {
        desk.output
            .talk("Several large receivers call Ed25519 signatures broken: use RSA unless you know yours.");
    }
    Ok(Exit::Done)
}

fn show(desk: &Desk) -> Done {
    let workspace = settings::bare_workspace(desk)?;
    let Some(signing) = &workspace.settings.signing else {
        return Err(Problem::error("cli/not-signing", "`masthead.yaml` names no DKIM key")
            .help("`masthead doctor dkim new --domain example.org` makes one")
            .into());
    };
    let key = dkim::key(&workspace, signing)?;
    if key.kind() == KeyKind::Rsa && key.bits() < BITS_WISE {
        let problem = Problem::warning("cli/dkim-key", format!("the key has {} bits", key.bits()));
        desk.output.problem(&problem.help("make a new one of 2048 under a new selector"));
    }
    let record = record(&key)?;
    tell(desk, &Published { domain: &signing.domain, selector: &signing.selector, record }, None);
    Ok(Exit::Done)
}

/// Shows the record as DNS wants it.
fn tell(desk: &Desk, published: &Published<'_>, file: Option<&str>) {
    let Published { domain, selector, record } = published;
    let name = format!("{selector}._domainkey.{domain}");
    if desk.output.json {
        desk.output.object(&json!({ "name": name, "type": "TXT", "value": record, "key_file": file }));
    } else {
        desk.output.data(&format!("{name}. 3600 IN TXT {}", split_strings(record)));
    }
}

fn record(key: &DkimKey) -> Result<String, Problem> {
    public_record(key).ok_or_else(|| Problem::error("cli/dkim-key", "the key has no public half"))
}

/// Returns a name in its ASCII form.
fn name(text: &str) -> Option<String> {
    // As `signing:` in masthead.yaml wants it: a key is no use under a name that nobody can publish.
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
    };
    let is_name = |name: &String| name.len() <= 253 && name.split('.').all(is_label);
    idna::domain_to_ascii(text.trim()).ok().filter(is_name)
}

/// Writes a key that nobody else can read, never over another one; git is told to pass the folder by.
fn keep(path: &Path, pem: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        let is_new = !folder.exists();
        fs::create_dir_all(folder)?;
        if is_new {
            fs::write(folder.join(".gitignore"), "*\n")?;
        }
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()
}

fn not_kept(shown: &str, error: &io::Error) -> Failure {
    let problem = if error.kind() == io::ErrorKind::AlreadyExists {
        Problem::error("cli/key-exists", "there is a key already")
            .help("mail on its way is verified with it: make the new one under another `--selector`")
    } else {
        Problem::error("cli/key-not-written", format!("the key can't be written: {error}"))
            .help("look at the folder, or name another file with `-o`")
    };
    Failure::could_not_look(problem.at(Place::file(shown)))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_name_is_one_that_dns_takes() {
        assert_eq!(name(" S1 ").as_deref(), Some("s1"));
        assert_eq!(name("Bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        for refused in ["", " ", "a..b", ".a", "a.", "s 1", "../s", "s;1", &"a".repeat(64), &"a.".repeat(127)]
        {
            assert_eq!(name(refused), None, "{refused:?}");
        }
    }
}
