//! The table of services and real servers, in each of its views.

use std::io::{self, Write};
use std::net::Ipv4Addr;

use super::columns::{cut_to, gap_to, pad_to};
use super::labels::{EndpointLabel, Labels, ServiceLabel};
use super::numbers::counter;
use super::rate_columns::{self, Measured};
use super::text::{self, Row, Text};
use super::{palette, rules};
use crate::cli::command::View;
use crate::model::rates::Meter;
use crate::model::scheduler;
use crate::model::visible::VisibleTable;
use crate::model::{
    Family, Forwarding, Info, Protocol, RealServerEntry, Service, ServiceWithServers, Tunnel,
    TunnelChecksum,
};

/// Columns that a service may take, with its protocol, before it is cut. IPv6 never is.
const SERVICE_WIDTH: usize = 33;
/// Columns that a real server may take before it is cut. IPv6 never is.
const SERVER_WIDTH: usize = 28;

/// How to show a table.
pub struct Layout<'a> {
    pub view: View,
    pub exact: bool,
    pub labels: &'a Labels,
    /// Adds what was measured between listings.
    pub meter: Option<&'a Meter>,
    pub coloured: bool,
    /// The table that the services are of, if it is only what everybody may see: the rest is shown as unknown.
    pub visible: Option<&'a VisibleTable>,
}

/// What stands for a value that is not known.
const UNKNOWN: &str = "?";

/// The first line of a whole listing.
pub fn write_version(out: &mut (impl Write + ?Sized), info: &Info) -> io::Result<()> {
    let version = info.version_text();
    let size = info.connection_table_size;
    writeln!(out, "IP Virtual Server version {version} (size={size})")
}

/// The titles of the columns; with those of what is measured between listings.
pub fn write_titles(
    out: &mut (impl Write + ?Sized),
    view: View,
    with_measured: bool,
) -> io::Result<()> {
    let titles = titles(view);
    if with_measured {
        out.write_all(rate_columns::titles(&titles, view).as_bytes())
    } else {
        out.write_all(titles.as_bytes())
    }
}

fn titles(view: View) -> String {
    const LOCAL: &str = "Prot LocalAddress:Port";
    const REMOTE: &str = "  -> RemoteAddress:Port";
    match view {
        View::Plain => {
            format!("{LOCAL} Scheduler Flags\n{REMOTE:33} Forward Weight ActiveConn InActConn\n")
        }
        View::TunnelInfo => format!(
            "{LOCAL} Scheduler Flags\n{REMOTE:33} Forward TunnelInfo    Weight ActiveConn InActConn\n"
        ),
        View::Stats => format!(
            "{LOCAL:33} {:>8} {:>8} {:>8} {:>8} {:>8}\n{REMOTE}\n",
            "Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"
        ),
        View::Rate => format!(
            "{LOCAL:33} {:>8} {:>8} {:>8} {:>8} {:>8}\n{REMOTE}\n",
            "CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"
        ),
        View::Thresholds => format!(
            "{LOCAL:33} {:10} {:10} {:10} {:10}\n{REMOTE}\n",
            "Uthreshold", "Lthreshold", "ActiveConn", "InActConn"
        ),
        View::PersistentConnections => format!(
            "{LOCAL:33} {:9} {:11} {:10} {:10}\n{REMOTE}\n",
            "Weight", "PersistConn", "ActiveConn", "InActConn"
        ),
    }
}

/// The lines of all services and their servers.
pub fn write_services(
    out: &mut (impl Write + ?Sized),
    table: &[ServiceWithServers],
    layout: &Layout,
) -> io::Result<()> {
    let mut text = Vec::new();
    for service in table {
        text.clear();
        push_service(&mut text, service, layout);
        out.write_all(&text)?;
    }
    Ok(())
}

/// Appends the lines of a service and its servers.
pub fn push_service(text: &mut Vec<u8>, service: &ServiceWithServers, layout: &Layout) {
    let own = &service.entry.service;
    let measured = layout.meter.map(|meter| Measured::of(meter, &own.id));
    service_line(text, service, layout, measured.as_ref());
    for server in &service.servers {
        server_line(text, own, server, layout, measured.as_ref());
    }
}

