//! The help text and suggestions for misspelt options: clap's work, from the table of flags.
//!
//! clap does not read the command line itself: it would report an unknown option before any mistake
//! further to the left, and so end with another exit status than ipvsadm 1.31.

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction};

use super::flags::{FLAGS, Flag, Spec, Takes};
use crate::model::scheduler::SCHEDULERS;

const USAGE: &str = "\
Usage:
  ipvsadm -A|-E SERVICE [-s scheduler] [-p [seconds]] [-M netmask]
          [--pe engine] [-b flags] [-o] [--keep] [--exist]
  ipvsadm -D SERVICE|PART [--drain [seconds]] [--exist]
  ipvsadm -a|-e SERVICE -r server [-g|-i|-m] [-w weight] [-x upper] [-y lower]
          [tunnel options] [--ramp seconds] [--keep] [--exist]
  ipvsadm -d SERVICE -r server [--drain [seconds]] [--exist]
  ipvsadm -L|-l [SERVICE|PART] [options] [--watch [seconds] [--count listings]]
          [--color when]
  ipvsadm -L|-l -c [SERVICE] [-r server] [--client address[/prefix]]
          [--state name[,name]] [--protocol name] [--expires-within seconds]
          [--expires-after seconds]
          [--origin | --count-by key[,key] [--top rows]]
  ipvsadm -Z [SERVICE|PART]
  ipvsadm -C [PART]
  ipvsadm -S [-n | --json] [--all | PART] [--output FILE]
  ipvsadm -R [--json] [--check] [--atomic | --replace [--dry-run]] [--exist]
          [--keep-weights[=0]] [PART] [--wait seconds] [--input FILE]
  ipvsadm --set tcp tcpfin udp
  ipvsadm --start-daemon master|backup [daemon options]
  ipvsadm --stop-daemon master|backup [--syncid id]
  ipvsadm --diagnose [--probe] [--json] [--color when]
  ipvsadm --diagnose --as-server SERVICE [-g|-i|-m] [tunnel options]
          [--director address] [--json] [--color when]
  ipvsadm -h | -v
  where SERVICE is -t|-u|--sctp-service address[:port], or -f mark [-6], and
  PART of the table is [--only selector,...] [--except selector,...];
  with every command: --netns, --quiet, --verbose;
  with every command that changes something: --report [--json]";

/// Headings of the help and the first flag under each; a heading ends where the next begins.
const SECTIONS: [(&str, Flag); 11] = [
    ("Commands", Flag::AddService),
    ("Virtual service", Flag::TcpService),
    ("Options of a virtual service", Flag::Scheduler),
    ("Real server", Flag::RealServer),
    ("Changing a running table", Flag::Exist),
    ("Sync daemon", Flag::MulticastInterface),
    ("Restoring and saving", Flag::Check),
    ("Listing", Flag::Numeric),
    ("Listing connections", Flag::Client),
    ("Diagnosis", Flag::Probe),
    ("Any command", Flag::Netns),
];

/// The whole help, at most 80 columns wide.
pub fn help() -> String {
    parser().render_help().to_string()
}

/// The line of -v. Scripts read its second word.
pub fn version() -> String {
    format!(
        "ipvsadm v{} (compatible with ipvsadm 1.31)",
        env!("CARGO_PKG_VERSION")
    )
}

/// The option or command most like a misspelt one.
pub fn similar_option(name: &str) -> Option<String> {
    let error = parser()
        .try_get_matches_from(["ipvsadm", &format!("--{name}")])
        .err()?;
    match error.get(ContextKind::SuggestedArg)? {
        ContextValue::String(similar) => Some(similar.clone()),
        _ => None,
    }
}

fn parser() -> clap::Command {
    let heading = |flag: Flag| {
        let section = SECTIONS.iter().rev().find(|(_, first)| *first <= flag);
        section.map(|(heading, _)| *heading)
    };
    let options = FLAGS
        .iter()
        .map(|spec| option(spec).help_heading(heading(spec.flag)));
    clap::Command::new("ipvsadm")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .help_template("{before-help}{all-args}")
        .before_help(format!(
            "{}\n\n{USAGE};\n  a scheduler is one of {}",
            version(),
            SCHEDULERS.join(" ")
        ))
        .args(options)
}

fn option(spec: &Spec) -> Arg {
    let mut letters = spec.shorts.chars();
    let option = Arg::new(spec.long).long(spec.long).help(spec.help);
    let option = match letters.next() {
        Some(letter) => option.short(letter).visible_short_aliases(letters),
        None => option,
    };
    match spec.takes {
        Takes::Nothing => option.action(ArgAction::SetTrue),
        Takes::Value(word) => option.value_name(word),
        Takes::OptionalValue(word) => option.value_name(word).num_args(0..=1),
        Takes::ThreeWords(words) => option.value_names(words.split(' ')).num_args(3),
    }
}
