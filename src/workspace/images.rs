//! Finds the images of an edition, measures them, and makes them visible to the reader.

use crate::content::fields::{listed, nearest};
use crate::domain::digest::InlineImage;
use crate::domain::problem::{Place, Problem};
use crate::domain::settings::ImagePolicy;
use crate::workspace::read;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use imagesize::ImageType;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Octets an image may have. Larger ones make a message slow on a phone and suspicious to filters.
pub(super) const IMAGE_BYTES_MAX: u64 = 2 * 1_048_576;

/// File names that an answer lists.
const NAMES_SHOWN: usize = 5;

/// An image as the reader's client will find it.
#[derive(Clone)]
pub(super) struct FoundImage {
    /// `https://…` or `cid:…`.
    pub(super) src: String,
    /// Width and height in pixels.
    pub(super) size: Option<(u32, u32)>,
}

/// Finds images in a newsletter's folder, each once.
pub(super) struct ImageGallery<'a> {
    pub(super) root: &'a Path,
    pub(super) newsletter: &'a str,
    pub(super) policy: ImagePolicy,
    pub(super) public_url: Option<&'a str>,
    pub(super) list_id: &'a str,
    found: BTreeMap<String, FoundImage>,
    inline: Vec<InlineImage>,
}

impl<'a> ImageGallery<'a> {
    pub(super) fn new(
        root: &'a Path,
        newsletter: &'a str,
        (policy, public_url): (ImagePolicy, Option<&'a str>),
        list_id: &'a str,
    ) -> Self {
        Self { root, newsletter, policy, public_url, list_id, found: BTreeMap::new(), inline: Vec::new() }
    }

    /// Returns what was read, by the path that names it in the newsletter's folder.
    pub(super) fn into_files(self) -> BTreeMap<String, Vec<u8>> {
        let Self { found, inline, .. } = self;
        let files = found.into_iter().filter_map(|(source, image)| {
            let content_id = image.src.strip_prefix("cid:")?;
            let file = inline.iter().find(|file| file.content_id == content_id)?;
            Some((source, STANDARD.decode(&file.base64).ok()?))
        });
        files.collect()
    }

    /// Returns the images that travel with the message.
    pub(super) fn into_inline(self) -> Vec<InlineImage> {
        self.inline
    }

    /// Finds the image that `source` names: an https address, or a path in the newsletter's folder.
    pub(super) fn find(&mut self, source: &str, place: &Place) -> Result<FoundImage, Problem> {
        if source.starts_with("https://") {
            return Ok(FoundImage { src: source.to_owned(), size: None });
        }
        if let Some(found) = self.found.get(source) {
            return Ok(found.clone());
        }
        let found = self.read(source).map_err(|problem| problem.at(place.clone()))?;
        self.found.insert(source.to_owned(), found.clone());
        Ok(found)
    }

    fn read(&mut self, source: &str) -> Result<FoundImage, Problem> {
        if let Some(help) = crate::content::item_file::image_fault(source) {
            return Err(outside(source).help(help));
        }
        let folder = format!("newsletters/{}", self.newsletter);
        let path = format!("{folder}/{source}");
        self.check_inside(&folder, &path, source)?;
        let bytes = read::bytes(self.root, &path, IMAGE_BYTES_MAX, too_large)?;
        let media_type = media_type(&bytes).ok_or_else(|| not_an_image(source))?;
        let size = imagesize::blob_size(&bytes).map_err(|_| not_an_image(source))?;
        let size = u32::try_from(size.width).ok().zip(u32::try_from(size.height).ok());
        let src = match (self.policy, self.public_url) {
            (ImagePolicy::Link, Some(url)) => {
                format!("{url}/{}/{}", self.newsletter, percent_encoded(source))
            }
            _ => self.embed(source, media_type, &bytes),
        };
        Ok(FoundImage { src, size })
    }

    /// Refuses what doesn't exist, and what a symbolic link moves out of the newsletter's folder.
    fn check_inside(&self, folder: &str, path: &str, source: &str) -> Result<(), Problem> {
        let real_folder =
            self.root.join(folder).canonicalize().map_err(|error| read::unreadable(folder, &error))?;
        match self.root.join(path).canonicalize() {
            Ok(real) if real.starts_with(&real_folder) => Ok(()),
            Ok(_) => {
                Err(outside(source)
                    .help("copy the file into the newsletter's folder instead of linking to it"))
            }
            Err(_) => Err(self.missing(folder, source)),
        }
    }

    fn missing(&self, folder: &str, source: &str) -> Problem {
        let problem =
            Problem::error("workspace/missing-image", format!("there is no file `{source}` in `{folder}`"));
        let (inner, name) = source.rsplit_once('/').unwrap_or(("", source));
        let mut names = self.names(folder, inner);
        if inner != "images" {
            names.extend(self.names(folder, "images"));
        }
        // Folders are left out of the comparison: `images/` alone makes any two paths look alike.
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let near = nearest(name, names.iter().map(|path| &path[path.len() - last(path).len()..]));
        match near.and_then(|near| names.iter().find(|path| last(path) == near)) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None if names.is_empty() => problem.help(format!("put the picture into `{folder}/images/`")),
            None => {
                problem.help(format!("the pictures there are {}", listed(names.iter().take(NAMES_SHOWN))))
            }
        }
    }

