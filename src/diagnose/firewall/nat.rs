//! Reads address translation and marks out of firewall rules as text; no I/O.
//!
//! nft and iptables-save both print a rule a line, in words: what is looked for here are a few words
//! that mean the same in every version. What is not understood is ignored.

use std::net::IpAddr;

use super::address::range;
use super::iptables::without_counters;
use super::nft::without_handle;
use super::values::number;

/// A rule that translates addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatRule<'a> {
    /// As it was printed.
    pub text: &'a str,
    /// Source translation; else that of destinations.
    pub source: bool,
    /// The destinations that it matches, first and last of each range; empty for all.
    pub destinations: Vec<(IpAddr, IpAddr)>,
    /// The new destination.
    pub target: Option<IpAddr>,
    /// It looks at what IPVS knows of a packet (`-m ipvs`).
    pub of_ipvs: bool,
}

impl NatRule<'_> {
    /// Whether the rule names this address as a destination, alone or with a network of its own.
    pub fn names(&self, address: IpAddr) -> bool {
        self.destinations
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&address))
    }
}

/// The rules that translate addresses.
pub fn nat_rules(text: &str) -> impl Iterator<Item = NatRule<'_>> {
    text.lines().filter_map(nat_rule)
}

/// Whether any rule may give packets this mark: it says so, or takes the mark from elsewhere, such as from the connection.
pub fn may_set_mark(text: &str, mark: u32) -> bool {
    // The words of nft, and the targets MARK and CONNMARK of iptables.
    let marks = |line: &str| line.contains("mark set") || line.contains("MARK");
    text.lines()
        .filter(|line| marks(line))
        .any(|line| constant_mark(line).is_none_or(|constant| constant == mark))
}

/// The mark that a rule gives, if it gives packets the same one whatever they are.
fn constant_mark(line: &str) -> Option<u32> {
    let word = match line.split_once("-j MARK --set-xmark ") {
        Some((_, rest)) => rest.split(' ').next()?.strip_suffix("/0xffffffff")?,
        None => {
            let (before, rest) = line.split_once("meta mark set ")?;
            let mut words = rest.split(' ');
            let word = words.next()?;
            // What follows may be an operator.
            let ends = words
                .next()
                .is_none_or(|next| ["accept", "#", "return", "counter"].contains(&next));
            (ends && !before.contains("MARK") && !rest.contains("mark set")).then_some(word)?
        }
    };
    number(word)
}

fn nat_rule(line: &str) -> Option<NatRule<'_>> {
    let (text, _) = without_handle(line.trim());
    let (_, text) = without_counters(text);
    // The punctuation of lists and sets is dropped.
    let words: Vec<&str> = text
        .split([' ', '\t', ',', '{', '}'])
        .filter(|word| !word.is_empty())
        .collect();
    let kind = words.iter().position(|word| {
        [
            "masquerade",
            "MASQUERADE",
            "snat",
            "SNAT",
            "dnat",
            "DNAT",
            "redirect",
            "REDIRECT",
        ]
        .contains(word)
    })?;
    // A chain or a comment may have such a name, but no rule begins with it unless that is all it is.
    let rule =
        text.starts_with("-A ") || !text.starts_with(['#', ':', '*']) && !text.ends_with('{');
    if !rule {
        return None;
    }
    let source = ["masquerade", "MASQUERADE", "snat", "SNAT"].contains(&words[kind]);
    let mut destinations = Vec::new();
    let mut sources = Vec::new();
    let mut target = None;
    for (index, word) in words.iter().enumerate() {
        let negated = index > 0 && words[index - 1] == "!";
        let behind = &words[index + 1..];
        match *word {
            "daddr" | "-d" if !negated => destinations = ranges(behind),
            "saddr" | "-s" if !negated => sources = ranges(behind),
            "to" | "--to-destination" if !source => {
                target = behind.first().and_then(|word| host(word))
            }
            _ => {}
        }
    }
    // Docker and others translate what a host sends to itself; no client is concerned.
    if !destinations.is_empty() && sources == destinations {
        return None;
    }
    Some(NatRule {
        text,
        source,
        destinations,
        target,
        of_ipvs: words.contains(&"ipvs"),
    })
}

/// The addresses, networks and ranges before the first word that is not one.
fn ranges(words: &[&str]) -> Vec<(IpAddr, IpAddr)> {
    words.iter().map_while(|word| range(word)).collect()
}

