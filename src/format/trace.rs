//! The exchanges with the kernel in words, for --verbose.

use std::fmt::Write;

use super::rules;
use crate::kernel::ipvs::request::Request;
use crate::kernel::ipvs::trace::{Answer, Event, Exchange, Failure};
use crate::kernel::ipvs::uapi::{Command, KernelEnum};
use crate::kernel::ipvs::{KernelError, Operation};
use crate::kernel::netlink::Refusal;
use crate::model::{Change, title};

/// An event in one line, with the milliseconds that it took; changes that were sent together have a line each.
pub fn event(event: &Event<'_>) -> String {
    let mut text = exchange(&event.exchange);
    let milliseconds = event.took.as_secs_f64() * 1000.0;
    // Writing to a string does not fail.
    let _ = write!(text, " ({milliseconds:.1} ms)");
    text
}

fn exchange(exchange: &Exchange<'_>) -> String {
    match exchange {
        Exchange::Socket { netns, outcome } => format!("socket{netns} -> {}", verdict(outcome)),
        Exchange::Family(Ok(Some(number))) => format!("GETFAMILY IPVS -> {number}"),
        Exchange::Family(Ok(None)) => "GETFAMILY IPVS -> there is none".to_owned(),
        Exchange::Family(Err(error)) => format!("GETFAMILY IPVS -> {error}"),
        Exchange::Module(outcome) => format!("/sbin/modprobe -- ip_vs -> {outcome}"),
        Exchange::Question {
            command,
            operation,
            outcome,
        } => format!("{} -> {}", question(*command, operation), answer(outcome)),
        Exchange::Changes {
            outcome: Err(error),
            ..
        } => error.to_string(),
        Exchange::Changes {
            changes,
            outcome: Ok(()),
        } => datagram(changes),
    }
}

/// The changes of a datagram, each in a line.
fn datagram(changes: &[(Change, Option<Refusal>)]) -> String {
    let lines: Vec<String> = changes.iter().map(change).collect();
    match lines.len() {
        1 => lines.concat(),
        count => format!(
            "{}\nthe last {count} requests were sent in one datagram",
            lines.join("\n")
        ),
    }
}

fn change((change, refusal): &(Change, Option<Refusal>)) -> String {
    let mut text = name(Request::Change(change).command()).to_owned() + " ";
    rules::change(&mut text, change);
    text.push_str(" -> ");
    text.push_str(&match refusal {
        None => "ok".to_owned(),
        Some(refusal) => KernelError::of_change(change, refusal.clone()).words(),
    });
    text
}

/// The kernel's name of a request without what all have in common: `GET_SERVICE`.
fn name(command: Command) -> &'static str {
    let name = command.name();
    name.strip_prefix("IPVS_CMD_").unwrap_or(name)
}

fn question(command: Command, operation: &Operation) -> String {
    match operation {
        Operation::ListService(id) => format!("{} {}", name(command), title::service_title(id)),
        _ => name(command).to_owned(),
    }
}

fn answer(outcome: &Result<Answer, Failure<'_>>) -> String {
    match outcome {
        Ok(Answer::One) => "ok".to_owned(),
        Ok(Answer::Entries(1)) => "1 entry".to_owned(),
        Ok(Answer::Entries(count)) => format!("{count} entries"),
        Err(error) => error.to_string(),
    }
}

fn verdict(outcome: &Result<(), Failure<'_>>) -> String {
    match outcome {
        Ok(()) => "ok".to_owned(),
        Err(error) => error.to_string(),
    }
}
