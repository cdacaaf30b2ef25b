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

/// Reads such lines, one after the other.
#[derive(Default)]
pub struct SavedRules {
    service: Option<Remembered>,
}

/// The service of the last line: in a save, that of all its real servers, and so of nearly every line.
struct Remembered {
    /// How it was written, from `-t` or `-u` to the space that follows it.
    text: Vec<u8>,
    id: ServiceId,
}

impl SavedRules {
    /// The change of the first line of a text, and the length of that line without its end. The line is one like
    /// `-A -t 10.0.0.1:80 -s rr` or `-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1`, the latter with or without
    /// ` -x 100 -y 80` at its end; `None` for any other form, and without an end.
    pub fn first_of(&mut self, text: &[u8]) -> Option<(Change, usize)> {
        let (change, rest) = match text {
            [b'-', b'a', b' ', rest @ ..] => {
                let (id, rest) = self.service_id(rest)?;
                server(id, rest)?
            }
            [b'-', b'A', b' ', rest @ ..] => {
                let (id, rest) = self.service_id(rest)?;
                service(id, rest)?
            }
            _ => return None,
        };
        rest.starts_with(b"\n")
            .then_some((change, text.len() - rest.len()))
    }

    /// The service at the beginning of a text, and what follows it and a space.
    #[inline(always)]
    fn service_id<'a>(&mut self, text: &'a [u8]) -> Option<(ServiceId, &'a [u8])> {
        if let Some(last) = &self.service {
            if let Some(rest) = text.strip_prefix(last.text.as_slice()) {
                return Some((last.id, rest));
            }
        }
        let (id, rest) = service_id(text)?;
        let words = &text[..text.len() - rest.len()];
        let mut text = self
            .service
            .take()
            .map(|last| last.text)
            .unwrap_or_default();
        text.clear();
        text.extend_from_slice(words);
        self.service = Some(Remembered { text, id });
        Some((id, rest))
    }
}

/// The same without what is remembered.
fn service_id(text: &[u8]) -> Option<(ServiceId, &[u8])> {
    let (protocol, rest) = match text {
        [b'-', b't', b' ', rest @ ..] => (Protocol::Tcp, rest),
        [b'-', b'u', b' ', rest @ ..] => (Protocol::Udp, rest),
        _ => return None,
    };
    let (endpoint, rest) = endpoint(rest)?;
    let rest = rest.strip_prefix(b" ")?;
    // Port 0 needs an option that is not of this form.
    (endpoint.port != 0).then_some((ServiceId::Address { protocol, endpoint }, rest))
}

fn service(id: ServiceId, text: &[u8]) -> Option<(Change, &[u8])> {
    let text = text.strip_prefix(b"-s ")?;
    let length = text.iter().take_while(|byte| byte.is_ascii_lowercase());
    let (scheduler, rest) = text.split_at(length.count());
    if scheduler.is_empty() {
        return None;
    }
    let service = Service {
        id,
        scheduler: Name::new(scheduler)?,
        scheduler_flags: SchedulerFlags::default(),
        other_flags: OtherFlags::default(),
        persistence: None,
        netmask: Netmask::whole(Family::V4),
        persistence_engine: None,
        one_packet: false,
    };
    Some((Change::AddService(service), rest))
}

#[inline]
fn server(id: ServiceId, text: &[u8]) -> Option<(Change, &[u8])> {
    let (mut endpoint, rest) = endpoint(text.strip_prefix(b"-r ")?)?;
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
    let (upper_threshold, lower_threshold, rest) = thresholds(rest)?;
    let server = RealServer {
        endpoint,
        forwarding,
        weight: weight as i32,
        upper_threshold,
        lower_threshold,
    };
    Some((Change::AddServer(id, server), rest))
}

/// The upper and the lower threshold, if there are any, and what follows them.
#[inline]
fn thresholds(text: &[u8]) -> Option<(u32, u32, &[u8])> {
    let Some(rest) = text.strip_prefix(b" -x ") else {
        return Some((0, 0, text));
    };
    let (upper, rest) = number(rest)?;
    let (lower, rest) = number(rest.strip_prefix(b" -y ")?)?;
    Some((upper, lower, rest))
}

/// A number of so few digits that it is within every bound, and what follows it.
#[inline]
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
