//! The table.

use crate::{
    faults::misbehaving::manners,
    support::{certificates::Quality, counting::Manner},
};

/// How the server is spoken to.
#[derive(Clone, Copy)]
pub(super) enum Greets {
    Plain,
    StartTls,
    /// From the first octet on, with a certificate of this quality.
    Tls(Quality),
}

/// How the run goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// `masthead send --no-wait`.
    Once,
    /// The same, stopped with SIGTERM when it has said what it has to say: it would try again for minutes.
    Stopped,
    /// The runner with timeouts of a fraction of a second; the exit code is what `send` says afterwards.
    Short,
}

/// One server.
pub(super) struct Row {
    pub(super) manner: fn() -> Manner,
    pub(super) greets: Greets,
    pub(super) way: Way,
    /// What it does.
    pub(super) server: &'static str,
    /// What Masthead does.
    pub(super) masthead: &'static str,
    /// Where the deliveries stand when the run has ended.
    pub(super) deliveries: &'static str,
    pub(super) exit: i32,
    /// What the person reads.
    pub(super) says: &'static str,
    /// What the same command comes to on a good day afterwards.
    pub(super) afterwards: &'static str,
}

impl Row {
    /// Returns the row of the page.
    pub(super) fn in_markdown(&self) -> String {
        let Self { server, masthead, deliveries, exit, says, afterwards, way, .. } = *self;
        let says = match says {
            "" => "–".to_owned(),
            says if says.contains('`') => format!("`` {says} ``"),
            says => format!("`{says}`"),
        };
        let exit = if way == Way::Stopped { format!("{exit} (stopped)") } else { exit.to_string() };
        format!("| {server} | {masthead} | {deliveries} | {exit} | {says} | {afterwards} |")
    }
}

const fn row(
    manner: fn() -> Manner,
    server: &'static str,
    masthead: &'static str,
    end: (&'static str, i32, &'static str),
    afterwards: &'static str,
) -> Row {
    let (deliveries, exit, says) = end;
    let (greets, way) = (Greets::Plain, Way::Once);
    Row { manner, greets, way, server, masthead, deliveries, exit, says, afterwards }
}

const ALL_SENT: &str = "3 sent; exit 0";
const PUT_OFF: (&str, i32, &str) = ("1 deferred, 2 sent", 0, "1 is left");
const PUT_OFF_SAYING: &str = "it is put off; the others go on";

