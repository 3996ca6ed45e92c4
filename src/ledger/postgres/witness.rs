//! A second witness of what was sent: a database that knows less than the machines that sent from it was put back from
//! a backup, is a copy, or took over without the last commits.
//!
//! Every run has a row in `run` and counts there, in the transaction of each round with a commit. After the round the
//! machine notes the count in its [`Diary`]. So the count here is never behind a diary's, unless commits were lost.

use crate::{
    delivery::ports::LedgerError,
    domain::{
        broadcast::Broadcast,
        delivery::{DeliveryEvent, DeliveryState},
    },
    ledger::{
        error::StoreErrorKind,
        identity,
        postgres::{
            PostgresLedger,
            clock::{CLOCK, NOW},
            deliveries::first_count,
            diary::{About, Diary, KEPT, Page, Remembered},
            failure::Failure,
            reach::Lost,
            reading::get,
            session::Session,
            states,
            steps::Sweep,
        },
        rules,
    },
};
use chrono::{DateTime, Utc};

/// What is noted of a delivery whose mail may have left without this database knowing.
const MAY_HAVE_LEFT: &str = "put in doubt: the database may lack what was sent";

/// Returns the statement that counts a step of a run; it has to stand behind [`CLOCK`].
pub(super) fn step(steps: &str, run: &str) -> String {
    format!("UPDATE run SET steps = {steps}::bigint, at = {NOW} WHERE id = {run}::bytea")
}

/// The run that this ledger is on.
pub(super) struct Run {
    pub(super) id: Vec<u8>,
    /// Steps that the database has taken, as far as we were told.
    pub(super) steps: i64,
    page: Page,
}

impl Run {
    /// Notes that the database has taken a step.
    pub(super) fn has_stepped(&mut self) {
        self.steps += 1;
        // What can't be noted makes the witness weaker, and the round is done all the same.
        let _ = self.page.note(self.steps);
    }

    /// Makes sure, once on every connection, that the database knows all our steps: behind the same address another
    /// server may have taken over.
    pub(super) async fn look(&self, session: &mut Session) -> Result<(), Failure> {
        if session.is_known() {
            return Ok(());
        }
        let steps = steps_of(session, &self.id).await?;
        if steps.is_none_or(|steps| steps < self.steps) {
            return Err(StoreErrorKind::LostCommits.into());
        }
        session.make_known();
        Ok(())
    }
}

/// What adopting a database came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adopted {
    /// Runs of which the database did not know all.
    pub runs: u64,
    /// Deliveries that were open and are in doubt now.
    pub in_doubt: u64,
    /// Issues that the database does not know: when they are sealed again, all of their deliveries are in doubt.
    pub unknown: u64,
}

impl PostgresLedger {
    /// Checks that the database knows all that this machine did to it.
    ///
    /// # Errors
    /// When it does not; help says how that is mended. When it or the diary can't be read.
    pub fn check_against(&mut self, diary: &Diary) -> Result<(), LedgerError> {
        const DOING: &str = "go by what this machine remembers";
        let remembered = self.remembered(DOING, diary)?;
        let lost = self.read(DOING, async |session| lost(session, &remembered).await)?;
        if lost.is_empty() { Ok(()) } else { Err(self.refused(DOING, StoreErrorKind::LostCommits)) }
    }

    /// Begins a run that can be witnessed. Call it before the first claim.
    ///
    /// # Errors
    /// When the database or the diary can't be written.
    pub fn begin_run(
        &mut self,
        diary: &Diary,
        broadcast: &Broadcast,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        const DOING: &str = "begin a run";
        let run = identity::fresh_name().map_err(|kind| self.refused(DOING, kind))?;
        let (moment, id) = (self.clock.now(now), run.to_vec());
        let old = self.clock.inwards(now - KEPT * 2);
        let enter = format!("WITH {CLOCK} INSERT INTO run (id, steps, at) SELECT $2::bytea, 0, {NOW}");
        let begun = self.reach.call(Lost::Repeat, async |session| {
            session.execute("DELETE FROM run WHERE at < $1", &[&old]).await?;
            if steps_of(session, &id).await?.is_none() {
                session.execute(&enter, &[&moment, &id]).await?;
            }
            Ok(())
        });
        begun.map_err(|kind| self.refused(DOING, kind))?;
        let about = About {
            ledger_id: self.identity.keys.ledger_id,
            run,
            begun: rules::micros(now),
            issue: broadcast.content.issue.clone(),
            edition: broadcast.content.edition,
        };
        let page = diary.prune(now).and_then(|()| diary.begin(&about));
        let page = page.map_err(|error| self.refused(DOING, unwritten(diary, &error)))?;
        self.run = Some(Run { id, steps: 0, page });
        Ok(())
    }

