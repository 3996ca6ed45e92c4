//! The parts of a fingerprint.

use crate::{
    check,
    domain::{
        approval::Fingerprint,
        delivery::DeliveryId,
        digest::InlineImage,
        edition::{Edition, EditionItem, Text},
        issue::IssueId,
        language::Language,
        problem::Problems,
        settings::ImagePolicy,
        template::TemplateFiles,
    },
    proof::{Proof, approval::digest_hash},
    render::{
        form::{Fill, Filled},
        token::Signer,
    },
    workspace::Workspace,
};
use aws_lc_rs::digest::{self, Context, SHA256};
use chrono::{DateTime, Utc};
use std::{collections::BTreeMap, fmt::Write as _};

/// Hex digits that the file shows of a part: it is told apart, not trusted.
const SHORT_DIGITS: usize = 16;

/// Gathers hashes by part.
#[derive(Default)]
pub(super) struct Parts {
    /// Strings of each part, hashed as they come.
    contexts: BTreeMap<String, Context>,
}

/// Returns the SHA-256 of some octets, hex.
pub(super) fn sha256_hex(octets: &[u8]) -> String {
    hex(digest::digest(&SHA256, octets).as_ref())
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        write!(text, "{octet:02x}").expect("writing to a string can't fail");
        text
    })
}

impl Parts {
    /// Adds a value to a part. Its length goes first, so that no two values read alike.
    fn add(&mut self, part: impl Into<String>, value: impl AsRef<[u8]>) {
        let value = value.as_ref();
        let context = self.contexts.entry(part.into()).or_insert_with(|| Context::new(&SHA256));
        context.update(&(value.len() as u64).to_be_bytes());
        context.update(value);
    }

    /// Adds a value that may be missing: nothing is not the same as an empty text.
    fn add_some(&mut self, part: impl Into<String>, value: Option<&str>) {
        let part = part.into();
        self.add(part.clone(), [u8::from(value.is_some())]);
        self.add(part, value.unwrap_or_default());
    }

    fn add_text(&mut self, part: &str, text: Option<&Text>) {
        self.add_some(part, text.map(|text| text.source.as_str()));
        self.add_some(part, text.map(|text| text.language.as_str()));
    }

    /// Adds what an issue says in one language to readers of everything.
    pub(super) fn of_language(&mut self, proof: &Proof) {
        let Proof { edition, digest, .. } = proof;
        let part = |name: &str| format!("{}/{name}", edition.language);
        self.add_text(&part("subject"), Some(&edition.subject));
        self.add_text(&part("preheader"), edition.preheader.as_ref());
        self.add_text(&part("opening"), edition.opening.as_ref());
        self.newsletter_texts(edition);
        self.settings(edition);
        self.add(part("html"), &digest.html);
        self.add(part("text"), &digest.text);
        self.add(part("headers"), headers(proof));
        self.add(part("letter"), digest_hash(digest));
    }

    /// Adds what readers of some topics get in one language.
    pub(super) fn of_choice(&mut self, proof: &Proof) {
        let part = format!("{}/letter", proof.label);
        self.add(part.clone(), digest_hash(&proof.digest));
        self.add(part, headers(proof));
    }

    /// Adds what stands in every issue of the newsletter.
    fn newsletter_texts(&mut self, edition: &Edition) {
        let part = |name: &str| format!("{}/{name}", edition.language);
        self.add_text(&part("name"), Some(&edition.name));
        self.add_text(&part("tagline"), edition.tagline.as_ref());
        self.add_some(part("website"), edition.website.as_deref());
        for (label, url) in &edition.navigation {
            self.add_text(&part("navigation"), Some(label));
            self.add(part("navigation"), url);
        }
        if let Some((text, url)) = &edition.about {
            self.add_text(&part("about"), Some(text));
            self.add_some(part("about"), url.as_deref());
        }
        let footer = &edition.footer;
        for text in [&footer.organisation, &footer.postal_address, &footer.reason] {
            self.add_text(&part("footer"), text.as_ref());
        }
        for link in [&footer.contact, &footer.privacy_url] {
            self.add_some(part("footer"), link.as_deref());
        }
    }

    fn item(&mut self, edition: &Edition, item: &EditionItem) {
        let part = format!("item/{}", item.slug);
        self.add(&*part, edition.language.as_str());
        self.add(&*part, item.date.to_string());
        self.add_text(&part, item.place_name.as_ref());
        self.add_text(&part, Some(&item.headline));
        self.add_text(&part, Some(&item.teaser));
        self.add_some(&*part, item.link.as_deref());
        self.add_some(&*part, item.image.as_ref().map(|image| picture(&image.src)));
        self.add_some(&*part, item.image.as_ref().map(|image| image.alt.as_str()));
        for topic in &item.topics {
            self.add(&*part, topic);
        }
    }

