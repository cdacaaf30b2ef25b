//! Rules in the form in which a save writes most of them, read in one pass; no I/O.
//!
//! A restore of thousands of lines spends most of its own time in reading them. Lines of any other form, and be it
//! for a second blank, are left to the parser of all options, which gives the same result for these (a property
//! test compares the two).

use crate::cli::address::plain_endpoint;
use crate::cli::numbers;
use crate::model::{
    Change, Family, Forwarding, Name, Netmask, OtherFlags, Protocol, RealServer, SchedulerFlags,
    Service, ServiceId, Tunnel,
};

/// Reads such rules. It remembers the service of the line before, because a save writes the servers of a service one
/// after the other.
#[derive(Default)]
pub struct FastReader {
    /// Such as `-t 10.0.0.1:80`.
    last: Vec<u8>,
    id: Option<ServiceId>,
}

impl FastReader {
    /// The change of a line like `-A -t 10.0.0.1:80 -s rr` or `-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1`, the
    /// latter with or without ` -x 100 -y 80` at its end; `None` for any other form.
    pub fn change(&mut self, line: &[u8]) -> Option<Change> {
        match line {
            [b'-', b'a', b' ', rest @ ..] => {
                let (id, rest) = self.service_id(rest)?;
                server(id, rest)
            }
            [b'-', b'A', b' ', rest @ ..] => {
                let (id, rest) = self.service_id(rest)?;
                service(id, rest)
            }
            _ => None,
        }
    }

    /// The service at the beginning of a text, and what follows it.
    fn service_id<'a>(&mut self, text: &'a [u8]) -> Option<(ServiceId, &'a [u8])> {
        if let (Some(id), Some(rest @ [b' ', ..])) = (self.id, text.strip_prefix(&*self.last)) {
            return Some((id, rest));
        }
        let (id, rest) = service_id(text)?;
        self.id = Some(id);
        self.last.clear();
        self.last
            .extend_from_slice(&text[..text.len() - rest.len()]);
        Some((id, rest))
    }
}

fn service_id(text: &[u8]) -> Option<(ServiceId, &[u8])> {
    let (protocol, rest) = match text {
        [b'-', b't', b' ', rest @ ..] => (Protocol::Tcp, rest),
        [b'-', b'u', b' ', rest @ ..] => (Protocol::Udp, rest),
        _ => return None,
    };
    let (endpoint, rest) = plain_endpoint(rest)?;
    // Port 0 needs an option that is not of this form.
    (endpoint.port != 0).then_some((ServiceId::Address { protocol, endpoint }, rest))
}

fn service(id: ServiceId, text: &[u8]) -> Option<Change> {
    let scheduler = text.strip_prefix(b" -s ")?;
    if scheduler.is_empty() || !scheduler.iter().all(u8::is_ascii_lowercase) {
        return None;
    }
    Some(Change::AddService(Service {
        id,
        scheduler: Name::new(scheduler)?,
        scheduler_flags: SchedulerFlags::default(),
        other_flags: OtherFlags::default(),
        persistence: None,
        netmask: Netmask::whole(Family::V4),
        persistence_engine: None,
        one_packet: false,
    }))
}

fn server(id: ServiceId, text: &[u8]) -> Option<Change> {
    let (mut endpoint, rest) = plain_endpoint(text.strip_prefix(b" -r ")?)?;
    let (method, rest) = match rest {
        [b' ', b'-', method, b' ', b'-', b'w', b' ', rest @ ..] => (*method, rest),
        _ => return None,
    };
    let forwarding = match method {
        b'm' => Forwarding::Masquerading,
        b'g' => Forwarding::DirectRouting,
        b'i' => Forwarding::Tunnel(Tunnel::Ipip),
        _ => return None,
    };
    // Only masquerading rewrites packets: otherwise they arrive at the port they were sent to.
    if let (
        ServiceId::Address {
            endpoint: service, ..
        },
        true,
    ) = (id, forwarding != Forwarding::Masquerading)
    {
        endpoint.port = service.port;
    }
    let (weight, rest) = number(rest)?;
    let (upper_threshold, lower_threshold) = thresholds(rest)?;
    Some(Change::AddServer(
        id,
        RealServer {
            endpoint,
            forwarding,
            weight: weight as i32,
            upper_threshold,
            lower_threshold,
        },
    ))
}

fn thresholds(text: &[u8]) -> Option<(u32, u32)> {
    if text.is_empty() {
        return Some((0, 0));
    }
    let (upper, rest) = number(text.strip_prefix(b" -x ")?)?;
    let (lower, rest) = number(rest.strip_prefix(b" -y ")?)?;
    rest.is_empty().then_some((upper, lower))
}

/// A number of so few digits that it is within every bound, and what follows it.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let (value, length) = numbers::digits(text, 9);
    let rest = &text[length..];
    (length > 0 && !rest.first().is_some_and(u8::is_ascii_digit)).then_some((value, rest))
}
