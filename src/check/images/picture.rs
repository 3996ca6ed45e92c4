//! The pictures of a message with all that is known of them offline.

use crate::{
    check::{CheckInput, message::Message, page::shown},
    clients::Element,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::collections::BTreeMap;

/// A picture's file.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    /// Its name, when it travels with the message.
    pub(super) name: Option<String>,
    /// Its octets; empty when they aren't here.
    pub(super) octets: Vec<u8>,
    /// Width and height in pixels, when known.
    pub(super) size: Option<(u32, u32)>,
}

/// One `img` of the message.
#[derive(Clone, Debug)]
pub(super) struct Picture<'a> {
    /// Number of its element.
    pub(super) number: usize,
    /// Its element.
    pub(super) element: &'a Element,
    /// The address as a client reads it; may be empty.
    pub(super) src: &'a str,
    /// Its file, when it is known here.
    pub(super) file: Option<&'a File>,
    /// Whether the reader of an ordinary client sees it.
    pub(super) is_visible: bool,
}

/// All files and pictures of a message.
pub(super) struct Pictures<'a> {
    files: BTreeMap<String, File>,
    message: &'a Message<'a>,
}

/// Gathers what is known of the pictures of a message.
pub(super) fn pictures<'a>(input: &CheckInput<'_>, message: &'a Message<'a>) -> Pictures<'a> {
    let mut files = BTreeMap::new();
    // Pictures of the newsletter's own folder were measured even where they are only linked.
    for image in input.edition.items.iter().filter_map(|item| item.image.as_ref()) {
        let file = File { size: image.size, ..File::default() };
        files.insert(image.src.clone(), file);
    }
    for image in &input.digest.images {
        let octets = STANDARD.decode(&image.base64).unwrap_or_default();
        let size = imagesize::blob_size(&octets).ok();
        let size = size.and_then(|size| Some((size.width.try_into().ok()?, size.height.try_into().ok()?)));
        let file = File { name: Some(image.file_name.clone()), octets, size };
        files.insert(format!("cid:{}", image.content_id), file);
    }
    Pictures { files, message }
}

impl Pictures<'_> {
    /// Returns the pictures that not only Outlook draws, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = Picture<'_>> {
        let images = self.message.document.named("img").filter(|(_, element)| !element.is_conditional);
        images.map(|(number, element)| {
            let src = element.get("src").unwrap_or_default().trim();
            let is_visible = self.message.page.is_seen(number);
            Picture { number, element, src, file: self.files.get(src), is_visible }
        })
    }

    /// Returns the files that travel with the message.
    pub(super) fn inline(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().filter(|(_, file)| !file.octets.is_empty()).map(|(src, file)| (src.as_str(), file))
    }

    /// Returns the number of the first element that shows a file.
    pub(super) fn showing(&self, src: &str) -> Option<usize> {
        self.message.page.sources.iter().find(|source| source.url.trim() == src).map(|source| source.number)
    }
}

impl Picture<'_> {
    /// Returns how a finding calls it.
    pub(super) fn called(&self) -> String {
        let name = self.file.and_then(|file| file.name.as_deref());
        let name = name.unwrap_or_else(|| self.src.split(['?', '#']).next().unwrap_or(self.src));
        match name {
            _ if self.src.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:")) => {
                "an image".to_owned()
            }
            "" => "the image".to_owned(),
            name => format!("the image `{}`", shown(name)),
        }
    }

    /// Returns the width in CSS pixels that its attribute says, when it says a number.
    pub(super) fn width(&self) -> Option<u32> {
        pixels(self.element.get("width")?)
    }

    /// Returns the height in CSS pixels: as its attribute says, else as the file's shape makes it.
    pub(super) fn height(&self) -> Option<u32> {
        let written = self.element.get("height").and_then(pixels);
        written.or_else(|| {
            let (wide, high) = self.file?.size.filter(|(wide, _)| *wide > 0)?;
            u32::try_from(u64::from(self.width()?) * u64::from(high) / u64::from(wide)).ok()
        })
    }
}

/// Returns a number of pixels: `600`, `600px`; not `100%`.
pub(super) fn pixels(value: &str) -> Option<u32> {
    let value = value.trim();
    value.strip_suffix("px").unwrap_or(value).trim().parse().ok()
}