    /// Adds the settings that reach a reader.
    fn settings(&mut self, edition: &Edition) {
        self.add_some("setting/from", edition.from.name.as_deref());
        self.add("setting/from", edition.from.address.expose());
        let reply_to = edition.reply_to.as_ref();
        self.add_some("setting/reply_to", reply_to.and_then(|mailbox| mailbox.name.as_deref()));
        self.add_some("setting/reply_to", reply_to.map(|mailbox| mailbox.address.expose()).as_deref());
        self.add("setting/list_id", &edition.list_id);
        self.add("setting/date", edition.date.to_string());
        self.add("setting/teaser", edition.teaser_length.to_string());
        self.add("setting/template", &edition.template);
    }

    /// Adds what is the same for all variants: the workspace's settings, the template, the pictures.
    pub(super) fn of_issue(&mut self, workspace: &Workspace, issue: &IssueId) -> Result<(), Problems> {
        let settings = &workspace.settings;
        self.add_some("setting/public_url", settings.public_url.as_deref());
        let bounces = settings.bounce_address.as_ref().map(crate::domain::address::EmailAddress::expose);
        self.add_some("setting/bounces", bounces.as_deref());
        let policy = match settings.images {
            ImagePolicy::Link => "link",
            ImagePolicy::Embed => "embed",
        };
        self.add("setting/images", policy);
        // Linked pictures reach the reader as well: here they are read as if they travelled with the message.
        let mut local = workspace.clone();
        local.settings.images = ImagePolicy::Embed;
        let languages = workspace.newsletter(&issue.newsletter)?.newsletter.languages.clone();
        let mut pictures = BTreeMap::new();
        for language in &languages {
            let files = local.edition(issue, language, &[])?;
            if *language == languages[0] {
                self.template(&files.template, &languages);
                self.theme(&files.edition);
            }
            for item in &files.edition.items {
                self.item(&files.edition, item);
                self.add("items", &item.slug);
            }
            let named = |image: InlineImage| (picture(&image.content_id).to_owned(), image.file_name);
            pictures.extend(files.images.into_iter().map(named));
        }
        let mut pictures: Vec<_> = pictures.into_iter().map(|(content, name)| (name, content)).collect();
        pictures.sort();
        for (name, content) in pictures {
            self.add(format!("image/{name}"), content);
        }
        Ok(())
    }

    fn theme(&mut self, edition: &Edition) {
        for (token, value) in &edition.theme {
            self.add("setting/theme", token);
            // What a logo shows is told as a picture.
            self.add("setting/theme", if value.starts_with("cid:") { "cid:" } else { value });
        }
    }

    fn template(&mut self, template: &TemplateFiles, languages: &[Language]) {
        for (name, text) in &template.files {
            self.add(format!("template/{name}"), text);
        }
        // Phrases come from a language itself, its primary language, or English; nobody gets those of others.
        let is_read = |source: &str| {
            source == "en" || languages.iter().any(|tag| [tag.as_str(), tag.primary()].contains(&source))
        };
        for (language, strings) in template.strings.iter().filter(|(source, _)| is_read(source.as_str())) {
            for (key, phrase) in strings {
                self.add(format!("template/strings/{language}.yaml"), key);
                self.add(format!("template/strings/{language}.yaml"), phrase);
            }
        }
        for (token, value) in &template.theme {
            self.add("template/template.yaml", token);
            self.add("template/template.yaml", value);
        }
    }

    /// Returns the fingerprint: one hash over the names and hashes of all parts.
    pub(super) fn into_fingerprint(self) -> Fingerprint {
        let mut whole = Context::new(&SHA256);
        let mut parts = BTreeMap::new();
        for (part, context) in self.contexts {
            let hash = context.finish();
            whole.update(&(part.len() as u64).to_be_bytes());
            whole.update(part.as_bytes());
            whole.update(hash.as_ref());
            parts.insert(part, hex(hash.as_ref())[..SHORT_DIGITS].to_owned());
        }
        Fingerprint { hash: hex(whole.finish().as_ref()), parts }
    }
}

/// Returns what names a picture by its content alone: the part after `@` is the list's.
fn picture(source: &str) -> &str {
    if source.starts_with("https://") { source } else { source.split('@').next().unwrap_or(source) }
}

/// Returns the header section that a made-up reader would get, at a made-up moment.
fn headers(proof: &Proof) -> Vec<u8> {
    let Some(reader) = check::sample_readers(&proof.letter).into_iter().next() else { return Vec::new() };
    let tokens = proof.letter.tokens(&Signer::of_no_ledger(), DeliveryId(0));
    let fill = Fill { subscriber: &reader, date: DateTime::<Utc>::UNIX_EPOCH, tokens: &tokens };
    let mut filled = Filled::new();
    // The first sample reader has every field; a letter that can't be made is told by `check`.
    if proof.letter.fill(&fill, &mut filled).is_err() {
        return Vec::new();
    }
    let mut octets = filled.to_vec();
    let end = memchr::memmem::find(&octets, b"\r\n\r\n").unwrap_or(octets.len());
    octets.truncate(end);
    octets
}
