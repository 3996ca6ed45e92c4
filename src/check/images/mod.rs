//! I: pictures.

mod formats;
mod gif;
mod picture;
mod png;
mod sizes;
mod words;

use crate::check::{
    CheckInput,
    images::picture::pictures,
    message::Message,
    report::Report,
    rules::{Rule, error, info, warning},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "I001",
        "check/alt-missing",
        "an image has no alternative text",
        "Whoever can't see it hears its file name instead, and many clients don't load images at all.",
        "say in `alt` what the image shows, or leave it empty (`alt: \"\"`) when it only decorates",
    ),
    warning(
        "I002",
        "check/alt-unhelpful",
        "an alternative text helps nobody",
        "A file name, the word `image` or a whole essay tells a listener as little as nothing; a linked picture without words is a link without a name.",
        "say in one short sentence what the picture shows, or where its link leads",
    ),
    error(
        "I003",
        "check/data-image",
        "a picture is written into the page",
        "Gmail shows no `data:` pictures at all, and classic Outlook only some.",
        "put the picture into the newsletter's `images` folder and name it there: it then travels with the message or is linked",
    ),
    error(
        "I004",
        "check/image-format",
        "a picture has a format that mail programs don't know",
        "Gmail shows no SVG, hardly any program shows AVIF or HEIF, and classic Outlook shows no WebP.",
        "save it as PNG (drawings, logos) or JPEG (photographs)",
    ),
    warning(
        "I005",
        "check/image-width",
        "a picture does not say how wide it is",
        "Classic Outlook ignores style sheets here and shows the picture in its full size, which breaks the page.",
        "write the `width` attribute, a number of pixels; the style may still say `width:100%`",
    ),
    warning(
        "I006",
        "check/image-resolution",
        "a picture has too few or too many pixels",
        "On today's screens a picture needs about twice the pixels of its width, or it looks blurred; with far more it only loads longer.",
        "export it at twice the width at which it is shown",
    ),
    warning(
        "I007",
        "check/image-weight",
        "pictures are heavy",
        "Readers on the road wait and pay for every kilobyte, and large messages are refused or cut.",
        "compress the pictures: JPEG at quality 75 to 80 for photographs, PNG with a palette for drawings",
    ),
    warning(
        "I008",
        "check/image-only",
        "the message is mostly pictures",
        "Where pictures aren't loaded nothing is left to read, and spam filters know pictures with hardly any text too well.",
        "write as text what the pictures say",
    ),
    warning(
        "I010",
        "check/animation",
        "a picture moves",
        "Classic Outlook shows the first frame alone, heavy animations stutter, and flashes can cause seizures.",
        "let the first frame say everything, keep the file under 1 MB, and let nothing flash more than three times a second",
    ),
    info(
        "I011",
        "check/dark-logo",
        "a dark picture on a transparent ground",
        "In dark mode the page behind it turns dark, and dark lines on it can't be seen any more.",
        "give it a light ground of its own, or a thin light outline",
    ),
    error(
        "I012",
        "check/tracking-image",
        "an invisible or personal picture is fetched from a server",
        "It tells the sender who reads what and when. Nobody here agreed to that, and regulators count it as tracking.",
        "remove it; for space between things use padding",
    ),
    warning(
        "I013",
        "check/background-image",
        "a background picture has no colour behind it",
        "Classic Outlook and readers without pictures see the plain page, on which words chosen for the picture may vanish.",
        "set `bgcolor` and `background-color` beside the picture, in a tone on which the text can be read",
    ),
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let pictures = pictures(input, message);
    words::judge(&pictures, message, report);
    formats::judge(&pictures, message, report);
    sizes::judge(&pictures, message, report);
    formats::spies(&pictures, input, message, report);
}
