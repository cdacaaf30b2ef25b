//! Draining: no new connections, a wait for the old ones, and then the deletion.

use std::fmt;
use std::time::{Duration, Instant};

use thiserror::Error as ThisError;

use super::{servers, set_weight};
use crate::cli::command::Drain;
use crate::commands::error::Error;
use crate::commands::left::Left;
use crate::commands::session::Session;
use crate::model::title::{server_title, service_title};
use crate::model::{Change, RealServer, RealServerEntry};
use crate::sys::signals::Interrupt;

/// The time between two polls of the connection counts.
const PAUSE: Duration = Duration::from_millis(250);

/// Drains a server, or all servers of a service, and deletes it.
///
/// # Errors
/// [`DrainError::NotDrained`] where it stopped before; all weights are as they were then, but where time was up.
pub fn drain(session: &mut Session<'_>, wanted: &Drain) -> Result<(), DrainError> {
    let interrupt = Interrupt::catch().map_err(Error::Signals)?;
    let found = servers(session, &wanted.service, wanted.server.as_ref())?;
    if found.is_empty() {
        // The kernel's own refusal reports what does not exist.
        return match wanted.exist {
            true => session.ensure(&wanted.deletion()),
            false => session.change(&wanted.deletion()),
        }
        .map_err(DrainError::from);
    }
    let left = Left::of(&found);
    // The line that shows how far it is says the same.
    if session.explains() && !session.paints() && !left.is_none() {
        session.notice(&format!("{} still has connections: {left}", wanted.title()));
    }
    let begun = Instant::now();
    let mut closed = Vec::new();
    let drained = close(session, wanted, &found, &mut closed)
        .and_then(|()| wait(session, wanted, begun, &interrupt));
    session.paint("");
    let why = match drained {
        Ok(()) => return Ok(session.ensure(&wanted.deletion())?),
        Err(why) => why,
    };
    let put_back = match why {
        Why::TimeUp { .. } => None,
        _ => Some(put_back(session, wanted, &closed).map_err(Box::new)),
    };
    Err(DrainError::NotDrained(NotDrained {
        what: wanted.title(),
        why,
        put_back,
    }))
}

impl Drain {
    fn deletion(&self) -> Change {
        match self.server {
            Some(endpoint) => Change::DeleteServer(self.service, endpoint),
            None => Change::DeleteService(self.service),
        }
    }

    fn title(&self) -> String {
        match &self.server {
            Some(endpoint) => server_title(&self.service, endpoint),
            None => service_title(&self.service),
        }
    }
}

/// Sets every weight to 0; notes the servers that had another one.
fn close(
    session: &mut Session<'_>,
    wanted: &Drain,
    found: &[RealServerEntry],
    closed: &mut Vec<RealServer>,
) -> Result<(), Why> {
    for entry in found.iter().filter(|entry| entry.server.weight != 0) {
        set_weight(session, &wanted.service, &entry.server, 0)?;
        closed.push(entry.server);
    }
    Ok(())
}

/// Waits until no server has a connection; one that others delete has none.
fn wait(
    session: &mut Session<'_>,
    wanted: &Drain,
    begun: Instant,
    interrupt: &Interrupt,
) -> Result<(), Why> {
    let deadline = wanted.limit.map(|limit| begun + limit);
    loop {
        let now = servers(session, &wanted.service, wanted.server.as_ref())?;
        if let Some(entry) = now.iter().find(|entry| entry.server.weight != 0) {
            return Err(Why::Opened {
                server: server_title(&wanted.service, &entry.server.endpoint),
                weight: entry.server.weight,
            });
        }
        let left = Left::of(&now);
        if left.is_none() {
            return Ok(());
        }
        let next = Instant::now() + PAUSE;
        let next = deadline.map_or(next, |deadline| next.min(deadline));
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Why::TimeUp {
                waited: begun.elapsed(),
                left,
            });
        }
        let waited = begun.elapsed().as_secs();
        session.paint(&format!("draining {}: {left}, {waited} s", wanted.title()));
        if !interrupt.sleep_until(next) {
            return Err(Why::Stopped(Box::new(Error::Interrupted)));
        }
    }
}

/// Gives those servers that are still at 0 their weights back.
fn put_back(session: &mut Session<'_>, wanted: &Drain, closed: &[RealServer]) -> Result<(), Error> {
    let now = servers(session, &wanted.service, wanted.server.as_ref())?;
    for entry in now.iter().filter(|entry| entry.server.weight == 0) {
        let endpoint = entry.server.endpoint;
        if let Some(old) = closed.iter().find(|old| old.endpoint == endpoint) {
            set_weight(session, &wanted.service, &entry.server, old.weight)?;
        }
    }
    Ok(())
}

/// Why a server was not drained.
#[derive(Debug, ThisError)]
pub enum DrainError {
    #[error(transparent)]
    Command(#[from] Error),
    #[error(transparent)]
    NotDrained(NotDrained),
}

/// A drain that stopped early.
#[derive(Debug)]
pub struct NotDrained {
    what: String,
    pub why: Why,
    /// Whether the weights could be put back; `None` where they were meant to stay 0.
    put_back: Option<Result<(), Box<Error>>>,
}

/// What stopped a drain.
#[derive(Debug)]
pub enum Why {
    TimeUp {
        waited: Duration,
        left: Left,
    },
    /// Somebody else wants the server to have connections.
    Opened {
        server: String,
        weight: i32,
    },
    Stopped(Box<Error>),
}

impl From<Error> for Why {
    fn from(error: Error) -> Why {
        Why::Stopped(Box::new(error))
    }
}

impl fmt::Display for NotDrained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = &self.what;
        match &self.why {
            Why::TimeUp { waited, left } => {
                let waited = waited.as_secs();
                write!(
                    f,
                    "{what} is not drained after {waited} seconds ({left}): \
                     it was not deleted, and takes no new connections (weight 0)"
                )?;
            }
            Why::Opened { server, weight } => write!(
                f,
                "somebody set the weight of {server} to {weight} while it was drained: \
                 that weight is kept, and {what} was not deleted"
            )?,
            Why::Stopped(error) => write!(f, "{error}: {what} was not deleted")?,
        }
        match &self.put_back {
            None => Ok(()),
            Some(Ok(())) => f.write_str("; weights that were set to 0 are as before"),
            Some(Err(error)) => {
                write!(f, "; ITS WEIGHT COULD NOT BE PUT BACK ({error})")
            }
        }
    }
}

impl std::error::Error for NotDrained {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_when_it_stops() {
        let said = |why, put_back| {
            let what = "10.0.0.11:80 of TCP 192.0.2.1:80".to_owned();
            NotDrained {
                what,
                why,
                put_back,
            }
            .to_string()
        };
        let up = Why::TimeUp {
            waited: Duration::from_secs(5),
            left: Left {
                active: 1,
                inactive: 2,
                persistent: 3,
            },
        };
        assert_eq!(
            said(up, None),
            "10.0.0.11:80 of TCP 192.0.2.1:80 is not drained after 5 seconds \
             (1 active, 2 inactive, 3 persistent): it was not deleted, and takes no new connections (weight 0)"
        );
        assert_eq!(
            said(Error::Interrupted.into(), Some(Ok(()))),
            "interrupted by a signal: 10.0.0.11:80 of TCP 192.0.2.1:80 was not deleted; \
             weights that were set to 0 are as before"
        );
    }
}