/// The address of `10.0.0.80:80`, `[2001:db8::80]:80`, or either without a port.
fn host(word: &str) -> Option<IpAddr> {
    if let Some(bracketed) = word.strip_prefix('[') {
        return bracketed.split(']').next()?.parse().ok();
    }
    word.parse()
        .ok()
        .or_else(|| word.split_once(':')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(line: &str) -> NatRule<'_> {
        nat_rule(line).unwrap_or_else(|| panic!("no rule: {line}"))
    }

    fn address(text: &str) -> IpAddr {
        text.parse()
            .unwrap_or_else(|_| panic!("no address: {text}"))
    }

    #[test]
    fn rules_of_iptables_save() {
        let snat = rule("-A POSTROUTING -d 10.0.0.3/32 -j SNAT --to-source 10.0.0.1");
        assert!(snat.source && snat.names(address("10.0.0.3")) && !snat.names(address("10.0.0.4")));
        let ipvs = rule("-A POSTROUTING -m ipvs --vaddr 10.0.0.80 -j MASQUERADE");
        assert!(ipvs.of_ipvs && ipvs.destinations.is_empty());
        let dnat = rule(
            "-A PREROUTING -d 1.2.3.4/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.80:80",
        );
        let counted = rule("[5:300] -A POSTROUTING -d 10.0.0.3/32 -j MASQUERADE");
        assert_eq!(counted.text, "-A POSTROUTING -d 10.0.0.3/32 -j MASQUERADE");
        assert_eq!(
            (dnat.source, dnat.target),
            (false, Some(address("10.0.0.80")))
        );
    }

    #[test]
    fn rules_of_nft() {
        let text = "\t\tip daddr { 10.0.0.3, 10.0.0.8/30, 10.1.0.1-10.1.0.9 } snat to 10.0.0.1";
        let snat = rule(text);
        for inside in ["10.0.0.3", "10.0.0.11", "10.1.0.5"] {
            assert!(snat.names(address(inside)), "{inside}");
        }
        for outside in ["10.0.0.1", "10.0.0.12", "10.1.0.10"] {
            assert!(!snat.names(address(outside)), "{outside}");
        }
        let v6 = rule("ip6 daddr 2001:db8::/64 counter masquerade");
        assert!(v6.names(address("2001:db8::5")) && !v6.names(address("2001:db8:1::5")));
        let dnat = rule("tcp dport 80 dnat ip6 to [2001:db8::80]:80");
        assert_eq!(dnat.target, Some(address("2001:db8::80")));
        let numbered = rule("ip daddr 10.0.0.3 masquerade # handle 12");
        assert_eq!(numbered.text, "ip daddr 10.0.0.3 masquerade");
    }

    #[test]
    fn what_is_no_rule_or_concerns_no_client() {
        for line in [
            "chain masquerade {",
            "# dnat",
            "chain redirect { # handle 5",
            ":SNAT ACCEPT [0:0]",
            "ip daddr 10.0.0.3 accept",
            "-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -j MASQUERADE",
        ] {
            assert_eq!(nat_rule(line), None, "{line}");
        }
        let negated = rule("-A POSTROUTING ! -d 10.0.0.0/8 -j MASQUERADE");
        assert!(negated.destinations.is_empty());
    }

    #[test]
    fn marks() {
        for (line, expected) in [
            ("ip daddr 10.0.0.80 meta mark set 0x00000005", true),
            ("ip daddr 10.0.0.80 meta mark set 0x00000006", false),
            (
                "tcp dport 80 meta mark set 0x00000006 accept # handle 4",
                false,
            ),
            ("meta mark set 0x00000004 | 0x1", true),
            ("meta mark set meta mark & 0xff | 0x5", true),
            ("meta mark set tcp dport map { 80 : 5 }", true),
            ("ct mark set 0x6", true),
            ("-A PREROUTING -j MARK --set-xmark 0x5/0xffffffff", true),
            (
                "[1:2] -A PREROUTING -p tcp -j MARK --set-xmark 0x6/0xffffffff",
                false,
            ),
            ("-A PREROUTING -j MARK --set-xmark 0x1/0x1", true),
            ("-A PREROUTING -j CONNMARK --restore-mark", true),
            ("meta mark 0x00000005 accept", false),
        ] {
            assert_eq!(may_set_mark(line, 5), expected, "{line}");
        }
    }
}
