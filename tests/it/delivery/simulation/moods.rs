//! What a moody server does, from dice: refuses at each phase, for now and for good, says 421, closes before and
//! after the reply, stalls.

use crate::support::{
    dice::Dice,
    relay::{Answer, Moods, broken, refused},
};
use masthead::domain::outcome::{Action, Outcome, Phase, Scope};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

fn in_doubt() -> Outcome {
    Outcome::InDoubt { cause: "no answer".to_owned() }
}

fn connect(dice: &Dice) -> Option<Outcome> {
    match dice.below(100) {
        0..8 => Some(broken(Phase::Connect)),
        8..10 => Some(broken(Phase::Hello)),
        10..15 => Some(refused(Phase::Connect, 421, Scope::Host, Action::Retry)),
        15 => Some(refused(Phase::Hello, 451, Scope::Host, Action::Retry)),
        16 => Some(refused(Phase::Auth, 535, Scope::Sender, Action::Abort)),
        17 => Some(refused(Phase::Tls, 454, Scope::Host, Action::Retry)),
        _ => None,
    }
}

/// Anything that can happen before the final dot.
fn begin(dice: &Dice) -> Option<Outcome> {
    let refusals = |code: u16, scope, action| Some(refused(phase(dice), code, scope, action));
    match dice.below(100) {
        0..6 => refusals(450, Scope::Recipient, Action::Retry),
        6..9 => refusals(550, Scope::Recipient, Action::Bounce),
        9..11 => refusals(554, Scope::Recipient, Action::Fail),
        11..14 => refusals(421, Scope::Host, Action::Retry),
        14..22 => Some(broken(phase(dice))),
        22 => Some(refused(Phase::Mail, 552, Scope::Message, Action::Fail)),
        23 => Some(refused(Phase::Mail, 530, Scope::Sender, Action::Abort)),
        // What makes no sense here must not be believed.
        24 => Some(in_doubt()),
        _ => None,
    }
}

fn phase(dice: &Dice) -> Phase {
    [Phase::Mail, Phase::Rcpt, Phase::Data, Phase::Body][usize::try_from(dice.below(4)).unwrap()]
}

/// Anything that can happen after it.
fn finish(dice: &Dice) -> Answer {
    let refusals = |code, scope, action| Answer::other(refused(Phase::Verdict, code, scope, action));
    let mut answer = match dice.below(100) {
        0..10 => Answer { outcome: in_doubt(), ..Answer::accepted() },
        10..16 => Answer::other(in_doubt()),
        16..24 => refusals(451, Scope::Recipient, Action::Retry),
        24..28 => refusals(550, Scope::Recipient, Action::Fail),
        28..31 => refusals(421, Scope::Host, Action::Retry),
        31..34 => Answer::other(broken(Phase::Body)),
        34..36 => refusals(550, Scope::Recipient, Action::Bounce),
        _ => Answer::accepted(),
    };
    answer.closes = dice.percent(5);
    if dice.percent(20) {
        answer.after = Duration::from_millis(dice.below(200_000));
    }
    // A stall: ten minutes without a word, in which leases may be lost.
    if dice.percent(3) {
        answer.after = Duration::from_mins(10);
    }
    // The final dot itself dawdles on its way, longer than a lease lasts.
    if dice.percent(5) {
        answer.before = Duration::from_millis(dice.below(300_000));
    }
    answer
}

/// Returns these moods, until it is calm.
pub(super) fn moods(dice: &Dice, is_calm: &Arc<AtomicBool>) -> Moods {
    let hands = || (dice.hand(), Arc::clone(is_calm));
    let (one, other, third) = (hands(), hands(), hands());
    let is_moody = |calm: &AtomicBool| !calm.load(Ordering::SeqCst);
    Moods {
        connect: Box::new(move |_, _| is_moody(&one.1).then(|| connect(&one.0)).flatten()),
        begin: Box::new(move |_, _| is_moody(&other.1).then(|| begin(&other.0)).flatten()),
        finish: Box::new(move |_, _| if is_moody(&third.1) { finish(&third.0) } else { Answer::accepted() }),
    }
}
