//! Broadcasts and deliveries in PostgreSQL: the port, call by call.

use crate::{
    delivery::ports::{Along, Candidate, Commit, Ledger, LedgerError, LedgerKeys, Record, Recovered, Staged},
    domain::{
        broadcast::{Broadcast, BroadcastId, SealedContent, Tally},
        delivery::{Claim, DeliveryEvent, DeliveryId, DeliveryReport, DeliveryState},
        issue::IssueId,
        subscriber::Subscriber,
    },
    ledger::{
        error::StoreErrorKind,
        identity::Mark,
        postgres::{
            PostgresLedger,
            claiming::{self, CLAIM, claimed},
            clock::{CLOCK, NOW},
            deciding::{Decision, cancel_the_late, is_cancelled},
            failure::Failure,
            line::wait_for,
            reach::Lost,
            reading::{self, count, from_json, get},
            sealing,
            session::Session,
            spool::Spool,
            standing, states,
            steps::Sweep,
        },
        rules,
    },
};
use chrono::{DateTime, Utc};
use std::time::Duration;

const NOTHING: Option<&str> = None;

impl Ledger for PostgresLedger {
    fn keys(&mut self) -> Result<LedgerKeys, LedgerError> {
        Ok(self.identity.keys.clone())
    }

    fn begin_staging(&mut self, newsletter: &str) -> Result<(), LedgerError> {
        self.staging = None;
        let spool = Spool::new().map_err(|kind| self.refused("begin staging", kind))?;
        self.staging = Some((newsletter.to_owned(), spool));
        Ok(())
    }

    fn stage(&mut self, candidates: Vec<Candidate>) -> Result<Vec<Staged>, LedgerError> {
        const DOING: &str = "stage recipients";
        let Some((newsletter, mut spool)) = self.staging.take() else {
            return Err(self.refused(DOING, StoreErrorKind::NotBegun));
        };
        let marks: Vec<Mark> =
            candidates.iter().map(|candidate| self.identity.mark(&candidate.subscriber.address)).collect();
        let asked: Vec<Vec<u8>> = marks.iter().map(|mark| mark.to_vec()).collect();
        let gone =
            self.read(DOING, async |session| sealing::suppressed(session, &asked, &newsletter).await)?;
        let answers = sealing::stage(&mut spool, &candidates, &marks, &gone);
        let answers = answers.map_err(|failure| match failure {
            Failure::Refused(kind) => self.refused(DOING, kind),
            Failure::Gone(why) | Failure::Conflict(why) => self.refused(DOING, StoreErrorKind::Away(why)),
        })?;
        self.staging = Some((newsletter, spool));
        Ok(answers)
    }

    fn seal(
        &mut self,
        content: &SealedContent,
        seal: &str,
        now: DateTime<Utc>,
    ) -> Result<Broadcast, LedgerError> {
        const DOING: &str = "seal the issue";
        let now = self.clock.now(now);
        let newsletter = &content.issue.newsletter;
        let (identity, staging) = (&self.identity, &mut self.staging);
        let work = async |session: &mut Session| {
            if let Some(there) = sealing::find(session, content).await? {
                return Ok(Some(there));
            }
            let spool = match staging.as_mut() {
                None => return Err(StoreErrorKind::NotBegun.into()),
                Some((staged, _)) if staged != newsletter => {
                    let (staged, sealed) = (staged.clone(), newsletter.clone());
                    return Err(StoreErrorKind::OtherNewsletter { staged, sealed }.into());
                }
                Some((_, spool)) => spool,
            };
            if sealing::freeze(session, identity, spool, (content, seal), now).await? {
                sealing::acquaint(session).await;
            }
            sealing::find(session, content).await
        };
        let there = self.reach.call(Lost::Repeat, work);
        let there = there.map_err(|kind| self.refused(DOING, kind))?;
        let issue = content.issue.to_string();
        let there = there
            .filter(|there| there.seal == seal)
            .ok_or_else(|| self.refused(DOING, StoreErrorKind::SealedOtherwise { issue }))?;
        self.staging = None;
        Ok(there)
    }

    fn broadcast(&mut self, issue: &IssueId) -> Result<Option<Broadcast>, LedgerError> {
        let sql = format!(
            "{} WHERE b.newsletter = $1 AND b.issue = $2 ORDER BY b.id DESC LIMIT 1",
            *reading::BROADCAST
        );
        self.read("read a broadcast", async |session| {
            let row = session.row(&sql, &[&issue.newsletter, &issue.issue]).await?;
            row.map(|row| Ok(reading::broadcast(&row)?)).transpose()
        })
    }

