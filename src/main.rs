//! ipvsadm: the steps of a run, the exit status, and the only place that prints errors.

#![deny(unsafe_code)]

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{BufWriter, IsTerminal, Write, stderr};
use std::process::ExitCode;

use ipvsadm::cli::command::{Command, Invocation, Save, Verbosity};
use ipvsadm::cli::parse::{parse_call, parse_restore_call};
use ipvsadm::cli::required_rights;
use ipvsadm::cli::typo;
use ipvsadm::cli::usage::UsageError;
use ipvsadm::commands::managers;
use ipvsadm::error::Error;
use ipvsadm::exit_status::ExitStatus;
use ipvsadm::format::names::System;
use ipvsadm::format::trace;
use ipvsadm::kernel::ipvs::trace::Trace;
use ipvsadm::run::{Session, run as run_command};
use ipvsadm::sys::netns::Netns;
use ipvsadm::sys::stdout::Stdout;
use ipvsadm::sys::terminal::escaped;
use ipvsadm::sys::{capabilities, signals};

/// Bytes of output that are collected before they are written.
const OUTPUT_LENGTH: usize = 64 * 1024;

/// Characters of the longest line of an error.
const ERROR_LENGTH: usize = 1000;

/// What the program was called as.
enum Call {
    Ipvsadm,
    Save,
    Restore,
}

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let program = words.next().unwrap_or_default();
    let words: Vec<OsString> = words.collect();
    let status = match called_as(&program) {
        Call::Save => save(&words),
        call => run(call, &words),
    };
    ExitCode::from(status as u8)
}

fn called_as(program: &OsString) -> Call {
    let name = std::path::Path::new(program).file_name();
    match name.and_then(|name| name.to_str()) {
        Some("ipvsadm-save") => Call::Save,
        Some("ipvsadm-restore") => Call::Restore,
        _ => Call::Ipvsadm,
    }
}

fn run(call: Call, words: &[OsString]) -> ExitStatus {
    let words = match as_text(words) {
        Ok(words) => words,
        Err(error) => return misused(error),
    };
    let implied: &[&str] = match call {
        Call::Restore => &["--restore", "--replace"],
        Call::Ipvsadm | Call::Save => &[],
    };
    let netns = give_up_rights(implied.iter().chain(&words).copied());
    let read = match call {
        Call::Restore => parse_restore_call(words.iter().copied(), &System)
            .map_err(|error| error.with_typo(words.iter().copied())),
        Call::Ipvsadm | Call::Save => parse_call(words.into_iter(), &System),
    };
    match read {
        Ok(call) => end(&call, netns),
        // Whether it was meant to be quiet is not known before all of it is.
        Err(error) => misused(error),
    }
}

/// Reports what is wrong with a command line.
fn misused(error: UsageError) -> ExitStatus {
    let error = Error::from(error);
    explain(&error);
    error.exit_status(false)
}

/// Opens the namespace that the words name, and gives up all rights that they cannot need. Nothing that others wrote
/// is read before that, and no name is looked up.
fn give_up_rights<'a>(words: impl Iterator<Item = &'a str>) -> Result<Netns, Error> {
    let typed = required_rights::typed(words);
    let refused = typed
        .refused_if_borrowed()
        .filter(|_| capabilities::are_borrowed());
    let netns = match (refused, typed.netns) {
        (Some(flag), _) => Err(Error::Borrowed(flag)),
        (None, None) => Ok(Netns::Own),
        (None, Some(name)) => Netns::named(name).map_err(Error::from),
    };
    capabilities::give_up(&typed.needs);
    netns
}

/// Carries out a call, and reports what failed.
fn end(call: &Invocation, netns: Result<Netns, Error>) -> ExitStatus {
    let listing = matches!(call.command, Command::List(_) | Command::Watch(..));
    let failure = if listing {
        ExitStatus::Listing
    } else {
        ExitStatus::Failure
    };
    // Without the handler everything else works the same.
    let _ = signals::exit_on_abort(failure as u8);
    if call.verbosity != Verbosity::Quiet {
        call.notices
            .iter()
            .for_each(|notice| complain(&notice.to_string()));
    }
    match netns.and_then(|netns| carry_out(call, netns)) {
        Ok(status) => status,
        Err(error) => {
            // As ipvsadm 1.31 under `| head`: no message, and the signal for a status.
            if error.is_closed_pipe() {
                let _ = signals::end_by_sigpipe();
            }
            if call.verbosity != Verbosity::Quiet {
                explain(&error);
            }
            error.exit_status(listing)
        }
    }
}

