//! Which rights the words of a call can need, before any of them is understood.
//!
//! To understand them names are looked up, and what answers for names is code and data of others. So the rights
//! are given up first, and this reads no more than which flags were typed. Words that make no sense need none
//! of the rights that their flags would.

use super::flag_set::FlagSet;
use super::flags::Flag;
use super::lexer::{Lexer, Token};
use crate::sys::netns;
use crate::sys::required_rights::RequiredRights;

/// What a call is to be given before it is read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Typed<'a> {
    pub needs: RequiredRights,
    /// The network namespace that is named.
    pub netns: Option<&'a str>,
    /// An option that opens a file for the caller.
    pub file: Option<Flag>,
}

/// Reads the words of a call, without the program's name.
pub fn typed<'a>(words: impl Iterator<Item = &'a str>) -> Typed<'a> {
    let mut seen = FlagSet::default();
    let mut netns = None;
    let mut listens = false;
    for token in Lexer::new(words) {
        // From the first word on that makes no sense, the call ends in an error.
        let Ok(token) = token else { break };
        let Token::Flag(flag, value) = token else {
            continue;
        };
        seen = seen.and(FlagSet::of(&[flag]));
        match flag {
            Flag::Netns => netns = value,
            Flag::StartDaemon => listens = value == Some("backup"),
            _ => {}
        }
    }
    let has = |flag| seen.has(flag);
    // With --check, neither the kernel nor the lock is needed.
    let restores = has(Flag::Restore) && !has(Flag::Check);
    let locks = has(Flag::Atomic) || has(Flag::Replace) && !has(Flag::DryRun);
    Typed {
        needs: RequiredRights {
            kernel: !(has(Flag::Help)
                || has(Flag::Restore) && has(Flag::Check)
                || has(Flag::Diagnose) && has(Flag::AsServer)),
            // Any line of rules may start a daemon, or put one back that it stopped.
            ports: listens || restores,
            namespaces: netns.is_some(),
            reads_file: has(Flag::Input),
            writes_file: has(Flag::Output),
            lock: restores && locks,
            raw_sockets: has(Flag::Diagnose) && has(Flag::Probe),
            firewall: has(Flag::Diagnose),
        },
        netns,
        file: [Flag::Input, Flag::Output]
            .into_iter()
            .find(|flag| has(*flag)),
    }
}

impl Typed<'_> {
    /// The option that opens something for the caller, with rights that may not be the caller's. A namespace that
    /// has a name is one that root has given it.
    pub fn refused_if_borrowed(&self) -> Option<Flag> {
        let opens = self.netns.is_some_and(|name| !netns::is_plain(name));
        self.file.or(opens.then_some(Flag::Netns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Typed<'_> {
        typed(line.split_whitespace())
    }

    const KERNEL: RequiredRights = RequiredRights {
        kernel: true,
        ports: false,
        namespaces: false,
        reads_file: false,
        writes_file: false,
        lock: false,
        raw_sockets: false,
        firewall: false,
    };
    const RESTORE: RequiredRights = RequiredRights {
        ports: true,
        ..KERNEL
    };

    #[test]
    fn needs_of_each_command() {
        for line in [
            "",
            "-L",
            "-Ln",
            "-A -t x:1",
            "-Z",
            "-C",
            "-Sn",
            "--set 1 2 3",
            "-v",
            "--stop-daemon backup",
            "--start-daemon master --mcast-port 9",
            "--start-daemon=master",
            "-d -t x:1 -r y --drain",
        ] {
            assert_eq!(of(line).needs, KERNEL, "{line}");
        }
        for line in [
            "--start-daemon backup",
            "--start-daemon=backup",
            "-R",
            "-R --replace --dry-run",
        ] {
            assert_eq!(of(line).needs, RESTORE, "{line}");
        }
        let locked = RequiredRights {
            lock: true,
            ..RESTORE
        };
        for line in ["-R --atomic", "-nR --replace"] {
            assert_eq!(of(line).needs, locked, "{line}");
        }
        for line in ["-h", "--help", "-R --check", "-R --replace --check"] {
            assert_eq!(of(line).needs, RequiredRights::default(), "{line}");
        }
        let firewall = RequiredRights {
            firewall: true,
            ..KERNEL
        };
        assert_eq!(of("--diagnose").needs, firewall);
        let probing = RequiredRights {
            raw_sockets: true,
            ..firewall
        };
        assert_eq!(of("--diagnose --probe").needs, probing);
        assert_eq!(of("-L --probe").needs, KERNEL);
        let server = RequiredRights {
            firewall: true,
            ..RequiredRights::default()
        };
        assert_eq!(of("--diagnose --as-server -t x:1").needs, server);
    }

    #[test]
    fn needs_of_options() {
        let reads = |needs| RequiredRights {
            reads_file: true,
            ..needs
        };
        let writes = RequiredRights {
            writes_file: true,
            ..KERNEL
        };
        let enters = RequiredRights {
            namespaces: true,
            ..KERNEL
        };
        for (line, needs, netns, refused) in [
            ("-R --input f", reads(RESTORE), None, Some(Flag::Input)),
            (
                "-R --check --input f",
                reads(RequiredRights::default()),
                None,
                Some(Flag::Input),
            ),
            ("-S --output=f", writes, None, Some(Flag::Output)),
            ("-S --output", KERNEL, None, None),
            ("-L --netns blue", enters, Some("blue"), None),
            (
                "--netns=./blue -L",
                enters,
                Some("./blue"),
                Some(Flag::Netns),
            ),
            ("--netns 1 -L", enters, Some("1"), Some(Flag::Netns)),
            // What is not an option is not one here either.
            ("-L -- --output f", KERNEL, None, None),
            ("-A -t --output -s rr", KERNEL, None, None),
            ("-L --bogus --output f", KERNEL, None, None),
        ] {
            let typed = of(line);
            let found = (typed.needs, typed.netns, typed.refused_if_borrowed());
            assert_eq!(found, (needs, netns, refused), "{line}");
        }
    }

    /// What is not legal for a command is noticed only later.
    #[test]
    fn mistakes_need_no_more_than_their_flags() {
        assert!(of("-L --output f").needs.writes_file);
        assert_eq!(of("--bogus").needs, KERNEL);
    }
}
