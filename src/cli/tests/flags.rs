//! The table of flags against itself.

use std::collections::HashSet;

use crate::cli::flags::{COMMANDS, COUNT, FLAGS, Flag, Takes};

#[test]
fn flags_stand_in_the_order_of_the_enum() {
    for (index, spec) in FLAGS.iter().enumerate() {
        assert_eq!(spec.flag as usize, index, "{:?}", spec.flag);
        assert_eq!(spec.flag.spec().long, spec.long);
    }
}

#[test]
fn commands_stand_first() {
    assert!(Flag::Version.is_command());
    assert!(!Flag::TcpService.is_command());
    assert_eq!(FLAGS[COMMANDS].flag, Flag::TcpService);
}

#[test]
fn no_spelling_is_used_twice() {
    let longs: HashSet<_> = FLAGS.iter().map(|spec| spec.long).collect();
    assert_eq!(longs.len(), COUNT);
    let letters: Vec<char> = FLAGS.iter().flat_map(|spec| spec.shorts.chars()).collect();
    let unique: HashSet<_> = letters.iter().collect();
    assert_eq!(unique.len(), letters.len());
}

#[test]
fn every_spelling_leads_to_its_flag() {
    for spec in FLAGS {
        assert_eq!(Flag::from_long(spec.long), Some(spec.flag));
        for letter in spec.shorts.bytes() {
            assert_eq!(Flag::from_short(letter), Some(spec.flag));
        }
        let first = spec.shorts.chars().next();
        let shown = first.map_or(format!("--{}", spec.long), |letter| format!("-{letter}"));
        assert_eq!(spec.flag.to_string(), shown);
    }
    let known = FLAGS.iter().flat_map(|spec| spec.shorts.bytes());
    let known: HashSet<u8> = known.collect();
    for letter in 0..=255 {
        let found = Flag::from_short(letter).is_some();
        assert_eq!(found, known.contains(&letter), "{letter}");
    }
}

#[test]
fn long_names_and_their_values_can_be_shown() {
    for spec in FLAGS {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(spec.long.chars().all(plain), "{}", spec.long);
        assert!(!spec.help.is_empty(), "{}", spec.long);
        match spec.takes {
            Takes::Nothing => {}
            Takes::Value(word) | Takes::OptionalValue(word) => assert!(!word.contains(' ')),
            Takes::ThreeWords(words) => assert_eq!(words.split(' ').count(), 3),
        }
    }
}

/// Every spelling of ipvsadm 1.31.
#[test]
fn no_spelling_is_missing() {
    for (letters, long) in [
        ("A", "add-service"),
        ("E", "edit-service"),
        ("D", "delete-service"),
        ("C", "clear"),
        ("R", "restore"),
        ("S", "save"),
        ("a", "add-server"),
        ("e", "edit-server"),
        ("d", "delete-server"),
        ("Ll", "list"),
        ("Z", "zero"),
        ("", "set"),
        ("", "start-daemon"),
        ("", "stop-daemon"),
        ("h", "help"),
        ("v", "version"),
        ("t", "tcp-service"),
        ("u", "udp-service"),
        ("", "sctp-service"),
        ("f", "fwmark-service"),
        ("6", "ipv6"),
        ("s", "scheduler"),
        ("", "pe"),
        ("p", "persistent"),
        ("M", "netmask"),
        ("r", "real-server"),
        ("g", "gatewaying"),
        ("i", "ipip"),
        ("m", "masquerading"),
        ("", "tun-type"),
        ("", "tun-port"),
        ("", "tun-nocsum"),
        ("", "tun-csum"),
        ("", "tun-remcsum"),
        ("w", "weight"),
        ("x", "u-threshold"),
        ("y", "l-threshold"),
        ("c", "connection"),
        ("", "timeout"),
        ("", "daemon"),
        ("", "stats"),
        ("", "rate"),
        ("X", "exact"),
        ("", "thresholds"),
        ("", "persistent-conn"),
        ("", "tun-info"),
        ("", "nosort"),
        ("", "sort"),
        ("o", "ops"),
        ("n", "numeric"),
        ("b", "sched-flags"),
        ("", "syncid"),
        ("", "sync-maxlen"),
        ("", "mcast-interface"),
        ("", "mcast-group"),
        ("", "mcast-port"),
        ("", "mcast-ttl"),
    ] {
        let flag = Flag::from_long(long);
        assert!(flag.is_some(), "--{long}");
        for letter in letters.bytes() {
            assert_eq!(Flag::from_short(letter), flag, "--{long}");
        }
    }
}
