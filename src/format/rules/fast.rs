//! Rules in the form in which a save writes most of them, read in one pass; no I/O.
//!
//! A restore of thousands of lines spends most of its own time in reading them: with the parser of all options alone,
//! `ipvsadm -R` of 1,000 services with 10 servers each takes 30 % more instructions (`cargo bench`). Lines of any other
//! form, even with a second space somewhere, are left to that parser, which gives the same result for these (a
//! property test compares the two).

use std::net::Ipv4Addr;

use crate::cli::numbers;
use crate::model::{
    Change, Endpoint, Family, Forwarding, Name, Netmask, OtherFlags, Protocol, RealServer,
    SchedulerFlags, Service, ServiceId, Tunnel,
};

/// The change of a line like `-A -t 10.0.0.1:80 -s rr` or `-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1`, the latter with
/// or without ` -x 100 -y 80` at its end; `None` for any other form.
pub fn change(line: &[u8]) -> Option<Change> {
    match line {
        [b'-', b'a', b' ', rest @ ..] => {
            let (id, rest) = service_id(rest)?;
            server(id, rest)
        }
        [b'-', b'A', b' ', rest @ ..] => {
            let (id, rest) = service_id(rest)?;
            service(id, rest)
        }
        _ => None,
    }
}

/// The service at the beginning of a text, and what follows it.
fn service_id(text: &[u8]) -> Option<(ServiceId, &[u8])> {
    let (protocol, rest) = match text {
        [b'-', b't', b' ', rest @ ..] => (Protocol::Tcp, rest),
        [b'-', b'u', b' ', rest @ ..] => (Protocol::Udp, rest),
        _ => return None,
    };
    let (endpoint, rest) = endpoint(rest)?;
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
    let (mut endpoint, rest) = endpoint(text.strip_prefix(b" -r ")?)?;
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

/// `a.b.c.d:port` at the beginning of a text, and what follows it.
#[inline]
fn endpoint(text: &[u8]) -> Option<(Endpoint, &[u8])> {
    let (address, rest) = v4(text)?;
    let (port, rest) = match rest {
        [b':', text @ ..] => port(text)?,
        _ => return None,
    };
    let address = address.into();
    Some((Endpoint { address, port }, rest))
}

/// An IPv4 address, and what follows it. Ipv4Addr's own parser would cost 5 % of the restore above.
#[inline]
fn v4(text: &[u8]) -> Option<(Ipv4Addr, &[u8])> {
    let (a, rest) = octet(text)?;
    let (b, rest) = octet(rest.strip_prefix(b".")?)?;
    let (c, rest) = octet(rest.strip_prefix(b".")?)?;
    let (d, rest) = octet(rest.strip_prefix(b".")?)?;
    Some((Ipv4Addr::new(a, b, c, d), rest))
}

/// A number of 0 to 255 without a zero in front, which would make it octal, and what follows it.
#[inline]
fn octet(text: &[u8]) -> Option<(u8, &[u8])> {
    let digit = |byte: u8| byte.wrapping_sub(b'0');
    match text {
        [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] => {
            let value = u16::from(digit(*a)) * 100 + u16::from(digit(*b) * 10 + digit(*c));
            Some((u8::try_from(value).ok()?, rest))
        }
        [a @ b'1'..=b'9', b @ b'0'..=b'9', rest @ ..] => Some((digit(*a) * 10 + digit(*b), rest)),
        [a @ b'0'..=b'9', rest @ ..] => Some((digit(*a), rest)),
        _ => None,
    }
}

/// A port of at most five digits, and what follows it.
#[inline]
fn port(text: &[u8]) -> Option<(u16, &[u8])> {
    let (value, length) = numbers::digits(text, 5);
    let port = u16::try_from(value).ok()?;
    let rest = &text[length..];
    (length > 0 && !rest.first().is_some_and(u8::is_ascii_digit)).then_some((port, rest))
}
