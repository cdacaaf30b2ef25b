//! The model as ipvsadm command lines: what -S prints, and what errors quote.

use std::fmt::{self, Write};

use crate::format::labels::Labels;
use crate::format::text::{self, Text};
use crate::model::scheduler::{GENERIC_FLAGS, flag_names};
use crate::model::{
    Change, Family, Forwarding, Name, Protocol, RealServer, Service, ServiceId, SyncDaemon,
    Timeouts, Tunnel, TunnelChecksum,
};

/// The line that adds a service, without its end.
pub fn service(text: &mut impl Text, service: &Service, labels: &Labels) {
    text.push_str("-A ");
    selector(text, &service.id, labels);
    named(text, " -s", &service.scheduler);
    if let Some(seconds) = service.persistence {
        text.push_fmt(format_args!(" -p {seconds}"));
        if !service.netmask.is_whole() {
            text.push_fmt(format_args!(" -M {}", service.netmask));
        }
    }
    if let Some(engine) = service.persistence_engine {
        named(text, " --pe", &engine);
    }
    if service.one_packet {
        text.push_str(" -o");
    }
    if let Some(flags) = flags(service) {
        text.push_fmt(format_args!(" -b {flags}"));
    }
}

/// The line that adds a real server to a service, without its end.
pub fn server(text: &mut impl Text, id: &ServiceId, new: &RealServer, labels: &Labels) {
    Servers::of(id, labels).push(text, new);
}

/// What a real server's line begins with is hardly ever longer: its memory need not grow piece by piece.
const USUAL_BEGIN: usize = 64;

/// The lines that add the real servers of one service.
pub struct Servers<'a> {
    id: &'a ServiceId,
    labels: &'a Labels,
    /// What they all begin with.
    begin: String,
}

impl<'a> Servers<'a> {
    pub fn of(id: &'a ServiceId, labels: &'a Labels) -> Servers<'a> {
        let mut begin = String::with_capacity(USUAL_BEGIN);
        begin.push_str("-a ");
        selector(&mut begin, id, labels);
        begin.push_str(" -r ");
        Servers { id, labels, begin }
    }

    /// Appends the line of one, without its end.
    pub fn push(&self, text: &mut impl Text, server: &RealServer) {
        text.push_str(&self.begin);
        self.labels.server(self.id, server).push(text);
        text.push_ascii(
            match server.forwarding {
                Forwarding::Masquerading => b" -m -w ",
                Forwarding::Tunnel(_) => b" -i -w ",
                // The kernel sets the others by itself where direct routing was asked for.
                Forwarding::DirectRouting | Forwarding::Local | Forwarding::Bypass => b" -g -w ",
            },
            7,
        );
        text::number(text, server.weight);
        details(text, server);
    }
}

/// Appends what few real servers have.
fn details(text: &mut impl Text, server: &RealServer) {
    if let Forwarding::Tunnel(tunnel) = server.forwarding {
        self::tunnel(text, tunnel);
    }
    if server.upper_threshold != 0 {
        text.push_fmt(format_args!(" -x {}", server.upper_threshold));
    }
    if server.lower_threshold != 0 {
        text.push_fmt(format_args!(" -y {}", server.lower_threshold));
    }
}

/// Appends the options of a tunnel after `-i`: ` --tun-type gue --tun-port 6080 --tun-nocsum`.
pub fn tunnel(text: &mut impl Text, tunnel: Tunnel) {
    match tunnel {
        Tunnel::Ipip => text.push_str(" --tun-type ipip"),
        Tunnel::Gue { port, checksum } => text.push_fmt(format_args!(
            " --tun-type gue --tun-port {port} {}",
            checksum_flag(checksum)
        )),
        Tunnel::Gre { checksum } => {
            text.push_fmt(format_args!(" --tun-type gre {}", checksum_flag(checksum)));
        }
    }
}

