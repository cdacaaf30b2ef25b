//! Listings of a line or two: timeouts and sync daemons.

use std::io::{self, Write};

use crate::model::{SyncDaemon, Timeouts};

/// The line of `-L --timeout`.
pub fn write_timeouts(out: &mut (impl Write + ?Sized), timeouts: &Timeouts) -> io::Result<()> {
    let Timeouts { tcp, tcp_fin, udp } = timeouts;
    writeln!(out, "Timeout (tcp tcpfin udp): {tcp} {tcp_fin} {udp}")
}

/// The line of one daemon under `-L --daemon`.
pub fn write_daemon(out: &mut (impl Write + ?Sized), daemon: &SyncDaemon) -> io::Result<()> {
    write!(
        out,
        "{} sync daemon (mcast={}, syncid={}",
        daemon.role.name(),
        daemon.interface,
        daemon.sync_id
    )?;
    if let Some(length) = daemon.max_length {
        write!(out, ", maxlen={length}")?;
    }
    if let Some(group) = daemon.group {
        write!(out, ", group={group}")?;
    }
    if let Some(port) = daemon.port {
        write!(out, ", port={port}")?;
    }
    if let Some(ttl) = daemon.ttl {
        write!(out, ", ttl={ttl}")?;
    }
    writeln!(out, ")")
}