/// The words as text.
fn as_text(words: &[OsString]) -> Result<Vec<&str>, UsageError> {
    let not_text = |word: &OsString| UsageError::NotText(word.to_string_lossy().into_owned());
    words
        .iter()
        .map(|word| word.to_str().ok_or_else(|| not_text(word)))
        .collect()
}

/// `ipvsadm-save [-n]`. Words that are not options are ignored, as the old script did, unless they were to be
/// options: with `\u{2013}n` for `-n` it would save names.
fn save(words: &[OsString]) -> ExitStatus {
    let mut numeric = false;
    for word in words {
        let typo = word.to_str().and_then(typo::lookalike);
        match word.to_str() {
            Some("-n") => numeric = true,
            Some(word) if !word.starts_with('-') && typo.is_none() => {}
            _ => {
                if let Some(typo) = typo {
                    complain(&typo.to_string());
                }
                complain(
                    "ipvsadm-save: prints the IPVS table as rules that ipvsadm-restore reads.",
                );
                complain("With -n it prints addresses and ports as numbers.");
                return ExitStatus::Listing;
            }
        }
    }
    let save = Save {
        numeric,
        ..Save::default()
    };
    let netns = give_up_rights(std::iter::once("--save"));
    end(&Invocation::plain(Command::Save(save)), netns)
}

fn carry_out(call: &Invocation, netns: Netns) -> Result<ExitStatus, Error> {
    let mut out = BufWriter::with_capacity(OUTPUT_LENGTH, Stdout);
    let mut report = |text: &str| {
        if call.verbosity != Verbosity::Quiet {
            complain(text);
        }
    };
    let trace = match call.verbosity {
        Verbosity::Verbose => Trace::to(|event| trace::event(event).lines().for_each(complain)),
        _ => Trace::default(),
    };
    // Where each request is reported, a line that is painted over would get lost.
    let paint: Option<fn(&str)> = match call.verbosity {
        Verbosity::Normal if stderr().is_terminal() => Some(repaint),
        _ => None,
    };
    if call.verbosity != Verbosity::Quiet && call.takes_table() && stderr().is_terminal() {
        managers::notice(&netns).as_deref().map(complain);
    }
    let explains = match call.verbosity {
        Verbosity::Quiet => false,
        Verbosity::Normal => stderr().is_terminal(),
        Verbosity::Verbose => true,
    };
    let mut session = Session::new(netns, &mut out, &mut report)
        .within(&call.scope)
        .reporting(call.report)
        .tracing(trace)
        .explaining(explains)
        .painting(paint);
    run_command(&mut session, &call.command, &System)
}

/// Overwrites the line that it printed last, on a terminal; a line is cut rather than wrapped.
fn repaint(text: &str) {
    let _ = write!(stderr(), "\r\x1b[?7l{}\x1b[K\x1b[?7h", escaped(text));
}

/// Prints an error, and what to do about it.
fn explain(error: &Error) {
    complain(&error.to_string());
    if let Some(advice) = error.advice() {
        advice.lines().for_each(complain);
    }
}

/// Prints one line to standard error. Errors quote words of the caller and of rules, so whatever could steer a
/// terminal, flood it or look like a line of its own is escaped or cut.
///
/// If writing fails, only the exit status can report the error.
fn complain(text: &str) {
    let _ = writeln!(stderr(), "{}", escaped(&shortened(text)));
}

/// A line without its middle where it is too long: its subject is at its beginning, and what is wrong
/// at its end.
fn shortened(line: &str) -> Cow<'_, str> {
    let length = line.chars().count();
    if length <= ERROR_LENGTH {
        return line.into();
    }
    let part = ERROR_LENGTH / 2;
    let begin: String = line.chars().take(part).collect();
    let end: String = line.chars().skip(length - part).collect();
    format!("{begin} [...] {end}").into()
}
