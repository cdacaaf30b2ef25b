//! What everybody may see: the files in /proc that say less than netlink, which answers only to the administrator.

use std::fs::File;

use super::client::Ipvs;
use super::error::Error;
use super::status::{self, StatusReport};
use crate::kernel::proc::table;
use crate::model::visible::VisibleTable;
use crate::sys::clock;

impl Ipvs {
    /// The table of services and servers, from /proc/net/ip_vs.
    ///
    /// # Errors
    /// [`Error::Table`] and [`Error::TableLine`] where the file cannot be read.
    pub fn visible_table(&self) -> Result<VisibleTable, Error> {
        let file = self.netns.inside(|| File::open(table::PATH))?;
        let text = file.and_then(|file| table::file::read(&file));
        let text = text.map_err(|source| Error::Table { source })?;
        // What is not text is in a line that is refused.
        let text = String::from_utf8_lossy(&text);
        Ok(table::parse(&text, clock::ticks_per_second())?)
    }

    /// As [`Ipvs::status`], of a table that was read already.
    ///
    /// # Errors
    /// As for [`Ipvs::status`].
    pub fn visible_status(&self, table: &VisibleTable, count: bool) -> Result<StatusReport, Error> {
        let mut report = status::read(&self.netns, table.info)?;
        if report.lacks_counts() {
            report.status.services = Some(table.services.len() as u64);
            if count {
                report.status.connections = Some(self.count_connections()?);
            }
        }
        Ok(report)
    }
}