/// The line that makes a change, without its end, in numbers.
pub fn change(text: &mut String, change: &Change) {
    let labels = &Labels::default();
    let _ = match change {
        Change::AddService(new) => {
            service(text, new, labels);
            Ok(())
        }
        Change::EditService(new) => {
            let start = text.len();
            service(text, new, labels);
            text.replace_range(start..start + 2, "-E");
            Ok(())
        }
        Change::DeleteService(id) => {
            text.push_str("-D ");
            selector(text, id, labels);
            Ok(())
        }
        Change::AddServer(id, new) => {
            server(text, id, new, labels);
            Ok(())
        }
        Change::EditServer(id, new) => {
            let start = text.len();
            server(text, id, new, labels);
            text.replace_range(start..start + 2, "-e");
            Ok(())
        }
        Change::DeleteServer(id, endpoint) => {
            text.push_str("-d ");
            selector(text, id, labels);
            write!(text, " -r {endpoint}")
        }
        Change::Clear => write!(text, "-C"),
        Change::Zero(None) => write!(text, "-Z"),
        Change::Zero(Some(id)) => {
            text.push_str("-Z ");
            selector(text, id, labels);
            Ok(())
        }
        Change::SetTimeouts(Timeouts { tcp, tcp_fin, udp }) => {
            write!(text, "--set {tcp} {tcp_fin} {udp}")
        }
        Change::StartDaemon(daemon) => start_daemon(text, daemon),
        Change::StopDaemon { role, sync_id } => {
            write!(text, "--stop-daemon {} --syncid {sync_id}", role.name())
        }
    };
}

/// Appends an option with a name.
///
/// As a word of its own an empty name would be lost, and this program's name is skipped in rules.
fn named(text: &mut impl Text, option: &str, name: &Name) {
    let attached = name.as_bytes().is_empty() || name.is("ipvsadm");
    text.push_str(option);
    text.push_str(if attached { "=" } else { " " });
    self::name(text, name);
}

/// Appends a name.
pub fn name(text: &mut impl Text, name: &Name) {
    match name.as_plain() {
        Some((bytes, length)) => text.push_ascii(bytes, length),
        None => text.push_fmt(format_args!("{name}")),
    }
}

fn start_daemon(text: &mut String, daemon: &SyncDaemon) -> fmt::Result {
    let SyncDaemon {
        role,
        interface,
        sync_id,
        ..
    } = daemon;
    let role = role.name();
    write!(text, "--start-daemon {role}")?;
    named(text, " --mcast-interface", interface);
    write!(text, " --syncid {sync_id}")?;
    if let Some(length) = daemon.max_length {
        write!(text, " --sync-maxlen {length}")?;
    }
    if let Some(group) = daemon.group {
        write!(text, " --mcast-group {group}")?;
    }
    if let Some(port) = daemon.port {
        write!(text, " --mcast-port {port}")?;
    }
    if let Some(ttl) = daemon.ttl {
        write!(text, " --mcast-ttl {ttl}")?;
    }
    Ok(())
}

fn checksum_flag(checksum: TunnelChecksum) -> &'static str {
    match checksum {
        TunnelChecksum::Off => "--tun-nocsum",
        TunnelChecksum::On => "--tun-csum",
        TunnelChecksum::Remote => "--tun-remcsum",
    }
}

/// The flags of a service's scheduler by name, with commas between them, followed by the bits of those that have no
/// name; `None` where no flag is set.
pub fn flags(service: &Service) -> Option<String> {
    if service.scheduler_flags.0 == 0 && service.other_flags.set == 0 {
        return None;
    }
    let mut text = String::new();
    for name in scheduler_flag_names(service) {
        text.push_str(name);
        text.push(',');
    }
    match service.other_flags.set {
        0 => drop(text.pop()),
        // Writing into a string cannot fail.
        bits => drop(write!(text, "{bits:#x}")),
    }
    (!text.is_empty()).then_some(text)
}

/// The flags of a service's scheduler by name.
///
/// A flag to which the scheduler gives no meaning has its general name, so that it can be restored.
pub fn scheduler_flag_names(service: &Service) -> impl Iterator<Item = &'static str> {
    let set = service.scheduler_flags.0;
    let own = flag_names(&service.scheduler);
    let names = own.into_iter().zip(GENERIC_FLAGS).enumerate();
    names
        .filter(move |(bit, _)| set >> bit & 1 != 0)
        .map(|(_, (own, generic))| own.unwrap_or(generic))
}

/// Appends the option that selects a service: `-t VIP:port` or `-f mark -6`.
fn selector(text: &mut impl Text, id: &ServiceId, labels: &Labels) {
    match id {
        ServiceId::Address { protocol, endpoint } => {
            text.push_str(match protocol {
                Protocol::Tcp => "-t ",
                Protocol::Udp => "-u ",
                Protocol::Sctp => "--sctp-service ",
            });
            labels.endpoint(endpoint, Some(*protocol)).push(text);
        }
        ServiceId::FirewallMark { mark, family } => {
            text.push_str("-f ");
            text::number(text, *mark);
            if *family == Family::V6 {
                text.push_str(" -6");
            }
        }
    }
}
