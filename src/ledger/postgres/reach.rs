//! Reaching the server, again when need be: everything that is asked goes through here.

use crate::ledger::{
    error::StoreErrorKind,
    postgres::{
        address::PostgresAddress,
        failure::Failure,
        line::{Line, wait_for},
        session::Session,
        tls,
    },
};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a server may be away in the middle of the work before a call gives up.
const AWAY_MAX: Duration = Duration::from_secs(30);

/// The same before the work has begun: whoever mistyped the address wants to hear of it.
const AWAY_AT_FIRST_MAX: Duration = Duration::from_secs(2);

/// The first wait for a server that is away; it doubles.
const AWAY_WAIT: Duration = Duration::from_millis(50);

/// The longest such wait.
const AWAY_WAIT_MAX: Duration = Duration::from_secs(2);

/// Times that a call gives way to other transactions.
const CONFLICTS_MAX: u32 = 20;

/// The wait after the first such time; it doubles up to [`AWAY_WAIT_MAX`].
const CONFLICT_WAIT: Duration = Duration::from_millis(2);

/// What may be done when the answer of a call was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Ask again: it does no harm, or the call finds out by itself what its first try came to.
    Repeat,
    /// Say that it is not known what became of it.
    Fail,
}

/// The way to one database.
pub(super) struct Reach {
    line: Line,
    address: PostgresAddress,
    tls: MakeRustlsConnect,
    session: Option<Session>,
    away_max: Duration,
}

/// How often a call was tried, and how long it waited.
#[derive(Default)]
pub(super) struct Tries {
    conflicts: u32,
    waited: Duration,
    wait: Duration,
}

impl Reach {
    pub(super) fn new(address: PostgresAddress) -> Result<Self, StoreErrorKind> {
        let tls = tls::connector(&address.protection)?;
        let line = Line::new()?;
        Ok(Self { line, address, tls, session: None, away_max: AWAY_AT_FIRST_MAX })
    }

    /// Is patient from now on: the server was there.
    pub(super) fn has_been_there(&mut self) {
        self.away_max = AWAY_MAX;
    }

    /// Has connections driven by the runtime of a run: see [`Line::go_along`].
    pub(super) fn go_along(&mut self, runtime: Handle) {
        self.session = None;
        self.line.go_along(runtime);
    }

    /// Returns whether the runtime of a run drives connections.
    pub(super) fn goes_along(&self) -> bool {
        self.line.goes_along()
    }

    /// Does something on a connection and waits for it: see [`Reach::ask`].
    pub(super) fn call<T>(
        &mut self,
        lost: Lost,
        work: impl AsyncFnMut(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, StoreErrorKind> {
        wait_for(self.ask(lost, work))
    }

    /// Does something on a connection. When the server was away or others were in the way, does it again, on a new
    /// connection if need be.
    async fn ask<T>(
        &mut self,
        lost: Lost,
        mut work: impl AsyncFnMut(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, StoreErrorKind> {
        let mut tries = Tries::default();
        loop {
            let (done, lost) = match self.connected().await {
                Ok(session) => (work(session).await, lost),
                Err(failure) => (Err(failure), Lost::Repeat),
            };
            match done {
                Ok(answer) => return Ok(answer),
                Err(failure) => self.try_again(failure, lost, &mut tries).await?,
            }
        }
    }

    /// Returns when it is worth trying again after a failure.
    ///
    /// # Errors
    /// When it is not.
    pub(super) async fn try_again(
        &mut self,
        failure: Failure,
        lost: Lost,
        tries: &mut Tries,
    ) -> Result<(), StoreErrorKind> {
        match failure {
            Failure::Refused(kind) => {
                self.give_up().await;
                Err(kind)
            }
            Failure::Conflict(_) => {
                self.give_up().await;
                if tries.conflicts == CONFLICTS_MAX {
                    return Err(StoreErrorKind::Locked);
                }
                let wait = (CONFLICT_WAIT * 2_u32.pow(tries.conflicts.min(10))).min(AWAY_WAIT_MAX);
                self.line.pause(wait).await;
                tries.conflicts += 1;
                Ok(())
            }
            Failure::Gone(why) => {
                self.session = None;
                if lost == Lost::Fail {
                    return Err(StoreErrorKind::AnswerLost(why));
                }
                self.await_return(tries, why).await
            }
        }
    }

    async fn await_return(&self, tries: &mut Tries, why: String) -> Result<(), StoreErrorKind> {
        if tries.waited >= self.away_max {
            return Err(StoreErrorKind::Away(why));
        }
        tries.wait = (tries.wait * 2).clamp(AWAY_WAIT, AWAY_WAIT_MAX);
        tries.waited += tries.wait;
        self.line.pause(tries.wait).await;
        Ok(())
    }

    /// Returns the connection, a new one when there is none.
    pub(super) async fn connected(&mut self) -> Result<&mut Session, Failure> {
        let session = if let Some(session) = self.session.take().filter(Session::is_alive) {
            session
        } else {
            let client = self.line.dial(self.address.config.clone(), self.tls.clone()).await?;
            Session::begin(client, &self.address).await?
        };
        Ok(self.session.insert(session))
    }

    async fn give_up(&mut self) {
        if let Some(session) = &self.session {
            session.give_up().await;
        }
    }
}