fn service_line(
    text: &mut Vec<u8>,
    service: &ServiceWithServers,
    layout: &Layout,
    measured: Option<&Measured<'_>>,
) {
    let Service { id, .. } = service.entry.service;
    let start = text.len();
    let label = layout.labels.service(&id);
    let protocol = id.protocol().map_or("FWM", |protocol| protocol.title());
    text::left(text, protocol, 5);
    label.push(text);
    if layout.visible.is_some_and(|visible| visible.is_unsure(&id)) {
        text.push(b' ');
        text.push_str(UNKNOWN);
    }
    let cut = matches!(&label, ServiceLabel::Address(label) if label.family() == Family::V4);
    if cut {
        cut_to(text, start, SERVICE_WIDTH);
    }
    match layout.view {
        View::Stats => {
            pad_to(text, start, SERVICE_WIDTH);
            counters(text, service.entry.stats.totals(), layout.exact);
        }
        View::Rate => {
            pad_to(text, start, SERVICE_WIDTH);
            let stats = &service.entry.stats;
            match measured {
                None => counters(text, stats.rates(), layout.exact),
                Some(measured) => measured.push_service_rates(text, stats, layout.exact),
            }
        }
        _ => service_options(text, &service.entry.service, layout.visible.is_some()),
    }
    text.push(b'\n');
}

/// Appends a scheduler, and what else was set for a service.
pub(super) fn service_options(text: &mut impl Text, service: &Service, is_visible: bool) {
    text.push_str(" ");
    rules::name(text, &service.scheduler);
    if is_visible && scheduler::has_flags(&service.scheduler) {
        text.push_fmt(format_args!(" ({UNKNOWN})"));
    }
    if let Some(flags) = rules::flags(service) {
        text.push_fmt(format_args!(" ({flags})"));
    }
    if let Some(seconds) = service.persistence {
        text.push_fmt(format_args!(" persistent {seconds}"));
        if !service.netmask.is_whole() {
            text.push_fmt(format_args!(" mask {}", service.netmask));
        }
        // Without persistence it has no effect, and ipvsadm 1.31 does not list it; saved it is all the same.
        if let Some(engine) = service.persistence_engine {
            text.push_fmt(format_args!(" pe {engine}"));
        }
    }
    if service.one_packet {
        text.push_str(" ops");
    } else if is_visible
        && service.id.protocol() == Some(Protocol::Udp)
        && VisibleTable::hides_one_packet(&service.id)
    {
        text.push_fmt(format_args!(" ops{UNKNOWN}"));
    }
}

fn server_line(
    text: &mut Vec<u8>,
    service: &Service,
    entry: &RealServerEntry,
    layout: &Layout,
    measured: Option<&Measured<'_>>,
) {
    let server = &entry.server;
    let line = text.len();
    let label = layout.labels.server(&service.id, server);
    let begin = match label.plain_v4() {
        Some((address, port)) => Begin::Unwritten(address, port),
        None => Begin::Written(begin_server(text, &label)),
    };

    let method = method_column(server.forwarding);
    let weight = server.weight;
    let (active, inactive) = (entry.active_connections, entry.inactive_connections);
    match layout.view {
        View::Plain => text::row(text, |row| {
            begin.write(row);
            let [method @ .., _] = method;
            row.word(method);
            row.number(weight, 6);
            row.number(active, 10);
            row.number(inactive, 10);
        }),
        View::TunnelInfo => {
            text::row(text, |row| {
                begin.write(row);
                row.word(method);
            });
            let start = text.len();
            match (layout.visible, server.forwarding) {
                (Some(_), Forwarding::Tunnel(_)) => text.push_str(UNKNOWN),
                (_, forwarding) => tunnel_info(text, forwarding),
            }
            let gap = gap_to(text, start, 13);
            text::row(text, |row| {
                row.skip(gap);
                row.number(weight, 6);
                row.number(active, 10);
                row.number(inactive, 10);
            });
        }
        View::Stats => {
            text::row(text, |row| begin.write(row));
            counters(text, entry.stats.totals(), layout.exact);
        }
        View::Rate => {
            text::row(text, |row| begin.write(row));
            match measured {
                None => {
                    // Servers' first three rates are never abbreviated.
                    let [connections, packets_in, packets_out, bytes_in, bytes_out] =
                        entry.stats.rates();
                    counters(text, [connections, packets_in, packets_out], true);
                    counters(text, [bytes_in, bytes_out], layout.exact);
                }
                Some(measured) => {
                    measured.push_server_rates(text, &server.endpoint, &entry.stats, layout.exact);
                }
            }
        }
        View::Thresholds => text::row(text, |row| {
            begin.write(row);
            if layout.visible.is_some() {
                row.word(b" ?          ?         ");
            } else {
                row.number(server.upper_threshold, 10);
                row.number(server.lower_threshold, 10);
            }
            row.number(active, 10);
            row.number(inactive, 10);
        }),
        View::PersistentConnections => text::row(text, |row| {
            begin.write(row);
            row.number(weight, 9);
            if layout.visible.is_some() {
                row.word(b" ?          ");
            } else {
                row.number(entry.persistent_connections, 11);
            }
            row.number(active, 10);
            row.number(inactive, 10);
        }),
    }
    if let Some(measured) = measured.filter(|_| layout.view != View::Rate) {
        pad_to(text, line, rate_columns::share_column(layout.view));
        // An IPv6 address may have moved the columns to the right.
        if !text.ends_with(b" ") {
            text.push(b' ');
        }
        measured.push_share(text, &server.endpoint);
    }
    if layout.coloured {
        palette::apply(text, line, palette::server(entry));
    }
    text.push(b'\n');
}

