//! The options of one command line: which were given, and the words of their values.

use super::flags::{COUNT, Flag};
use super::usage::UsageError;

/// Which flags were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagSet(u128);

// One bit a flag.
const _: () = assert!(COUNT <= 128);

impl FlagSet {
    pub fn has(&self, flag: Flag) -> bool {
        self.0 >> flag as u8 & 1 != 0
    }

    /// Notes a flag, unless it or one that excludes it was given before.
    pub fn note(&mut self, flag: Flag) -> Result<(), UsageError> {
        if self.0 & EXCLUDED[flag as usize] != 0 {
            return Err(self.refusal(flag));
        }
        self.0 |= bit(flag);
        Ok(())
    }

    /// Whether any of `flags` was given.
    pub fn has_any(&self, flags: FlagSet) -> bool {
        self.0 & flags.0 != 0
    }

    #[cold]
    fn refusal(&self, flag: Flag) -> UsageError {
        let mut others = EXCLUSIVE
            .iter()
            .filter(|group| group.contains(&flag))
            .copied()
            .flatten();
        match others.find(|other| self.has(**other)) {
            Some(&first) if first != flag => UsageError::Conflict {
                first,
                second: flag,
            },
            _ => UsageError::Repeated(flag),
        }
    }

    /// The set of some flags.
    pub const fn of(flags: &[Flag]) -> FlagSet {
        let mut bits = 0;
        let mut index = 0;
        while index < flags.len() {
            bits |= bit(flags[index]);
            index += 1;
        }
        FlagSet(bits)
    }

    pub const fn and(self, other: FlagSet) -> FlagSet {
        FlagSet(self.0 | other.0)
    }
}

const fn bit(flag: Flag) -> u128 {
    1 << flag as u8
}

/// The options that name a virtual service.
pub const SERVICE: [Flag; 4] = [
    Flag::TcpService,
    Flag::UdpService,
    Flag::SctpService,
    Flag::FirewallMark,
];

/// Options of which only one may be given, whatever the command.
const EXCLUSIVE: [&[Flag]; 5] = [
    &SERVICE,
    &[Flag::Gatewaying, Flag::Tunneling, Flag::Masquerading],
    &[
        Flag::TunnelNoChecksum,
        Flag::TunnelChecksum,
        Flag::TunnelRemoteChecksum,
    ],
    &[Flag::Persistent, Flag::NoPersistent],
    &[Flag::OnePacket, Flag::NoOnePacket],
];

/// For each flag, those that exclude it; itself too, unless it may be repeated.
const EXCLUDED: [u128; COUNT] = {
    let mut table = [0; COUNT];
    let mut flag = 0;
    while flag < COUNT {
        table[flag] = 1 << flag;
        flag += 1;
    }
    let mut group = 0;
    while group < EXCLUSIVE.len() {
        let members = EXCLUSIVE[group];
        let mut member = 0;
        while member < members.len() {
            table[members[member] as usize] |= FlagSet::of(members).0;
            member += 1;
        }
        group += 1;
    }
    // These may be repeated, as in ipvsadm 1.31.
    table[Flag::Ipv6 as usize] = 0;
    table[Flag::Sort as usize] = 0;
    // What these select adds up.
    table[Flag::Only as usize] = 0;
    table[Flag::Except as usize] = 0;
    table
};

impl FromIterator<Flag> for FlagSet {
    fn from_iter<T: IntoIterator<Item = Flag>>(flags: T) -> FlagSet {
        flags.into_iter().fold(FlagSet::default(), |seen, flag| {
            seen.and(FlagSet::of(&[flag]))
        })
    }
}
