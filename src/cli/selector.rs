//! The words of `--only` and `--except`: which virtual services are meant.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

use super::usage::Problem;
use super::{numbers, values};
use crate::model::scope::Selector;
use crate::model::{Endpoint, Protocol};

/// Begins a mark or a range of marks.
const MARKS: &str = "fwm:";

/// Selectors with commas between them, added to those that are there.
///
/// # Errors
/// The first one that is none; names are not looked up.
pub fn selectors(word: &str, found: &mut Vec<Selector>) -> Result<(), Problem> {
    for part in word.split(',') {
        found.push(selector(part)?);
    }
    Ok(())
}

fn selector(word: &str) -> Result<Selector, Problem> {
    if word.is_empty() {
        return Err(Problem::EmptySelector);
    }
    let mut protocols = Protocol::ALL.into_iter();
    if let Some(protocol) = protocols.find(|protocol| protocol.name() == word) {
        return Ok(Selector::Protocol(protocol));
    }
    if let Some(range) = word.strip_prefix(MARKS) {
        return marks(range).map(Selector::Marks);
    }
    if word.contains('/') {
        return network(word).map(Selector::Network);
    }
    match word.parse::<IpAddr>() {
        Ok(address) => Ok(Selector::address(address)),
        Err(_) => endpoint(word).map(Selector::Endpoint),
    }
}

/// `5` or `5-9`, where a mark may be hexadecimal too.
fn marks(range: &str) -> Result<RangeInclusive<u32>, Problem> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last) = (values::mark(first)?, values::mark(last)?);
    if first > last {
        return Err(Problem::EmptyRange { first, last });
    }
    Ok(first..=last)
}

fn network(word: &str) -> Result<IpNet, Problem> {
    let not_one = || Problem::NotASelector(word.to_owned());
    let network: IpNet = word.parse().map_err(|_| not_one())?;
    let meant = network.trunc();
    if network != meant {
        return Err(Problem::BitsOutsidePrefix {
            word: word.into(),
            meant: meant.to_string().into(),
        });
    }
    Ok(network)
}

/// `a.b.c.d:port` or `[v6]:port`.
fn endpoint(word: &str) -> Result<Endpoint, Problem> {
    let not_one = || Problem::NotASelector(word.to_owned());
    let (address, port) = word.rsplit_once(':').ok_or_else(not_one)?;
    let in_brackets = address
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = match in_brackets {
        Some(address) => address.parse().map(IpAddr::V6),
        None => address.parse().map(IpAddr::V4),
    };
    Ok(Endpoint {
        address: address.map_err(|_| not_one())?,
        port: numbers::narrow(port, 0, 65535)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &str) -> Result<Vec<Selector>, String> {
        let mut found = Vec::new();
        match selectors(word, &mut found) {
            Ok(()) => Ok(found),
            Err(problem) => Err(problem.to_string()),
        }
    }

    #[test]
    fn every_kind_of_selector() {
        for (word, shown) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("192.0.2.0/28", "192.0.2.0/28"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("192.0.2.1:80", "192.0.2.1:80"),
            ("192.0.2.1:0", "192.0.2.1:0"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:DB8::/64", "2001:db8::/64"),
            ("::/0", "::/0"),
            ("[2001:db8::1]:443", "[2001:db8::1]:443"),
            ("fwm:5", "fwm:5"),
            ("fwm:0x10", "fwm:16"),
            ("fwm:5-9", "fwm:5-9"),
            ("fwm:5-5", "fwm:5"),
            ("fwm:1-4294967295", "fwm:1-4294967295"),
            ("tcp", "tcp"),
            ("udp", "udp"),
            ("sctp", "sctp"),
        ] {
            let found = read(word).unwrap_or_else(|error| panic!("{word}: {error}"));
            let [selector] = &found[..] else {
                panic!("{word}: {found:?}");
            };
            assert_eq!(selector.to_string(), shown, "{word}");
            // What is shown can be typed.
            assert_eq!(read(shown).unwrap(), found, "{word}");
        }
        let several = read("192.0.2.1,fwm:5-9,tcp").unwrap();
        let kinds: Vec<String> = several.iter().map(Selector::to_string).collect();
        assert_eq!(kinds, ["192.0.2.1", "fwm:5-9", "tcp"]);
    }

    #[test]
    fn what_is_no_selector() {
        let range = "a number from 1 to 4294967295 is needed";
        let no_selector = "is no selector";
        for (word, said) in [
            ("", "a selector is empty"),
            (",", "a selector is empty"),
            ("tcp,", "a selector is empty"),
            ("tcp,,udp", "a selector is empty"),
            ("192.0.2.1/28", "write 192.0.2.0/28"),
            ("tcp,10.0.0.1/8", "'10.0.0.1/8' has bits outside"),
            ("2001:db8::1/64", "write 2001:db8::/64"),
            ("192.0.2.0/33", no_selector),
            ("192.0.2.0/", no_selector),
            ("192.0.2.0/-1", no_selector),
            ("192.0.2.0/255.255.255.0", no_selector),
            ("::/129", no_selector),
            ("192.0.2.0/28:80", no_selector),
            ("192.0.2", no_selector),
            ("192.0.2.256", no_selector),
            ("www.example.com", no_selector),
            ("TCP", no_selector),
            (" tcp", no_selector),
            ("icmp", no_selector),
            ("80", no_selector),
            (":80", no_selector),
            ("[192.0.2.1]:80", no_selector),
            ("[2001:db8::1]", no_selector),
            ("2001:db8::1]:80", no_selector),
            ("192.0.2.1:http", "a number from 0 to 65535 is needed"),
            ("192.0.2.1:65536", "a number from 0 to 65535 is needed"),
            ("192.0.2.1:", "a number from 0 to 65535 is needed"),
            ("fwm", no_selector),
            ("fwm:", range),
            ("fwm:0", range),
            ("fwm:4294967296", range),
            ("fwm:5-", range),
            ("fwm:-5", range),
            ("fwm:5-6-7", range),
            ("fwm:9-5", "5 is less than 9"),
        ] {
            let error = read(word).unwrap_err();
            assert!(error.contains(said), "'{word}': {error}");
        }
    }
}
