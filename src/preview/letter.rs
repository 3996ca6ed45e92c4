//! One reader's message, as a send would fill it.

use crate::{
    domain::{
        delivery::DeliveryId, digest::Digest, edition::Edition, merge::MergeField, problem::Problem,
        problem::Problems, settings::ImagePolicy, subscriber::Subscriber,
    },
    preview::asked::nobody,
    proof::{Proof, Reading, Renderers},
    render::{
        form::{Fill, Filled, FormLetter, Sizes},
        token::Signer,
    },
    workspace::Workspace,
};
use aws_lc_rs::digest as hash;
use chrono::{DateTime, NaiveTime, Utc};
use std::{collections::BTreeMap, fmt::Write};

/// A proof with the pictures that it shows.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) proof: Proof,
    /// Addresses of pictures in the HTML, each with the picture itself as a `data:` address.
    pictures: Vec<(String, String)>,
}

impl Compiled {
    /// Compiles what is wanted.
    ///
    /// # Errors
    /// With every problem of the files involved.
    pub(super) fn new(
        workspace: &Workspace,
        renderers: &Renderers,
        reading: &Reading,
    ) -> Result<Self, Problems> {
        let proof = Proof::compile(workspace, renderers, reading)?;
        let mut pictures = inline(&proof.digest);
        if workspace.settings.images == ImagePolicy::Link {
            pictures.extend(linked(workspace, reading, &proof.edition)?);
        }
        Ok(Self { proof, pictures })
    }

    /// Puts the pictures in place of their addresses: the page fetches nothing from the web.
    pub(super) fn with_pictures(&self, mut html: String) -> String {
        for (src, data) in &self.pictures {
            if src.starts_with("cid:") {
                html = html.replace(src, data);
            } else if html.contains(src.as_str()) {
                html = html.replace(&format!("\"{src}\""), &format!("\"{data}\""));
            }
        }
        html
    }
}

/// Returns the pictures that travel with the message.
fn inline(digest: &Digest) -> Vec<(String, String)> {
    let data = |media_type: &str, base64: &str| format!("data:{media_type};base64,{base64}");
    let images = digest.images.iter();
    images
        .map(|image| (format!("cid:{}", image.content_id), data(&image.media_type, &image.base64)))
        .collect()
}

/// Returns the pictures that are linked below the public address, where they may not be yet.
fn linked(
    workspace: &Workspace,
    reading: &Reading,
    edition: &Edition,
) -> Result<Vec<(String, String)>, Problems> {
    // Only the settings differ; the texts are shared with the edition that is sent.
    let mut local = workspace.clone();
    local.settings.images = ImagePolicy::Embed;
    let files = local.edition(&reading.issue, &reading.language, &reading.topics)?;
    let data: BTreeMap<String, String> = files
        .images
        .iter()
        .map(|image| {
            (
                format!("cid:{}", image.content_id),
                format!("data:{};base64,{}", image.media_type, image.base64),
            )
        })
        .collect();
    let sources = |edition: &Edition| {
        let items = edition.items.iter().map(|item| item.image.as_ref().map(|image| image.src.clone()));
        items.chain([edition.theme.get("logo").cloned()]).collect::<Vec<_>>()
    };
    let pairs = sources(edition).into_iter().zip(sources(&files.edition));
    Ok(pairs.filter_map(|(link, cid)| Some((link?, data.get(&cid?)?.clone()))).collect())
}

/// A filled message with its parts as a client decodes them.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) preheader: String,
    pub(super) html: String,
    pub(super) text: String,
    /// The message as it is sent.
    pub(super) octets: Vec<u8>,
    pub(super) sizes: Sizes,
    /// Changes whenever what is shown changes.
    pub(super) stamp: String,
}

impl Letter {
    /// Fills a letter for a reader.
    ///
    /// # Errors
    /// When the reader lacks a field that has no default.
    pub(super) fn fill(compiled: &Compiled, reader: &Subscriber) -> Result<Self, Problem> {
        let Proof { letter, digest, .. } = &compiled.proof;
        // Tokens of no ledger: nothing shown here can unsubscribe anybody. The moment of sending is not known
        // yet, so the day of the issue stands for it.
        let tokens = letter.tokens(&Signer::of_no_ledger(), DeliveryId(0));
        let date: DateTime<Utc> = digest.date.and_time(NaiveTime::MIN).and_utc();
        let fill = Fill { subscriber: reader, date, tokens: &tokens };
        let mut filled = Filled::new();
        let missing = letter.fill(&fill, &mut filled).and_then(|()| {
            Ok((letter.subject_for(&fill)?, letter.html_for(&fill)?, letter.text_for(&fill)?))
        });
        let (subject, html, text) = missing.map_err(|missing| missing.problem(reader.address.expose()))?;
        let octets = filled.to_vec();
        Ok(Self {
            preheader: digest.merge.replace(&digest.preheader, |field| value(field, reader)),
            stamp: stamp(&octets, &compiled.pictures),
            sizes: filled.sizes(),
            subject,
            html,
            text,
            octets,
        })
    }

    /// Returns the header section: everything before the first empty line, folded as sent.
    pub(super) fn header_section(&self) -> &[u8] {
        let end = memchr::memmem::find(&self.octets, b"\r\n\r\n").map_or(self.octets.len(), |at| at + 2);
        &self.octets[..end]
    }
}

fn stamp(octets: &[u8], pictures: &[(String, String)]) -> String {
    let mut context = hash::Context::new(&hash::SHA256);
    context.update(octets);
    for (_, data) in pictures {
        context.update(data.as_bytes());
    }
    context.finish().as_ref().iter().take(8).fold(String::new(), |mut hex, octet| {
        write!(hex, "{octet:02x}").expect("writing to a string can't fail");
        hex
    })
}

fn value(field: &MergeField, reader: &Subscriber) -> String {
    match field {
        MergeField::Subscriber { name, default } => {
            reader.field(name).or_else(|| default.clone()).unwrap_or_default()
        }
        MergeField::UnsubscribeUrl => String::new(),
    }
}

/// Returns a reader of whom only what has no default is known, so that the defaults are seen at work.
pub(super) fn sample_reader(letter: &FormLetter, digest: &Digest) -> Subscriber {
    let mut reader = nobody(Some(&digest.language));
    for field in letter.fields() {
        let MergeField::Subscriber { name, default: None } = field else { continue };
        match name.as_str() {
            "name" => reader.name = Some("‹name›".to_owned()),
            "topics" => reader.topics = vec!["‹topics›".to_owned()],
            "email" | "language" => {}
            other => {
                reader.fields.insert(other.to_owned(), format!("‹{other}›"));
            }
        }
    }
    reader
}
