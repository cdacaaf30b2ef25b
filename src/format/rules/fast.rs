//! Rules in the form in which a save writes most of them, read in one pass; no I/O.
//!
//! A restore of thousands of lines spends most of its own time in reading them: with the parser of all options alone,
//! `ipvsadm -R` of 1,000 services with 10 servers each takes 30 % more instructions (`cargo bench`). Lines of any other
//! form, even with a second space somewhere, are left to that parser, which gives the same result for these (a
//! property test compares the two).

use std::net::{IpAddr, Ipv4Addr};

use crate::cli::numbers;
use crate::model::{
    Change, Endpoint, Family, Forwarding, Name, Netmask, OtherFlags, Protocol, RealServer,
    SchedulerFlags, Service, ServiceId, Tunnel,
};

/// Reads such lines, one after the other.
///
/// In a save, nearly every line adds a real server to the service of the line before, and most of them are in the same
/// network as the one before: such a line is read from the last number of its address on.
pub struct SavedRules {
    /// How the last line began, up to the last number of the real server's address: `-a -t 10.0.0.1:80 -r 10.0.1.`.
    /// Empty where that line was of another form.
    beginning: Vec<u8>,
    /// The last change. It is handed out by reference: what the next one has in common with it stays where it is.
    change: Change,
}

impl Default for SavedRules {
    fn default() -> SavedRules {
        SavedRules {
            beginning: Vec::new(),
            change: Change::Clear,
        }
    }
}

impl SavedRules {
    /// The change of the first line of a text, and the length of that line without its end. The line is one like
    /// `-A -t 10.0.0.1:80 -s rr` or `-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1`, the latter with or without
    /// ` -x 100 -y 80` at its end; `None` for any other form, and without an end.
    #[inline(always)]
    pub fn first_of(&mut self, text: &[u8]) -> Option<(&Change, usize)> {
        let rest = match (&mut self.change, text.strip_prefix(&self.beginning[..])) {
            (Change::AddServer(id, server), Some(rest)) if !self.beginning.is_empty() => {
                finish_server(id, server, rest)?
            }
            _ => self.read_whole(text)?,
        };
        rest.starts_with(b"\n")
            .then_some((&self.change, text.len() - rest.len()))
    }

    /// Reads a line that begins in another way than the one before; what follows it.
    #[inline(never)]
    fn read_whole<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        self.beginning.clear();
        match text {
            [b'-', b'A', b' ', rest @ ..] => {
                let (id, rest) = service_id(rest)?;
                let (service, rest) = service(id, rest)?;
                self.change = Change::AddService(service);
                Some(rest)
            }
            [b'-', b'a', b' ', rest @ ..] => {
                let (id, rest) = service_id(rest)?;
                let rest = rest.strip_prefix(b"-r ")?;
                let (network, rest) = network(rest)?;
                let mut server = in_network(network);
                let beginning = &text[..text.len() - rest.len()];
                let rest = finish_server(&id, &mut server, rest)?;
                self.change = Change::AddServer(id, server);
                self.beginning.extend_from_slice(beginning);
                Some(rest)
            }
            _ => None,
        }
    }
}

/// The service at the beginning of a text, and what follows it and a space.
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

fn service(id: ServiceId, text: &[u8]) -> Option<(Service, &[u8])> {
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
    Some((service, rest))
}

/// A real server in a network of 256 addresses, of which nothing else is known yet.
fn in_network(network: u32) -> RealServer {
    RealServer {
        endpoint: Endpoint {
            address: Ipv4Addr::from_bits(network).into(),
            port: 0,
        },
        forwarding: Forwarding::Masquerading,
        weight: 0,
        upper_threshold: 0,
        lower_threshold: 0,
    }
}

/// Reads what follows the network of a real server, from the last number of its address on, such as `1:80 -m -w 1`;
/// what follows that. Where it is of another form, the server is left as it was.
#[inline(always)]
fn finish_server<'a>(
    service: &ServiceId,
    server: &mut RealServer,
    text: &'a [u8],
) -> Option<&'a [u8]> {
    let IpAddr::V4(address) = server.endpoint.address else {
        return None;
    };
    let (host, rest) = octet(text)?;
    let (mut port, rest) = port(rest.strip_prefix(b":")?)?;
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
    if forwarding != Forwarding::Masquerading {
        port = service.endpoint().map_or(port, |service| service.port);
    }
    let (weight, rest) = number(rest)?;
    let (upper_threshold, lower_threshold, rest) = thresholds(rest)?;
    *server = RealServer {
        endpoint: Endpoint {
            address: Ipv4Addr::from_bits(address.to_bits() & !0xff | host).into(),
            port,
        },
        forwarding,
        weight: weight as i32,
        upper_threshold,
        lower_threshold,
    };
    Some(rest)
}

/// The upper and the lower threshold, if there are any, and what follows them.
#[inline(always)]
fn thresholds(text: &[u8]) -> Option<(u32, u32, &[u8])> {
    let Some(rest) = text.strip_prefix(b" -x ") else {
        return Some((0, 0, text));
    };
    let (upper, rest) = number(rest)?;
    let (lower, rest) = number(rest.strip_prefix(b" -y ")?)?;
    Some((upper, lower, rest))
}

/// A number of so few digits that it is within every bound, and what follows it.
#[inline(always)]
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let (value, length) = numbers::digits(text, 9);
    let rest = &text[length..];
    (length > 0 && !rest.first().is_some_and(u8::is_ascii_digit)).then_some((value, rest))
}

/// `a.b.c.d:port` at the beginning of a text, and what follows it. Ipv4Addr's own parser would cost 5 % of the restore
/// above.
fn endpoint(text: &[u8]) -> Option<(Endpoint, &[u8])> {
    let (network, rest) = network(text)?;
    let (host, rest) = octet(rest)?;
    let (port, rest) = port(rest.strip_prefix(b":")?)?;
    let address = Ipv4Addr::from_bits(network | host).into();
    Some((Endpoint { address, port }, rest))
}

/// `a.b.c.` at the beginning of a text, as the bits of a.b.c.0, and what follows it.
fn network(text: &[u8]) -> Option<(u32, &[u8])> {
    let (a, rest) = octet(text)?;
    let (b, rest) = octet(rest.strip_prefix(b".")?)?;
    let (c, rest) = octet(rest.strip_prefix(b".")?)?;
    Some((a << 24 | b << 16 | c << 8, rest.strip_prefix(b".")?))
}

/// A number of 0 to 255 of at most three digits, and what follows it. A zero in front, which would make it octal, is a
/// number of its own.
#[inline(always)]
fn octet(text: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = digit(text)?;
    if first == 0 {
        return Some((first, rest));
    }
    let Some((second, rest)) = digit(rest) else {
        return Some((first, rest));
    };
    let two = first * 10 + second;
    let Some((third, rest)) = digit(rest) else {
        return Some((two, rest));
    };
    let three = two * 10 + third;
    (three < 256).then_some((three, rest))
}

#[inline(always)]
fn digit(text: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = text.split_first()?;
    let digit = first.wrapping_sub(b'0');
    (digit < 10).then_some((u32::from(digit), rest))
}

/// A port of at most five digits, and what follows it.
#[inline(always)]
fn port(text: &[u8]) -> Option<(u16, &[u8])> {
    let (value, length) = numbers::digits(text, 5);
    let port = u16::try_from(value).ok()?;
    let rest = &text[length..];
    (length > 0 && !rest.first().is_some_and(u8::is_ascii_digit)).then_some((port, rest))
}
