//! What is odd about a line that is right: it is carried out, with a notice of what it means.

use std::net::Ipv4Addr;

use thiserror::Error;

use super::address;
use super::flag_set::FlagSet;
use super::flags::Flag;
use super::lexer::{Lexer, Token};

/// A value that may mean something else than was meant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Notice {
    #[error("'{word}' has no dots: it is read as the address {address}")]
    NoDots { word: String, address: Ipv4Addr },
    #[error("'{word}' is an address without a port; with a port it needs brackets: '{bracketed}'")]
    NoBrackets { word: String, bracketed: String },
    #[error("'-M {bits}' is the mask {mask}; the mask of {bits} bits is '-M {meant}'")]
    MaskOfBits {
        bits: u32,
        mask: Ipv4Addr,
        meant: Ipv4Addr,
    },
    #[error("'-M {word}' has no effect before an IPv6 service: write it after the service")]
    MaskDropped { word: String },
    #[error("'-w {word}' sets the weight to {weight}; with --keep it adds {weight} to the weight")]
    NotRelative { word: String, weight: u32 },
}

/// What is odd about the words of a line that is right.
pub fn find<'a>(words: impl Iterator<Item = &'a str>) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut seen = FlagSet::default();
    let mut service = None;
    let mut six = false;
    let mut mask = None;
    let mut weight = None;
    for token in Lexer::new(words).map_while(Result::ok) {
        let Token::Flag(flag, value) = token else {
            continue;
        };
        seen = seen.and(FlagSet::of(&[flag]));
        let word = value.unwrap_or_default();
        match flag {
            Flag::TcpService | Flag::UdpService | Flag::SctpService => {
                notices.extend(of_address(word));
                service = Some(word);
                six = address::has_colons(word);
            }
            Flag::RealServer => notices.extend(of_address(word)),
            Flag::Ipv6 => six = true,
            Flag::Netmask => mask = Some((word, six)),
            Flag::Weight => weight = Some(word),
            _ => {}
        }
    }
    if seen.has(Flag::EditServer) && !seen.has(Flag::Keep) {
        notices.extend(weight.and_then(of_weight));
    }
    if !seen.has_any(FlagSet::of(&[Flag::AddService, Flag::EditService])) {
        return notices;
    }
    if seen.has(Flag::Persistent) {
        notices.extend(service.and_then(of_all_ports));
    }
    match mask {
        Some((word, false)) if six => notices.push(Notice::MaskDropped {
            word: word.to_owned(),
        }),
        Some((word, false)) => notices.extend(of_netmask(word)),
        _ => {}
    }
    notices
}

/// What is odd about the address of a service or a server.
fn of_address(word: &str) -> Option<Notice> {
    let host = match word.split_once(':') {
        Some((_, port)) if port.contains(':') => return None,
        Some((host, _)) => host,
        None => word,
    };
    if host.contains('.') || !host.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    address::inet_aton(host).map(|address| Notice::NoDots {
        word: word.to_owned(),
        address,
    })
}

/// What is odd about an IPv6 address as that of a service for all ports.
fn of_all_ports(word: &str) -> Option<Notice> {
    address::bracketed(word).map(|bracketed| Notice::NoBrackets {
        word: word.to_owned(),
        bracketed,
    })
}

/// What is odd about a weight that replaces the one that is there.
fn of_weight(word: &str) -> Option<Notice> {
    let weight = word.strip_prefix('+')?.parse().ok()?;
    Some(Notice::NotRelative {
        word: word.to_owned(),
        weight,
    })
}

/// What is odd about a netmask that was read as one of IPv4.
fn of_netmask(word: &str) -> Option<Notice> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    let bits: u32 = word.parse().ok().filter(|_| digits)?;
    let meant = (1..=32).contains(&bits).then(|| u32::MAX << (32 - bits));
    Some(Notice::MaskOfBits {
        bits,
        mask: address::inet_aton(word)?,
        meant: meant?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::find;

    fn said(line: &str) -> Vec<String> {
        let notices = find(line.split(' '));
        notices.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn odd_words_are_reported() {
        for (line, expected) in [
            (
                "-A -t 1921681200:80",
                "'1921681200:80' has no dots: it is read as the address 114.138.135.48",
            ),
            (
                "-A -t 0x7f000001 -p",
                "'0x7f000001' has no dots: it is read as the address 127.0.0.1",
            ),
            (
                "-d -f 1 -r 10:80",
                "'10:80' has no dots: it is read as the address 0.0.0.10",
            ),
            (
                "-A -t 2001:db8::1:80 -p",
                "'2001:db8::1:80' is an address without a port; with a port it needs brackets: \
                 '[2001:db8::1]:80'",
            ),
            (
                "-A -f 1 -p -M 24",
                "'-M 24' is the mask 0.0.0.24; the mask of 24 bits is '-M 255.255.255.0'",
            ),
            (
                "-E -t 1.2.3.4:80 -M32",
                "'-M 32' is the mask 0.0.0.32; the mask of 32 bits is '-M 255.255.255.255'",
            ),
            (
                "-A -p -M 64 -t [2001:db8::1]:80",
                "'-M 64' has no effect before an IPv6 service: write it after the service",
            ),
            (
                "-e -f 1 -r 10.0.0.1 -w +10",
                "'-w +10' sets the weight to 10; with --keep it adds 10 to the weight",
            ),
        ] {
            assert_eq!(said(line), [expected], "{line}");
        }
    }

    #[test]
    fn usual_words_are_not_reported() {
        for line in [
            "",
            "-L -n",
            "-L -n --thresholds",
            "-A -t 10.0.0.1 -p 1999999 -s lc",
            "-A -t 10.0.0.1:80 -p -M 255.255.255.0",
            "-A -t 10.1:80",
            "-A -t 7up.example:80",
            "-A -t [2001:db8::1]:80 -p -M 64",
            "-A -t [2001:db8::1:80]:0 -p",
            "-A -t 2001:db8::a -p",
            "-A -t 2001:db8::80 -p",
            "-A -t 2001:db8:1:2:3:4:5:6 -p",
            "-A -f 1 -6 -p -M 64",
            "-e -f 1 -r 10.0.0.1 -w +10 --keep",
            "-e -f 1 -r 10.0.0.1 -w 10",
            "-a -f 1 -r 10.0.0.1 -w +10",
            "-a -t [2001:db8::1]:80 -r 2001:db8::2:80 -m",
            "-Z",
        ] {
            assert_eq!(said(line), [""; 0], "{line}");
        }
    }
}
