//! L: where links lead.

mod address;
mod destinations;
mod dropped;
mod labels;
mod loose;
mod unsubscribe;

use crate::check::{
    CheckInput,
    message::Message,
    report::Report,
    rules::{Rule, error, info, warning},
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "L001",
        "check/unsubscribe-link",
        "no visible unsubscribe link",
        "Providers and the law ask for it in the body of both parts; without it readers press the spam button.",
        "put `{{ unsubscribe_url }}` into a visible link of the HTML and into the text of the template",
    ),
    error(
        "L002",
        "check/shared-unsubscribe",
        "an unsubscribe link is not the reader's own",
        "A link that is the same for everybody asks people to log in or to type their address, and a redirector in between may count or lose them; providers forbid both.",
        "link to `{{ unsubscribe_url }}` itself, with nothing before or after it",
    ),
    error(
        "L003",
        "check/link-target",
        "a link leads nowhere a reader can go",
        "Relative addresses, this machine and scripts don't work in a mail, and a picture must travel with the message that shows it.",
        "write the full address, starting with `https://`",
    ),
    warning(
        "L004",
        "check/unencrypted-link",
        "an address is not encrypted",
        "Whoever is on the same network can read and change what an `http:` address brings, and mail programs warn of such links or drop such pictures.",
        "write `https://`; ask whoever runs the site when it offers none",
    ),
    error(
        "L005",
        "check/disguised-link",
        "a link shows one address and leads to another",
        "It is the oldest trick of phishing, so filters count it heavily even when no harm is meant.",
        "let the link lead where its text says, or describe the target in words",
    ),
    warning(
        "L006",
        "check/link-shortener",
        "a link goes through a shortener",
        "Readers can't see where it leads, spammers use the same service, and filters judge you by their company.",
        "write the full address of the target",
    ),
    error(
        "L007",
        "check/suspicious-address",
        "an address looks like that of a fraud",
        "Bare numbers, names before an `@`, odd ports, long chains of subdomains and mixed alphabets are what filters look for.",
        "link to a page under an ordinary domain name",
    ),
    warning(
        "L009",
        "check/vague-links",
        "links that read alike lead to different places",
        "Screen readers list the links of a message without what stands around them: five times `Read more` tells nobody where to go.",
        "name the target in the text of the link, or in its `aria-label`",
    ),
    info(
        "L010",
        "check/in-page-link",
        "a link jumps within the message",
        "Gmail on iPhones and some others don't follow such links; nothing happens when they are touched.",
        "leave it out, or accept that it does nothing for some readers",
    ),
    error(
        "L011",
        "check/active-content",
        "the message holds forms or programs",
        "Mail programs take forms, scripts, frames and event handlers out, and filters hold them against the sender.",
        "link to a page that holds it",
    ),
    info(
        "L012",
        "check/many-links",
        "the message has very many links",
        "The reputation of every domain that a message links to counts for the message, and readers lose their way.",
        "leave out what nobody will miss",
    ),
    warning(
        "L013",
        "check/unlinked-address",
        "mail programs will make links of their own",
        "Gmail and Apple Mail turn addresses, numbers and dates into links in their own colour, often hard to read on yours.",
        "make it a link yourself; for numbers and dates, `<meta name=\"format-detection\" content=\"telephone=no,date=no,address=no,email=no,url=no\">` in the head helps with Apple Mail",
    ),
];

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    dropped::judge(input, report);
    unsubscribe::judge(message, report);
    destinations::judge(input, message, report);
    labels::judge(message, report);
    loose::judge(message, report);
}