    /// Takes the database as it is, although it lacks what this machine did: everything that is open of the issues it
    /// sent in those runs is in doubt from now on, for others may have sent it too.
    ///
    /// # Errors
    /// When the database can't be written, or the diary can't be read.
    pub fn adopt(&mut self, diary: &Diary, now: DateTime<Utc>) -> Result<Adopted, LedgerError> {
        const DOING: &str = "adopt the database";
        let remembered = self.remembered(DOING, diary)?;
        let moment = self.clock.now(now);
        self.read(DOING, async |session| {
            let mut adopted = Adopted::default();
            session.open().await?;
            for run in lost(session, &remembered).await? {
                adopted.runs += 1;
                match broadcast_of(session, &run.about).await? {
                    Some(broadcast) => {
                        let only = "d.broadcast = $3";
                        adopted.in_doubt += put_in_doubt(session, moment, only, broadcast).await?;
                    }
                    None => adopted.unknown += note_unknown(session, &run.about).await?,
                }
                let sql = format!(
                    "WITH {CLOCK} INSERT INTO run AS r (id, steps, at) SELECT $2::bytea, $3::bigint, {NOW}
                     ON CONFLICT (id) DO UPDATE SET steps = greatest(r.steps, excluded.steps), at = excluded.at"
                );
                session.execute(&sql, &[&moment, &run.about.run.as_slice(), &run.steps]).await?;
            }
            session.close().await?;
            Ok(adopted)
        })
    }

    /// Puts every open delivery of what was sealed or changed since a moment in doubt: its mail may have left
    /// without this database knowing. Returns how many.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn quarantine(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let (moment, since) = (self.clock.now(now), self.clock.inwards(since));
        let only = "d.broadcast IN (SELECT b.id FROM broadcast b WHERE b.sealed_at >= $3 OR EXISTS
            (SELECT 1 FROM delivery o WHERE o.broadcast = b.id AND o.updated_at >= $3))";
        self.read("put deliveries in doubt", async |session| put_in_doubt(session, moment, only, since).await)
    }

    fn remembered(&self, doing: &'static str, diary: &Diary) -> Result<Vec<Remembered>, LedgerError> {
        diary
            .runs(&self.identity.keys.ledger_id)
            .map_err(|error| self.refused(doing, unwritten(diary, &error)))
    }
}

fn unwritten(diary: &Diary, error: &std::io::Error) -> StoreErrorKind {
    StoreErrorKind::Journal(format!("{}: {error}", diary.path().display()))
}

/// Returns how many steps the database knows of a run.
async fn steps_of(session: &mut Session, run: &[u8]) -> Result<Option<i64>, Failure> {
    let row = session.row("SELECT steps FROM run WHERE id = $1", &[&run]).await?;
    row.map(|row| Ok(get(&row, 0)?)).transpose()
}

/// Returns the runs of which the database does not know all. The diary was read before, and a database only ever
/// learns more.
async fn lost<'a>(
    session: &mut Session,
    remembered: &'a [Remembered],
) -> Result<Vec<&'a Remembered>, Failure> {
    let mut lost = Vec::new();
    for run in remembered {
        let steps = steps_of(session, &run.about.run).await?;
        if steps.is_none_or(|steps| steps < run.steps) {
            lost.push(run);
        }
    }
    Ok(lost)
}

/// Puts what is open and meets a condition on the third value in doubt.
async fn put_in_doubt(
    session: &mut Session,
    moment: Option<i64>,
    only: &str,
    third: i64,
) -> Result<u64, Failure> {
    let sweep = doubt(&states::open(), only);
    let rows = session.rows(&sweep, &[&moment, &MAY_HAVE_LEFT, &third]).await?;
    Ok(first_count(&rows)?)
}

fn doubt(from: &str, only: &str) -> String {
    let (to, event) = (DeliveryState::InDoubt, DeliveryEvent::Lose);
    Sweep { from: from.to_owned(), to, event, beside: "", only }.sql()
}

async fn broadcast_of(session: &mut Session, about: &About) -> Result<Option<i64>, Failure> {
    let sql = "SELECT id FROM broadcast WHERE newsletter = $1 AND issue = $2 AND edition = $3";
    let edition = i64::from(about.edition);
    let row = session.row(sql, &[&about.issue.newsletter, &about.issue.issue, &edition]).await?;
    row.map(|row| Ok(get(&row, 0)?)).transpose()
}

/// Notes an issue that was sent although this database has not sealed it.
async fn note_unknown(session: &mut Session, about: &About) -> Result<u64, Failure> {
    let sql =
        "INSERT INTO sent_unsealed (newsletter, issue, edition) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let edition = i64::from(about.edition);
    session.execute(sql, &[&about.issue.newsletter, &about.issue.issue, &edition]).await
}

/// Puts a broadcast in doubt that is just being sealed, when it was sent before without this database knowing.
pub(super) async fn recall(
    session: &mut Session,
    moment: Option<i64>,
    broadcast: i64,
    (newsletter, issue, edition): (&str, &str, i64),
) -> Result<(), Failure> {
    let forget = "DELETE FROM sent_unsealed WHERE newsletter = $1 AND issue = $2 AND edition = $3";
    if session.execute(forget, &[&newsletter, &issue, &edition]).await? > 0 {
        put_in_doubt(session, moment, "d.broadcast = $3", broadcast).await?;
    }
    Ok(())
}
