//! H: sender, subject and the other header fields.

mod encoded;
mod form;
mod list;
pub(super) mod sender;
mod signature;
mod subject;

use crate::check::{
    CheckInput,
    message::Message,
    report::Report,
    rules::{Rule, error, warning},
    wire::Wire,
};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    error(
        "H001",
        "check/one-sender",
        "the sender is not exactly one address",
        "Large providers refuse mail whose `From` names nobody or several.",
        "write one address into `from`",
    ),
    error(
        "H002",
        "check/sender-domain",
        "the sender has no domain of its own",
        "Freemail providers tell others to refuse mail in their name that they did not send themselves.",
        "send from an address of your own domain",
    ),
    error(
        "H003",
        "check/alignment",
        "the message is not vouched for by the sender's domain",
        "Receivers ask whether the signature or the bounce address belongs to the domain in `From` (DMARC); \
         what nobody of that domain vouches for is refused or lands in spam, and Gmail means to ask for both.",
        "let `bounces.address` and the signing domain lie at or below the domain of `from`",
    ),
    warning(
        "H004",
        "check/sender-name",
        "the sender's name says more than who sends",
        "Gmail wants a plain name there: no pictures, no address, no count that looks like a thread, no subject.",
        "let `from` show the name of the newsletter or of your organisation, 40 characters at most",
    ),
    warning(
        "H005",
        "check/no-reply",
        "answers go to an address that nobody reads",
        "Readers answer newsletters, to ask or to leave; Microsoft expects an address that takes answers.",
        "set `reply_to` to a mailbox that somebody reads",
    ),
    error(
        "H006",
        "check/header-fields",
        "a header field is missing, double or no field at all",
        "Gmail and Yahoo refuse messages without `From` or `Date`, and those that have such a field twice.",
        "report it: Masthead writes these fields itself",
    ),
    error(
        "H007",
        "check/message-id",
        "the Message-ID is not one",
        "Gmail refuses messages with a malformed one, and one of a foreign domain looks forged.",
        "report it: Masthead makes the Message-ID itself",
    ),
    error(
        "H008",
        "check/one-click",
        "readers can't leave with one click",
        "Gmail and Yahoo ask senders of many messages for a button in the mail program: one https address in \
         `List-Unsubscribe`, and `List-Unsubscribe-Post` beside it.",
        "set `public_url` in masthead.yaml, so that unsubscribe links are https",
    ),
    error(
        "H009",
        "check/one-click-signed",
        "the signature leaves the unsubscribe fields out",
        "Mail programs show the button only when a signature covers both fields (RFC 8058).",
        "sign `List-Unsubscribe` and `List-Unsubscribe-Post`, or let the relay do so",
    ),
    error(
        "H010",
        "check/header-line",
        "a header line is too long",
        "Servers may refuse or cut lines of more than 998 octets; those over 78 are read badly by old programs.",
        "shorten the text in that field",
    ),
    error(
        "H011",
        "check/header-ascii",
        "a header field has raw letters beyond ASCII",
        "Without a special agreement between all servers on the way these arrive broken, and Gmail refuses them.",
        "report it: Masthead encodes such letters itself",
    ),
    error(
        "H012",
        "check/encoded-word",
        "an encoded word in a header field is malformed",
        "Mail programs then show its code instead of the text; Yahoo refuses what it can't decode.",
        "report it: Masthead encodes the header itself",
    ),
    error(
        "H013",
        "check/subject",
        "the subject is empty, very short or too long",
        "An empty subject looks like spam, servers refuse one of more than 998 characters, and inboxes cut \
         what goes beyond some 60.",
        "write a subject of 5 to 60 characters",
    ),
    error(
        "H014",
        "check/fake-reply",
        "the subject pretends to be an answer",
        "Mail providers count a false `Re:` or `Fwd:` as deception.",
        "leave the prefix out",
    ),
    warning(
        "H015",
        "check/loud-subject",
        "the subject shouts",
        "Capitals throughout, rows of marks, `$$$` and spaced letters are what filters know from spam.",
        "write the subject as a plain sentence",
    ),
    warning(
        "H016",
        "check/same-subject",
        "the subject is that of an earlier issue",
        "Gmail folds messages with the same subject into one thread and hides what they repeat.",
        "name what is new: the month, a number, the main topic",
    ),
    warning(
        "H017",
        "check/hidden-letters",
        "the subject or the sender has hidden or look-alike letters",
        "Invisible characters, turned writing directions and words of mixed alphabets are marks of forgery.",
        "type the text anew, without copying it from elsewhere",
    ),
    error(
        "H018",
        "check/date-field",
        "the Date field is no date",
        "Yahoo refuses messages whose date can't be read; others sort them to the far end of the inbox.",
        "report it: Masthead writes the date itself",
    ),
    error(
        "H019",
        "check/list-id",
        "the List-Id is missing or malformed",
        "Readers file newsletters by it; it must stay the same from issue to issue.",
        "let `list_id` of the newsletter be a name such as `news.example.org`, and keep it",
    ),
    warning(
        "H020",
        "check/silenced-reports",
        "a field keeps reports of failed delivery from coming back",
        "Without these reports, dead addresses stay on the list and spoil the sender's name.",
        "ask to suppress `OOF, AutoReply` only, and don't call the message an automatic answer",
    ),
    warning(
        "H021",
        "check/feedback-id",
        "the Feedback-ID is not as Gmail wants it",
        "Gmail counts complaints by it: at most four fields, the last of 5 to 15 letters, and nothing that \
         tells readers apart.",
        "report it: Masthead makes the Feedback-ID itself",
    ),
    warning(
        "H022",
        "check/reply-elsewhere",
        "answers go to a freemail address",
        "A sender with a domain and an answer address at a freemail provider is what fraudsters use.",
        "set `reply_to` to an address of your own domain",
    ),
    error(
        "H023",
        "check/signature",
        "the signature is weak or odd",
        "Gmail ignores keys under 1,024 bits and advises 2,048; a second signature that some servers can't \
         read makes the first count for less.",
        "sign once, with RSA, SHA-256 and a key of 2,048 bits, over the whole message",
    ),
    warning(
        "H024",
        "check/mixed-domain",
        "an address of the sender mixes alphabets",
        "A domain with letters of several alphabets looks like a forged one; Gmail refuses such names.",
        "use a domain whose letters are of one alphabet",
    ),
];

/// What needs no reader.
pub(super) fn judge_variant(input: &CheckInput<'_>, report: &mut Report<'_>) {
    sender::freemail(input, report);
    subject::repeated(input, report);
    form::distinct_ids(input, report);
}

/// Looks for all of them in one reader's message.
pub(super) fn judge(input: &CheckInput<'_>, message: &Message<'_>, report: &mut Report<'_>) {
    let wire = Wire::read(&message.octets);
    form::judge(message, &wire, report);
    encoded::judge(&wire, report);
    sender::judge(input, &wire, report);
    signature::judge(&wire, report);
    list::judge(input, &wire, report);
    subject::judge(input, message, report);
}
