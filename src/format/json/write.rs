//! Documents, written.
//!
//! The table goes out service by service, so that a long one needs no more memory than a short one.

use std::io::{self, Write};

use serde::Serialize;

use super::fast::FastJson;
use super::schema::{
    ABSENT, ABSENT_OF_IPV6, ABSENT_OF_MARKS, ChangeEntry, ConnectionDocument, CountDocument,
    Daemon, Extent, Ipvs, Root, Service, Status, Timeouts, VERSION, name,
};
use crate::format::sheet::Sheet;
use crate::format::text::Text;
use crate::kernel::ipvs::status::StatusReport;
use crate::model::connection::{Connection, CountRow, Tally};
use crate::model::report::Effect;
use crate::model::visible::VisibleTable;
use crate::model::{self, Info, ServiceWithServers, SyncDaemon};

/// A document that is being written, member by member.
pub struct DocumentWriter<'a> {
    out: &'a mut dyn Write,
    /// The text of a service before it is written.
    text: Sheet,
    /// How many services were written.
    services: usize,
}

impl<'a> DocumentWriter<'a> {
    /// Begins a document.
    ///
    /// # Errors
    /// What the output fails with; so do all of these functions.
    pub fn begin(out: &'a mut dyn Write) -> io::Result<DocumentWriter<'a>> {
        write!(out, "{{\"{}\":{VERSION}", name!(Root.schema))?;
        Ok(DocumentWriter {
            out,
            text: Sheet::default(),
            services: 0,
        })
    }

    /// Writes what the kernel reports about its IPVS.
    pub fn info(&mut self, info: &Info) -> io::Result<()> {
        self.member(name!(Root.ipvs), &Ipvs::from(info))
    }

    /// Writes the timeouts.
    pub fn timeouts(&mut self, timeouts: &model::Timeouts) -> io::Result<()> {
        self.member(name!(Root.timeouts), &Timeouts::from(timeouts))
    }

    /// Writes the list of sync daemons, which may be empty.
    pub fn daemons(&mut self, daemons: &[SyncDaemon]) -> io::Result<()> {
        let daemons: Vec<Daemon> = daemons.iter().map(Daemon::from).collect();
        self.member(name!(Root.daemons), &daemons)
    }

    /// Writes how full the kernel's tables are, and its settings.
    pub fn status(&mut self, report: &StatusReport) -> io::Result<()> {
        self.member(name!(Root.status), &Status::from(report))
    }

    /// Begins the list of services.
    pub fn begin_services(&mut self) -> io::Result<()> {
        write!(self.out, ",\"{}\":[", name!(Root.services))
    }

    /// Writes a service, after those that were written before.
    pub fn service(&mut self, listed: &ServiceWithServers, extent: Extent) -> io::Result<()> {
        self.text.clear();
        if self.services > 0 {
            self.text.push_str(",");
        }
        self.services += 1;
        Service::of(listed, extent).append(&mut self.text);
        self.out.write_all(self.text.as_bytes())
    }

    /// Writes the table as far as everybody may see it, and what is absent.
    pub fn visible(&mut self, table: &VisibleTable) -> io::Result<()> {
        let mut absent = ABSENT.to_vec();
        let mut ids = table.services.iter().map(|listed| &listed.entry.service.id);
        if ids.any(VisibleTable::hides_one_packet) {
            absent.push(ABSENT_OF_IPV6);
        }
        if !table.unsure_marks.is_empty() {
            absent.extend(ABSENT_OF_MARKS);
        }
        self.member(name!(Root.absent), &absent)?;
        self.begin_services()?;
        self.text.clear();
        for (index, listed) in table.services.iter().enumerate() {
            if index > 0 {
                self.text.push_str(",");
            }
            let service = Service::of(listed, Extent::Visible);
            match table.is_unsure(&listed.entry.service.id) {
                true => service.without_family().append(&mut self.text),
                false => service.append(&mut self.text),
            }
        }
        self.out.write_all(self.text.as_bytes())?;
        self.end_services()
    }

    /// Ends the list of services.
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
///
/// # Errors
/// None: memory takes everything.
pub fn connection(text: &mut Vec<u8>, connection: &Connection<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *text, &ConnectionDocument::from(connection))?;
    text.push(b'\n');
    Ok(())
}

/// Changes that were made, as an array with the end of its line.
pub fn changes(effects: &[Effect]) -> String {
    let entries: Vec<ChangeEntry> = effects.iter().map(ChangeEntry::from).collect();
    let mut text = Sheet::default();
    entries.append(&mut text);
    text.push_str("\n");
    // It is made of text alone.
    String::from_utf8_lossy(text.as_bytes()).into_owned()
}

/// Appends the document of one count, with the end of its line.
///
/// # Errors
/// None: memory takes everything.
pub fn count(text: &mut Vec<u8>, tally: &Tally, row: &CountRow<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *text, &CountDocument::new(tally, row))?;
    text.push(b'\n');
    Ok(())
}