/// The servers, in the order of the page.
pub(super) const ROWS: &[Row] = &[
    row(
        manners::takes_then_closes,
        "takes the message and closes before its reply",
        "calls it in doubt and never sends it again by itself; the others go on over a new connection",
        ("1 in doubt, 2 sent", 4, "the server closed the connection (verdict)"),
        "1 in doubt, 2 sent; exit 4",
    ),
    Row {
        way: Way::Short,
        ..row(
            manners::takes_then_stalls,
            "takes the message and stalls",
            "waits ten minutes, then calls it in doubt; the others go on over a new connection",
            ("1 in doubt, 2 sent", 4, ""),
            "1 in doubt, 2 sent; exit 4",
        )
    },
    Row {
        way: Way::Short,
        ..row(
            manners::stalls_at_mail,
            "stalls at MAIL",
            "gives up after five minutes; nothing was delivered, so it is put off; the others go on over a new connection",
            ("1 deferred, 2 sent", 0, ""),
            ALL_SENT,
        )
    },
    row(manners::drips, "speaks octet by octet", "waits for it", ("3 sent", 0, "3 sent"), ALL_SENT),
    row(
        manners::says_goodbye_between,
        "says 421 between two messages",
        "sends the next message over a new connection, at once and without a penalty",
        ("3 sent", 0, "3 sent"),
        ALL_SENT,
    ),
    row(
        manners::closes_after_two,
        "closes without a word after two messages",
        "sends the next message over a new connection, at once and without a penalty",
        ("3 sent", 0, "3 sent"),
        ALL_SENT,
    ),
    Row {
        way: Way::Stopped,
        ..row(
            manners::greeting_4,
            "421 as its greeting",
            "tries again at growing intervals, ten times; the queue is kept",
            ("3 queued", 130, "421 4.3.2 too busy"),
            ALL_SENT,
        )
    },
    Row {
        way: Way::Stopped,
        ..row(
            manners::hello_4,
            "4xx to EHLO",
            "tries again at growing intervals, ten times; the queue is kept",
            ("3 queued", 130, "451 4.3.0 not now"),
            ALL_SENT,
        )
    },
    row(
        manners::mail_4,
        "4xx to MAIL, once",
        "puts it off; the others go on after a pause",
        PUT_OFF,
        ALL_SENT,
    ),
    row(manners::rcpt_4, "4xx to RCPT", PUT_OFF_SAYING, PUT_OFF, ALL_SENT),
    row(manners::data_4, "4xx to DATA", PUT_OFF_SAYING, PUT_OFF, ALL_SENT),
    row(manners::dot_4, "4xx to the final dot", PUT_OFF_SAYING, PUT_OFF, ALL_SENT),
    row(
        manners::greeting_5,
        "5xx as its greeting",
        "ends the run; the queue is kept",
        ("3 queued", 1, "521 5.3.2 no mail here"),
        ALL_SENT,
    ),
    row(
        manners::hello_5,
        "5xx to EHLO",
        "ends the run; the queue is kept",
        ("3 queued", 1, "550 5.7.1 we do not know you"),
        ALL_SENT,
    ),
    row(
        manners::mail_5,
        "5xx to MAIL",
        "ends the run: everybody would hear the same; the queue is kept",
        ("3 queued", 1, "550 5.7.1 not from you"),
        ALL_SENT,
    ),
    row(
        manners::rcpt_5,
        "5xx to RCPT",
        "counts it as bounced; the others go on",
        ("1 bounced, 2 sent", 1, "550 5.1.1 no such user"),
        "1 bounced, 2 sent; exit 0",
    ),
    row(
        manners::data_5,
        "5xx to DATA",
        "counts it as failed; the others go on",
        ("1 failed, 2 sent", 1, "554 5.5.0 not this one"),
        "1 failed, 2 sent; exit 0",
    ),
    row(
        manners::dot_5,
        "5xx to the final dot",
        "counts it as failed; the others go on",
        ("1 failed, 2 sent", 1, "554 5.7.9 content not wanted here"),
        "1 failed, 2 sent; exit 0",
    ),
    Row {
        way: Way::Stopped,
        ..row(
            manners::endless_greeting,
            "greets with a line that does not end",
            "reads 4,096 octets of it and hangs up, tries again at growing intervals, ten times; the queue is kept",
            ("3 queued", 130, "a reply line is longer than 4096 octets"),
            ALL_SENT,
        )
    },
    row(
        manners::size_too_small,
        "says SIZE 1000",
        "sends no message that is larger and ends the run: everybody would hear the same; the queue is kept",
        ("3 queued", 1, "takes no more than 1000"),
        ALL_SENT,
    ),
    row(
        manners::too_big_after_all,
        "says SIZE 10240000 and minds a small message's size after its final dot",
        "believes the refusal and ends the run: everybody would hear the same; the queue is kept",
        ("1 deferred, 2 queued", 1, "552 5.3.4 message too big"),
        ALL_SENT,
    ),
    Row {
        greets: Greets::Tls(Quality::OtherName),
        ..row(
            manners::calm,
            "shows a certificate for another name",
            "says nothing to it and ends the run; the queue is kept",
            ("3 queued", 1, "the certificate is not for `localhost` but for `mail.example.org`"),
            ALL_SENT,
        )
    },
    Row {
        greets: Greets::Tls(Quality::Expired),
        ..row(
            manners::calm,
            "shows a certificate that has expired",
            "says nothing to it and ends the run; the queue is kept",
            ("3 queued", 1, "the certificate of `localhost` expired on 3 February 2001"),
            ALL_SENT,
        )
    },
    Row {
        greets: Greets::StartTls,
        ..row(
            manners::injects,
            "has words slipped in before the TLS handshake (`SIZE 10`)",
            "forgets them and asks anew under TLS",
            ("3 sent", 0, "3 sent"),
            ALL_SENT,
        )
    },
    row(
        manners::greylists,
        "greylists a reader",
        "puts it off for minutes; the others go on",
        ("1 deferred, 2 sent", 0, "451 4.7.1 Greylisted"),
        ALL_SENT,
    ),
    row(
        manners::refuses_chunks,
        "offers CHUNKING and refuses BDAT",
        "sends with DATA, at once and without a penalty",
        ("3 sent", 0, "3 sent"),
        ALL_SENT,
    ),
    row(
        manners::ignorant_of_chunks,
        "offers CHUNKING, does not know BDAT and takes the message behind it for commands",
        "hangs up and sends with DATA, at once and without a penalty",
        ("3 sent", 0, "3 sent"),
        ALL_SENT,
    ),
    row(
        manners::mixed_at_rcpt,
        "replies to RCPT in two lines of different codes",
        "believes neither: nothing was delivered, so it is put off; the others go on over a new connection",
        ("1 deferred, 2 sent", 0, "the lines of one reply carry different codes, 250 and 550"),
        ALL_SENT,
    ),
    row(
        manners::mixed_after_the_dot,
        "replies to the final dot in two lines of different codes",
        "believes neither and calls it in doubt; the others go on over a new connection",
        ("1 in doubt, 2 sent", 4, "the lines of one reply carry different codes, 250 and 451"),
        "1 in doubt, 2 sent; exit 4",
    ),
];
