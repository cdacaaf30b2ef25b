//! Any words as arguments, and addresses as the C library reads them.

use std::net::Ipv4Addr;

use ipvsadm::cli::address::{host_port, inet_aton};
use ipvsadm::cli::flags::FLAGS;
use ipvsadm::cli::parse::parse;
use ipvsadm::exit_status::ExitStatus;
use ipvsadm::model::Protocol;
use proptest::prelude::*;

use super::rules::Nameless;

/// A word that is likely to lead somewhere: an option in some spelling, a value, or anything.
pub fn any_word() -> impl Strategy<Value = String> {
    let spellings: Vec<String> = FLAGS
        .iter()
        .flat_map(|spec| {
            let letters = spec.shorts.chars().map(|letter| format!("-{letter}"));
            letters.chain([format!("--{}", spec.long)])
        })
        .collect();
    let values = prop::sample::select(
        &[
            "1.2.3.4:80",
            "1.2.3.4",
            "[::1]:80",
            "::1",
            "2.2.2.2",
            "0",
            "1",
            "5",
            "-1",
            "65536",
            "rr",
            "sh",
            "sh-port",
            "flag-1,flag-3",
            "master",
            "backup",
            "ipip",
            "gue",
            "gre",
            "224.0.0.1",
            "255.255.255.0",
            "64",
            "--",
            "-",
            "",
            "eth0",
            "ipvsadm",
            "#",
        ][..],
    );
    let spelling = prop::sample::select(spellings);
    let attached = (spelling.clone(), values.clone());
    prop_oneof![
        4 => spelling,
        3 => values.prop_map(str::to_owned),
        1 => attached.prop_map(|(option, value)| format!("{option}={value}")),
        1 => "-[A-Za-z6]{1,4}",
        1 => "--[a-z-]{0,12}",
        1 => ".{0,12}",
    ]
}

proptest! {
    #[test]
    fn any_words_end_in_a_command_or_a_usage_error(
        words in prop::collection::vec(any_word(), 0..8)
    ) {
        match parse(words.iter().map(String::as_str), &Nameless) {
            Ok(command) => {
                // The same words mean the same.
                let again = parse(words.iter().map(String::as_str), &Nameless);
                prop_assert_eq!(again, Ok(command));
            }
            Err(error) => {
                prop_assert!([2, 255].contains(&(ExitStatus::from(error.kind()) as u8)));
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    /// In a line that is right; of several mistakes the first decides the exit status.
    #[test]
    fn the_order_of_options_means_nothing(
        (options, shuffled) in prop::sample::subsequence(
            vec!["-A", "-t 1.2.3.4:80", "-s rr", "-p 5", "-M 255.0.0.0", "-b flag-1", "--pe sip"],
            1..7,
        )
        .prop_flat_map(|options| (Just(options.clone()), Just(options).prop_shuffle()))
    ) {
        let read = |options: &[&str]| {
            let line = options.join(" ");
            parse(line.split(' '), &Nameless).ok()
        };
        prop_assert_eq!(read(&options), read(&shuffled));
    }

    #[test]
    fn any_word_is_an_address_or_is_not(word in "[0-9a-fx.:\\[\\]+ ]{0,20}|.{0,20}") {
        if let Ok(found) = host_port(&word, Protocol::Tcp, &Nameless) {
            let port = found.port.unwrap_or(7);
            prop_assert_eq!(found.with_port(7).port, port);
            // As it is shown, it is read again.
            let shown = found.with_port(7).to_string();
            let again = host_port(&shown, Protocol::Tcp, &Nameless).unwrap();
            prop_assert_eq!((again.address, again.port), (found.address, Some(port)));
        }
    }

    #[test]
    fn canonical_ipv4_addresses_are_read_as_by_the_standard_library(address in any::<Ipv4Addr>()) {
        prop_assert_eq!(inet_aton(&address.to_string()), Some(address));
    }

    #[test]
    fn parts_of_ipv4_addresses_in_any_base(
        address in any::<Ipv4Addr>(),
        leading in 0..4_usize,
        bases in any::<[u8; 4]>(),
    ) {
        let number = u32::from(address);
        let octets = address.octets().map(u32::from);
        let last = number & (u32::MAX >> (8 * leading));
        let parts = octets[..leading].iter().copied().chain([last]);
        let spelt = parts.zip(bases).map(|(part, base)| match base % 4 {
            0 => format!("{part}"),
            1 => format!("0{part:o}"),
            2 => format!("0x{part:x}"),
            _ => format!("0X{part:X}"),
        });
        let word = spelt.collect::<Vec<_>>().join(".");
        prop_assert_eq!(inet_aton(&word), Some(address), "{}", word);
    }

    /// Also without brackets, ports and names, where nothing but this function decides.
    #[test]
    fn any_word_is_read_as_by_the_c_library(
        word in "[0-9]{1,3}([.](0x[0-9a-g]{0,9}|0[0-8]{0,12}|[0-9]{0,10})){0,4}[ x]{0,2}|[0-9a-fxX. \t+-]{0,16}"
    ) {
        prop_assert_eq!(inet_aton(&word), c_library::inet_aton(&word), "{:?}", word);
    }
}

mod c_library {
    use std::ffi::{CString, c_char, c_int};
    use std::net::Ipv4Addr;

    unsafe extern "C" {
        #[link_name = "inet_aton"]
        fn c_inet_aton(word: *const c_char, address: *mut u32) -> c_int;
    }

    pub fn inet_aton(word: &str) -> Option<Ipv4Addr> {
        let word = CString::new(word).unwrap();
        let mut address = 0;
        // SAFETY: the word ends with a zero byte, and a struct in_addr is one 32-bit number.
        let valid = unsafe { c_inet_aton(word.as_ptr(), &mut address) };
        (valid != 0).then(|| Ipv4Addr::from(u32::from_be(address)))
    }
}
