//! The connection table, what a query picks from it, and counts.
//!
//! It is read a block of lines at a time, so that a table of millions needs no more memory than one of ten; counts
//! need some for each row that they have.

use std::io::{self, BufRead, BufReader, Read, Write};

use super::visible_service::{is_denied, visible_service};
use crate::cli::command::List;
use crate::commands::error::Error;
use crate::format::connections::{Columns, counts, row, write_titles};
use crate::format::json;
use crate::format::names::{Names, Purpose, System};
use crate::kernel::ipvs::{self, Ipvs};
use crate::kernel::proc::connections::TableFile;
use crate::model::connection::{
    Connection, ConnectionFilter, ConnectionQuery, CountRow, Counting, MarkedService, Tally,
};
use crate::model::{ServiceId, ServiceWithServers};

/// Bytes of the connection table that are worked on at a time.
const BLOCK_LENGTH: usize = 64 * 1024;

/// Prints rows under titles.
pub fn list_as_text(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    engine_data: bool,
    query: &ConnectionQuery,
) -> Result<(), Error> {
    let mut names = Names::new(&System, Purpose::Shown);
    if let Some(counting) = &query.count {
        let tally = count(ipvs, query, counting)?;
        let rows = shown(&tally, counting);
        if !list.numeric {
            names.learn(counts::endpoints(&rows));
        }
        let text = counts::table(&tally, &rows, names.labels());
        return out.write_all(text.as_bytes()).map_err(Error::Output);
    }
    let columns = Columns {
        engine_data,
        origin: query.origin,
    };
    let mut lines = String::new();
    let mut titles = true;
    in_blocks(ipvs, query, |rows| {
        if std::mem::take(&mut titles) {
            write_titles(out, columns).map_err(Error::Output)?;
        }
        if !list.numeric {
            names.learn(rows.iter().flat_map(|row| {
                [row.source, row.service, row.destination].map(|place| (place, row.transport()))
            }));
        }
        lines.clear();
        for connection in rows {
            row(&mut lines, connection, names.labels(), columns);
        }
        out.write_all(lines.as_bytes()).map_err(Error::Output)
    })
}

/// Prints a document for each connection, or for each count.
pub fn list_as_json(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    query: &ConnectionQuery,
) -> Result<(), Error> {
    let mut text = Vec::new();
    if let Some(counting) = &query.count {
        let tally = count(ipvs, query, counting)?;
        for row in shown(&tally, counting) {
            json::count(&mut text, &tally, &row).map_err(Error::Output)?;
        }
        return out.write_all(&text).map_err(Error::Output);
    }
    in_blocks(ipvs, query, |block| {
        text.clear();
        for connection in block {
            json::connection(&mut text, connection).map_err(Error::Output)?;
        }
        out.write_all(&text).map_err(Error::Output)
    })
}

fn count(ipvs: &mut Ipvs, query: &ConnectionQuery, counting: &Counting) -> Result<Tally, Error> {
    let mut tally = Tally::new(counting.by);
    in_blocks(ipvs, query, |block| {
        block.iter().for_each(|connection| tally.add(connection));
        Ok(())
    })?;
    Ok(tally)
}

fn shown<'a>(tally: &'a Tally, counting: &Counting) -> Vec<CountRow<'a>> {
    let mut rows = tally.rows();
    rows.truncate(counting.top.map_or(usize::MAX, |top| top as usize));
    rows
}

/// Reads the connection table and hands on what a query asks for, a block of lines at a time; the first has the
/// kernel's titles, which are left out.
pub(super) fn in_blocks(
    ipvs: &mut Ipvs,
    query: &ConnectionQuery,
    mut hand_on: impl FnMut(&[Connection<'_>]) -> Result<(), Error>,
) -> Result<(), Error> {
    // Without the service there is no answer, as for every other command that names one.
    let marked = match query.marked_service() {
        Some(id) => MarkedService::of(&with_servers(ipvs, id)?),
        None => MarkedService::default(),
    };
    let filter = ConnectionFilter::new(query, &marked);
    let file = match query.needs_origin() {
        true => TableFile::WithOrigin,
        false => TableFile::Plain,
    };
    let path = file.path();
    let unreadable = |source| ipvs::Error::Connections { path, source };
    let mut table = BufReader::with_capacity(BLOCK_LENGTH, ipvs.connections(file)?);
    let mut block = Vec::new();
    let mut first_line = true;
    loop {
        block.clear();
        let read = read_lines(&mut table, &mut block).map_err(unreadable)?;
        if !read {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&block);
        let rows = text
            .lines()
            .skip(usize::from(first_line))
            .map(|line| file.parse(line));
        first_line = false;
        // Each line is read, so that one of an unknown form is not taken for one that was not asked for.
        let wanted = rows.filter(|row| row.as_ref().map_or(true, |row| filter.matches(row)));
        let rows: Vec<Connection> = wanted
            .collect::<Result<_, _>>()
            .map_err(ipvs::Error::from)?;
        hand_on(&rows)?;
    }
}

/// A service and its real servers, of which everybody may see as much as is needed.
fn with_servers(ipvs: &mut Ipvs, id: &ServiceId) -> Result<ServiceWithServers, Error> {
    let entry = match ipvs.service(id).map_err(Error::from) {
        Err(error) if is_denied(&error) => return visible_service(ipvs, id),
        entry => entry?,
    };
    let servers = ipvs.real_servers(id, false)?;
    Ok(ServiceWithServers { entry, servers })
}

/// Reads whole lines, about [`BLOCK_LENGTH`] bytes of them; false at the end of the file.
fn read_lines(file: &mut impl BufRead, block: &mut Vec<u8>) -> io::Result<bool> {
    file.take(BLOCK_LENGTH as u64).read_to_end(block)?;
    if !block.ends_with(b"\n") {
        file.read_until(b'\n', block)?;
    }
    Ok(!block.is_empty())
}
