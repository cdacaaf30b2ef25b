//! Requests and answers in words, for --verbose; pure.

use std::fmt::Display;

use super::error::{KernelError, Operation};
use super::request::Request;
use super::uapi::{Command, KernelEnum};
use crate::format::rules;
use crate::kernel::netlink::{Dump, Refusal};
use crate::model::{Change, title};

/// Changes that were packed and not sent yet, with what came of them when they were.
#[derive(Default)]
pub struct Told {
    changes: Vec<(Change, Option<Refusal>)>,
}

impl Told {
    pub fn push(&mut self, change: &Change) {
        self.changes.push((*change, None));
    }

    /// Notes that the change with this place in the datagram was refused.
    pub fn refused(&mut self, index: usize, refusal: &Refusal) {
        if let Some((_, answer)) = self.changes.get_mut(index) {
            *answer = Some(refusal.clone());
        }
    }

    /// The datagram in a line, and each of its changes in one where it has several.
    pub fn words(&self) -> String {
        let mut lines = self.changes.iter().map(|(change, refusal)| {
            let answer = match refusal {
                None => "ok".to_owned(),
                Some(refusal) => KernelError::of_change(change, refusal.clone()).words(),
            };
            format!("{} -> {answer}", request_of(change))
        });
        match self.changes.len() {
            1 => lines.next().unwrap_or_default(),
            count => {
                let lines: Vec<String> = lines.collect();
                format!(
                    "{}\nthose were {count} requests in a datagram",
                    lines.join("\n")
                )
            }
        }
    }
}

fn request_of(made: &Change) -> String {
    let mut text = name(Request::Change(made).command()).to_owned() + " ";
    rules::change(&mut text, made);
    text
}

/// The kernel's name of a request without what all have in common: `GET_SERVICE`.
fn name(command: Command) -> &'static str {
    let name = command.name();
    name.strip_prefix("IPVS_CMD_").unwrap_or(name)
}

/// A request that asks for something.
pub fn question(command: Command, operation: &Operation) -> String {
    match operation {
        Operation::ListService(id) => format!("{} {}", name(command), title::service_title(id)),
        _ => name(command).to_owned(),
    }
}

/// How many things a dump told, or why none.
pub fn count<T, E: Display>(answer: &Result<Dump<T>, E>) -> String {
    match answer {
        Ok(dump) if dump.items.len() == 1 => "1 entry".to_owned(),
        Ok(dump) => format!("{} entries", dump.items.len()),
        Err(error) => error.to_string(),
    }
}

/// Whether something worked, or why not.
pub fn verdict<T, E: Display>(answer: &Result<T, E>) -> String {
    match answer {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.to_string(),
    }
}
