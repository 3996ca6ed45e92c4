//! N: languages and scripts.

mod dates;
mod direction;
mod letters;
mod order;

use crate::check::{
    CheckInput,
    message::Message,
    report::Report,
    rules::{Rule, error, info, warning},
    style::scene::Scene,
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "N001",
        "check/right-to-left",
        "right-to-left text is not laid out so",
        "Webmail throws the outer elements away and some of it every `dir`, so Arabic would begin on the left, with its \
         full stops on the wrong side.",
        "set `dir=\"rtl\"` on the wrapper inside the body, `direction:rtl` and `align=\"right\"` on the cells; the digest \
         template does so when the newsletter's language is set",
    ),
    warning(
        "N002",
        "check/mixed-directions",
        "a word or number comes apart in right-to-left text",
        "Signs at the edge of a Latin word, and the groups of a telephone number, take the direction of the text around them: \
         `C++` becomes `++C`.",
        "put it into an element of its own: `<span dir=\"ltr\">C++</span>`",
    ),
    warning(
        "N003",
        "check/broken-letters",
        "Arabic letters are spaced, slanted or capitalised",
        "Arabic letters join, and have neither italics nor capitals: letter spacing tears words apart, and a slant is only faked.",
        "take `letter-spacing`, `text-transform` and italics away for this language; emphasise with weight or colour",
    ),
    warning(
        "N004",
        "check/font-lacks-script",
        "no font of the list has these letters",
        "Each machine then picks a font by itself, often one with serifs, too small, or meant for another language.",
        "name fonts that have them, for Arabic `'Segoe UI',Tahoma,'Geeza Pro',Arial`, for Chinese `'PingFang SC','Microsoft \
         YaHei'`: the tokens `font@ar` and `font_outlook@ar` of the template, and so on",
    ),
    warning(
        "N005",
        "check/ambiguous-date",
        "a date can be read in two ways, or not at all",
        "04/05/2026 is in April for some readers and in May for others; a month named in another language is lost on them too.",
        "write the month as a word, in the language of the text: `4 May 2026`",
    ),
    info(
        "N006",
        "check/loose-accents",
        "accents stand apart from their letters",
        "The text looks right, but whoever searches the message won't find the word, and some fonts draw it badly.",
        "type the word anew, or have it normalised (Unicode NFC); texts copied from PDF files often need it",
    ),
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let scene = Scene::read(message);
    let texts = scene.texts();
    direction::judge(input, &scene, &texts, report);
    order::judge(&scene, &texts, report);
    letters::judge(&scene, &texts, report);
    letters::normal_form(message, &scene, &texts, report);
    dates::judge(input, message, &scene, &texts, report);
}
