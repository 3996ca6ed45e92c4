//! The manners of the servers in the table. Most misbehave towards the second reader only, and only the first time.

use crate::support::counting::{Act, At, Manner, Moment};
use std::time::Duration;

const SECOND: &str = "reader1@example.net";

/// Whether this is the second reader's first time here.
fn is_it(moment: Moment<'_>, at: At) -> bool {
    moment.at == at && moment.to == SECOND && moment.time == 0
}

fn acting(acts: fn(Moment<'_>) -> Act) -> Manner {
    Manner { acts, ..Manner::default() }
}

/// Makes manners that say something else to the second reader, once.
macro_rules! says_to_the_second {
    ($($name:ident: $at:ident, $words:literal;)*) => {
        $(pub(super) fn $name() -> Manner {
            acting(|moment| if is_it(moment, At::$at) { Act::Say($words) } else { Act::Usual })
        })*
    };
}

says_to_the_second! {
    rcpt_4: Rcpt, "450 4.2.0 busy mailbox";
    data_4: Data, "451 4.3.0 no room to write";
    dot_4: Dot, "451 4.3.0 no room to keep it";
    rcpt_5: Rcpt, "550 5.1.1 no such user";
    data_5: Data, "554 5.5.0 not this one";
    dot_5: Dot, "554 5.7.9 content not wanted here";
    greylists: Rcpt, "451 4.7.1 Greylisted, please come back later";
    mixed_at_rcpt: Rcpt, "250-2.1.5 Ok\r\n550 5.1.1 or not";
}

pub(super) fn takes_then_closes() -> Manner {
    acting(|moment| if is_it(moment, At::Dot) { Act::TakeThenClose } else { Act::Usual })
}

pub(super) fn takes_then_stalls() -> Manner {
    acting(|moment| if is_it(moment, At::Dot) { Act::TakeThenStall } else { Act::Usual })
}

pub(super) fn stalls_at_mail() -> Manner {
    acting(|moment| match moment.at {
        At::Mail if moment.taken == 0 && moment.time == 0 => Act::Stall,
        _ => Act::Usual,
    })
}

pub(super) fn drips() -> Manner {
    Manner { slow: Some(Duration::from_millis(1)), ..Manner::default() }
}

pub(super) fn says_goodbye_between() -> Manner {
    acting(|moment| match moment.at {
        At::Mail if moment.taken > 0 => Act::SayThenClose("421 4.3.2 come again"),
        _ => Act::Usual,
    })
}

pub(super) fn closes_after_two() -> Manner {
    acting(|moment| match moment.at {
        At::Dot if moment.taken == 1 => Act::UsualThenClose,
        _ => Act::Usual,
    })
}

pub(super) fn greeting_4() -> Manner {
    acting(|moment| match moment.at {
        At::Greeting => Act::SayThenClose("421 4.3.2 too busy"),
        _ => Act::Usual,
    })
}

pub(super) fn hello_4() -> Manner {
    acting(|moment| match moment.at {
        At::Hello => Act::Say("451 4.3.0 not now"),
        _ => Act::Usual,
    })
}

pub(super) fn mail_4() -> Manner {
    acting(|moment| match moment.at {
        At::Mail if moment.time == 0 => Act::Say("451 4.3.0 not now"),
        _ => Act::Usual,
    })
}

pub(super) fn greeting_5() -> Manner {
    acting(|moment| match moment.at {
        At::Greeting => Act::SayThenClose("521 5.3.2 no mail here"),
        _ => Act::Usual,
    })
}

pub(super) fn hello_5() -> Manner {
    acting(|moment| match moment.at {
        At::Hello => Act::Say("550 5.7.1 we do not know you"),
        _ => Act::Usual,
    })
}

pub(super) fn mail_5() -> Manner {
    acting(|moment| match moment.at {
        At::Mail => Act::Say("550 5.7.1 not from you"),
        _ => Act::Usual,
    })
}

/// A greeting line that does not end for 6,000 octets.
pub(super) fn endless_greeting() -> Manner {
    const ENDLESS: &str = match str::from_utf8(&[b'2'; 6_000]) {
        Ok(text) => text,
        Err(_) => "",
    };
    acting(|moment| match moment.at {
        At::Greeting => Act::Say(ENDLESS),
        _ => Act::Usual,
    })
}

pub(super) fn size_too_small() -> Manner {
    Manner { offers: vec!["PIPELINING", "SIZE 1000", "8BITMIME"], ..Manner::default() }
}

pub(super) fn too_big_after_all() -> Manner {
    acting(|moment| match moment.at {
        At::Dot => Act::Say("552 5.3.4 message too big"),
        _ => Act::Usual,
    })
}

pub(super) fn injects() -> Manner {
    Manner { starttls: "220 2.0.0 go ahead\r\n250-relay.example.org\r\n250 SIZE 10", ..Manner::default() }
}

/// Offers chunks and refuses the first of each message.
pub(super) fn refuses_chunks() -> Manner {
    Manner {
        offers: vec!["PIPELINING", "CHUNKING", "SIZE 10240000", "8BITMIME"],
        acts: |moment| match moment.at {
            At::Chunk => Act::Say("503 5.5.1 BDAT is out of order here"),
            At::Dot if moment.is_chunked => Act::Say("503 5.5.1 BDAT is out of order here"),
            _ => Act::Usual,
        },
        ..Manner::default()
    }
}

/// Offers chunks and takes them for commands.
pub(super) fn ignorant_of_chunks() -> Manner {
    Manner {
        offers: vec!["PIPELINING", "CHUNKING", "SIZE 10240000", "8BITMIME"],
        is_ignorant_of_chunks: true,
        ..Manner::default()
    }
}

pub(super) fn mixed_after_the_dot() -> Manner {
    acting(|moment| {
        let words = "250-2.0.0 queued\r\n451 4.3.0 or not";
        if is_it(moment, At::Dot) { Act::TakeThenSay(words) } else { Act::Usual }
    })
}

pub(super) fn calm() -> Manner {
    Manner::default()
}
