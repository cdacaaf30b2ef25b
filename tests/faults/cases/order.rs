//! The order of attributes in the kernel's answers, on which the speed of a listing depends, but not its output.

use std::path::Path;

use super::privilege::directory;
use crate::commands;
use crate::messages::{self, ATTRIBUTES};
use crate::traced::{self, Between, Delivery};
use director::{Case, Stage, case};
use net::Result;

pub const ORDER: Case = case(
    "answers-order",
    "the kernel sends attributes in the order in which they are asked for",
    order,
);

/// As the decoders in src/kernel/ipvs ask for the attributes of a TCP service and of a real server.
const SERVICE: &[u16] = &[1, 2, 3, 4, 6, 7, 8, 9, 10, 12];
const SERVER: &[u16] = &[1, 2, 3, 4, 13, 14, 15, 5, 6, 7, 8, 9, 11, 10, 12];

fn order(stage: &Stage) -> Result<()> {
    stage.set(commands::TABLE)?;
    let path = directory(stage)?;
    let mut recorder = Recorder::default();
    stage
        .director()?
        .on(|| traced::run("ipvsadm -Ln", "", Path::new(&path), &mut recorder))??;
    let Recorder { services, servers } = recorder;
    stage.expect(
        "a service",
        format_args!("{services:?}"),
        services.iter().any(|order| order == SERVICE),
    )?;
    stage.expect(
        "every real server",
        format_args!("{servers:?}"),
        !servers.is_empty() && servers.iter().all(|order| order == SERVER),
    )
}

/// Notes the numbers of attributes, and changes nothing.
#[derive(Default)]
struct Recorder {
    services: Vec<Vec<u16>>,
    servers: Vec<Vec<u16>>,
}

impl Between for Recorder {
    fn send(&mut self, _: &mut [u8]) -> std::result::Result<(), i32> {
        Ok(())
    }

    fn about_to_receive(&mut self) -> Result<()> {
        Ok(())
    }

    fn receive(&mut self, datagram: Vec<u8>) -> Vec<Delivery> {
        for message in messages::messages(&datagram) {
            if !messages::is_payload(&message) {
                continue;
            }
            for (kind, inside) in attributes(message.get(ATTRIBUTES..).unwrap_or_default()) {
                let kinds: Vec<u16> = attributes(inside).iter().map(|(kind, _)| *kind).collect();
                match kind {
                    // What has no attributes inside is of another answer.
                    _ if kinds.is_empty() => {}
                    1 => self.services.push(kinds),
                    2 => self.servers.push(kinds),
                    _ => {}
                }
            }
        }
        vec![Delivery::Datagram(datagram)]
    }
}

fn attributes(bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut rest = bytes;
    let mut all = Vec::new();
    while let [a, b, c, d, ..] = *rest {
        let length = usize::from(u16::from_le_bytes([a, b]));
        let Some(value) = rest.get(4..length) else {
            break;
        };
        all.push((u16::from_le_bytes([c, d]) & 0x3fff, value));
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    all
}
