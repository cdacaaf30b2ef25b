//! The model as JSON: documents of one line each, after the schema in `man/ipvsadm.schema.json`.
//!
//! What is written goes from the model straight into the writer, so that a long table needs no more
//! memory than a short one.

mod shapes;
mod table;

use std::io::{self, Write};

use serde::Serialize;

use crate::kernel::proc::connections::Connection;
use crate::model::{Info, ServiceWithServers, SyncDaemon, Timeouts};
use shapes::{ConnectionShape, DaemonShape, InfoShape, TimeoutsShape};

/// The version of the schema. It grows when a member goes or means something else, not when one is
/// added.
pub const SCHEMA: u32 = 1;

/// How much of a service is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What can be configured.
    Configuration,
    /// Counters, rates and connections too.
    Everything,
}

/// A document that is being written, a member after the other.
pub struct Document<'a> {
    out: &'a mut dyn Write,
    /// Services, before they go out.
    text: String,
    services: usize,
}

impl<'a> Document<'a> {
    /// Begins a document.
    pub fn begin(out: &'a mut dyn Write) -> io::Result<Document<'a>> {
        write!(out, "{{\"schema\":{SCHEMA}")?;
        Ok(Document {
            out,
            text: String::new(),
            services: 0,
        })
    }

    /// What the kernel says of its IPVS.
    pub fn info(&mut self, info: &Info) -> io::Result<()> {
        self.member("ipvs", &InfoShape(info))
    }

    pub fn timeouts(&mut self, timeouts: &Timeouts) -> io::Result<()> {
        self.member("timeouts", &TimeoutsShape(timeouts))
    }

    pub fn daemons(&mut self, daemons: &[SyncDaemon]) -> io::Result<()> {
        let shapes: Vec<DaemonShape> = daemons.iter().map(DaemonShape).collect();
        self.member("daemons", &shapes)
    }

    /// Begins the list of services.
    pub fn begin_services(&mut self) -> io::Result<()> {
        self.out.write_all(b",\"services\":[")
    }

    /// Some services, behind those that were written before.
    pub fn services(&mut self, block: &[ServiceWithServers], extent: Extent) -> io::Result<()> {
        self.text.clear();
        for listed in block {
            if self.services > 0 {
                self.text.push(',');
            }
            self.services += 1;
            table::service(&mut self.text, listed, extent);
        }
        self.out.write_all(self.text.as_bytes())
    }

    pub fn end_services(&mut self) -> io::Result<()> {
        self.out.write_all(b"]")
    }

    /// Ends the document and its line.
    pub fn end(self) -> io::Result<()> {
        self.out.write_all(b"}\n")
    }

    fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let value = serde_json::to_string(value)?;
        write!(self.out, ",\"{name}\":{value}")
    }
}

/// Appends the document of one connection, with the end of its line.
pub fn connection(text: &mut Vec<u8>, connection: &Connection<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *text, &ConnectionShape(connection))?;
    text.push(b'\n');
    Ok(())
}
