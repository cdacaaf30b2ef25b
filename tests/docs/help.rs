//! `--help`: complete, readable, and true where it gives numbers.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::process::Command;

use ipvsadm::cli::Lookup;
use ipvsadm::cli::flags::{FLAGS, Flag};
use ipvsadm::cli::parse::parse;
use ipvsadm::kernel::ipvs::KernelError;
use ipvsadm::kernel::netlink::Refusal;
use ipvsadm::model::Protocol;
use nix::libc::ENOENT;

/// What the program prints.
pub fn text() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ipvsadm"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

/// The headings of the help with the long options below each.
pub fn sections() -> Vec<(String, Vec<String>)> {
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for line in text().lines() {
        if let Some(heading) = line.strip_suffix(':').filter(|line| !line.starts_with(' ')) {
            sections.push((heading.to_owned(), Vec::new()));
        } else if let Some((_, long)) = line.split_once(" --").filter(|(before, _)| {
            before
                .trim()
                .strip_prefix('-')
                .is_none_or(|short| short.len() == 2)
                && !before.trim_start().starts_with("ipvsadm")
        }) {
            let end = long.find(' ').unwrap_or(long.len());
            let option = format!("--{}", &long[..end]);
            sections.last_mut().unwrap().1.push(option);
        }
    }
    // The lines of the usage are no list of options.
    sections.retain(|(heading, _)| heading != "Usage");
    sections
}

#[test]
fn has_every_flag_once() {
    let shown: Vec<String> = sections().into_iter().flat_map(|(_, all)| all).collect();
    let table = FLAGS.iter().map(|spec| format!("--{}", spec.long));
    assert_eq!(shown, table.collect::<Vec<_>>());
}

#[test]
fn fits_its_width() {
    for line in text().lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert_eq!(line, line.trim_end());
    }
}

/// Every option in the lines of usage exists.
#[test]
fn usage_invents_nothing() {
    let text = text();
    let usage = text.split("Usage:").nth(1).unwrap();
    let usage = usage.split("\n\n").next().unwrap();
    let options: BTreeSet<&str> = usage
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with('-'))
        .collect();
    assert!(options.len() > 30);
    for option in options {
        assert!(crate::page::flags(option).is_some(), "{option}");
    }
}

/// Knows no names.
struct Nameless;

impl Lookup for Nameless {
    fn host(&self, _: &str) -> Option<IpAddr> {
        None
    }

    fn port(&self, _: &str, _: Protocol) -> Option<u16> {
        None
    }
}

/// A command line that lacks nothing but an option and its value.
fn line_for(flag: Flag) -> Option<&'static str> {
    Some(match flag {
        Flag::FirewallMark => "-D",
        Flag::Persistent => "-A -t 192.0.2.1:80",
        Flag::Weight | Flag::UpperThreshold | Flag::LowerThreshold => {
            "-a -t 192.0.2.1:80 -r 10.0.0.1"
        }
        Flag::Drain => "-d -t 192.0.2.1:80 -r 10.0.0.1",
        Flag::Ramp => "-e -t 192.0.2.1:80 -r 10.0.0.1 -w 5",
        Flag::TunnelPort => "-a -t 192.0.2.1:80 -r 10.0.0.1 -i --tun-type gue",
        Flag::SyncId | Flag::SyncMaxLength | Flag::MulticastPort | Flag::MulticastTtl => {
            "--start-daemon master"
        }
        Flag::Wait => "-R --replace",
        Flag::Count => "-L --watch",
        Flag::ExpiresWithin | Flag::ExpiresAfter => "-L -c",
        Flag::Top => "-L -c --count-by client",
        _ => return None,
    })
}

fn accepts(flag: Flag, value: i64) -> bool {
    let line = line_for(flag).unwrap_or_else(|| panic!("how is {flag} tried?"));
    let option = format!("--{}={value}", flag.spec().long);
    parse(line.split(' ').chain([option.as_str()]), &Nameless).is_ok()
}

/// "N to M" in the help, and in the manual page's item, is what the program takes, to the last number.
#[test]
fn ranges_are_true() {
    let page = crate::page::items(&crate::page::source("ipvsadm.8"));
    let items = page.iter().filter(|item| item.section == "OPTIONS");
    let described = items.map(|item| {
        let long = item.options().pop().unwrap();
        (Flag::from_long(&long[2..]).unwrap(), item.body.as_str())
    });
    let texts = FLAGS.iter().map(|spec| (spec.flag, spec.help));
    let mut tried = BTreeSet::new();
    for (flag, text) in texts.chain(described) {
        // A prefix length's and a port's in an address are no value of their own.
        if flag == Flag::Netmask {
            continue;
        }
        let words: Vec<&str> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        for range in words.windows(3).filter(|words| words[1] == "to") {
            let (Ok(low), Ok(high)) = (range[0].parse::<i64>(), range[2].parse::<i64>()) else {
                continue;
            };
            tried.insert(flag);
            for (value, expected) in [
                (low - 1, false),
                (low, true),
                (high, true),
                (high + 1, false),
            ] {
                assert_eq!(accepts(flag, value), expected, "{flag} {value}: {text}");
            }
        }
    }
    assert!(tried.len() >= 11, "{tried:?}");
}

/// A typo in an option or in a scheduler's name gets the name that was meant.
#[test]
fn slips_get_a_suggestion() {
    for (typed, meant) in [("--wieght", "--weight"), ("--nummeric", "--numeric")] {
        let output = Command::new(env!("CARGO_BIN_EXE_ipvsadm"))
            .arg(typed)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = format!("unknown option '{typed}'; did you mean '{meant}'?");
        assert_eq!(said.lines().next(), Some(expected.as_str()));
        assert_eq!(output.status.code(), Some(255));
    }
    let refused = |scheduler: &str| {
        let line = ["-A", "-t", "192.0.2.1:80", "-s", scheduler];
        let Ok(ipvsadm::cli::command::Command::Change(change)) = parse(line.into_iter(), &Nameless)
        else {
            panic!("{line:?}");
        };
        let refusal = Refusal {
            errno: ENOENT,
            text: None,
        };
        KernelError::of_change(&change, refusal).to_string()
    };
    let said = refused("wlcc");
    assert!(
        said.starts_with("Scheduler or persistence engine not found"),
        "{said}"
    );
    assert!(said.ends_with("; did you mean 'wlc'?"), "{said}");
    // A name that is right is missing for another reason.
    assert!(!refused("twos").contains("did you mean"));
}
