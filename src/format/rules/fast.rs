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
///
/// In a save, nearly every line adds a real server to the service of the line before, and most servers are in the same
/// network as the one before: a line that begins as foreseen is read from the last number of the server's address on.
pub struct SavedRules {
    /// How the next line is likely to begin, such as `-a -t 10.0.0.1:80 -r 10.0.1.`; empty where that is not known.
    beginning: Vec<u8>,
    /// The service of the last line.
    service: ServiceId,
    /// The network of the last server.
    network: Network,
    /// The last change. It is handed out by reference: what the next one has in common with it stays where it is.
    change: Change,
}

/// The 256 addresses of which one is a server's.
#[derive(Default)]
struct Network {
    /// How it was written, such as `-r 10.0.1.`; empty before the first one.
    words: Vec<u8>,
    bits: u32,
}

impl Default for SavedRules {
    fn default() -> SavedRules {
        SavedRules {
            beginning: Vec::new(),
            service: ServiceId::FirewallMark {
                mark: 0,
                family: Family::V4,
            },
            network: Network::default(),
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
        let rest = match text.strip_prefix(&self.beginning[..]) {
            Some(rest) if !self.beginning.is_empty() => self.finish_server(rest)?,
            _ => self.read_whole(text)?,
        };
        rest.starts_with(b"\n")
            .then_some((&self.change, text.len() - rest.len()))
    }

    /// Reads a line that does not begin as foreseen; what follows it.
    #[inline(never)]
    fn read_whole<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        self.beginning.clear();
        self.change = Change::Clear;
        let (adds_server, rest) = match text {
            [b'-', b'a', b' ', rest @ ..] => (true, rest),
            [b'-', b'A', b' ', rest @ ..] => (false, rest),
            _ => return None,
        };
        let (id, after_id) = service_id(rest)?;
        self.service = id;
        if adds_server {
            let (bits, after_network) = network(after_id.strip_prefix(b"-r ")?)?;
            let words = &after_id[..after_id.len() - after_network.len()];
            self.network.bits = bits;
            self.network.words.clear();
            self.network.words.extend_from_slice(words);
        }
        if !self.network.words.is_empty() {
            self.beginning.extend_from_slice(b"-a ");
            let words = &rest[..rest.len() - after_id.len()];
            self.beginning.extend_from_slice(words);
            self.beginning.extend_from_slice(&self.network.words);
        }
        if adds_server {
            return self.finish_server(&after_id[self.network.words.len()..]);
        }
        let (service, rest) = service(id, after_id)?;
        self.change = Change::AddService(service);
        Some(rest)
    }

    /// Reads what follows the network of a real server, from the last number of its address on, such as
    /// `1:80 -m -w 1`; what follows that.
    #[inline(always)]
    fn finish_server<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (server, rest) = server(&self.service, self.network.bits, text)?;
        match &mut self.change {
            // Only lines that do not begin as foreseen are about another service.
            Change::AddServer(_, last) => *last = server,
            other => *other = Change::AddServer(self.service, server),
        }
        Some(rest)
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

/// The real server of which this is written behind its network.
#[inline(always)]
fn server<'a>(service: &ServiceId, network: u32, text: &'a [u8]) -> Option<(RealServer, &'a [u8])> {
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
    let address = Ipv4Addr::from_bits(network | host).into();
    let server = RealServer {
        endpoint: Endpoint { address, port },
        forwarding,
        weight: weight as i32,
        upper_threshold,
        lower_threshold,
    };
    Some((server, rest))
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