/// What a real server's line begins with, up to the columns that its view shows.
#[derive(Clone, Copy)]
enum Begin {
    /// An arrow, and an address and a port that are printed as such: they go into the same row as the columns.
    Unwritten(Ipv4Addr, u16),
    /// It is written but for so many blanks.
    Written(usize),
}

impl Begin {
    #[inline(always)]
    fn write(self, row: &mut Row<'_>) {
        match self {
            Begin::Unwritten(address, port) => {
                row.word(ARROW);
                row.v4_and_port(address, port, SERVER_WIDTH);
            }
            Begin::Written(gap) => row.skip(gap),
        }
    }
}

/// What stands before a real server.
const ARROW: &[u8; 5] = b"  -> ";

/// Appends an arrow and a label, and returns how many blanks are to follow.
#[inline(never)]
fn begin_server(text: &mut Vec<u8>, label: &EndpointLabel<'_>) -> usize {
    text.extend_from_slice(ARROW);
    let start = text.len();
    label.push(text);
    if label.family() == Family::V4 {
        cut_to(text, start, SERVER_WIDTH);
    }
    gap_to(text, start, SERVER_WIDTH)
}

/// The name of a forwarding method after a space, and padded to its column.
fn method_column(forwarding: Forwarding) -> &'static [u8; 9] {
    match forwarding {
        Forwarding::Masquerading => b" Masq    ",
        Forwarding::Local => b" Local   ",
        Forwarding::Tunnel(_) => b" Tunnel  ",
        Forwarding::DirectRouting => b" Route   ",
        Forwarding::Bypass => b" Bypass  ",
    }
}

/// Appends a forwarding method, or the kind of a tunnel.
pub(super) fn method(text: &mut impl Text, forwarding: Forwarding) {
    match forwarding {
        Forwarding::Tunnel(_) => tunnel_info(text, forwarding),
        _ => {
            let [_, name @ ..] = method_column(forwarding);
            text.push_ascii(name, name.trim_ascii_end().len());
        }
    }
}

fn tunnel_info(text: &mut impl Text, forwarding: Forwarding) {
    let flag = |checksum| match checksum {
        TunnelChecksum::Off => "-c",
        TunnelChecksum::On => "+c",
        TunnelChecksum::Remote => "r+c",
    };
    match forwarding {
        Forwarding::Tunnel(Tunnel::Ipip) => text.push_str("ipip"),
        Forwarding::Tunnel(Tunnel::Gue { port, checksum }) => {
            text.push_fmt(format_args!("gue:{port}:{}", flag(checksum)));
        }
        Forwarding::Tunnel(Tunnel::Gre { checksum }) => {
            text.push_str("gre:");
            text.push_str(flag(checksum));
        }
        _ => text.push_str("n/a"),
    }
}

fn counters<const N: usize>(text: &mut Vec<u8>, values: [u64; N], exact: bool) {
    for value in values {
        counter(text, value, exact);
    }
}
