//! `--diagnose`: what will not work on this director, why, and the command that fixes it.
//!
//! Looking ([`gather`]) and judging ([`rules`]) are apart: the former reads the kernel and changes
//! nothing, the latter is a table of functions without I/O over plain [`facts`].

pub mod facts;
pub mod firewall;
pub mod gather;
pub mod listeners;
pub mod modules;
pub mod programs;
pub mod report;
pub mod rules;

/// Something that will not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong, with the service or server that it is wrong for; no full stop.
    pub title: String,
    /// Why that matters, in whole sentences.
    pub why: String,
    /// The command that fixes it, as one would type it in a shell. Words in capitals, such as
    /// `SERVER`, are what only the administrator knows.
    pub mend: String,
}
