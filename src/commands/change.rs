//! A change that is a command by itself. Where somebody reads along, the deletion of a real server says what it cuts off.

use super::error::Error;
use super::left::Left;
use super::session::Session;
use crate::model::Change;
use crate::model::title::server_title;

/// Makes a change; where it is made already, that is an error.
pub fn make(session: &mut Session<'_>, change: &Change) -> Result<(), Error> {
    telling(session, change, |session| session.change(change))
}

/// Makes a change where it is not made already.
pub fn ensure(session: &mut Session<'_>, change: &Change) -> Result<(), Error> {
    telling(session, change, |session| session.ensure(change))
}

fn telling<'a>(
    session: &mut Session<'a>,
    change: &Change,
    make: impl FnOnce(&mut Session<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    let left = cut_off(session, change);
    make(session)?;
    if let Some(left) = left {
        session.notice(&left);
    }
    Ok(())
}

/// The connections that a change cuts off, in words. What cannot be told is not said: the change matters more.
fn cut_off(session: &mut Session<'_>, change: &Change) -> Option<String> {
    let Change::DeleteServer(service, endpoint) = change else {
        return None;
    };
    if !session.explains() {
        return None;
    }
    let mut servers = session.ipvs().ok()?.real_servers(service, false).ok()?;
    servers.retain(|entry| entry.server.endpoint == *endpoint);
    let left = Left::of(&servers);
    (!left.is_none()).then(|| {
        format!(
            "{} had connections: {left}; their packets are dropped until they time out; with \
             net.ipv4.vs.expire_nodest_conn=1 they end at their next packet",
            server_title(service, endpoint)
        )
    })
}
