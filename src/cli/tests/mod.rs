//! Command lines to commands and to errors.

mod addresses;
mod changes;
mod connections;
mod flags;
mod legality;
mod listings;
mod mistakes;
mod numbers;
mod patches;
mod refusals;
mod saved_rules;
mod scopes;
mod spelling;
mod values;

use std::net::IpAddr;

use super::Lookup;
use super::parse::parse;
use super::usage::UsageError;
use crate::cli::command::{Command, Invocation};
use crate::model::{Change, Protocol};

/// A small fixed world of names.
struct Book;

impl Lookup for Book {
    fn host(&self, name: &str) -> Option<IpAddr> {
        match name {
            "vip.example" => Some([10, 0, 0, 1].into()),
            "rs1.example" => Some([10, 0, 1, 1].into()),
            "six.example" => Some("2001:db8::1".parse().unwrap()),
            _ => None,
        }
    }

    fn port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        match (name, protocol) {
            ("http", Protocol::Tcp) => Some(80),
            ("domain", Protocol::Tcp | Protocol::Udp) => Some(53),
            ("tftp", Protocol::Udp) => Some(69),
            _ => None,
        }
    }
}

/// A line to words, at blanks; single quotes hold a word together, as in a shell.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_with(String::new);
            }
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_with(String::new).push(c),
        }
    }
    words.extend(word);
    words
}

fn parse_line(line: &str) -> Result<Command, UsageError> {
    parse(words(line).iter().map(String::as_str), &Book)
}

fn parse_call(line: &str) -> Result<Invocation, UsageError> {
    super::parse::parse_call(words(line).iter().map(String::as_str), &Book)
}

#[track_caller]
fn change(line: &str) -> Change {
    match parse_line(line) {
        Ok(Command::Change(change)) => change,
        other => panic!("{line}: {other:?}"),
    }
}

/// Checks that a line is refused, with which exit status, and which words the error quotes.
#[track_caller]
fn refused(line: &str, status: u8, quoted: &[&str]) {
    match parse_line(line) {
        Ok(command) => panic!("{line}: {command:?}"),
        Err(error) => {
            let text = error.to_string();
            assert_eq!(
                crate::exit_status::ExitStatus::from(error.kind()) as u8,
                status,
                "{line}: {text}"
            );
            for word in quoted {
                assert!(text.contains(word), "{line}: '{word}' is not in: {text}");
            }
        }
    }
}
