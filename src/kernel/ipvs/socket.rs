//! The socket for requests to IPVS.

use netlink_sys::protocols::NETLINK_GENERIC;

use super::error::Error;
use super::trace::{self, Exchange, Trace};
use crate::kernel::netlink::{AnswerLength, Socket};
use crate::sys::netns::Netns;

/// Opens a generic netlink socket in a network namespace.
///
/// # Errors
/// Where the namespace cannot be entered or the system gives no socket.
pub(super) fn open_socket(
    netns: &Netns,
    trace: Trace,
    answers: AnswerLength,
) -> Result<Socket, Error> {
    let opened = trace.timed(
        || netns.inside(|| Socket::open(NETLINK_GENERIC, answers)),
        |opened, report| {
            let outcome =
                trace::outcome(opened).and_then(|socket| trace::outcome(socket).map(|_| ()));
            report(Exchange::Socket { netns, outcome });
        },
    );
    Ok(opened??)
}
