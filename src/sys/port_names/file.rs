//! /etc/services, as services(5) describes it: a name, a port with its protocol, and further names. No I/O.
//!
//! The static build reads it here, because musl's functions know no SCTP.

/// The port of a service, which may be asked for by any of its names.
pub fn port(text: &[u8], name: &[u8], protocol: &[u8]) -> Option<u16> {
    let mut entries = entries(text, protocol);
    let found = entries.find(|entry| entry.name == name || entry.has_alias(name))?;
    Some(found.port)
}

/// The first name of a port.
pub fn name<'a>(text: &'a [u8], port: u16, protocol: &[u8]) -> Option<&'a [u8]> {
    let mut entries = entries(text, protocol);
    Some(entries.find(|entry| entry.port == port)?.name)
}

/// What a line says.
struct Entry<'a> {
    name: &'a [u8],
    port: u16,
    aliases: &'a [u8],
}

impl Entry<'_> {
    fn has_alias(&self, name: &[u8]) -> bool {
        words(self.aliases).any(|alias| alias == name)
    }
}

/// The entries of a protocol. Lines that are none are skipped.
fn entries<'a>(text: &'a [u8], protocol: &[u8]) -> impl Iterator<Item = Entry<'a>> {
    text.split(|byte| *byte == b'\n').filter_map(move |line| {
        let line = line.split(|byte| *byte == b'#').next()?;
        let (name, rest) = word(line)?;
        let (place, aliases) = word(rest)?;
        let slash = place.iter().position(|byte| *byte == b'/')?;
        let (port, of) = (&place[..slash], &place[slash + 1..]);
        let port = std::str::from_utf8(port).ok()?;
        // `parse` would take a sign.
        let port = port
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(port)?;
        (of == protocol).then_some(Entry {
            name,
            port: port.parse().ok()?,
            aliases,
        })
    })
}

/// The first word of a text, and what follows it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_start();
    let end = text.iter().position(u8::is_ascii_whitespace);
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (!word.is_empty()).then_some((word, rest))
}

fn words(mut text: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (first, rest) = word(text)?;
        text = rest;
        Some(first)
    })
}

#[cfg(test)]
mod tests {
    use super::{entries, name, port, words};

    const TEXT: &[u8] = b"# comment
\x20http\t80/tcp   www www-http\t# WorldWideWeb HTTP
domain 53/tcp
domain 53/udp
diameter 3868/sctp aaa
second 3868/sctp
http 81/tcp
\xff 7/tcp
big 65536/tcp
minus -1/tcp
plus +5/tcp
hex 0x50/tcp
none /tcp
noport
half 9
# hidden 10/tcp
cr 11/tcp\r
last 12/sctp";

    #[test]
    fn ports_by_name() {
        for (service, protocol, expected) in [
            ("http", "tcp", Some(80)),
            ("www", "tcp", Some(80)),
            ("www-http", "tcp", Some(80)),
            ("HTTP", "tcp", None),
            ("http", "udp", None),
            ("http", "sctp", None),
            ("http", "", None),
            ("domain", "udp", Some(53)),
            ("diameter", "sctp", Some(3868)),
            ("aaa", "sctp", Some(3868)),
            ("second", "sctp", Some(3868)),
            ("last", "sctp", Some(12)),
            ("cr", "tcp", Some(11)),
            ("WorldWideWeb", "tcp", None),
            ("80/tcp", "tcp", None),
            ("#", "tcp", None),
            ("", "tcp", None),
            ("big", "tcp", None),
            ("minus", "tcp", None),
            ("plus", "tcp", None),
            ("hex", "tcp", None),
            ("none", "tcp", None),
            ("noport", "tcp", None),
            ("half", "tcp", None),
            ("hidden", "tcp", None),
        ] {
            let found = port(TEXT, service.as_bytes(), protocol.as_bytes());
            assert_eq!(found, expected, "{service}/{protocol}");
        }
    }

    #[test]
    fn names_by_port() {
        for (number, protocol, expected) in [
            (80, "tcp", Some("http".as_bytes())),
            (80, "sctp", None),
            (3868, "sctp", Some(b"diameter")),
            (12, "sctp", Some(b"last")),
            (7, "tcp", Some(b"\xff")),
            (0, "tcp", None),
            (10, "tcp", None),
        ] {
            let found = name(TEXT, number, protocol.as_bytes());
            assert_eq!(found, expected, "{number}/{protocol}");
        }
        assert_eq!(name(b"", 80, b"tcp"), None);
    }

    /// This system's own list, every entry by its name and back, against the C library.
    #[test]
    #[cfg(target_env = "gnu")]
    fn as_the_c_library_reads_it() {
        use super::super::library;
        use crate::model::Protocol;

        // A bare system has none, and then the C library knows no names either.
        let text = std::fs::read("/etc/services").unwrap_or_default();
        for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
            let word = protocol.name().as_bytes();
            for entry in entries(&text, word) {
                let ours = name(&text, entry.port, word).map(String::from_utf8_lossy);
                let theirs = library::name(entry.port, protocol.name());
                assert_eq!(ours.as_deref(), theirs.as_deref());
                for service in [entry.name].into_iter().chain(words(entry.aliases)) {
                    let theirs = library::port(&String::from_utf8_lossy(service), protocol.name());
                    assert_eq!(port(&text, service, word), theirs);
                }
            }
        }
    }
}