    fn broadcasts(&mut self) -> Result<Vec<Broadcast>, LedgerError> {
        let sql = format!("{} ORDER BY b.id DESC", *reading::BROADCAST);
        self.read("read the broadcasts", async |session| {
            let rows = session.rows(&sql, &[]).await?;
            rows.iter().map(|row| Ok(reading::broadcast(row)?)).collect()
        })
    }

    fn claim(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        limit: usize,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Vec<Claim>, LedgerError> {
        let (moment, lease) = (self.clock.now(now), rules::later(0, lease));
        let (held, has_lost, clock) = (&self.held, &mut self.has_lost_claims, &mut self.clock);
        let run = &self.run;
        let mut claims: Vec<Claim> = Vec::new();
        let done = self.reach.call(Lost::Repeat, async |session| {
            session.be_sending().await?;
            if let Some(run) = run {
                run.look(session).await?;
            }
            if *has_lost {
                let known: Vec<i64> =
                    held.keys().copied().chain(claims.iter().map(|claim| claim.delivery.0)).collect();
                claiming::release_lost(session, moment, broadcast.0, worker, &known).await?;
            }
            // Until we have heard the answer, there may be claims that we know nothing of.
            *has_lost = true;
            if !standing::put_off(session, broadcast.0, as_limit(limit), moment).await? {
                *has_lost = false;
                return Ok(());
            }
            while claims.len() < limit {
                let left = as_limit(limit - claims.len());
                let rows = session.rows(&CLAIM, &[&moment, &broadcast.0, &worker, &left, &lease]).await?;
                for row in &rows {
                    clock.compare(get(row, 9)?, now);
                    claims.extend(claimed(row)?);
                }
                if rows.is_empty() {
                    break;
                }
            }
            if claims.is_empty() {
                let sql = format!("WITH {CLOCK} SELECT {NOW}");
                if let Some(row) = session.row(&sql, &[&moment]).await? {
                    clock.compare(get(&row, 0)?, now);
                }
            }
            *has_lost = false;
            Ok(())
        });
        done.map_err(|kind| self.refused("claim deliveries", kind))?;
        self.held.extend(claims.iter().map(|claim| (claim.delivery.0, broadcast.0)));
        Ok(claims)
    }

    fn heartbeat(
        &mut self,
        broadcast: BroadcastId,
        worker: &str,
        until: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let until = self.clock.inwards(until);
        // Whatever this worker holds was claimed here, so nothing else needs to be looked at.
        let held: Vec<i64> =
            self.held.iter().filter(|(_, of)| **of == broadcast.0).map(|(id, _)| *id).collect();
        let sql = format!(
            "UPDATE delivery d SET lease_until = greatest(d.lease_until, $3::bigint)
              WHERE d.broadcast = $1 AND d.id = ANY($4::bigint[]) AND d.state IN ({}) AND d.lease_owner = $2",
            states::held()
        );
        self.read("prolong the leases", async |session| {
            session.execute(&sql, &[&broadcast.0, &worker, &until, &held]).await
        })
    }

    fn commit(&mut self, commits: &[Commit], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        Ok(wait_for(self.write_batch("commit deliveries", &[], commits, now))?.1)
    }

    fn record(&mut self, records: &[Record], now: DateTime<Utc>) -> Result<Vec<bool>, LedgerError> {
        Ok(wait_for(self.write_batch("record verdicts", records, &[], now))?.0)
    }

    fn record_and_commit(
        &mut self,
        records: &[Record],
        commits: &[Commit],
        now: DateTime<Utc>,
    ) -> Result<(Vec<bool>, Vec<bool>), LedgerError> {
        wait_for(self.write_batch("record verdicts and commit deliveries", records, commits, now))
    }

    fn recover(
        &mut self,
        broadcast: BroadcastId,
        worker: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Recovered, LedgerError> {
        let now = self.clock.now(now);
        let outdated = format!("d.broadcast = $3 AND (d.lease_until <= {NOW} OR d.lease_owner = $4::text)");
        self.read("recover deliveries", async |session| {
            let Some(cancelled) = is_cancelled(session, broadcast).await? else {
                return Ok(Recovered::default());
            };
            session.rows(&claiming::CALL_EARLY_ONES, &[&now, &broadcast.0]).await?;
            let mut counts = [0; 2];
            let ways = [
                (DeliveryState::Leased, DeliveryEvent::Release, NOTHING),
                (DeliveryState::Committing, DeliveryEvent::Lose, Some(rules::OWNER_VANISHED)),
            ];
            for ((from, event, detail), count) in ways.into_iter().zip(&mut counts) {
                let Some(sweep) = Sweep::lawful(from, event, cancelled, &outdated) else { continue };
                let rows = session.rows(&sweep.sql(), &[&now, &detail, &broadcast.0, &worker]).await?;
                *count = first_count(&rows)?;
            }
            if cancelled {
                cancel_the_late(session, broadcast, now).await?;
            }
            Ok(Recovered { released: counts[0], in_doubt: counts[1] })
        })
    }

    fn tally(&mut self, broadcast: BroadcastId) -> Result<Tally, LedgerError> {
        self.read("count the deliveries", async |session| tally(session, broadcast).await)
    }

    fn next_due(&mut self, broadcast: BroadcastId) -> Result<Option<DateTime<Utc>>, LedgerError> {
        const SQL: &str = "SELECT d.due_at FROM delivery d JOIN broadcast b ON b.id = d.broadcast
             WHERE d.broadcast = $1 AND NOT b.cancelled AND d.due_at IS NOT NULL ORDER BY d.due_at LIMIT 1";
        let clock = self.clock;
        self.read("look for the next delivery", async |session| {
            let row = session.row(SQL, &[&broadcast.0]).await?;
            row.map(|row| Ok(clock.outwards(get(&row, 0)?))).transpose()
        })
    }

    fn deliveries(
        &mut self,
        broadcast: BroadcastId,
        state: DeliveryState,
        limit: usize,
    ) -> Result<Vec<DeliveryReport>, LedgerError> {
        const SQL: &str = "SELECT d.id, d.attempt, d.detail, d.message_id, r.subscriber
               FROM delivery d JOIN recipient r ON r.broadcast = d.broadcast AND r.id = d.id
              WHERE d.broadcast = $1 AND d.state = $2 ORDER BY d.due_at, d.id LIMIT $3";
        let limit = as_limit(limit);
        self.read("list deliveries", async |session| {
            let rows = session.rows(SQL, &[&broadcast.0, &states::code(state), &limit]).await?;
            let report = |row| {
                let subscriber: Subscriber = from_json(get(row, 4)?)?;
                let attempts: i32 = get(row, 1)?;
                Ok(DeliveryReport {
                    id: DeliveryId(get(row, 0)?),
                    address: subscriber.address,
                    state,
                    attempts: attempts.unsigned_abs(),
                    detail: get(row, 2)?,
                    message_id: get(row, 3)?,
                })
            };
            rows.iter().map(report).collect()
        })
    }

    fn resolve(
        &mut self,
        broadcast: BroadcastId,
        from: DeliveryState,
        only: Option<&[DeliveryId]>,
        event: DeliveryEvent,
        note: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let now = self.clock.now(now);
        let named: Option<Vec<i64>> = only.map(|only| only.iter().map(|id| id.0).collect());
        let note = rules::kept_detail(note);
        let done = self.reach.call(Lost::Fail, async |session| {
            session.open().await?;
            let decision = Decision { broadcast, from, event, note: &note, now };
            let changed = decision.apply(session, named.as_deref()).await?;
            session.close().await?;
            Ok(changed)
        });
        done.map_err(|kind| self.refused("settle deliveries", kind))
    }

    fn reserve(
        &mut self,
        key: &str,
        count: u32,
        interval: Duration,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        let sql = format!(
            "WITH {CLOCK} INSERT INTO rate AS r (relay, free_at) SELECT $2::text, {NOW} + $3::bigint
             ON CONFLICT (relay) DO UPDATE SET free_at = greatest(r.free_at, excluded.free_at - $3::bigint) + $3::bigint
             RETURNING r.free_at - $3::bigint - {NOW}"
        );
        let (moment, span) = (self.clock.now(now), rules::later_times(0, interval, count));
        let wait = self.read("reserve a share of the rate", async |session| {
            let rows = session.rows(&sql, &[&moment, &key, &span]).await?;
            Ok(rows.first().map_or(Ok(0), |row| get::<i64>(row, 0))?)
        })?;
        Ok(rules::moment(rules::micros(now).saturating_add(wait)))
    }

    fn goes_along(&self) -> bool {
        self.reach.goes_along()
    }

    fn record_and_commit_along<'a>(
        &'a mut self,
        records: &'a [Record],
        commits: &'a [Commit],
        now: DateTime<Utc>,
    ) -> Along<'a> {
        Box::pin(self.write_batch("record verdicts and commit deliveries", records, commits, now))
    }
}

pub(super) async fn tally(session: &mut Session, broadcast: BroadcastId) -> Result<Tally, Failure> {
    const SQL: &str = "SELECT state, count(*) FROM delivery WHERE broadcast = $1 GROUP BY state";
    let mut counts = Vec::new();
    for row in session.rows(SQL, &[&broadcast.0]).await? {
        counts.push((states::state(get(&row, 0)?)?, count(&row, 1)?));
    }
    Ok(rules::tally(counts.into_iter()))
}

pub(super) fn first_count(rows: &[tokio_postgres::Row]) -> Result<u64, StoreErrorKind> {
    rows.first().map_or(Ok(0), |row| count(row, 0))
}

fn as_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