    /// Lists the pictures in a folder of the newsletter.
    fn names(&self, folder: &str, inner: &str) -> Vec<String> {
        let entries = read::folder(self.root, &format!("{folder}/{inner}")).unwrap_or_default();
        let separator = if inner.is_empty() { "" } else { "/" };
        entries
            .into_iter()
            .filter(|entry| !entry.is_folder && is_picture(&entry.name))
            .map(|entry| format!("{inner}{separator}{}", entry.name))
            .collect()
    }

    fn embed(&mut self, source: &str, media_type: &str, bytes: &[u8]) -> String {
        let hash = digest::digest(&digest::SHA256, bytes);
        let mut content_id = String::new();
        for octet in &hash.as_ref()[..12] {
            write!(content_id, "{octet:02x}").expect("writing to a string can't fail");
        }
        write!(content_id, "@{}", self.list_id).expect("writing to a string can't fail");
        if !self.inline.iter().any(|image| image.content_id == content_id) {
            self.inline.push(InlineImage {
                content_id: content_id.clone(),
                file_name: source.rsplit('/').next().unwrap_or(source).to_owned(),
                media_type: media_type.to_owned(),
                base64: STANDARD.encode(bytes),
            });
        }
        format!("cid:{content_id}")
    }
}

fn is_picture(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    ["png", "jpg", "jpeg", "gif", "webp", "svg"].contains(&ending.to_ascii_lowercase().as_str())
}

/// Returns the media type of the formats that mail clients show.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match imagesize::image_type(bytes).ok()? {
        ImageType::Png => Some("image/png"),
        ImageType::Jpeg => Some("image/jpeg"),
        ImageType::Gif => Some("image/gif"),
        ImageType::Webp => Some("image/webp"),
        _ => None,
    }
}

fn outside(source: &str) -> Problem {
    Problem::error(
        "workspace/image-outside",
        format!("the image `{source}` is not in the newsletter's folder"),
    )
}

fn not_an_image(source: &str) -> Problem {
    Problem::error("workspace/bad-image", format!("`{source}` is no PNG, JPEG, GIF or WebP image"))
        .help("save the picture as PNG or JPEG; mail clients don't show SVG")
}

fn too_large(path: &str, size_bytes: u64) -> Problem {
    let (size, limit) = (size_bytes.div_ceil(1024), IMAGE_BYTES_MAX / 1024);
    Problem::error("workspace/bad-image", format!("`{path}` has {size} KiB; an image may have {limit} KiB"))
        .help("scale it down: 1,200 pixels are wide enough")
}

/// Writes a path so that it can stand in an address (RFC 3986, 2.3).
fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string can't fail");
        }
    }
    out
}
